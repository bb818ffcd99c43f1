"""The attendee's codes: made by the right binding, and taken by a door with the same mirror."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.domain.errors import KeyTrouble
from app.domain.passes import Binding, GatePass, parse, slot_of
from app.domain.verdicts import Code
from app.services.showing import Hindrance, PassMaker, Permit, Refusal, Way, window_of
from app.services.wallet import gate_key_id
from offline_cache.records import FreezeChanged, TicketStatus
from tests.attendee import HOUR, NOW, SOMEBODY, WALLET, Attendee, event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SUMMER = event()


@pytest.fixture
def attendee(tmp_path: Path) -> Iterator[Attendee]:
    opened = Attendee.open(tmp_path)
    opened.create(SUMMER)
    opened.mint(SUMMER, [1])
    yield opened
    opened.close()


def permit(attendee: Attendee, token_id: int = 1) -> Permit | Refusal:
    return attendee.maker.permit(attendee.holding(SUMMER, token_id))


def text(attendee: Attendee, found: Permit | Refusal, *, slot: int | None = None) -> str:
    assert isinstance(found, Permit)
    holding = found.holding
    return attendee.wallet.rotating(holding.event, holding.ticket, found.certificate, slot=slot)


def binding(code: str) -> Binding:
    read = parse(code)
    assert isinstance(read, GatePass)
    return read.binding


def test_a_gate_key_is_made_once_and_known_from_then_on(attendee: Attendee) -> None:
    assert attendee.wallet.known_gate_key(SUMMER, 1) is None

    made = attendee.wallet.gate_key(SUMMER, 1)

    assert attendee.wallet.gate_key(SUMMER, 1) == made
    assert attendee.wallet.known_gate_key(SUMMER, 1) == made
    assert attendee.wallet.gate_key(SUMMER, 2) != made
    assert attendee.signer.has(gate_key_id(SUMMER, 1))


def test_a_key_bound_on_chain_shows_binding_two_and_is_let_in(attendee: Attendee) -> None:
    attendee.bind(SUMMER, 1)

    found = permit(attendee)

    assert isinstance(found, Permit)
    assert (found.way, found.certificate) == (Way.BOUND_ON_CHAIN, None)
    assert binding(text(attendee, found)) is Binding.CHAIN
    assert attendee.judge(SUMMER, text(attendee, found)) is Code.ADMITTED


def test_an_owner_whose_key_is_here_signs_and_is_let_in(attendee: Attendee) -> None:
    found = permit(attendee)

    assert isinstance(found, Permit)
    assert found.way is Way.SIGNED_BY_OWNER
    assert binding(text(attendee, found)) is Binding.OWNER
    assert attendee.judge(SUMMER, text(attendee, found)) is Code.ADMITTED


def test_the_owners_signature_holds_around_the_event_only() -> None:
    before, after = window_of(SUMMER)

    assert before <= SUMMER.start_time - HOUR
    assert after >= SUMMER.end_time + HOUR
    assert window_of(event(starts=10))[0] == 0


def test_a_ticket_whose_owner_is_elsewhere_names_the_key_to_bind(attendee: Attendee) -> None:
    attendee.mint(SUMMER, [2], owner=SOMEBODY)

    found = permit(attendee, 2)

    assert found == Refusal(Hindrance.NOT_BOUND, attendee.wallet.gate_key(SUMMER, 2))


def test_binding_the_named_key_makes_the_code_good(attendee: Attendee) -> None:
    attendee.mint(SUMMER, [2], owner=SOMEBODY)
    refused = permit(attendee, 2)
    assert isinstance(refused, Refusal)
    attendee.bind(SUMMER, 2, refused.gate_key)

    assert attendee.judge(SUMMER, text(attendee, permit(attendee, 2))) is Code.ADMITTED


def test_another_bound_key_takes_the_place_of_the_owners_signature(attendee: Attendee) -> None:
    signed = text(attendee, permit(attendee))
    attendee.bind(SUMMER, 1, b"\x77" * 20)

    found = permit(attendee)

    assert isinstance(found, Refusal)
    assert found.hindrance is Hindrance.BOUND_ELSEWHERE
    assert attendee.judge(SUMMER, signed) is Code.SUPERSEDED


def test_an_expired_binding_is_none(attendee: Attendee) -> None:
    attendee.bind(SUMMER, 1, b"\x77" * 20)
    attendee.clock.advance(40 * HOUR)

    found = permit(attendee)

    assert isinstance(found, Permit)
    assert found.way is Way.SIGNED_BY_OWNER


def test_void_listed_and_cancelled_tickets_show_no_code(attendee: Attendee) -> None:
    attendee.mint(SUMMER, [2])
    attendee.set_status(SUMMER, 1, TicketStatus.VOID)
    attendee.set_status(SUMMER, 2, TicketStatus.LISTED)
    assert permit(attendee, 1) == Refusal(Hindrance.VOID)
    assert permit(attendee, 2) == Refusal(Hindrance.ON_SALE)

    attendee.cancel(SUMMER)

    assert permit(attendee, 2) == Refusal(Hindrance.CANCELLED)


def test_a_listed_ticket_opens_once_sales_are_frozen(attendee: Attendee) -> None:
    attendee.set_status(SUMMER, 1, TicketStatus.LISTED)
    attendee.add(FreezeChanged(SUMMER.contract, 0, 0, NOW))

    found = permit(attendee)

    assert attendee.judge(SUMMER, text(attendee, found)) is Code.ADMITTED


def test_a_used_ticket_still_has_a_code_for_coming_back(attendee: Attendee) -> None:
    attendee.use(SUMMER, 1)

    assert isinstance(permit(attendee), Permit)


def test_a_code_can_be_made_for_the_next_slot(attendee: Attendee) -> None:
    found = permit(attendee)
    now = slot_of(attendee.clock.unix())
    ahead = text(attendee, found, slot=now + 1)

    attendee.clock.advance(15)

    assert ahead == text(attendee, found)
    read = parse(ahead)
    assert isinstance(read, GatePass)
    assert read.slot == now + 1


def test_a_code_is_drawn_for_its_slot(attendee: Attendee) -> None:
    found = permit(attendee)
    assert isinstance(found, Permit)

    drawn = attendee.maker.code(found, 7)

    assert drawn.slot == 7
    assert drawn.code.side == 57  # version 10, as the owner's signature needs
    assert len(drawn.code.rows) == drawn.code.side
    assert {value for row in drawn.code.rows for value in row} == {0, 1}


def test_a_key_store_that_fails_says_so(attendee: Attendee) -> None:
    class Locked:
        def sign(self, _key_id: str, _data: object) -> bytes:
            raise AssertionError("nothing is signed")

        def address(self, _key_id: str) -> bytes:
            raise KeyTrouble("locked", code="keys.locked")

        def create(self, _key_id: str) -> bytes:
            raise KeyTrouble("locked", code="keys.locked")

        def has(self, _key_id: str) -> bool:
            return True

    maker = PassMaker(attendee.wallet, Locked(), attendee.clock, (WALLET,))

    with pytest.raises(KeyTrouble):
        maker.permit(attendee.holding(SUMMER, 1))


def test_paper_passes_open_by_either_key(attendee: Attendee) -> None:
    holding = attendee.holding(SUMMER, 1)
    by_owner = attendee.wallet.printed_by_owner(
        holding.event, holding.ticket, WALLET, window_of(SUMMER)
    )
    assert attendee.judge(SUMMER, by_owner) is Code.ADMITTED

    attendee.bind(SUMMER, 1)
    bound = attendee.holding(SUMMER, 1)

    assert (
        attendee.judge(SUMMER, attendee.wallet.printed(bound.event, bound.ticket)) is Code.ADMITTED
    )
