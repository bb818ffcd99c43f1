"""The open event: known, its bundle the anchored one, and this device's door granted on chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from app.bootstrap import record_key_id
from app.chain import artifacts
from app.chain.reading import read
from app.cli.doctor.checks import Check, Status, failed
from app.domain.addresses import checksum
from app.domain.errors import AppError
from app.paths import DataFolder
from offline_cache.errors import StoreError
from offline_cache.inspection import JournalLook, MirrorLook
from offline_cache.records import ZERO_ADDRESS, DoorState

if TYPE_CHECKING:
    from app.chain.rpc import RpcClient
    from app.cli.doctor.keys import Keys
    from app.settings import Settings
    from offline_cache.records import Event

_STATES: Final = {
    DoorState.CLOSED: "closed",
    DoorState.REVOKED: "revoked",
    DoorState.COMPROMISED: "marked as compromised",
}


@dataclass(frozen=True, slots=True)
class _Granted:
    """What the chain (or, without it, the mirror) says of this door and the bundle."""

    record_key: bytes
    state: DoorState
    bundle_version: int
    bundle_hash: bytes


async def door_checks(settings: Settings, keys: Keys, rpc: RpcClient | None) -> list[Check]:
    """Look at event, bundle and door; by the mirror where the node is away."""
    if not settings.event:
        says = "No event is open, so no door was looked at."
        return [Check("event", Status.WARN, says, "Name it with --event, by its number.")]
    try:
        event = opened_event(settings)
    except (AppError, StoreError) as trouble:
        return [failed("event", trouble)]
    if event is None:
        says = f"The mirror holds no event {settings.event}."
        return [Check("event", Status.FAIL, says, "Check the number, then run echain sync.")]
    found = Check("event", Status.OK, f"{event.name} is open at door {settings.door}.")
    granted = _by_mirror(settings, event)
    if rpc is not None:
        try:
            granted = await _by_chain(rpc, settings, event)
        except AppError as trouble:
            return [found, failed("door", trouble)]
    return [found, _bundle(settings, event, granted), _door(settings, event, keys, granted)]


def opened_event(settings: Settings) -> Event | None:
    """Return the event that the settings name, as the mirror has it; None without either.

    Raises:
        SettingsError: ``settings.missing`` if a number is named, and the factory is not known.
    """
    from app.cli.session import find_factory

    named, file = settings.event_named, DataFolder(settings.data).mirror_file
    if named is None or not file.exists():
        return None
    with MirrorLook(file) as look:
        if not look.is_current:
            return None
        if isinstance(named, bytes):
            return look.event_by_id(named)
        factory, _ = find_factory(settings)
        return look.event_by_number(factory, named)


def _by_mirror(settings: Settings, event: Event) -> _Granted:
    with MirrorLook(DataFolder(settings.data).mirror_file) as look:
        doors = {door.door: door for door in look.doors(event.contract)}
    mine = doors.get(settings.door)
    return _Granted(
        ZERO_ADDRESS if mine is None else mine.record_key,
        DoorState.NONE if mine is None else mine.state,
        event.bundle_version,
        event.bundle_hash,
    )


async def _by_chain(rpc: RpcClient, settings: Settings, event: Event) -> _Granted:
    abi = artifacts.load("EventTicket").abi
    key, state, _ = await read(rpc, event.contract, abi, "doorOf", settings.door)
    version, content_hash, _ = await read(rpc, event.contract, abi, "bundle")
    return _Granted(
        cast("bytes", key),
        DoorState(cast("int", state)),
        cast("int", version),
        cast("bytes", content_hash),
    )


def _bundle(settings: Settings, event: Event, granted: _Granted) -> Check:
    """Compare the bundle of this device with the anchored one; a newer one was signed."""
    file, held = DataFolder(settings.data).journal_file, None
    if file.exists():
        with JournalLook(file) as look:
            held = look.bundle(event.event_id) if look.is_current else None
    ask = "Ask the organizer for the bundle of this event."
    anchored = granted.bundle_version
    if held is None and not anchored:
        says = "The organizer has anchored no bundle; the default rules apply."
        return Check("bundle", Status.OK, says)
    if held is None:
        says = f"Bundle {anchored} is anchored and not on this device; the default rules apply."
        return Check("bundle", Status.WARN, says, ask)
    if held.version < anchored:
        says = f"This device holds bundle {held.version}; bundle {anchored} is anchored."
        return Check("bundle", Status.WARN, says, ask)
    if held.version == anchored and held.content_hash != granted.bundle_hash:
        says = f"Bundle {anchored} on this device is not the one that the organizer anchored."
        return Check("bundle", Status.FAIL, says, ask)
    says = f"Bundle {held.version} is here"
    newer = ", newer than the anchored one." if held.version > anchored else ", as anchored."
    return Check("bundle", Status.OK, says + newer)


def _door(settings: Settings, event: Event, keys: Keys, granted: _Granted) -> Check:
    address = keys.address(record_key_id(event, settings.door))
    if address is None:
        return Check(
            "door",
            Status.WARN,
            f"This device's record key for door {settings.door} is not at hand.",
            "Make it with echain keys create door, with the same --event and --door,"
            " and let the organizer grant its address.",
        )
    grant = f"Let the organizer grant door {settings.door} the address {checksum(address)}."
    if granted.state is DoorState.NONE:
        return Check("door", Status.FAIL, f"Door {settings.door} is not granted.", grant)
    if granted.record_key != address:
        says = f"Door {settings.door} is granted to {checksum(granted.record_key)}, another key."
        return Check("door", Status.FAIL, says, f"Choose another door, or: {grant}")
    if granted.state is not DoorState.ACTIVE:
        says = f"Door {settings.door} is {_STATES[granted.state]}."
        return Check("door", Status.FAIL, says, "Ask the organizer for another door.")
    return Check("door", Status.OK, f"Door {settings.door} is granted to {checksum(address)}.")
