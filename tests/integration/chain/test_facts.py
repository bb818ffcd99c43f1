"""What happens on the chain comes back as facts, exactly."""

from __future__ import annotations

import asyncio
from dataclasses import fields
from typing import TYPE_CHECKING

from app.chain import contract_calls as calls
from app.chain.rpc import RpcClient
from app.chain.source import RpcSource, SourceOptions
from app.domain.transacting import Call
from app.domain.typed_data import event_id
from offline_cache.records import (
    BundleSetFact,
    CheckedInFact,
    CheckInReplacedFact,
    CheckInSkippedFact,
    DoorChangedFact,
    DoorState,
    EventCancelledFact,
    EventCreatedFact,
    EventUpdatedFact,
    FreezeChanged,
    PoapMinted,
    Purchased,
    StatusChangedFact,
    TicketStatus,
    TierIssued,
    Transferred,
    UserUpdated,
)
from tests.integration.chain.world import CHAIN_ID, PRICE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offline_cache.records import Fact
    from tests.integration.chain.world import World

ZERO = bytes(20)
GATE_KEY = b"\x0a" * 20


async def facts_since(
    rpc: RpcClient, world: World, first: int, known: Sequence[bytes] = ()
) -> list[Fact]:
    source = RpcSource(rpc, CHAIN_ID, world.factory)
    head = await source.head()
    found: list[Fact] = []
    while first <= head.number:
        page = await source.page(first, head.number, known)
        found += page.facts
        first = page.blocks[-1].number + 1
    return found


async def do(world: World, rpc: RpcClient, to: bytes, data: bytes, key_id: str = "admin") -> None:
    await world.sender(rpc, key_id).send_and_wait(Call(to, data), "a step of the test")


def values_of(facts: Sequence[Fact], kind: type[Fact]) -> list[tuple[object, ...]]:
    """Return what the facts of one kind say, without their places."""
    names = [field.name for field in fields(kind)][3:]
    return [tuple(getattr(fact, n) for n in names) for fact in facts if type(fact) is kind]


def test_an_event_and_what_it_logs_in_the_same_blocks_come_in_one_page(world: World) -> None:
    async def scenario() -> None:
        async with RpcClient(world.url) as rpc:
            first = (await rpc.block()).number + 1
            contract = await world.event(rpc, name="Nächte am Hafen 🎟")
            await do(world, rpc, contract, calls.batch_mint([GATE_KEY], [0]))
            facts = await facts_since(rpc, world, first)
            made = next(fact for fact in facts if isinstance(fact, EventCreatedFact))
            event = made.event
            info = await calls.event_info(rpc, contract)
            assert event.event_id == event_id(CHAIN_ID, world.factory, event.number)
            assert (event.contract, event.factory, event.organizer) == (
                contract,
                world.factory,
                world.admin,
            )
            assert (event.name, event.metadata_uri) == ("Nächte am Hafen 🎟", "ipfs://bafy")
            assert (event.ticket_price, event.max_tickets) == (PRICE, 1_000)
            assert (event.start_time, event.end_time) == (info.start_time, info.end_time)
            assert event.created_block == made.block_number == first
            assert [fact.freeze_at for fact in facts if isinstance(fact, FreezeChanged)] == [
                info.freeze_at
            ]
            assert values_of(facts, Transferred) == [(ZERO, GATE_KEY, 1)]

    asyncio.run(scenario())


