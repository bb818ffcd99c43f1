"""Earlier uses of a ticket, told from the journal's rows and from what the chain holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.domain.situation import UNUSED, Uses
from app.domain.verdicts import FirstUse, UseSource
from offline_cache.records import ClaimState, DoorState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from offline_cache.records import Claim, JournalRow, Ticket, TicketHistory

STANDING: Final = frozenset({ClaimState.OPEN, ClaimState.WON, ClaimState.FLAGGED})


def uses_of(
    ticket: Ticket, history: TicketHistory, door_states: Callable[[], Mapping[int, DoorState]]
) -> Uses:
    """Tell how often a ticket came in, whether it is inside, and which entry is free.

    The chain knows first entries only and learns of them late: its record counts as a use of its
    own where the journal has no entry that stands.

    Args:
        ticket: The ticket with the first use that the chain holds.
        history: Claims and exits of this device and its peers.
        door_states: Gives the states of the event's doors; asked only for a used ticket.
    """
    standing = [claim for claim in history.claims if claim.state in STANDING]
    on_chain = not standing and ticket.check_in_door is not None
    if not standing and not on_chain:
        return UNUSED
    doors = {claim.door for claim in standing}
    taken = {claim.entry for claim in standing}
    if ticket.check_in_door is not None:
        doors.add(ticket.check_in_door)
        taken.add(0)
    states = door_states()
    left = history.exits[-1] if history.exits else None
    return Uses(
        first=_first(standing, ticket),
        entries=max(1, len(standing)),
        inside=_chain_is_later(ticket, left)
        if on_chain
        else any(_is_later(claim, left) for claim in standing),
        compromised_only=all(states.get(door) is DoorState.COMPROMISED for door in doors),
        # The lowest free one: an undo may free the first entry, which alone goes on chain.
        next_entry=next(number for number in range(len(taken) + 1) if number not in taken),
        entered=(ticket.check_in_at,) if on_chain else tuple(sorted(c.at for c in standing)),
    )


def _first(standing: list[Claim], ticket: Ticket) -> FirstUse:
    if not standing:
        return FirstUse(ticket.check_in_at, ticket.check_in_door or 0, UseSource.CHAIN)
    claim = min(standing, key=lambda claim: (claim.entry, claim.at, claim.nonce))
    return first_use(claim)


def first_use(claim: Claim) -> FirstUse:
    """Say of a claim what a person at the door must see."""
    return FirstUse(claim.at, claim.door, UseSource.HERE if claim.local else UseSource.PEER)


def _is_later(claim: Claim, left: JournalRow | None) -> bool:
    if left is None:
        return True
    # Rows of one journal have an order of their own, which no clock can upset.
    return claim.seq > left.seq if claim.local else claim.at > left.draft.at


def _chain_is_later(ticket: Ticket, left: JournalRow | None) -> bool:
    return left is None or ticket.check_in_at > left.draft.at
