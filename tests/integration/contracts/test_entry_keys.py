"""Keys of tickets in a foreign collection: who binds them, and what ends a binding."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.contracts.toolkit import ZERO, Reverted
from tests.integration.contracts.world import ALICE, BOB, CAROL, END, STRANGER

if TYPE_CHECKING:
    from tests.integration.contracts.toolkit import Contract
    from tests.integration.contracts.world import World

EVENT = b"\x11" * 32
OTHER_EVENT = b"\x22" * 32
TOKEN = 7
KEY = CAROL


@pytest.fixture
def collection(world: World) -> Contract:
    made = world.probe("PlainCollection")
    made.send(ALICE, "mint", ALICE, TOKEN)
    return made


def place(collection: Contract, event: bytes = EVENT, token: int = TOKEN) -> tuple[object, ...]:
    return (event, collection.address, token)


def test_the_owner_binds_a_key(world: World, collection: Contract) -> None:
    receipt = world.registry.send(ALICE, "bind", *place(collection), KEY, END)
    assert receipt.named("KeyBound") == [
        {
            "eventId": EVENT,
            "token": collection.address,
            "tokenId": TOKEN,
            "owner": ALICE,
            "key": KEY,
            "expires": END,
            "nonce": 1,
        }
    ]
    read = world.registry.read
    assert read("keyOf", *place(collection)) == KEY
    assert read("bindingOf", *place(collection)) == (ALICE, KEY, END, 1)
    assert read("nonceOf", *place(collection)) == 1


def test_operators_and_strangers_bind_nothing(world: World, collection: Contract) -> None:
    collection.send(ALICE, "setApprovalForAll", BOB, True)
    collection.send(ALICE, "approve", CAROL, TOKEN)
    for caller in (BOB, CAROL, STRANGER):
        refused = world.registry.refusal(caller, "bind", *place(collection), caller, END)
        assert refused == ("EntryKeyRegistry_OnlyOwner", collection.address, TOKEN, caller)


def test_what_nobody_owns_is_bound_by_nobody(world: World, collection: Contract) -> None:
    refused = world.registry.refusal(ALICE, "bind", *place(collection, token=8), KEY, END)
    assert refused[0] == "EntryKeyRegistry_OnlyOwner"
    refused = world.registry.refusal(ALICE, "bind", EVENT, STRANGER, TOKEN, KEY, END)
    assert refused[0] == "EntryKeyRegistry_OnlyOwner"


def test_a_key_is_for_one_event_one_collection_and_one_token(
    world: World, collection: Contract
) -> None:
    twin = world.probe("PlainCollection")
    twin.send(ALICE, "mint", ALICE, TOKEN)
    collection.send(ALICE, "mint", ALICE, TOKEN + 1)
    world.registry.send(ALICE, "bind", *place(collection), KEY, END)
    others = [
        place(collection, event=OTHER_EVENT),
        place(collection, token=TOKEN + 1),
        place(twin),
    ]
    for other in others:
        assert world.registry.read("keyOf", *other) == ZERO
        assert world.registry.read("nonceOf", *other) == 0


def test_a_zero_key_ends_the_binding_and_keeps_the_nonce(
    world: World, collection: Contract
) -> None:
    nothing = world.registry.send(ALICE, "bind", *place(collection), ZERO, END)
    assert nothing.logs == []
    world.registry.send(ALICE, "bind", *place(collection), KEY, END)
    receipt = world.registry.send(ALICE, "bind", *place(collection), ZERO, END)
    (ended,) = receipt.named("KeyBound")
    assert (ended["key"], ended["expires"], ended["nonce"]) == (ZERO, 0, 1)
    assert world.registry.read("bindingOf", *place(collection)) == (ALICE, ZERO, 0, 1)
    world.registry.send(ALICE, "bind", *place(collection), KEY, END)
    assert world.registry.read("nonceOf", *place(collection)) == 2


def test_a_key_counts_to_its_last_second(world: World, collection: Contract) -> None:
    expires = world.chain.now() + 100
    world.registry.send(ALICE, "bind", *place(collection), KEY, expires)
    world.chain.warp(expires)
    assert world.registry.read("keyOf", *place(collection)) == KEY
    world.chain.warp(expires + 1)
    assert world.registry.read("keyOf", *place(collection)) == ZERO


def test_a_transfer_ends_the_binding(world: World, collection: Contract) -> None:
    world.registry.send(ALICE, "bind", *place(collection), KEY, END)
    collection.send(ALICE, "transferFrom", ALICE, BOB, TOKEN)
    assert world.registry.read("keyOf", *place(collection)) == ZERO
    refused = world.registry.refusal(ALICE, "bind", *place(collection), KEY, END)
    assert refused[0] == "EntryKeyRegistry_OnlyOwner"
    world.registry.send(BOB, "bind", *place(collection), STRANGER, END)
    assert world.registry.read("bindingOf", *place(collection)) == (BOB, STRANGER, END, 2)


def test_the_new_owner_can_end_the_old_binding_without_a_key(
    world: World, collection: Contract
) -> None:
    world.registry.send(ALICE, "bind", *place(collection), KEY, END)
    collection.send(ALICE, "transferFrom", ALICE, BOB, TOKEN)
    world.registry.send(BOB, "bind", *place(collection), ZERO, 0)
    collection.send(BOB, "transferFrom", BOB, ALICE, TOKEN)
    assert world.registry.read("keyOf", *place(collection)) == ZERO


def test_the_registry_can_not_see_a_token_that_went_away_and_came_back(
    world: World, collection: Contract
) -> None:
    # Its limit, as its documentation says: doors read the transfers and refuse this key.
    world.registry.send(ALICE, "bind", *place(collection), KEY, END)
    collection.send(ALICE, "transferFrom", ALICE, BOB, TOKEN)
    collection.send(BOB, "transferFrom", BOB, ALICE, TOKEN)
    assert world.registry.read("keyOf", *place(collection)) == KEY


def test_a_burned_token_has_no_key(world: World, collection: Contract) -> None:
    world.registry.send(ALICE, "bind", *place(collection), KEY, END)
    collection.send(ALICE, "burn", TOKEN)
    assert world.registry.read("keyOf", *place(collection)) == ZERO


# ── any order of everything ───────────────────────────────────────────────────────────────────────

people = st.sampled_from([ALICE, BOB, CAROL])
steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("bind"),
            people,
            st.sampled_from([EVENT, OTHER_EVENT]),
            st.sampled_from([ZERO, STRANGER, CAROL]),
            st.sampled_from([0, END]),
        ),
        st.tuples(st.just("move"), people),
        st.tuples(st.just("burn")),
        st.tuples(st.just("mint"), people),
    ),
    max_size=10,
)


@dataclass
class Model:
    """One token and its bindings, in plain Python."""

    owner: str = ALICE
    bound: dict[bytes, tuple[str, str, int, int]] = field(
        default_factory=lambda: dict.fromkeys((EVENT, OTHER_EVENT), (ZERO, ZERO, 0, 0))
    )

    def bind(self, caller: str, event: bytes, key: str, expires: int) -> bool:
        """Whether the call goes through."""
        if caller != self.owner:
            return False
        _, former, _, nonce = self.bound[event]
        if key != ZERO:
            self.bound[event] = (caller, key, expires, nonce + 1)
        elif former != ZERO:
            self.bound[event] = (caller, ZERO, 0, nonce)
        return True

    def key(self, event: bytes, now: int) -> str:
        owner, key, expires, _ = self.bound[event]
        return key if owner == self.owner and now <= expires else ZERO


def act(world: World, collection: Contract, model: Model, step: tuple[object, ...]) -> None:
    match step:
        case ("bind", str(caller), bytes(event), str(key), int(expires)):
            goes = model.bind(caller, event, key, expires)
            try:
                world.registry.send(caller, "bind", *place(collection, event), key, expires)
            except Reverted:
                assert not goes
            else:
                assert goes
        case ("move", str(to)) if model.owner != ZERO:
            collection.send(model.owner, "transferFrom", model.owner, to, TOKEN)
            model.owner = to
        case ("burn",) if model.owner != ZERO:
            collection.send(STRANGER, "burn", TOKEN)
            model.owner = ZERO
        case ("mint", str(to)) if model.owner == ZERO:
            collection.send(STRANGER, "mint", to, TOKEN)
            model.owner = to


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps)
def test_bindings_follow_the_rules_in_any_order(
    built_world: World, taken: list[tuple[object, ...]]
) -> None:
    world = built_world
    snapshot = world.chain.rpc("evm_snapshot")
    try:
        collection = world.probe("PlainCollection")
        collection.send(ALICE, "mint", ALICE, TOKEN)
        model, nonces = Model(), dict.fromkeys((EVENT, OTHER_EVENT), 0)
        for step in taken:
            act(world, collection, model, step)
            for event, before in nonces.items():
                where, now = place(collection, event), world.chain.now()
                assert world.registry.read("bindingOf", *where) == model.bound[event]
                assert world.registry.read("keyOf", *where) == model.key(event, now)
                nonces[event] = world.registry.read("nonceOf", *where)
                assert nonces[event] >= before
    finally:
        world.chain.rpc("evm_revert", snapshot)
