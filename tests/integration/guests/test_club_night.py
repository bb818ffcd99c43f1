"""Tickets that are somebody else's NFTs: from the registry's key to the certificate, on a node."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.chain import contract_calls as calls
from app.domain.verdicts import Code
from app.runtime.clock import SystemClock
from app.services.holdings import HoldingsService
from app.services.wallet import WalletService
from offline_cache.records import RecordState, Ticket, TicketStatus
from tests.integration.guests.club import FOREVER, Club, ClubNight
from tests.integration.outbox.night import Kiosk, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.integration.chain.world import World


@pytest.fixture
def club(factory: World, probes: Path) -> Club:
    return Club(factory, probes)


@pytest.fixture
def open_kiosk(tmp_path: Path) -> Iterator[Callable[[ClubNight], Kiosk]]:
    opened: list[Kiosk] = []

    def open_one(night: ClubNight) -> Kiosk:
        kiosk = Kiosk(night, tmp_path / f"door {len(opened)}")
        opened.append(kiosk)
        night.grant(kiosk)
        kiosk.do(kiosk.sync.step())
        return kiosk

    yield open_one
    for kiosk in opened:
        kiosk.close()


class Phone:
    """A member's phone: gate keys, and the code of this moment."""

    def __init__(self, night: ClubNight) -> None:
        self._night = night
        self._wallet = WalletService(night.world.signer, SystemClock())

    def gate_key(self, kiosk: Kiosk, token_id: int) -> bytes:
        return self._wallet.gate_key(kiosk.event, token_id)

    def code(self, kiosk: Kiosk, token_id: int) -> bytes:
        """The rotating code, as the phone's mirror (here the kiosk's) has the ticket."""
        return self._wallet.rotating(kiosk.event, ticket(kiosk, token_id)).encode()


def ticket(kiosk: Kiosk, token_id: int) -> Ticket:
    found = kiosk.device.mirror.ticket(kiosk.event.contract, token_id)
    assert found is not None
    return found


def scan(kiosk: Kiosk, code: bytes) -> Code:
    """Show a code to a door that was just opened: nobody stood there a moment ago."""
    return kiosk.device.door(kiosk.event).check(code).code


def follow(kiosk: Kiosk) -> None:
    kiosk.do(kiosk.sync.step())


def test_a_member_binds_a_key_comes_in_and_gets_one_certificate(
    club: Club, open_kiosk: Callable[[ClubNight], Kiosk]
) -> None:
    night = ClubNight.for_club(club)
    first, second = night.issue(2)
    kiosk = open_kiosk(night)
    assert kiosk.event.collection == club.address
    never_bound = ticket(kiosk, first)
    assert (never_bound.owner, never_bound.epoch) == (night.owner(first), 0)
    phone = Phone(night)
    night.bind(first, phone.gate_key(kiosk, first))
    follow(kiosk)
    bound = ticket(kiosk, first)
    assert (bound.user, bound.epoch) == (phone.gate_key(kiosk, first), 1)

    assert scan(kiosk, phone.code(kiosk, first)) is Code.ADMITTED
    assert scan(kiosk, phone.code(kiosk, first)) is Code.ALREADY_USED
    # Never bound: the owner's own signature admits.
    assert kiosk.show(second) is Code.ADMITTED

    kiosk.drain()
    account = night.account([first, second])
    assert sorted(token for token, _ in account.check_ins()) == [first, second]
    assert sorted(account.certificates()) == sorted([night.owner(first), night.owner(second)])
    follow(kiosk)
    assert ticket(kiosk, first).status is TicketStatus.USED
    assert kiosk.counts() == {RecordState.FINAL: 2}
    assert kiosk.conflicts() == []


def test_a_card_that_was_sold_admits_nobody_until_its_owner_binds(
    club: Club, open_kiosk: Callable[[ClubNight], Kiosk]
) -> None:
    night = ClubNight.for_club(club)
    card, other = night.issue(2)
    kiosk = open_kiosk(night)
    phone = Phone(night)
    night.bind(card, phone.gate_key(kiosk, card))
    follow(kiosk)
    before, signed_before = phone.code(kiosk, card), kiosk.pass_of(card)
    night.hand_over(card, other)
    follow(kiosk)
    assert scan(kiosk, before) is Code.TRANSFERRED
    assert scan(kiosk, signed_before) is Code.TRANSFERRED
    # Sold back: the registry alone would believe the old key again.
    night.hand_over(card, card, by=other)
    follow(kiosk)
    assert night.entry_key(card).key == phone.gate_key(kiosk, card)
    assert scan(kiosk, before) is Code.TRANSFERRED
    night.bind(card, phone.gate_key(kiosk, card))
    follow(kiosk)
    assert scan(kiosk, before) is Code.TRANSFERRED
    assert scan(kiosk, phone.code(kiosk, card)) is Code.ADMITTED
    kiosk.drain()
    assert night.account([card]).certificates() == [night.owner(card)]


def test_a_certificate_that_failed_is_seen_and_claimed(
    club: Club, probes: Path, open_kiosk: Callable[[ClubNight], Kiosk]
) -> None:
    night = ClubNight.for_club(club)
    (card,) = night.issue(1)
    kiosk = open_kiosk(night)
    assert kiosk.show(card) is Code.ADMITTED
    broken = Club(club.world, probes, "BrokenPoap").address
    poap = "0x" + club.world.poap.hex()
    whole = run(club.world.url, lambda rpc: rpc.code(club.world.poap))
    stand_in = run(club.world.url, lambda rpc: rpc.code(broken))
    night.rpc("anvil_setCode", poap, "0x" + stand_in.hex())
    try:
        kiosk.step_until_mined(1)
    finally:
        night.rpc("anvil_setCode", poap, "0x" + whole.hex())
    follow(kiosk)
    mirror, owner = kiosk.device.mirror, night.owner(card)
    (waiting,) = mirror.pending_poaps(owner).result()
    assert (waiting.number, waiting.attendee) == (night.number, owner)
    holdings = kiosk.do(HoldingsService(mirror, SystemClock()).of(owner))
    assert [(claim.poap, claim.event) for claim in holdings.claims] == [(waiting, kiosk.event)]
    night.do(calls.claim_poap(waiting.token_id), to=club.world.poap)
    follow(kiosk)
    assert mirror.pending_poaps(owner).result() == []
    assert [poap.attendee for poap in mirror.poaps(night.number).result()] == [owner]
    assert kiosk.do(HoldingsService(mirror, SystemClock()).of(owner)).claims == ()


def test_another_owner_cannot_use_what_the_first_one_bound_on_their_behalf(
    club: Club, open_kiosk: Callable[[ClubNight], Kiosk]
) -> None:
    night = ClubNight.for_club(club)
    card, other = night.issue(2)
    kiosk = open_kiosk(night)
    with pytest.raises(Exception, match="OnlyOwner"):
        night.bind(card, b"\x01" * 20, by=other)
    assert night.entry_key(card).nonce == 0
    night.bind(card, b"\x01" * 20)
    assert night.entry_key(card).expires == FOREVER
    follow(kiosk)
    assert scan(kiosk, Phone(night).code(kiosk, card)) is Code.NOT_OWNER
