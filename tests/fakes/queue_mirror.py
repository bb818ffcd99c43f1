"""A mirror as the queue sees it, filled by hand beside a chain in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offline_cache.records import ChainStage
from tests.fakes.chain_rig import CONTRACT, EVENT_ID
from tests.unit.offline_cache.builders import event

if TYPE_CHECKING:
    from offline_cache.records import BlockRef, CheckInSkip, Door, Event, Ticket
    from tests.fakes.chain import FakeChain


class QueueMirrorFake:
    """Implements ``QueueMirror``: the chain's doors, and tickets and skips as given."""

    def __init__(self, chain: FakeChain) -> None:
        self._chain = chain
        self.safe = -1
        self.tickets: dict[int, Ticket] = {}
        self.skips: dict[bytes, list[CheckInSkip]] = {}

    def head(self) -> BlockRef | None:
        return None

    def doors(self, contract: bytes) -> list[Door]:
        return list(self._chain.doors_of(contract).values())

    def event_by_id(self, event_id: bytes) -> Event | None:
        return event(contract=CONTRACT) if event_id == EVENT_ID else None

    def ticket(self, contract: bytes, token_id: int) -> Ticket | None:
        return self.tickets.get(token_id) if contract == CONTRACT else None

    def stage_of(self, block_number: int) -> ChainStage:
        return ChainStage.SAFE if block_number <= self.safe else ChainStage.INCLUDED

    def skips_of_claim(self, claim_id: bytes) -> list[CheckInSkip]:
        return self.skips.get(claim_id, [])
