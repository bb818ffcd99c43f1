"""Facts of guest events: whose tokens the tickets are, which keys are bound, who may be believed.

Of a collection that is somebody else's only transfers count, and what it writes malformed is passed
over: no stranger may stop the mirror, or tell it what only our contracts can.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from offline_cache.records import (
    EntryKeyFact,
    GuestEventFact,
    PoapPendingFact,
    RegistryFact,
    TransferredMany,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from app.chain.abi import Entry
    from app.chain.decoding import LogDecoder
    from offline_cache.records import Fact

    Values = Sequence[Any]
    Place = tuple[bytes, int, int]
    Build = Callable[[LogDecoder, Place, Values], Fact | None]

MOST_AT_ONCE: Final = 100_000
"""Tokens in one ``ConsecutiveTransfer``; whoever tells of more wants to fill the disk."""
CONSECUTIVE_TRANSFER: Final[Entry] = {
    "type": "event",
    "name": "ConsecutiveTransfer",
    "inputs": [
        {"name": "fromTokenId", "type": "uint256", "indexed": True},
        {"name": "toTokenId", "type": "uint256", "indexed": False},
        {"name": "fromAddress", "type": "address", "indexed": True},
        {"name": "toAddress", "type": "address", "indexed": True},
    ],
}
"""ERC-2309: how some collections mint many tokens at once, when they are made."""
OF_COLLECTIONS: Final = frozenset({"Transfer", "ConsecutiveTransfer"})
"""The events of somebody else's collection that count."""


class Trust:
    """Which contracts are events of the factory, and which are somebody else's collections.

    Args:
        fixed: Gives the contracts that are ours besides events.
    """

    def __init__(self, fixed: Callable[[], Iterable[bytes]]) -> None:
        """Nobody is known yet."""
        self._fixed = fixed
        self._events: set[bytes] = set()
        self.foreign: set[bytes] = set()

    def trust(self, events: Iterable[bytes]) -> None:
        """Take these for events of the factory."""
        self._events.update(events)
        self.foreign -= self._events

    def suspect(self, collections: Iterable[bytes]) -> None:
        """Take these for collections of somebody else, unless they are ours."""
        self.foreign.update(set(collections) - self._events - set(self._fixed()))


def _guest_event(decoder: LogDecoder, place: Place, values: Values) -> Fact | None:
    if place[0] != decoder.factory:
        return None
    _, collection, contract = values
    decoder.trust.suspect((collection,))
    return GuestEventFact(*place, collection, contract, collection == decoder.poap)


def _guest_implementation(decoder: LogDecoder, place: Place, values: Values) -> Fact | None:
    if place[0] != decoder.factory:
        return None
    decoder.registry = values[1]
    return RegistryFact(*place, values[1])


def _key_bound(decoder: LogDecoder, place: Place, values: Values) -> Fact | None:
    return EntryKeyFact(*place, *values) if place[0] == decoder.registry else None


def _poap_pending(_decoder: LogDecoder, place: Place, values: Values) -> Fact:
    return PoapPendingFact(*place, *values)


def _consecutive_transfer(decoder: LogDecoder, place: Place, values: Values) -> Fact | None:
    first, last, from_, to = values
    if place[0] not in decoder.trust.foreign or not 0 <= last - first < MOST_AT_ONCE:
        return None
    return TransferredMany(*place, from_, to, first, last)


BUILDERS: Mapping[str, Build] = {
    "ConsecutiveTransfer": _consecutive_transfer,
    "GuestEventCreated": _guest_event,
    "GuestImplementationChanged": _guest_implementation,
    "KeyBound": _key_bound,
    "PoapPending": _poap_pending,
}
