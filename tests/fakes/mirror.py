"""A mirror in memory, as the check-in path reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offline_cache.records import BlockRef, StageMarks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offline_cache.records import Event, Ticket


class MemoryMirror:
    """Implements ``TicketReader``; ``block_time`` None stands for a mirror that never synced.

    ``fail_with`` is raised by every look-up.
    """

    def __init__(self, block_time: int | None) -> None:
        self.events: list[Event] = []
        self.tickets: dict[tuple[bytes, int], Ticket] = {}
        self.block_time = block_time
        self.fail_with: Exception | None = None
        self.stages = StageMarks(safe=100, finalized=100, undo_floor=0)

    def put(self, ticket: Ticket) -> None:
        self.tickets[ticket.contract, ticket.token_id] = ticket

    def events_by_ref(self, event_ref: bytes) -> Sequence[Event]:
        self._trouble()
        return [event for event in self.events if event.event_id[:4] == event_ref]

    def event_by_contract(self, contract: bytes) -> Event | None:
        self._trouble()
        return next((event for event in self.events if event.contract == contract), None)

    def event_by_id(self, event_id: bytes) -> Event | None:
        self._trouble()
        return next((event for event in self.events if event.event_id == event_id), None)

    def ticket(self, contract: bytes, token_id: int) -> Ticket | None:
        self._trouble()
        return self.tickets.get((contract, token_id))

    def head(self) -> BlockRef | None:
        self._trouble()
        if self.block_time is None:
            return None
        return BlockRef(100, b"\x01" * 32, b"\x02" * 32, self.block_time)

    def marks(self) -> StageMarks:
        self._trouble()
        return self.stages

    def _trouble(self) -> None:
        if self.fail_with is not None:
            raise self.fail_with
