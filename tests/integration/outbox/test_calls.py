"""Buying, handing over and organizing on a real node: each happens once, and comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.services.calls import Order
from offline_cache.records import DoorState, RecordState
from tests.integration.chain.world import ADMIN_SECRET
from tests.integration.outbox.night import HOUR, Kiosk, Night

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from offline_cache.records import QueuedCall

ANN = b"\xa1" * 20


@pytest.fixture
def desk(night: Night, tmp_path: Path) -> Iterator[Kiosk]:
    """A device with a wallet of its own."""
    with Kiosk(night, tmp_path / "desk", door=9) as kiosk:
        yield kiosk


def test_tickets_are_bought_and_bound_by_one_transaction(night: Night, desk: Kiosk) -> None:
    since = night.head()
    call = desk.buy(b"two for us", quantity=2)
    assert desk.buy(b"two for us", quantity=2).id == call.id
    desk.drain()
    assert desk.call(call).state is RecordState.FINAL
    wallet = desk.device.signer.address("wallet")
    ((first, quantity),) = night.account([], since).purchases(wallet)
    assert quantity == 2
    desk.do(desk.sync.step())
    users = set()
    for token_id in (first, first + 1):
        ticket = desk.device.mirror.ticket(night.contract, token_id)
        assert ticket is not None
        assert ticket.owner == wallet
        users.add(ticket.user)
    assert len(users - {bytes(20)}) == 2


def test_a_ticket_is_bound_anew_and_handed_over_once(night: Night, desk: Kiosk) -> None:
    since = night.head()
    desk.buy(b"mine")
    desk.drain()
    wallet = desk.device.signer.address("wallet")
    ((token_id, _),) = night.account([], since).purchases(wallet)
    desk.do(desk.sync.step())
    service = desk.device.calls()
    until = desk.event.end_time + HOUR
    bound = desk.do(service.bind("wallet", desk.event, token_id, b"\x0b" * 20, until))
    ticket = desk.device.mirror.ticket(night.contract, token_id)
    assert ticket is not None
    moved = desk.do(service.transfer("wallet", desk.event, ticket, ANN))
    assert desk.do(service.transfer("wallet", desk.event, ticket, ANN)).id == moved.id
    desk.drain()
    assert {desk.call(each).state for each in (bound, moved)} == {RecordState.FINAL}
    desk.do(desk.sync.step())
    ticket = desk.device.mirror.ticket(night.contract, token_id)
    assert ticket is not None
    assert (ticket.owner, ticket.user) == (ANN, bytes(20))
    late = desk.do(service.transfer("wallet", desk.event, ticket, ANN))
    desk.drain()
    refused = desk.call(late)
    assert refused.state is RecordState.REFUSED
    assert "ERC721" in refused.reason or "EventTicket" in refused.reason


def test_what_costs_more_than_is_paid_is_refused_in_the_contracts_own_words(
    night: Night, desk: Kiosk
) -> None:
    order = Order(b"far too many", tier=0, quantity=11, unit_price=0)
    call = desk.do(desk.device.calls().purchase("wallet", desk.event, order))
    desk.drain()
    refused = desk.call(call)
    assert refused.state is RecordState.REFUSED
    assert "EventTicket_BadQuantity" in refused.reason
    assert night.account([]).purchases(desk.device.signer.address("wallet")) == []


def test_an_organizers_calls_go_the_same_way(night: Night, tmp_path: Path) -> None:
    with Kiosk(night, tmp_path / "office", door=9) as desk:
        desk.device.signer.import_key("organizer", ADMIN_SECRET)
        service, event = desk.device.calls(), desk.event
        key = desk.device.signer.create("door/4")
        asked: list[QueuedCall] = [
            desk.do(service.grant_door("organizer", event, 4, key)),
            desk.do(service.set_bundle("organizer", event, 7, b"\x07" * 32, key)),
            desk.do(service.close_door("organizer", event, 4, event.end_time)),
            desk.do(service.issue("organizer", event, [ANN], [0])),
        ]
        desk.drain()
        assert {desk.call(each).state for each in asked} == {RecordState.FINAL}
        desk.do(desk.sync.step())
        (door,) = [each for each in desk.device.mirror.doors(event.contract) if each.door == 4]
        assert (door.record_key, door.state) == (key, DoorState.CLOSED)
        after = desk.device.mirror.event_by_id(event.event_id)
        assert after is not None
        assert after.bundle_version == 7
