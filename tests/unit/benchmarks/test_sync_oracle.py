"""The benchmark's check of a mirror against its contract notices what differs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import pytest

from app.chain import artifacts
from app.chain.answers import hex_octets
from app.chain.troubles import RefusedError
from benchmarks.sync_oracle import disagreements
from offline_cache.mirror import Mirror
from offline_cache.records import MirrorPage
from tests.unit.offline_cache.builders import ALICE, BOB, CONTRACT, NOBODY, block, clock
from tests.unit.offline_cache.facts import mint, move

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from app.chain.rpc import RpcClient


class Contract:
    """Answers ``ownerOf`` and ``totalSupply`` as a node does."""

    def __init__(self, owners: dict[int, bytes]) -> None:
        self.owners = owners

    async def eth_call(self, _to: bytes, _data: bytes, _at: object = "latest") -> bytes:
        return len(self.owners).to_bytes(32, "big")

    async def batch(
        self, calls: Sequence[tuple[str, tuple[dict[str, str], str]]]
    ) -> list[str | RefusedError]:
        owner_of = artifacts.load("EventTicket").abi.function("ownerOf").selector
        answers: list[str | RefusedError] = []
        for method, (asked, _) in calls:
            data = bytes.fromhex(asked["data"][2:])
            assert (method, data[:4]) == ("eth_call", owner_of)
            owner = self.owners.get(int.from_bytes(data[4:], "big"))
            answers.append(hex_octets(bytes(12) + owner) if owner else RefusedError("reverted"))
        return answers


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    opened = Mirror(tmp_path, clock)
    facts = [*[mint(number, ALICE) for number in range(1, 6)], move(5, ALICE, NOBODY)]
    opened.apply_page(MirrorPage([block(1)], facts)).result()
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, []),
        ({2: BOB}, ["ticket 2 has another owner"]),
        ({2: b""}, ["ticket 2 has another owner", "there are 3 tickets, not 4"]),
        ({6: BOB}, ["there are 5 tickets, not 4", "ticket 6 is missing"]),
    ],
)
def test_what_differs_from_the_contract_is_told(
    mirror: Mirror, changes: dict[int, bytes], wrong: list[str]
) -> None:
    owners = dict.fromkeys(range(1, 5), ALICE) | changes
    told = Contract({number: owner for number, owner in owners.items() if owner})
    rpc = cast("RpcClient", told)
    assert asyncio.run(disagreements(rpc, mirror, CONTRACT)) == wrong
