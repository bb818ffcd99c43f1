"""A mirror for commands: the one in the data folder, or a file of its own."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from app.chain.linking import Means, connect
from app.chain.service_keys import ServiceKeys
from app.cli.session import find_factory, open_device, open_link, show_bug
from app.cli.vaults import LaterVault, open_vault
from app.domain.errors import SettingsError
from app.paths import DataFolder
from app.runtime.clock import SystemClock
from app.runtime.engine import Engine
from app.services.sync import SyncService
from offline_cache.folder_lock import DataFolderLock
from offline_cache.mirror import Mirror

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from app.bootstrap import Device, Link
    from app.services.ports import Clock
    from app.services.sync import SyncState
    from app.settings import Settings


@dataclass(frozen=True, slots=True)
class OpenMirror:
    """A mirror to look into; ``device`` is None for a file of its own."""

    mirror: Mirror
    settings: Settings
    clock: Clock
    device: Device | None = None


@dataclass(frozen=True, slots=True)
class Syncing:
    """Everything that a sync by command needs."""

    mirror: Mirror
    engine: Engine
    link: Link
    clock: Clock
    service: Callable[[Callable[[SyncState], None] | None], SyncService]


@contextmanager
def open_mirror(settings: Settings, file: Path | None) -> Iterator[OpenMirror]:
    """Open a mirror that is there.

    Raises:
        SettingsError: ``settings.wrong`` if the named file is none.
        StoreError: It is in use, or cannot be used.
    """
    if file is None:
        with open_device(settings) as device:
            yield OpenMirror(device.mirror, settings, device.clock, device)
        return
    if not file.is_file():
        raise SettingsError(
            f"there is no mirror {file}; make it with 'echain sync --mirror'", code="settings.wrong"
        )
    clock = SystemClock()
    with _mirror_file(file, clock) as mirror:
        yield OpenMirror(mirror, settings, clock)


@contextmanager
def open_syncing(settings: Settings, file: Path | None) -> Iterator[Syncing]:
    """Open a mirror and a connection to fill it from; a file is made if it is missing.

    Raises:
        SettingsError: ``settings.missing`` if no factory is known.
        StoreError: The mirror is in use, or cannot be used.
    """
    if file is None:
        with open_device(settings) as device, open_link(device) as link:
            yield Syncing(
                device.mirror,
                device.engine,
                link,
                device.clock,
                lambda on_state: device.sync(link, on_state=on_state),
            )
        return
    factory, start_block = find_factory(settings)
    clock = SystemClock()
    vault = LaterVault(partial(open_vault, DataFolder(settings.data)))
    with _mirror_file(file, clock) as mirror:
        means = Means(ServiceKeys(vault).find, partial(_reached, mirror), clock.unix)
        link = connect(settings.profile, settings.route, factory, start_block, means)
        engine = Engine(show_bug)
        engine.start()
        try:
            yield Syncing(mirror, engine, link, clock, partial(_service, link, mirror))
        finally:
            engine.submit(link.aclose()).result()
            engine.stop()


@contextmanager
def _mirror_file(file: Path, clock: Clock) -> Iterator[Mirror]:
    whole = file.absolute()
    # One of its own, so that a mirror may stand beside others and beside a running device.
    with DataFolderLock(whole.parent, f".{whole.name}.lock"):
        mirror = Mirror(whole.parent, clock.unix, whole.name)
        try:
            yield mirror
        finally:
            mirror.close()


def _reached(mirror: Mirror) -> int:
    head = mirror.head()
    return -1 if head is None else head.number


def _service(
    link: Link, mirror: Mirror, on_state: Callable[[SyncState], None] | None
) -> SyncService:
    return SyncService(
        link.source,
        mirror,
        start_block=link.start_block,
        on_state=on_state,
        feed=link.feed,
    )
