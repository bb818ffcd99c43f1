"""Signs the journal's newest row each minute and gives it away: what is cut off later is missed."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from app.domain.keccak import keccak
from app.domain.signed_heads import HeadNote, opened_head, sealed_head
from app.domain.typed_data import EventScope
from app.services.ports import TROUBLE
from offline_cache.records import Conflict, JournalHead

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from app.domain.eip712 import TypedData
    from app.domain.signed_heads import OpenedHead
    from app.services.ports import Clock
    from offline_cache.records import Event, JournalRow

MINUTE: Final = 60.0
FORKED: Final = "journal-forked"
_log = logging.getLogger(__name__)


class HeadStore(Protocol):
    """The journal as heads need it."""

    def head(self) -> JournalRow | None:
        """Return the newest row."""

    def put_head(self, head: JournalHead) -> Future[list[JournalHead]]:
        """Keep a signed head; returns those that contradict it."""

    def put_conflict(self, conflict: Conflict) -> Future[bool]:
        """Keep a card for a person."""


class HeadTarget(Protocol):
    """Where signed heads go: a folder, another disk, the venue's network."""

    def publish(self, data: bytes) -> None:
        """Keep or pass on a signed head; may block.

        Raises:
            AppError: It could not be done; it is tried again with the next one.
        """


@dataclass(frozen=True, slots=True)
class DoorPlace:
    """Whose heads are signed: a door at an event, and how it signs."""

    event: Event
    door: int
    sign: Callable[[TypedData], bytes]


class HeadKeeper:
    """Publishes the head of this door's journal whenever it has moved.

    Args:
        store: The journal.
        place: The door; its record key signs.
        targets: Where heads go; one that fails never stops the others.
        clock: Stamps what is signed.
        interval: Seconds between two heads.
    """

    def __init__(
        self,
        store: HeadStore,
        place: DoorPlace,
        targets: Sequence[HeadTarget],
        clock: Clock,
        interval: float = MINUTE,
    ) -> None:
        """Publish nothing yet."""
        self._store = store
        self._place = place
        self._targets = targets
        self._clock = clock
        self._interval = interval
        self._owed: dict[int, bytes] = {}
        self._signed: bytes = b""
        self.trouble = ""

    async def run(self) -> None:
        """Publish until cancelled; trouble is waited out."""
        while True:
            try:
                await self.step()
            except TROUBLE as why:
                self._complain(why)
            await asyncio.sleep(self._interval)

    async def step(self) -> None:
        """Sign the newest row if it is a new one, and give it to every target that lacks it.

        Raises:
            AppError: The key cannot be had, or the journal cannot be written.
        """
        row = await asyncio.to_thread(self._store.head)
        if row is not None and row.hash != self._signed:
            data = await asyncio.to_thread(self._sealed, row)
            # Its own journal knows first what it has signed: it can never sign another there.
            head = kept(opened_head(data), self._clock.unix())
            await asyncio.wrap_future(self._store.put_head(head))
            self._signed = row.hash
            self._owed = dict.fromkeys(range(len(self._targets)), data)
        before, self.trouble = self.trouble, ""
        for number, data in list(self._owed.items()):
            try:
                await asyncio.to_thread(self._targets[number].publish, data)
            except TROUBLE as why:
                self.trouble = before
                self._complain(why)
            else:
                del self._owed[number]

    def _complain(self, why: Exception) -> None:
        """Say trouble once, however often it comes."""
        assert isinstance(why, TROUBLE)
        if why.code != self.trouble:
            _log.warning("the journal's head was not given away: %s", why)
        self.trouble = why.code

    def _sealed(self, row: JournalRow) -> bytes:
        event = self._place.event
        scope = EventScope(event.chain_id, event.event_id, event.contract)
        now = self._clock.unix()
        note = HeadNote(scope, self._place.door, row.incarnation, row.seq, row.hash, now)
        return sealed_head(note, self._place.sign)


def kept(read: OpenedHead, now: int) -> JournalHead:
    """Return a head as the journal keeps it."""
    note = read.note
    content_hash = keccak(read.content)
    return JournalHead(
        note.incarnation, note.seq, note.hash, read.signer, read.signature, content_hash, now
    )


def fork_card(event_id: bytes, door: int, head: JournalHead, rival: JournalHead) -> Conflict:
    """Make the card of two heads that a door signed for one place."""
    return Conflict(
        claim_id=head.hash,
        event_id=event_id,
        token_id=0,
        reason=FORKED,
        at=head.seen_at,
        our_door=door,
        our_at=head.seen_at,
        their_door=door,
        their_claim=rival.hash[:12],
        their_at=rival.seen_at,
    )
