"""Puts together what makes a device's journal evidence: where its signed heads go."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.bootstrap import record_key_id
from app.runtime.head_folder import HeadFolder, heads_in
from app.services.head_keeping import DoorPlace, HeadKeeper

if TYPE_CHECKING:
    from pathlib import Path

    from app.bootstrap import Device
    from app.services.head_keeping import HeadTarget
    from offline_cache.records import Event


def head_keeper(device: Device, event: Event, *venue: HeadTarget) -> HeadKeeper:
    """Make the service that signs the journal's newest row each minute and publishes it.

    Args:
        device: Whose journal it is.
        event: What its door is open for.
        venue: Where heads go besides the folders: the other doors.
    """
    door = device.settings.door
    key_id = record_key_id(event, door)
    name = f"door-{door}-{event.event_id.hex()[:16]}"
    folders = [HeadFolder(folder, name) for folder in head_folders(device)]
    place = DoorPlace(event, door, partial(device.signer.sign, key_id))
    return HeadKeeper(device.journal, place, [*folders, *venue], device.clock)


def published_heads(device: Device) -> list[bytes]:
    """Return the files of the heads that a device published; blocks."""
    return [data for folder in head_folders(device) for data in heads_in(folder)]


def head_folders(device: Device) -> tuple[Path, ...]:
    """Return where heads go: beside the journal, and beside its copies on the second disk."""
    own, *others = device.backup_folders
    return (own.with_name("heads"), *(folder / "heads" for folder in others))