def test_every_kind_of_log_becomes_its_fact(world: World) -> None:
    async def scenario() -> None:
        async with RpcClient(world.url) as rpc:
            contract = await world.event(rpc)
            ann, ben = await world.person(rpc, "ann"), await world.person(rpc, "ben")
            first = (await rpc.block()).number + 1
            await world.sender(rpc, "ann").send_and_wait(
                Call(contract, calls.purchase_tickets(ann, 1, 2, [GATE_KEY, ZERO]), 4 * PRICE),
                "buy",
            )
            await do(world, rpc, contract, calls.batch_mint([ben, ben, ann], [0, 0, 1]))
            await do(world, rpc, contract, calls.set_user(2, GATE_KEY, 2**40), "ann")
            await do(world, rpc, contract, calls.transfer_from(ann, ben, 1), "ann")
            await do(world, rpc, contract, calls.void_tickets([3]))
            await do(world, rpc, contract, calls.set_bundle(7, b"\x05" * 32, GATE_KEY))
            info = await calls.event_info(rpc, contract)
            times = (info.start_time + 60, info.end_time + 60)
            update = calls.encode_call("EventTicket", "updateEvent", "Later", "ipfs://b", *times)
            await do(world, rpc, contract, update)
            await do(world, rpc, contract, calls.set_freeze_at(info.freeze_at - 100))
            await do(world, rpc, contract, calls.cancel())
            facts = await facts_since(rpc, world, first, [contract])
            number = await calls.event_count(rpc, world.factory)
            bought = next(fact for fact in facts if isinstance(fact, Purchased)).purchase
            assert (bought.buyer, bought.recipient, bought.tier) == (ann, ann, 1)
            assert (bought.first_token_id, bought.quantity, bought.paid) == (1, 2, 4 * PRICE)
            place = [(fact.block_number, fact.log_index) for fact in facts]
            assert place == sorted(place)
            assert values_of(facts, Transferred) == [
                (ZERO, ann, 1),
                (ZERO, ann, 2),
                (ZERO, ben, 3),
                (ZERO, ben, 4),
                (ZERO, ann, 5),
                (ann, ben, 1),
            ]
            assert values_of(facts, UserUpdated)[0][:2] == (1, GATE_KEY)
            assert (2, GATE_KEY, 2**40) in values_of(facts, UserUpdated)
            assert (1, ZERO, 0) in values_of(facts, UserUpdated)
            assert values_of(facts, TierIssued) == [(0, 3, 2, ben), (1, 5, 1, ann)]
            assert values_of(facts, StatusChangedFact) == [(3, TicketStatus.VOID)]
            assert values_of(facts, BundleSetFact) == [(7, b"\x05" * 32, GATE_KEY)]
            assert values_of(facts, EventUpdatedFact) == [(number, "Later", "ipfs://b", *times)]
            assert values_of(facts, FreezeChanged) == [(info.freeze_at - 100,)]
            assert values_of(facts, EventCancelledFact) == [(number,)]

    asyncio.run(scenario())


