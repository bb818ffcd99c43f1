from collections.abc import Mapping
from dataclasses import replace

import pytest

from app.domain.admission import UNUSED
from app.domain.uses import uses_of
from app.domain.verdicts import FirstUse, UseSource
from offline_cache.records import (
    Claim,
    ClaimState,
    DoorState,
    JournalKind,
    JournalRow,
    ScanDraft,
    TicketHistory,
)
from tests.fakes.door import EVENT, NOW, TOKEN, make_ticket

TICKET = make_ticket()
ON_CHAIN = replace(TICKET, check_in_door=3, check_in_at=NOW - 100, check_in_claim=b"c" * 32)
STATES = {3: DoorState.COMPROMISED, 4: DoorState.ACTIVE}


def states() -> Mapping[int, DoorState]:
    return STATES


def claim(entry: int, seq: int, state: ClaimState = ClaimState.WON, **changes: int) -> Claim:
    door, at = changes.get("door", 4), changes.get("at", NOW + seq)
    nonce = bytes((entry, seq)) * 8
    local = bool(changes.get("local", 1))
    return Claim(nonce, EVENT.event_id, TOKEN, entry, state, b"d" * 16, door, at, seq, local=local)


def left(seq: int, at: int | None = None) -> JournalRow:
    draft = ScanDraft(
        JournalKind.EXIT, at or NOW + seq, EVENT.event_id, 4, b"x" * 16, "EXITED", b"", TOKEN
    )
    return JournalRow(seq, b"i" * 16, draft, bytes(32), bytes(32))


def history(*claims: Claim, exits: tuple[JournalRow, ...] = ()) -> TicketHistory:
    return TicketHistory(claims, exits)


@pytest.mark.parametrize("state", [ClaimState.LOST, ClaimState.RELEASED])
def test_lost_and_undone_claims_are_no_uses(state: ClaimState) -> None:
    assert uses_of(TICKET, history(claim(0, 1, state)), states) == UNUSED


@pytest.mark.parametrize("state", [ClaimState.OPEN, ClaimState.WON, ClaimState.FLAGGED])
def test_claims_that_stand_are_uses(state: ClaimState) -> None:
    uses = uses_of(TICKET, history(claim(0, 1, state)), states)
    assert (uses.entries, uses.inside, uses.next_entry) == (1, True, 1)
    assert uses.first == FirstUse(NOW + 1, 4, UseSource.HERE)


def test_the_order_of_the_rows_tells_who_is_inside_whatever_the_clock_did() -> None:
    came, back = claim(0, 1, at=NOW + 500), claim(1, 3, at=NOW - 500)
    assert not uses_of(TICKET, history(came, exits=(left(2),)), states).inside
    assert uses_of(TICKET, history(came, back, exits=(left(2),)), states).inside
    gone = history(came, back, exits=(left(2), left(4)))
    assert not uses_of(TICKET, gone, states).inside


def test_a_peers_claim_is_weighed_by_time() -> None:
    there = claim(0, 9, local=0, at=NOW)
    uses = uses_of(TICKET, history(there, exits=(left(1, NOW + 5),)), states)
    assert not uses.inside
    assert uses.first == FirstUse(NOW, 4, UseSource.PEER)
    assert uses_of(TICKET, history(there, exits=(left(99, NOW - 5),)), states).inside


def test_the_chains_record_is_a_use_where_the_journal_has_none() -> None:
    uses = uses_of(ON_CHAIN, history(claim(0, 1, ClaimState.RELEASED)), states)
    assert uses.first == FirstUse(NOW - 100, 3, UseSource.CHAIN)
    assert (uses.entries, uses.inside, uses.next_entry) == (1, True, 1)
    assert not uses_of(ON_CHAIN, history(exits=(left(1),)), states).inside
    assert uses_of(ON_CHAIN, history(exits=(left(1, NOW - 200),)), states).inside


def test_the_chains_record_of_an_entry_of_ours_is_not_counted_twice() -> None:
    uses = uses_of(ON_CHAIN, history(claim(0, 1)), states)
    assert (uses.entries, uses.next_entry) == (1, 1)
    assert uses.first == FirstUse(NOW + 1, 4, UseSource.HERE)


def test_the_first_entry_is_free_again_once_it_is_undone_unless_the_chain_has_it() -> None:
    undone = history(claim(0, 1, ClaimState.RELEASED), claim(1, 3))
    assert uses_of(TICKET, undone, states).next_entry == 0
    assert uses_of(ON_CHAIN, undone, states).next_entry == 2


def test_only_uses_by_compromised_doors_alone_go_to_the_desk() -> None:
    assert uses_of(ON_CHAIN, history(), states).compromised_only
    assert uses_of(TICKET, history(claim(0, 1, door=3)), states).compromised_only
    assert not uses_of(ON_CHAIN, history(claim(0, 1)), states).compromised_only
    assert not uses_of(ON_CHAIN, history(), dict).compromised_only


def test_doors_are_not_looked_up_for_an_unused_ticket() -> None:
    def never() -> Mapping[int, DoorState]:
        raise AssertionError("asked for nothing")

    assert uses_of(TICKET, history(), never) is UNUSED
