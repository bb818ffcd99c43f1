"""The data folder: writable, private, with room, and with two sound databases."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from typing import TYPE_CHECKING, Final

from app.cli.doctor.checks import Check, Examination, Status
from app.paths import DataFolder
from offline_cache.inspection import JournalLook, MirrorLook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.services.ports import Clock
    from app.settings import Settings

LEAST_FREE: Final = 50_000_000
COMFORTABLE_FREE: Final = 500_000_000
CHECK_SECONDS: Final = 60.0
MIRROR_AMBER: Final = 900
MIRROR_STOP: Final = 86_400
"""The default policy's bounds on the mirror's age, in seconds."""
_OPEN_TO_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def examinations(settings: Settings, clock: Clock) -> Iterator[Examination]:
    """Give what is to be looked at."""
    folder = DataFolder(settings.data)
    yield Examination("folder", lambda: _writable(folder.root))
    yield Examination("disk", lambda: _disk(folder.root))
    yield Examination("permissions", lambda: _permissions(folder))
    yield Examination("journal", lambda: _journal(folder.journal_file), CHECK_SECONDS)
    yield Examination("mirror", lambda: _mirror(folder.mirror_file, clock), CHECK_SECONDS)


def _existing(path: Path) -> Path:
    """Return the folder, or the nearest of its parents that exists."""
    return next((each for each in (path, *path.parents) if each.exists()), path)


def _writable(root: Path) -> Iterator[Check]:
    place = _existing(root)
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(b"echain")
            file.flush()
            os.fsync(file.fileno())
    except OSError as trouble:
        yield Check(
            "folder",
            Status.FAIL,
            f"{place} cannot be written ({trouble.strerror}).",
            "Check its permissions and the disk, or choose another folder with --data.",
        )
        return
    if place == root:
        yield Check("folder", Status.OK, f"{root} can be written.")
    else:
        yield Check("folder", Status.OK, f"{root} is not there yet; it can be made.")


def _disk(root: Path) -> Iterator[Check]:
    free = shutil.disk_usage(_existing(root)).free
    says = f"{free / 1e9:.1f} GB are free."
    if free < COMFORTABLE_FREE:
        status = Status.FAIL if free < LEAST_FREE else Status.WARN
        yield Check("disk", status, says, "Free some space before the doors open.")
    else:
        yield Check("disk", Status.OK, says)


def _permissions(folder: DataFolder) -> Iterator[Check]:
    secret = (folder.journal_file, folder.key_file, folder.mirror_file, folder.settings_file)
    wide = [path for path in secret if _is_open_to_others(path)]
    if os.name != "posix":
        yield Check("permissions", Status.OK, "This system keeps users apart by itself.")
    elif wide:
        names = ", ".join(path.name for path in wide)
        yield Check(
            "permissions",
            Status.FAIL if folder.key_file in wide else Status.WARN,
            f"Other users of this computer may open {names}.",
            f"Run chmod 600 on them in {folder.root}.",
        )
    elif _is_open_to_others(folder.root):
        yield Check(
            "permissions",
            Status.WARN,
            f"Other users of this computer may look into {folder.root}.",
            f"Run chmod 700 {folder.root}.",
        )
    else:
        yield Check("permissions", Status.OK, "Only this user may open the data.")


def _is_open_to_others(path: Path) -> bool:
    return path.exists() and bool(path.stat().st_mode & _OPEN_TO_OTHERS)


def _journal(path: Path) -> Iterator[Check]:
    if not path.exists():
        yield Check("journal", Status.OK, "No journal yet; it begins with the first command.")
        return
    with JournalLook(path) as look:
        damage = look.damage()
        broken = look.broken_row() if look.is_current and not damage else None
        newest = look.head() if look.is_current and not damage else None
    if damage:
        yield Check(
            "journal",
            Status.FAIL,
            f"The journal is damaged: {damage[0]}",
            "Do not delete it. Restore a backup beside it.",
        )
    elif broken is not None:
        yield Check(
            "journal",
            Status.FAIL,
            f"Row {broken} of the journal is not as it was written.",
            "Keep the file as evidence, restore a backup, and find out who changed it.",
        )
    else:
        rows = "empty" if newest is None else f"whole up to row {newest.seq}"
        yield Check("journal", Status.OK, f"The journal is sound; its hash chain is {rows}.")


def _mirror(path: Path, clock: Clock) -> Iterator[Check]:
    sync = "Run echain sync."
    if not path.exists():
        yield Check("mirror", Status.WARN, "There is no mirror yet: no ticket is known.", sync)
        return
    with MirrorLook(path) as look:
        damage = look.damage()
        head = look.head() if look.is_current and not damage else None
    if damage:
        yield Check("mirror", Status.FAIL, f"The mirror is damaged: {damage[0]}", sync)
        return
    yield Check("mirror", Status.OK, "The mirror is sound.")
    if head is None:
        yield Check("mirror-age", Status.WARN, "The mirror is empty: no ticket is known.", sync)
        return
    age = max(0, clock.unix() - head.timestamp)
    says = f"The mirror reaches block {head.number}, {age} seconds ago."
    if age > MIRROR_AMBER:
        yield Check("mirror-age", Status.FAIL if age > MIRROR_STOP else Status.WARN, says, sync)
    else:
        yield Check("mirror-age", Status.OK, says)
