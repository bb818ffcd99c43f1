"""What this device remembers from the last run: role, door, camera, and how the screen looks."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from app.paths import cannot_write

if TYPE_CHECKING:
    from pathlib import Path

FILE = "state.json"
VERDICT_SECONDS = (0.5, 30.0)


@dataclass(frozen=True, slots=True)
class Remembered:
    """The choices a person made on the screens.

    Args:
        role: The command opened last: ``kiosk``, ``desk`` or ``wallet``; empty: none yet.
        event: The event's id, 0x and 64 digits; empty: no door was set up.
        door: The door's number; 0: no door was set up.
        camera: What to scan from, see `app.scan.sources.parse_spec`; empty: as in the settings.
        mirrored: Whether the preview is shown as in a mirror.
        theme: ``system``, ``light``, ``dark`` or ``contrast``.
        language: A language's code; empty: English.
        admit_seconds: How long an admission fills the window.
        refuse_seconds: How long a refusal does.
        invitation: The organizer's invitation that was taken, as text; empty: none.
        first_run: The step of the first run that is open; empty: it is over, or did not begin.
    """

    role: str = ""
    event: str = ""
    door: int = 0
    camera: str = ""
    mirrored: bool = False
    theme: str = "system"
    language: str = ""
    admit_seconds: float = 1.2
    refuse_seconds: float = 3.0
    invitation: str = ""
    first_run: str = ""


def recall(folder: Path) -> Remembered:
    """Read what a data folder remembers; a file that is missing or damaged remembers nothing."""
    try:
        found = json.loads((folder / FILE).read_bytes())
    except (OSError, ValueError):
        return Remembered()
    if not isinstance(found, dict):
        return Remembered()
    blank = asdict(Remembered())
    kept = {key: found[key] for key in blank if _fits(found.get(key), blank[key])}
    return Remembered(**_within(kept))


def remember(folder: Path, what: Remembered) -> None:
    """Write it, whole or not at all.

    Raises:
        StoreTrouble: ``store.full`` or ``store.unusable``.
    """
    file = folder / FILE
    unfinished = file.with_suffix(".new")
    try:
        unfinished.write_text(json.dumps(asdict(what), indent=2) + "\n", "utf-8")
        os.replace(unfinished, file)  # noqa: PTH105 - says in one word that it is atomic
    except OSError as trouble:
        raise cannot_write(str(file), trouble) from trouble


def _fits(value: object, blank: object) -> bool:
    if isinstance(blank, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is type(blank)


def _within(kept: dict[str, Any]) -> dict[str, Any]:
    least, most = VERDICT_SECONDS
    for item in fields(Remembered):
        if item.name.endswith("_seconds") and item.name in kept:
            kept[item.name] = min(most, max(least, float(kept[item.name])))
    return kept
