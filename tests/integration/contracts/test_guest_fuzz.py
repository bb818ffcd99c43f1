"""Random batches of check-ins of guest tickets against the model of the rules."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.contracts.test_check_in_fuzz import (
    TOKENS,
    Model,
    Ticket,
    batches,
    door_changes,
    play,
)
from tests.integration.contracts.world import (
    ALICE,
    BOB,
    CAROL,
    END,
    NONE,
    SKIP_EPOCH,
    USED,
    Record,
)

if TYPE_CHECKING:
    from tests.integration.contracts.toolkit import Contract
    from tests.integration.contracts.world import World

changes = st.tuples(st.sampled_from(["key", "move"]), st.integers(1, TOKENS))
steps = st.lists(st.one_of(batches, batches, door_changes, changes), max_size=7)


@dataclass
class GuestModel(Model):
    """Any token may come; what it is and whose, the door has judged."""

    tickets: dict[int, Ticket] = field(
        default_factory=lambda: {n: Ticket(status=NONE, epoch=0) for n in range(TOKENS + 2)}
    )

    def ticket_reason(self, ticket: Ticket, record: Record) -> int:
        return SKIP_EPOCH if record.epoch > ticket.epoch else 0


def change(world: World, collection: Contract, model: Model, kind: str, token: int) -> None:
    owner = collection.read("ownerOf", token)
    if kind == "move":
        collection.send(owner, "transferFrom", owner, BOB if owner == ALICE else ALICE, token)
        return
    event = world.ticket.read("eventId")
    world.registry.send(owner, "bind", event, collection.address, token, CAROL, END)
    model.tickets[token].epoch += 1


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps)
def test_chain_and_model_agree_after_any_batches_of_guests(
    world: World, steps: list[tuple[str, object]]
) -> None:
    snapshot = world.chain.rpc("evm_snapshot")
    collection = world.probe("PlainCollection")
    collection.send(ALICE, "mintMany", [ALICE] * TOKENS, 1)
    of_guest = copy(world)
    of_guest.ticket = world.create_guest(collection)
    model = GuestModel()
    for kind, what in steps:
        if kind in {"key", "move"}:
            assert isinstance(what, int)
            change(of_guest, collection, model, kind, what)
        else:
            play(of_guest, model, (kind, what))
    states = of_guest.ticket.read("checkInsOf", list(model.tickets))
    for stored, (token, ticket) in zip(states, model.tickets.items(), strict=True):
        used = ticket.status == USED
        assert tuple(stored) == (ticket.tag, ticket.door, ticket.at, used, 0, ticket.status)
        assert of_guest.ticket.read("epochOf", token) == ticket.epoch
    for person in (ALICE, BOB, CAROL):
        assert world.poap.read("hasPOAP", 2, person) == (person in model.holders)
    world.chain.rpc("evm_revert", snapshot)
