"""Hints: somebody says that a block is worth a look. Only the node's own logs are believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    OnHint = Callable[["Hint"], None]


@dataclass(frozen=True, slots=True)
class Hint:
    """A reason to look at the chain now.

    Args:
        source: Who said so.
        block: The block to look at; None where nobody knows, only that something may have happened.
    """

    source: str
    block: int | None = None


@dataclass(frozen=True, slots=True)
class ListedEvent:
    """An event as a third party describes it: for browsing, never for admission.

    Args:
        source: Who says so; shown beside it.
        reference: The third party's own id.
        title: Its name.
        description: May be empty.
        organizer: An address as the third party writes it, empty if unknown.
        start_time: Unix seconds, 0 if unknown.
        end_time: Unix seconds, 0 if unknown.
        max_tickets: 0 if unknown.
        ticket_price: Wei, 0 if free or unknown.
    """

    source: str
    reference: str
    title: str
    description: str = ""
    organizer: str = ""
    start_time: int = 0
    end_time: int = 0
    max_tickets: int = 0
    ticket_price: int = 0


class HintSource(Protocol):
    """A third party that has indexed the chain; every method may raise ``ChainError``."""

    @property
    def name(self) -> str:
        """Who it is, as it is shown."""

    async def hints(self, since: int) -> Sequence[Hint]:
        """Return the blocks from ``since`` on in which something of ours happened, ascending."""

    async def events(self) -> Sequence[ListedEvent]:
        """Return the events that it lists; empty where it lists none."""

    async def aclose(self) -> None:
        """Close what is open."""
