"""``echain bundle``: hand one event to doors without internet, and take what was handed over."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.cli import bundle_summary, guest_lists
from app.cli.output import Exit, described
from app.cli.session import find_factory, open_device
from app.domain import bundle_file
from app.domain.addresses import checksum, parse_address
from app.domain.bundles import SealedBundle, accept, bundle_document
from app.domain.errors import BundleError, SettingsError
from app.domain.policy import Bundle
from app.services.guest_keeping import GuestOutcome
from offline_cache.records import ZERO_ADDRESS

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from app.bootstrap import Device
    from app.cli.bundle_summary import Summary
    from app.cli.output import Output
    from app.domain.bundle_file import SealedSnapshot, Snapshot
    from app.settings import Settings
    from offline_cache.records import ChainCheckIn, Door, Event, Ticket

DAY = 86_400
_PAGE = 10_000


def run(arguments: argparse.Namespace, settings: Settings, output: Output) -> int:
    """Do what was asked for; what is refused ends with exit code 4."""
    action = arguments.action
    if arguments.file is None and action not in {"guests", "forget"}:
        return output.usage(f"bundle {action} needs a FILE")
    if action != "export" and (arguments.guests or arguments.card):
        return output.usage("--guests and --card belong to an export")
    try:
        with open_device(settings) as device:
            return _do(arguments, device, output)
    except BundleError as refusal:
        output.complain(refusal)
        output.result({"error": described(refusal)})
        return Exit.REFUSED


def _do(arguments: argparse.Namespace, device: Device, output: Output) -> int:
    action = arguments.action
    if action == "card":
        _write_whole(arguments.file, guest_lists.make_card(device, output))
        output.say(f"give {arguments.file} to the organizer")
        output.result({"outcome": "made", "door": device.settings.door})
    elif action == "guests":
        text = None if arguments.file is None else str(arguments.file)
        output.result(guest_lists.show(device, text, output))
    elif action == "forget":
        output.result({"outcome": "forgotten" if guest_lists.forget(device, output) else "none"})
    else:
        work = {"export": _export, "import": take, "verify": _verify}[action]
        summary = work(arguments, device)
        bundle_summary.say(summary, output)
        output.result(summary)
    return Exit.DONE


# ── export ────────────────────────────────────────────────────────────────────────────────────────


def _export(arguments: argparse.Namespace, device: Device) -> Summary:
    factory, _ = find_factory(device.settings)
    event = device.event(factory)
    key_id = arguments.sign_with
    signer = device.signer.address(key_id)
    if signer != event.bundle_key:
        raise bundle_file.untrusted(
            f"the key '{key_id}' is not the one that the organizer named for bundles on chain"
        )
    valid_until = device.clock.unix() + arguments.days * DAY
    snapshot = _snapshot(device, event, key_id, valid_until)
    counted = None
    if arguments.guests is not None:
        listed = guest_lists.seal(device, event, arguments.guests, arguments.card)
        snapshot = replace(snapshot, guests=listed.sealed)
        counted = listed.guests
    elif arguments.card:
        raise SettingsError(
            "--card is for a guest list: name it with --guests", code="settings.missing"
        )
    sealed = bundle_file.seal(
        snapshot, valid_until, lambda document: device.signer.sign(key_id, document)
    )
    _write_whole(arguments.file, bundle_file.pack(sealed))
    return bundle_summary.of_snapshot(device, snapshot, signer, "exported", ("sealed", counted))


def _snapshot(device: Device, event: Event, key_id: str, valid_until: int) -> Snapshot:
    mirror = device.mirror
    head = mirror.head()
    if head is None:
        raise SettingsError("the mirror is empty; sync first", code="settings.missing")
    tickets: list[Ticket] = []
    while page := mirror.tickets(
        event.contract, tickets[-1].token_id if tickets else -1, _PAGE
    ).result():
        tickets += page
    held = device.journal.latest_bundle(event.event_id)
    policy = None
    if held is not None:
        bundle = Bundle.from_json(held.content)
        document = bundle_document(event, bundle, valid_until)
        policy = SealedBundle(held.content, valid_until, device.signer.sign(key_id, document))
    return bundle_file.Snapshot(
        block=head,
        event=event,
        tickets=tuple(tickets),
        doors=tuple(mirror.doors(event.contract)),
        check_ins=tuple(mirror.check_ins(event.contract).result()),
        bundle=policy,
    )


def _write_whole(path: Path, data: bytes) -> None:
    """Write a file that appears whole or not at all, for its owner's eyes only."""
    unfinished = path.with_name(path.name + ".unfinished")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be written: {error.strerror}", code="settings.wrong"
        ) from error


# ── import and verify ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Trusted:
    """A snapshot that may be believed."""

    snapshot: Snapshot
    signer: bytes


def _verify(arguments: argparse.Namespace, device: Device) -> Summary:
    data = _read_bounded(arguments.file)
    if not data.startswith(bundle_file.MAGIC):
        sealed, event = _policy_in(data, device)
        held = device.journal.latest_bundle(event.event_id)
        bundle = accept(sealed, event, held, device.clock.unix())
        return bundle_summary.of_policy(event, bundle, "trusted")
    trusted = _trusted(bundle_file.unpack(data), arguments, device)
    snapshot = trusted.snapshot
    listed: tuple[str, int | None] = ("", None)
    if snapshot.guests is not None:
        book = device.guest_desk().keeper.peek(snapshot.event.event_id, snapshot.guests)
        listed = (GuestOutcome.OTHER_DOORS, None) if book is None else ("readable", len(book))
    return bundle_summary.of_snapshot(device, snapshot, trusted.signer, "trusted", listed)


