"""``echain outbox`` tells calls, prices and conflicts in words and as values."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from app.chain import contract_calls
from app.cli import queue_output as lines
from app.cli.arguments import parse
from app.cli.files import csv_bytes
from app.domain.transacting import Fees, Price
from app.services.calls import CallService, Order
from app.services.queue import QueueService
from offline_cache.records import RecordState
from tests.fakes.chain import CHAIN_ID, GWEI
from tests.fakes.chain_rig import CONTRACT, WALLET, Rig
from tests.fakes.queue_mirror import QueueMirrorFake
from tests.unit.offline_cache.builders import event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.services.queue import QueueLook

EVENT = event(contract=CONTRACT, chain_id=CHAIN_ID)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path / "desk")
    yield made
    made.close()


def look(rig: Rig) -> QueueLook:
    service = QueueService(rig.journal, QueueMirrorFake(rig.chain), rig.clock.unix)
    return asyncio.run(service.look())


def ask(rig: Rig) -> CallService:
    service = CallService(rig.journal, contract_calls, rig.signer, rig.clock, CHAIN_ID)
    order = Order(b"two", tier=0, quantity=2, unit_price=10**16)
    asyncio.run(service.purchase(WALLET, EVENT, order))
    asyncio.run(service.grant_door(WALLET, EVENT, 4, b"\x04" * 20))
    return service


def test_a_call_is_told_by_what_it_does_where_it_stands_and_what_to_type(rig: Rig) -> None:
    ask(rig)
    said = "\n".join(lines.look_lines(look(rig)))
    assert "call c1  queued   Buy 2 of tier 0" in said
    assert "0.02" in said
    assert "call c2  queued   Grant door 4" in said
    rig.step()
    said = "\n".join(lines.look_lines(look(rig)))
    assert "call c1  sent" in said
    assert "transaction 1  sent     call c1" in said


def test_a_refused_call_says_the_contracts_words_and_how_to_ask_again(rig: Rig) -> None:
    ask(rig)
    (call,) = [line.call for line in look(rig).calls if line.call.id == 1]
    rig.chain.refused.add(call.data)
    rig.step()
    (line,) = [line for line in look(rig).calls if line.call.id == 1]
    said = "\n".join(lines.call_lines(line))
    assert "execution reverted" in said
    assert "[echain outbox retry c1]" in said
    values = lines.call_values(line, lambda _: "")
    assert (values["state"], values["value"], values["id"]) == ("refused", str(2 * 10**16), "c1")


def test_a_final_call_has_its_transaction_and_link(rig: Rig) -> None:
    ask(rig)
    rig.settle(6)
    calls = look(rig).calls
    assert {line.call.state for line in calls} == {RecordState.FINAL}
    values = lines.call_values(calls[0], lambda raw: "https://scan.test/" + raw.hex())
    assert values["transaction"] == 2
    assert str(values["explorer"]).startswith("https://scan.test/")


def test_a_price_is_told_beside_what_is_allowed() -> None:
    price = Price(100_000, Fees(200 * GWEI, GWEI), data_fee=10**14, ceiling=100 * GWEI)
    assert price.above_ceiling
    assert lines.price_line(price) == (
        "It costs up to 0.0201 ETH, 0.0001 of it for its data; up to 0.01 ETH are allowed."
    )


@pytest.mark.parametrize(
    ("text", "named"), [("7", 7), ("c7", "c7"), ("0x01020304", bytes([1, 2, 3, 4]))]
)
def test_what_is_queued_has_three_kinds_of_names(text: str, named: object) -> None:
    assert parse(["outbox", "show", text]).id == named


@pytest.mark.parametrize("text", ["c", "cc7", "-7", "0x01", "7c"])
def test_other_names_are_refused(text: str) -> None:
    with pytest.raises(SystemExit):
        parse(["outbox", "show", text])


def test_a_sheet_takes_no_formula_from_a_strangers_text() -> None:
    rows = [{"name": "=1+1", "door": 3, "open": True, "when": None}]
    data = csv_bytes(("name", "door", "open", "when"), rows).decode()
    assert data == "name,door,open,when\r\n'=1+1,3,1,\r\n"
