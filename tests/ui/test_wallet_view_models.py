"""What the attendee's pages show, on a real mirror, real keys and a clock that is told to go."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt

from app.domain.addresses import checksum
from app.domain.errors import KeyTrouble
from app.domain.passes import SLOT_SECONDS
from app.services.holdings import Account
from app.services.showing import Hindrance, Way
from app.ui.i18n import Words
from app.ui.wallet.pass_view_model import PassViewModel
from app.ui.wallet.tickets_model import FACE_ROLE, TicketsModel
from app.ui.wallet.tickets_view_model import TicketsViewModel
from offline_cache.records import TicketStatus
from tests.attendee import NOW, SOMEBODY, Attendee, event
from tests.ui.model_check import checked_model

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.runtime.engine import Engine
    from app.services.holdings import Holding, Holdings
    from app.services.showing import Permit, Refusal, SlotCode
    from tests.ui.conftest import Stage

SUMMER = event()


@pytest.fixture
def attendee(tmp_path: Path) -> Iterator[Attendee]:
    opened = Attendee.open(tmp_path)
    opened.create(SUMMER)
    opened.mint(SUMMER, [1, 2])
    opened.mint(SUMMER, [9], owner=SOMEBODY)
    yield opened
    opened.close()


@pytest.fixture
def tickets(engine: Engine, attendee: Attendee) -> Iterator[TicketsViewModel]:
    model = TicketsViewModel(engine, attendee.holdings, attendee.maker)
    yield model
    model.close()


@pytest.fixture
def shown(engine: Engine, attendee: Attendee) -> Iterator[PassViewModel]:
    model = PassViewModel(engine, attendee.holdings, attendee.maker, attendee.clock)
    yield model
    model.close()


def held(attendee: Attendee, *token_ids: int) -> tuple[Holding, ...]:
    return tuple(attendee.holding(SUMMER, token_id) for token_id in token_ids)


def look(attendee: Attendee) -> Holdings:
    return asyncio.run(attendee.holdings.of(attendee.address))


# ── the list ──────────────────────────────────────────────────────────────────────────────────────


def test_the_wallet_of_this_device_is_shown_first(
    stage: Stage, tickets: TicketsViewModel, attendee: Attendee
) -> None:
    async def story() -> None:
        tickets.start()
        await stage.until(lambda: tickets.state.holdings is not None)

    stage.run(story())

    assert tickets.state.account == attendee.account
    assert tickets.state.holdings is not None
    assert [each.ticket.token_id for each in tickets.state.holdings.tickets] == [1, 2]


def test_an_address_that_was_entered_joins_the_choice(
    stage: Stage, tickets: TicketsViewModel
) -> None:
    async def story() -> None:
        tickets.enter_address(f"  {checksum(SOMEBODY)}\n")
        await stage.until(lambda: tickets.state.holdings is not None)

    stage.run(story())

    assert tickets.state.account == Account(SOMEBODY)
    assert tickets.state.accounts == (Account(SOMEBODY),)
    assert tickets.state.holdings is not None
    assert [each.ticket.token_id for each in tickets.state.holdings.tickets] == [9]


def test_an_address_of_this_device_that_was_entered_keeps_its_key(
    stage: Stage, tickets: TicketsViewModel, attendee: Attendee
) -> None:
    async def story() -> None:
        tickets.start()
        await stage.until(lambda: tickets.state.account is not None)
        tickets.enter_address(checksum(SOMEBODY))
        tickets.enter_address(checksum(attendee.address).lower())

    stage.run(story())

    assert tickets.state.account == attendee.account


@pytest.mark.parametrize("text", ["", "0x12", "vitalik.eth", "0x" + "Ab" * 20])
def test_what_is_no_address_changes_nothing_and_is_told(
    tickets: TicketsViewModel, text: str
) -> None:
    tickets.enter_address(checksum(SOMEBODY))

    tickets.enter_address(text or "?")

    assert tickets.state.refused == (text or "?")
    assert tickets.state.account == Account(SOMEBODY)


def test_a_ticket_that_arrives_or_is_used_appears_by_itself(
    stage: Stage, tickets: TicketsViewModel, attendee: Attendee
) -> None:
    def count() -> int:
        return len(tickets.state.holdings.tickets) if tickets.state.holdings else 0

    async def story() -> None:
        tickets.start()
        await stage.until(lambda: count() == 2)
        attendee.mint(SUMMER, [3])
        attendee.use(SUMMER, 1)
        await stage.until(lambda: count() == 3)

    stage.run(story())

    assert tickets.state.holdings is not None
    assert tickets.state.holdings.tickets[-1].ticket.status is TicketStatus.USED
    assert len(tickets.state.holdings.attendances) == 1


def test_locked_keys_do_not_keep_an_address_from_being_looked_at(
    stage: Stage, engine: Engine, attendee: Attendee
) -> None:
    class Locked:
        def accounts(self) -> tuple[Account, ...]:
            raise KeyTrouble("locked", code="keys.locked")

    model = TicketsViewModel(engine, attendee.holdings, Locked())  # type: ignore[arg-type]

    async def story() -> None:
        model.start()
        await stage.until(lambda: model.state.trouble == "keys.locked")
        model.enter_address(checksum(SOMEBODY))
        await stage.until(lambda: model.state.holdings is not None)

    stage.run(story())
    model.close()

    assert model.state.trouble == ""
    assert model.state.holdings is not None
    assert len(model.state.holdings.tickets) == 1


def test_nothing_is_told_after_the_page_was_left(
    stage: Stage, tickets: TicketsViewModel, attendee: Attendee
) -> None:
    async def story() -> None:
        tickets.start()
        await stage.until(lambda: tickets.state.holdings is not None)
        tickets.close()
        tickets.close()
        before = tickets.state
        attendee.mint(SUMMER, [3])
        await stage.pause(1.2)
        assert tickets.state == before

    stage.run(story())


def test_the_ticket_list_is_a_sound_qt_model(attendee: Attendee) -> None:
    model = TicketsModel(Words())
    with checked_model(model):
        model.show_holdings(look(attendee))
        attendee.use(SUMMER, 1)
        model.show_holdings(look(attendee))
        assert model.rowCount() == 2
        assert model.rowCount(model.index(0)) == 0
        assert model.data(model.index(0), FACE_ROLE) is not None
        assert model.data(model.index(0), Qt.ItemDataRole.DisplayRole) == SUMMER.name
        assert model.data(model.index(5)) is None
        model.show_holdings(None)
        assert model.rowCount() == 0


def test_rows_stay_while_only_their_state_changes(attendee: Attendee) -> None:
    attendee.mint(SUMMER, [3])
    attendee.set_status(SUMMER, 3, TicketStatus.VOID)
    model = TicketsModel(Words())
    model.show_holdings(look(attendee))
    resets: list[int] = []
    changed: list[int] = []
    model.modelReset.connect(lambda: resets.append(1))
    model.dataChanged.connect(lambda top, _bottom, _roles: changed.append(top.row()))
    attendee.set_status(SUMMER, 1, TicketStatus.LISTED)

    model.show_holdings(look(attendee))

    assert (resets, changed) == ([], [0])


# ── the pass ──────────────────────────────────────────────────────────────────────────────────────


def test_a_pass_opens_with_the_code_of_the_slot_that_runs(
    stage: Stage, shown: PassViewModel, attendee: Attendee
) -> None:
    async def story() -> None:
        shown.open(held(attendee, 1, 2), 1)
        await stage.until(lambda: shown.state.code is not None)

    stage.run(story())

    state = shown.state
    assert (state.number, state.count) == (2, 2)
    assert state.way is Way.SIGNED_BY_OWNER
    assert state.shows_code
    assert state.seconds_left == SLOT_SECONDS


def test_the_code_turns_when_the_slot_turns_and_not_before(
    stage: Stage, shown: PassViewModel, attendee: Attendee
) -> None:
    async def story() -> None:
        attendee.bind(SUMMER, 1)
        shown.open(held(attendee, 1), 0)
        await stage.until(lambda: len(shown._codes) == 2)
        first = shown.state.code
        attendee.clock.advance(14)
        shown.tick()
        assert shown.state.code is first
        assert shown.state.seconds_left == 1

        attendee.clock.advance(1)
        shown.tick()

        # At once: the code was made ahead, nothing is waited for.
        assert shown.state.code is not None
        assert shown.state.code != first
        assert shown.state.seconds_left == SLOT_SECONDS

    stage.run(story())


def test_the_ring_goes_down_between_two_seconds_and_full_at_the_edge(
    stage: Stage, shown: PassViewModel, attendee: Attendee
) -> None:
    async def story() -> list[float]:
        parts = []
        shown.open(held(attendee, 1), 0)
        for _ in range(2 * SLOT_SECONDS * 2):
            shown.tick()
            parts.append(shown.state.part_left)
            attendee.clock.running += 0.5
            attendee.clock.wall += 0.5
        return parts

    parts = stage.run(story())

    assert parts[0] == pytest.approx(1)
    assert parts[1] == pytest.approx(1 - 0.5 / 15)
    assert parts[29] == pytest.approx(0.5 / 15)
    assert parts[30] == pytest.approx(1)
    assert all(0 <= part <= 1 for part in parts)


def test_after_sleep_no_old_code_is_shown(
    stage: Stage, shown: PassViewModel, attendee: Attendee
) -> None:
    async def story() -> None:
        shown.open(held(attendee, 1), 0)
        await stage.until(lambda: shown.state.code is not None)
        before = shown.state.code
        attendee.clock.advance(3_600)
        shown.tick()
        assert shown.state.code is None
        await stage.until(lambda: shown.state.code is not None)
        assert shown.state.code != before

    stage.run(story())


def test_a_ticket_that_is_used_while_it_shows_says_so_and_covers_the_code(
    stage: Stage, shown: PassViewModel, attendee: Attendee
) -> None:
    async def story() -> None:
        shown.open(held(attendee, 1), 0)
        await stage.until(lambda: shown.state.shows_code)
        attendee.use(SUMMER, 1, at=NOW + 5)
        await stage.until(lambda: shown.state.is_used)
        await stage.until(lambda: shown.state.code is not None)
        assert not shown.state.shows_code
        shown.uncover()
        assert shown.state.shows_code

    stage.run(story())


def test_a_ticket_bound_elsewhere_while_it_shows_loses_its_code(
    stage: Stage, shown: PassViewModel, attendee: Attendee
) -> None:
    async def story() -> None:
        shown.open(held(attendee, 1), 0)
        await stage.until(lambda: shown.state.shows_code)
        attendee.bind(SUMMER, 1, b"\x77" * 20)
        await stage.until(lambda: shown.state.refusal is not None)

    stage.run(story())

    assert shown.state.code is None
    assert shown.state.refusal is not None
    assert shown.state.refusal.hindrance is Hindrance.BOUND_ELSEWHERE


def test_a_binding_to_another_device_that_runs_out_gives_the_code_back(
    stage: Stage, shown: PassViewModel, attendee: Attendee
) -> None:
    attendee.bind(SUMMER, 1, b"\x77" * 20)

    async def story() -> None:
        shown.open(held(attendee, 1), 0)
        await stage.until(lambda: shown.state.refusal is not None)
        attendee.clock.advance(40 * 3_600)
        await stage.until(lambda: shown.state.shows_code)

    stage.run(story())

    assert shown.state.refusal is None


def test_leafing_stops_at_both_ends(stage: Stage, shown: PassViewModel, attendee: Attendee) -> None:
    async def story() -> None:
        shown.open(held(attendee, 1, 2), 0)
        shown.step(-1)
        assert shown.state.number == 1
        shown.step(1)
        shown.step(1)
        assert shown.state.number == 2
        await stage.until(lambda: shown.state.code is not None)
        assert shown.state.holding == attendee.holding(SUMMER, 2)

    stage.run(story())


def test_a_pass_that_was_shut_makes_no_more_codes(
    stage: Stage, shown: PassViewModel, attendee: Attendee
) -> None:
    async def story() -> None:
        shown.open(held(attendee, 1), 0)
        shown.shut()
        await stage.pause(0.2)
        assert shown.state.holding is None
        assert shown.state.code is None

    stage.run(story())


def test_locked_keys_are_told_and_asked_again_in_the_next_slot(
    stage: Stage, engine: Engine, attendee: Attendee
) -> None:
    class Locked:
        locked = True

        def permit(self, holding: Holding) -> Permit | Refusal:
            if self.locked:
                raise KeyTrouble("locked", code="keys.locked")
            return attendee.maker.permit(holding)

        def code(self, permit: Permit, slot: int) -> SlotCode:
            return attendee.maker.code(permit, slot)

    maker = Locked()
    model = PassViewModel(engine, attendee.holdings, maker, attendee.clock)  # type: ignore[arg-type]

    async def story() -> None:
        model.open(held(attendee, 1), 0)
        await stage.until(lambda: model.state.trouble == "keys.locked")
        maker.locked = False
        attendee.clock.advance(SLOT_SECONDS)
        await stage.until(lambda: model.state.shows_code)
        assert model.state.trouble == ""

    stage.run(story())
    model.close()
