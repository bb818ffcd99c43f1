"""Random batches of check-ins against a model of the rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.contracts.toolkit import ZERO
from tests.integration.contracts.world import (
    ACTIVE,
    ALICE,
    BOB,
    CAROL,
    CLOSED,
    COMPROMISED,
    NONE,
    ORGANIZER,
    REVOKED,
    SKIP_CLOSED,
    SKIP_COMPROMISED,
    SKIP_EPOCH,
    SKIP_REVOKED,
    SKIP_UNKNOWN,
    SKIP_USED,
    SKIP_VOID,
    T0,
    USED,
    VALID,
    VOID,
    Record,
    claim,
    key_of,
)

if TYPE_CHECKING:
    from tests.integration.contracts.toolkit import Receipt
    from tests.integration.contracts.world import World

TOKENS = 6
UNKNOWN_DOOR = 9
BROKEN = (bytes(32), b"\xff" * 32)

records = st.builds(
    Record,
    token_id=st.integers(0, TOKENS + 1),
    epoch=st.integers(0, 3),
    door=st.sampled_from([1, 2, 3, UNKNOWN_DOOR]),
    attendee=st.sampled_from([ALICE, BOB, CAROL, ZERO]),
    scanned_at=st.sampled_from([0, T0, T0 + 5, 2**64 - 1]),
    sequence=st.integers(0, 2),
    # Few claim ids, so that repeats under the same and under another door are common.
    claim_id=st.sampled_from([claim(str(n)) for n in range(4)]),
)
signers = st.sampled_from(["own", "own", "own", "own", "other door", "stranger", "broken"])
batches = st.tuples(st.just("batch"), st.lists(st.tuples(records, signers), max_size=8))
door_changes = st.tuples(
    st.sampled_from(["closeDoor", "drainDoor", "revokeDoor", "markCompromised"]),
    st.integers(1, 3),
)
ticket_changes = st.tuples(st.sampled_from(["void", "bind"]), st.integers(1, TOKENS))
steps = st.lists(st.one_of(batches, batches, door_changes, ticket_changes), max_size=7)


@dataclass
class Ticket:
    status: int = VALID
    epoch: int = 1
    door: int = 0
    tag: bytes = bytes(12)
    at: int = 0


@dataclass
class Model:
    """What `contracts.md` says, in plain Python."""

    tickets: dict[int, Ticket] = field(
        default_factory=lambda: {n: Ticket() for n in range(1, TOKENS + 1)}
    )
    doors: dict[int, tuple[int, int]] = field(
        default_factory=lambda: dict.fromkeys((1, 2, 3), (ACTIVE, 0))
    )
    holders: set[str] = field(default_factory=set)

    def state(self, door: int) -> int:
        return self.doors.get(door, (NONE, 0))[0]

    def apply(self, record: Record, now: int) -> tuple[str, int]:
        """The log that a whole record makes, with its reason: none, in, skip or replace."""
        ticket = self.tickets.get(record.token_id, Ticket(status=NONE, epoch=0))
        used = ticket.status == USED
        free = used and self.state(ticket.door) == COMPROMISED
        if used and ticket.tag == record.tag and (not free or ticket.door == record.door):
            return "none", 0
        reason = self.door_reason(record.door, now) or self.ticket_reason(ticket, record)
        if not reason and used and not free:
            reason = SKIP_USED
        if reason:
            return "skip", reason
        ticket.status, ticket.door, ticket.tag = USED, record.door, record.tag
        ticket.at = min(record.scanned_at, now)
        if record.attendee != ZERO:
            self.holders.add(record.attendee)
        return ("replace" if used else "in"), 0

    def door_reason(self, door: int, now: int) -> int:
        state, drain = self.doors[door]
        if state == CLOSED and now > drain:
            return SKIP_CLOSED
        return {REVOKED: SKIP_REVOKED, COMPROMISED: SKIP_COMPROMISED}.get(state, 0)

    def ticket_reason(self, ticket: Ticket, record: Record) -> int:
        if ticket.status == NONE:
            return SKIP_UNKNOWN
        if ticket.status == VOID:
            return SKIP_VOID
        return SKIP_EPOCH if record.epoch > ticket.epoch else 0


def play(world: World, model: Model, step: tuple[str, object]) -> None:
    """Do one step on the chain and in the model, and compare."""
    kind, what = step
    if kind == "batch":
        assert isinstance(what, list)
        submit(world, model, what)
    elif kind in {"void", "bind"}:
        assert isinstance(what, int)
        change_ticket(world, model.tickets[what], kind, what)
    else:
        assert isinstance(what, int)
        change_door(world, model, kind, what)


def submit(world: World, model: Model, batch: list[tuple[Record, str]]) -> None:
    signed = []
    for record, signer in batch:
        key = {"other door": key_of("door 8"), "stranger": key_of("stranger")}.get(signer)
        signature = BROKEN if signer == "broken" else world.sign(record, key=key)
        signed.append((record, signature))
    holders = set(model.holders)
    receipt = world.submit(signed)
    now = world.chain.now()
    expected = []
    for record, signer in batch:
        if signer != "own" or record.door == UNKNOWN_DOOR:
            continue
        outcome, reason = model.apply(record, now)
        if outcome == "replace":
            expected.append(("CheckInReplaced", record.token_id, record.door, 0))
        if outcome in {"in", "replace"}:
            expected.append(("CheckedIn", record.token_id, record.door, 0))
        if outcome == "skip":
            expected.append(("CheckInSkipped", record.token_id, record.door, reason))
    assert logs_of(receipt) == expected
    minted = {args["to"] for args in receipt.named("Transfer")}
    assert minted == model.holders - holders


def logs_of(receipt: Receipt) -> list[tuple[str, int, int, int]]:
    return [
        (log.name, log.args["tokenId"], log.args["door"], log.args.get("reason", 0))
        for log in receipt.logs
        if log.name.startswith("Check")
    ]


def change_ticket(world: World, ticket: Ticket, kind: str, token: int) -> None:
    if kind == "bind":
        world.ticket.send(ALICE, "setUser", token, BOB, 2**40)
        ticket.epoch += 1
    elif ticket.status == VALID:
        world.ticket.send(ORGANIZER, "voidTickets", [token])
        ticket.status = VOID


def change_door(world: World, model: Model, kind: str, door: int) -> None:
    state = model.state(door)
    if kind in {"closeDoor", "drainDoor"} and state in {ACTIVE, CLOSED}:
        drain = 0 if kind == "closeDoor" else 2**40
        world.ticket.send(ORGANIZER, "closeDoor", door, drain)
        model.doors[door] = (CLOSED, drain)
    elif kind == "revokeDoor" and state in {ACTIVE, CLOSED}:
        world.ticket.send(ORGANIZER, kind, door)
        model.doors[door] = (REVOKED, 0)
    elif kind == "markCompromised" and state != COMPROMISED:
        world.ticket.send(ORGANIZER, kind, door)
        model.doors[door] = (COMPROMISED, 0)


@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps)
def test_chain_and_model_agree_after_any_batches(
    world: World, steps: list[tuple[str, object]]
) -> None:
    snapshot = world.chain.rpc("evm_snapshot")
    world.give(*[ALICE] * TOKENS)
    model = Model()
    for step in steps:
        play(world, model, step)
    states = world.ticket.read("checkInsOf", list(model.tickets))
    for stored, ticket in zip(states, model.tickets.values(), strict=True):
        used = ticket.status == USED
        assert tuple(stored) == (
            ticket.tag,
            ticket.door,
            ticket.at,
            used,
            ticket.epoch,
            ticket.status,
        )
    for person in (ALICE, BOB, CAROL):
        held = world.poap.read("balanceOf", person)
        assert held == (person in model.holders)
    world.chain.rpc("evm_revert", snapshot)
