"""What an admission is decided from: the door, the moment, and what is known of the ticket."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.domain.policy import Issuer
    from app.domain.verdicts import FirstUse, MirrorView
    from offline_cache.records import Event, Ticket


class Direction(StrEnum):
    """Which way the door is scanning."""

    ENTRY = "entry"
    EXIT = "exit"


@dataclass(frozen=True, slots=True)
class Uses:
    """What is known of earlier uses of a ticket, from the journal, from peers and from the chain.

    Args:
        first: The first use, None if the ticket never came in.
        entries: How many times it came in.
        inside: Whether its holder is inside now.
        compromised_only: Every use known is by a door marked compromised.
        next_entry: The entry number to claim next; None: as many as came in.
        entered: Unix seconds of the entries, oldest first.
    """

    first: FirstUse | None = None
    entries: int = 0
    inside: bool = False
    compromised_only: bool = False
    next_entry: int | None = None
    entered: tuple[int, ...] = ()


UNUSED = Uses()


@dataclass(frozen=True, slots=True)
class Match:
    """An event that a code may mean, its issuer keys, and the ticket in the mirror (or none)."""

    event: Event
    ticket: Ticket | None
    issuers: tuple[Issuer, ...] = ()
    uses: Uses = UNUSED


@dataclass(frozen=True, slots=True)
class DoorContext:
    """The door that judges: its event, its number, its direction and its open challenges.

    ``challenges`` are the 32-byte challenges issued in the last 60 s and not spent. ``alone_since``
    is when the door lost the venue's other doors (None: it has not, or there are none), and
    ``flagged`` how many it has let in since.
    """

    event_id: bytes
    chain_id: int
    door: int
    direction: Direction = Direction.ENTRY
    challenges: tuple[bytes, ...] = ()
    alone_since: int | None = None
    flagged: int = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """When: unix seconds, the mirror's reach, and whether rotating codes may trust the clock.

    ``settled_block`` is the newest block that the policy's least stage reaches; None: any block.
    """

    unix: int
    mirror: MirrorView
    clock_trusted: bool = True
    settled_block: int | None = None
