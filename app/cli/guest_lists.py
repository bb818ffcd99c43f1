"""Guest lists on the command line: sealed on an organizer's device, opened at a door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.chain import sealing
from app.cli.session import find_factory
from app.domain import guest_csv, guest_list, sealing_card
from app.domain.errors import BundleError, SettingsError
from offline_cache.records import DoorState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from app.bootstrap import Device
    from app.cli.output import Output
    from app.domain.guest_list import SealedGuests
    from app.domain.sealing_card import SealingCard
    from offline_cache.records import Event, Guest

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class SealedList:
    """A list ready to be handed over: its guests counted, and the columns that were left out."""

    sealed: SealedGuests
    guests: int
    ignored: tuple[str, ...]


def seal(device: Device, event: Event, sheet: Path, cards: Iterable[Path]) -> SealedList:
    """Read a sheet and seal it for every door that a card is there of, and for this device's own.

    Raises:
        BundleError: ``bundle.guests`` for a sheet that cannot be used, ``bundle.no_cards`` without
            any door, ``bundle.untrusted`` or ``bundle.malformed`` for a card.
        SettingsError: ``settings.wrong`` if a file cannot be read.
    """
    mirror = device.mirror
    found = guest_csv.read(
        _read(sheet, guest_csv.MAX_FILE_BYTES),
        lambda token_id: mirror.ticket(event.contract, token_id) is not None,
    )
    doors = dict(_key_of(device, event, card) for card in cards)
    doors |= _own_key(device, event)
    if not doors:
        raise BundleError(
            "nobody could open this guest list: make a card with 'echain bundle card FILE' at each"
            " door, and name the cards with --card",
            code="bundle.no_cards",
        )
    content = guest_list.write(event.event_id, found.guests)
    version = device.clock.unix()
    sealed = sealing.seal(content, event.event_id, version, doors)
    return SealedList(sealed, len(found.guests), found.ignored)


def make_card(device: Device, output: Output) -> bytes:
    """Return the file of this door's sealing card; its record key is made on first use."""
    factory, _ = find_factory(device.settings)
    event = device.event(factory)
    card = device.guest_desk().card(event)
    if not _is_granted(device, event, card):
        output.say("the organizer has not granted this door yet: the card counts once that is done")
    return sealing_card.pack(card)


def show(device: Device, text: str | None, output: Output) -> list[dict[str, str | None]]:
    """Print the guests in whose line every word of a text is found; without a text, all."""
    factory, _ = find_factory(device.settings)
    book = device.guests(device.event(factory))
    found = list(book) if text is None else book.search(text, MOST_SHOWN)
    output.say(f"{len(found)} of {len(book)} guests")
    for guest in found:
        output.say("  " + "  ".join(filter(None, _values(guest).values())))
    return [_values(guest) for guest in found]


def forget(device: Device, output: Output) -> bool:
    """Erase the open event's guest list, and the key that opens it."""
    factory, _ = find_factory(device.settings)
    forgotten = device.guest_desk().forget(device.event(factory))
    output.say("the guest list is erased" if forgotten else "there is no guest list")
    return forgotten


def _values(guest: Guest) -> dict[str, str | None]:
    return {
        "name": guest.name,
        "order": guest.order,
        "seat": guest.seat,
        "note": guest.note,
        "ticket": None if guest.token_id is None else str(guest.token_id),
    }


def _key_of(device: Device, event: Event, path: Path) -> tuple[int, bytes]:
    """Return door and key of a card, if the chain vouches for it."""
    card = sealing_card.unpack(_read(path, sealing_card.MAX_FILE_BYTES))
    if card.event_id != event.event_id:
        raise _untrusted(path, "is of another event")
    if not _is_granted(device, event, card):
        raise _untrusted(
            path, f"is not signed by the key that the organizer granted to door {card.door}"
        )
    return card.door, card.key


def _own_key(device: Device, event: Event) -> dict[int, bytes]:
    """Return this device's own key, if it is a door of the event that made a card."""
    if not device.guest_desk().has_key(event):
        return {}
    card = device.guest_desk().card(event)
    return {card.door: card.key} if _is_granted(device, event, card) else {}


def _is_granted(device: Device, event: Event, card: SealingCard) -> bool:
    granted = {
        door.door: door.record_key
        for door in device.mirror.doors(event.contract)
        if door.state is DoorState.ACTIVE
    }
    signer = sealing_card.signer_of(card, event)
    return signer is not None and granted.get(card.door) == signer


def _untrusted(path: Path, why: str) -> BundleError:
    return BundleError(f"the card {path.name} {why}", code="bundle.untrusted")


def _read(path: Path, longest: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(longest + 1)
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be read: {error.strerror}", code="settings.wrong"
        ) from error