def take(arguments: argparse.Namespace, device: Device) -> Summary:
    """Fill the mirror from a file, and keep the policy and the guest list that it brings.

    Args:
        arguments: ``file``; ``signer``, the organizer's key or None; ``force``.
        device: The door's device.

    Raises:
        BundleError: The file is refused; nothing of it was kept then.
        SettingsError: ``settings.wrong`` if it cannot be read.
    """
    data = _read_bounded(arguments.file)
    if not data.startswith(bundle_file.MAGIC):
        sealed, event = _policy_in(data, device)
        return bundle_summary.of_policy(event, device.take_bundle(event, sealed), "imported")
    trusted = _trusted(bundle_file.unpack(data), arguments, device)
    snapshot = trusted.snapshot
    outcome = _outcome(device, snapshot, force=arguments.force)
    if snapshot.bundle is not None:
        _take_policy(device, snapshot.event, snapshot.bundle)
    if outcome == "imported":
        rows: list[Ticket | Door | ChainCheckIn] = [*snapshot.tickets, *snapshot.doors]
        rows += snapshot.check_ins
        device.mirror.fill(snapshot.block, snapshot.event, rows).result()
    listed = _take_guests(device, snapshot, force=arguments.force)
    if (outcome, listed[0]) == ("guests", GuestOutcome.OLDER):
        raise BundleError(
            "the guest list of this event bundle is older than the one here, and so is all the"
            " rest; --force takes it nevertheless",
            code="bundle.older",
        )
    return bundle_summary.of_snapshot(device, snapshot, trusted.signer, outcome, listed)


def _take_guests(device: Device, snapshot: Snapshot, *, force: bool) -> tuple[str, int | None]:
    """Keep a guest list; returns what became of it, and its guests if this door can open it."""
    if snapshot.guests is None:
        return "", None
    keeper = device.guest_desk().keeper
    taken = keeper.take(snapshot.event.event_id, snapshot.guests, force=force)
    opened = taken.outcome is not GuestOutcome.OTHER_DOORS
    return taken.outcome, taken.guests if opened else None


def _outcome(device: Device, snapshot: Snapshot, *, force: bool) -> str:
    """Tell what to do: ``imported``, ``known``, or ``guests`` where only their list is news.

    Raises:
        BundleError: ``bundle.older`` if nothing of it can be news.
    """
    try:
        return "imported" if _is_newer(device, snapshot, force=force) else "known"
    except BundleError:
        if snapshot.guests is None:
            raise
        return "guests"


def _take_policy(device: Device, event: Event, policy: SealedBundle) -> None:
    try:
        device.take_bundle(event, policy)
    except BundleError as refusal:
        # A device that was handed a newer policy keeps it; its tickets may still be older.
        if refusal.code != "bundle.older":
            raise


def _is_newer(device: Device, snapshot: Snapshot, *, force: bool) -> bool:
    """Tell whether the mirror gains by a snapshot; False if it is at that very block.

    Raises:
        BundleError: ``bundle.older`` if the mirror is further, and it is not to be forced back.
    """
    head = device.mirror.head()
    if head is None or force or head.number < snapshot.block.number:
        return True
    if head.number > snapshot.block.number:
        raise BundleError(
            f"this event bundle is of block {snapshot.block.number}, the mirror at {head.number};"
            " --force takes it nevertheless",
            code="bundle.older",
        )
    return head.hash != snapshot.block.hash


def _trusted(sealed: SealedSnapshot, arguments: argparse.Namespace, device: Device) -> _Trusted:
    """Read a snapshot, and check it with the key that this device knows or was told."""
    snapshot = bundle_file.read(sealed)
    signer = bundle_file.signer_of(snapshot, sealed)
    key = _key_of(snapshot, arguments, device)
    if key is None:
        named = "nobody" if signer is None else checksum(signer)
        raise bundle_file.untrusted(
            f"this device does not know the event yet; if the organizer's key is {named}, say so"
            " with --signer"
        )
    bundle_file.expect_trusted(
        snapshot,
        sealed,
        chain_id=device.settings.profile.chain_id,
        key=key,
        now=device.clock.unix(),
    )
    _expect_factory(snapshot.event, device)
    return _Trusted(snapshot, key)


def _key_of(snapshot: Snapshot, arguments: argparse.Namespace, device: Device) -> bytes | None:
    known = device.mirror.event_by_id(snapshot.event.event_id)
    told = None if arguments.signer is None else parse_address(arguments.signer)
    if known is not None and known.bundle_key != ZERO_ADDRESS:
        if told not in {None, known.bundle_key}:
            raise bundle_file.untrusted("the chain names another key than --signer")
        return known.bundle_key
    return told


def _expect_factory(event: Event, device: Device) -> None:
    try:
        factory, _ = find_factory(device.settings)
    except SettingsError:
        return  # a door that never was online need not know it
    if factory != event.factory:
        raise BundleError(
            f"this event bundle is of factory {checksum(event.factory)}, this device of"
            f" {checksum(factory)}",
            code="bundle.wrong_chain",
        )


def _policy_in(data: bytes, device: Device) -> tuple[SealedBundle, Event]:
    sealed = bundle_file.unpack_policy(data)
    bundle = Bundle.from_json(sealed.content)
    event = device.mirror.event_by_id(bundle.event_id)
    if event is None:
        raise bundle_file.untrusted("this device does not know its event; sync first")
    return sealed, event


def _read_bounded(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(bundle_file.MAX_FILE_BYTES + 1)
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be read: {error.strerror}", code="settings.wrong"
        ) from error