def test_check_ins_skips_replacements_and_certificates_become_facts(world: World) -> None:
    async def scenario() -> None:
        async with RpcClient(world.url) as rpc:
            contract = await world.event(rpc)
            number = await calls.event_count(rpc, world.factory)
            cat = await world.person(rpc, "cat")
            first = (await rpc.block()).number + 1
            await do(world, rpc, contract, calls.batch_mint([cat, cat, cat], [0, 0, 0]))
            keys = {door: world.signer.address(f"door/{door}") for door in (1, 2)}
            for door, key in keys.items():
                await do(world, rpc, contract, calls.grant_door(door, key))
            one = [world.record(contract, token, cat, 1) for token in (1, 2)]
            await do(world, rpc, contract, calls.check_in_batch(one))
            again = [world.record(contract, 1, cat, 2), world.record(contract, 99, cat, 2)]
            await do(world, rpc, contract, calls.check_in_batch([*again, *one]))
            await do(world, rpc, contract, calls.mark_compromised(1))
            better = world.record(contract, 2, cat, 2)
            await do(world, rpc, contract, calls.check_in_batch([better]))
            await do(world, rpc, contract, calls.close_door(2, 2**40))

            facts = await facts_since(rpc, world, first, [contract])
            entered = [f.check_in for f in facts if isinstance(f, CheckedInFact)]
            assert [(e.token_id, e.door, e.attendee, e.claim_id, e.epoch) for e in entered] == [
                (1, 1, cat, one[0].claim_id, 1),
                (2, 1, cat, one[1].claim_id, 1),
                (2, 2, cat, better.claim_id, 1),
            ]
            assert {(e.contract, e.scanned_at) for e in entered} == {(contract, 1_700_000_000)}
            skips = [f for f in facts if isinstance(f, CheckInSkippedFact)]
            assert [(s.token_id, s.door, s.reason, s.claim_id) for s in skips] == [
                (1, 2, 1, again[0].claim_id),
                (99, 2, 5, again[1].claim_id),
            ]
            assert [(s.stored_tag, s.stored_door) for s in skips] == [
                (one[0].claim_id[:12], 1),
                (bytes(12), 0),
            ]
            replaced = [f for f in facts if isinstance(f, CheckInReplacedFact)]
            assert [(r.token_id, r.door, r.previous_door, r.claim_id) for r in replaced] == [
                (2, 2, 1, better.claim_id)
            ]
            poaps = [f for f in facts if isinstance(f, PoapMinted)]
            assert [(p.contract, p.token_id, p.attendee) for p in poaps] == [
                (world.poap, number << 160 | int.from_bytes(cat, "big"), cat)
            ]
            doors = [f for f in facts if isinstance(f, DoorChangedFact)]
            assert [(d.door, d.record_key, d.state, d.drain_until) for d in doors] == [
                (1, keys[1], DoorState.ACTIVE, 0),
                (2, keys[2], DoorState.ACTIVE, 0),
                (1, keys[1], DoorState.COMPROMISED, 0),
                (2, keys[2], DoorState.CLOSED, 2**40),
            ]

            stored = await calls.check_ins_of(rpc, contract, [1, 2, 3, 99])
            assert [(stored[t].tag, stored[t].door, stored[t].used) for t in (1, 2, 3, 99)] == [
                (one[0].claim_id[:12], 1, True),
                (better.claim_id[:12], 2, True),
                (bytes(12), 0, False),
                (bytes(12), 0, False),
            ]
            assert await calls.poap_balance(rpc, world.poap, cat) == 1
            assert await calls.has_poap(rpc, world.poap, number, cat)
            assert await calls.ticket_owner(rpc, contract, 3) == cat
            assert await calls.ticket_epoch(rpc, contract, 3) == 1

    asyncio.run(scenario())


def test_pages_of_any_length_give_the_same_facts(world: World) -> None:
    async def scenario() -> None:
        async with RpcClient(world.url) as rpc:
            first = (await rpc.block()).number + 1
            contract = await world.event(rpc)
            for turn in range(6):
                await do(world, rpc, contract, calls.batch_mint([GATE_KEY] * 5, [turn % 2] * 5))
            whole = await facts_since(rpc, world, first)
            assert len(whole) >= 6 * 6
            head = (await rpc.block()).number
            narrow = RpcSource(rpc, CHAIN_ID, world.factory, max_span=2)
            # Several blocks exceed this cap, so the source must shrink its pages by itself.
            capped = RpcSource(rpc, CHAIN_ID, world.factory, options=SourceOptions(page_cap=9_000))
            for source in (narrow, capped):
                found: list[Fact] = []
                pages, at = 0, first
                while at <= head:
                    page = await source.page(at, head, [contract] if at > first else [])
                    found += page.facts
                    pages, at = pages + 1, page.blocks[-1].number + 1
                assert found == whole
                assert pages >= 3

    asyncio.run(scenario())


def test_a_page_dates_every_purchase_with_its_block(world: World) -> None:
    async def scenario() -> None:
        async with RpcClient(world.url) as rpc:
            contract = await world.event(rpc)
            ann = await world.person(rpc, "ann-who-buys-thrice")
            first = (await rpc.block()).number + 1
            for _ in range(3):
                await world.sender(rpc, "ann-who-buys-thrice").send_and_wait(
                    Call(contract, calls.purchase_tickets(ann, 0, 1), PRICE), "buy"
                )
            await do(world, rpc, contract, calls.batch_mint([ann], [0]))
            source = RpcSource(rpc, CHAIN_ID, world.factory)
            page = await source.page(first, first + 3, [contract])
            bought = {f.block_number for f in page.facts if isinstance(f, Purchased)}
            assert len(bought) == 3
            dated = {block.number: block for block in page.blocks}
            assert bought < set(dated)
            assert all([dated[number] == await rpc.block(number) for number in bought])

    asyncio.run(scenario())
