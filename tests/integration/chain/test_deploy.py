"""Deploying, and telling our contracts from anything else."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.chain import contract_calls as calls
from app.chain.deploy import deploy, plan_deployment, read_deployment, write_deployment
from app.chain.guest_calls import create_guest_event
from app.chain.rpc import RpcClient
from app.chain.source import RpcSource
from app.chain.verification import (
    Contracts,
    proxied,
    verify_collection,
    verify_event,
    verify_factory,
)
from app.domain.addresses import parse_address
from app.domain.errors import ChainError, SettingsError
from app.domain.transacting import Call
from tests.integration.chain.world import CHAIN_ID

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tests.integration.chain.world import World

NOBODY = b"\x0c" * 20


def refusal(world: World, act: Callable[[RpcClient], Awaitable[object]]) -> ChainError:
    async def scenario() -> ChainError:
        async with RpcClient(world.url) as rpc:
            with pytest.raises(ChainError) as caught:
                await act(rpc)
        return caught.value

    return asyncio.run(scenario())


def test_a_dry_run_tells_addresses_and_cost_and_sends_nothing(world: World) -> None:
    async def scenario() -> None:
        async with RpcClient(world.url) as rpc:
            gil = await world.person(rpc, "gil")
            plan = await plan_deployment(rpc, CHAIN_ID, gil, organizers=[NOBODY])
            assert await rpc.nonce(gil, "pending") == 0
            assert plan.affordable
            assert 0 < plan.cost < plan.balance == 10**19
            steps: list[str] = []
            made = await deploy(
                world.sender(rpc, "gil"),
                organizers=[NOBODY],
                on_step=lambda step: steps.append(step.title),
            )
            assert steps == [step.title for step in plan.steps]
            assert parse_address(made.factory) == plan.factory
            assert parse_address(made.poap) == plan.poap
            assert parse_address(made.ticket_implementation) == plan.implementation
            assert plan.balance - await rpc.balance(gil) <= plan.cost
            found = await verify_factory(rpc, CHAIN_ID, plan.factory)
            assert found == Contracts(
                plan.factory,
                plan.poap,
                plan.implementation,
                plan.guest_implementation,
                plan.registry,
            )
            created = await rpc.block(made.block)
            assert await rpc.code(plan.factory, created.number)
            assert not await rpc.code(plan.factory, created.number - 1)

    asyncio.run(scenario())


def test_a_deployer_without_money_is_told_before_and_while_sending(world: World) -> None:
    async def scenario() -> None:
        async with RpcClient(world.url) as rpc:
            broke = world.signer.create("broke")
            with pytest.raises(ChainError) as caught:
                await deploy(world.sender(rpc, "broke"))
            assert caught.value.code in {"chain.reverted", "chain.not_sent", "rpc.refused"}
            assert "funds" in str(caught.value).lower()
            assert await rpc.nonce(broke) == 0

    asyncio.run(scenario())


def test_the_addresses_survive_in_a_file(world: World, tmp_path: Path) -> None:
    path = write_deployment(tmp_path / "new" / "folder", world.deployment)
    assert path.name == f"{CHAIN_ID}.json"
    assert read_deployment(CHAIN_ID, path.parent) == world.deployment
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    assert read_deployment(CHAIN_ID, tmp_path) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda _: "",
        lambda _: "[]",
        lambda body: body.replace("0x", "0y"),
        lambda body: body.replace('"block"', '"height"'),
        lambda body: body.replace("31337", "1"),
    ],
)
def test_a_spoilt_file_of_addresses_is_refused(
    world: World, tmp_path: Path, change: Callable[[str], str]
) -> None:
    path = write_deployment(tmp_path, world.deployment)
    path.write_text(change(path.read_text()))
    with pytest.raises(SettingsError) as caught:
        read_deployment(CHAIN_ID, tmp_path)
    assert caught.value.code == "settings.deployment"


def test_a_folder_that_cannot_be_written_is_told_in_words(world: World, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError):
        write_deployment(tmp_path / "file", world.deployment)


# ── wrong chain, wrong code ───────────────────────────────────────────────────────────────────────


def test_a_node_of_another_chain_is_refused_with_both_ids(world: World) -> None:
    trouble = refusal(world, lambda rpc: RpcSource(rpc, 8_453, world.factory).verify())
    assert trouble.code == "chain.wrong_id"
    assert "31337" in str(trouble)
    assert "8453" in str(trouble)


def test_an_address_without_code_is_refused(world: World) -> None:
    trouble = refusal(world, lambda rpc: RpcSource(rpc, CHAIN_ID, NOBODY).verify())
    assert trouble.code == "chain.wrong_code"
    assert "no contract" in str(trouble)


def test_another_contract_in_the_factorys_place_is_refused(world: World) -> None:
    trouble = refusal(world, lambda rpc: RpcSource(rpc, CHAIN_ID, world.poap).verify())
    assert trouble.code == "chain.wrong_code"
    assert "is not the EventFactory" in str(trouble)


def test_one_changed_byte_of_code_is_noticed(world: World) -> None:
    async def act(rpc: RpcClient) -> None:
        code = bytearray(await rpc.code(world.factory))
        code[len(code) // 2] ^= 1
        await rpc.call("anvil_setCode", ["0x" + NOBODY.hex(), "0x" + code.hex()])
        try:
            await verify_factory(rpc, CHAIN_ID, NOBODY)
        finally:
            await rpc.call("anvil_setCode", ["0x" + NOBODY.hex(), "0x"])

    assert refusal(world, act).code == "chain.wrong_code"


def test_a_factory_without_tickets_is_unfinished(world: World) -> None:
    async def act(rpc: RpcClient) -> None:
        # The same code at another address has empty storage.
        code = await rpc.code(world.factory)
        await rpc.call("anvil_setCode", ["0x" + NOBODY.hex(), "0x" + code.hex()])
        try:
            await verify_factory(rpc, CHAIN_ID, NOBODY)
        finally:
            await rpc.call("anvil_setCode", ["0x" + NOBODY.hex(), "0x"])

    trouble = refusal(world, act)
    assert trouble.code == "chain.wrong_code"
    assert "finish its deployment" in str(trouble)


def test_certificates_made_for_another_factory_are_refused(world: World) -> None:
    async def act(rpc: RpcClient) -> None:
        hal = await world.person(rpc, "hal")
        assert hal
        other = await deploy(world.sender(rpc, "hal"))
        ours = await rpc.code(world.poap)
        theirs = await rpc.code(parse_address(other.poap))
        assert len(ours) == len(theirs)
        address = "0x" + world.poap.hex()
        await rpc.call("anvil_setCode", [address, "0x" + theirs.hex()])
        try:
            await verify_factory(rpc, CHAIN_ID, world.factory)
        finally:
            await rpc.call("anvil_setCode", [address, "0x" + ours.hex()])

    trouble = refusal(world, act)
    assert trouble.code == "chain.wrong_code"
    assert "another factory" in str(trouble)


def test_events_are_known_by_their_code_and_their_factory(world: World) -> None:
    async def scenario() -> None:
        async with RpcClient(world.url) as rpc:
            contracts = await verify_factory(rpc, CHAIN_ID, world.factory)
            event = await world.event(rpc)
            await verify_event(rpc, contracts, event)
            clone = await rpc.code(event)
            assert proxied(clone) == contracts.implementation
            fake = "0x" + NOBODY.hex()
            strange = clone.replace(contracts.implementation, world.factory)
            for code, words in (
                (b"", "no event"),
                (clone + b"\x00", "no event"),
                (strange, "is not the EventTicket"),
                (clone, "does not know"),
            ):
                await rpc.call("anvil_setCode", [fake, "0x" + code.hex()])
                with pytest.raises(ChainError, match=words) as caught:
                    await verify_event(rpc, contracts, NOBODY)
                assert caught.value.code == "chain.wrong_code"
            await rpc.call("anvil_setCode", [fake, "0x"])

    asyncio.run(scenario())


def test_guest_events_are_known_too_and_their_registry_is_checked(world: World) -> None:
    async def scenario() -> None:
        async with RpcClient(world.url) as rpc:
            contracts = await verify_factory(rpc, CHAIN_ID, world.factory)
            assert contracts.registry == parse_address(world.deployment.registry)
            # Certificates are an ERC-721 collection as well.
            now = (await rpc.block()).timestamp
            made = create_guest_event(world.poap, "Club", "ipfs://x", now + 9, now + 99)
            await world.sender(rpc).send_and_wait(Call(world.factory, made), "create guest event")
            number = await calls.event_count(rpc, world.factory)
            guest = await calls.event_address(rpc, world.factory, number)
            await verify_event(rpc, contracts, guest)
            assert proxied(await rpc.code(guest)) == contracts.guest_implementation
            address = "0x" + contracts.registry.hex()
            before = await rpc.code(contracts.registry)
            try:
                for code, words in (
                    ("0x", "no contract"),
                    ("0x" + (before[:-1] + b"\x01").hex(), "is not the EntryKeyRegistry"),
                ):
                    await rpc.call("anvil_setCode", [address, code])
                    with pytest.raises(ChainError, match=words) as caught:
                        await verify_factory(rpc, CHAIN_ID, world.factory)
                    assert caught.value.code == "chain.wrong_code"
            finally:
                await rpc.call("anvil_setCode", [address, "0x" + before.hex()])

    asyncio.run(scenario())


def test_a_later_guest_implementation_does_not_disown_the_earlier_events(world: World) -> None:
    async def scenario() -> None:
        async with RpcClient(world.url) as rpc:
            contracts = await verify_factory(rpc, CHAIN_ID, world.factory)
            later = replace(contracts, guest_implementation=NOBODY)
            now = (await rpc.block()).timestamp
            made = create_guest_event(world.poap, "Club", "ipfs://x", now + 9, now + 99)
            await world.sender(rpc).send_and_wait(Call(world.factory, made), "create guest event")
            number = await calls.event_count(rpc, world.factory)
            guest = await calls.event_address(rpc, world.factory, number)
            await verify_event(rpc, later, guest)
            with pytest.raises(ChainError, match="another registry"):
                await verify_event(rpc, replace(later, registry=NOBODY), guest)

    asyncio.run(scenario())


def test_what_is_no_collection_is_refused_in_words(world: World) -> None:
    async def scenario() -> None:
        async with RpcClient(world.url) as rpc:
            await verify_collection(rpc, world.poap)
            await verify_collection(rpc, await world.event(rpc))
            for place, words in (
                (NOBODY, "no contract"),
                (world.factory, "no ERC-721 collection"),
                (parse_address(world.deployment.registry), "no ERC-721 collection"),
            ):
                with pytest.raises(ChainError, match=words) as caught:
                    await verify_collection(rpc, place)
                assert caught.value.code == "chain.wrong_code"

    asyncio.run(scenario())


def test_the_bridge_to_web3_shares_connection_and_error_codes(world: World) -> None:
    async def scenario() -> None:
        from app.chain.bridge import open_web3

        async with RpcClient(world.url) as rpc:
            web3 = await open_web3(rpc)
            assert await web3.eth.chain_id == CHAIN_ID
        async with RpcClient("http://127.0.0.1:1/secret-key-123") as away:
            web3 = await open_web3(away)
            with pytest.raises(ChainError) as caught:
                await web3.eth.block_number
            assert caught.value.code == "rpc.unreachable"

    asyncio.run(scenario())


def test_an_event_needs_the_organizers_role(world: World) -> None:
    async def act(rpc: RpcClient) -> None:
        await world.person(rpc, "ida")
        now = (await rpc.block()).timestamp
        params = calls.EventParams(
            "N", "S", "u", now + 100, now + 200, 10, (calls.TierParams("T", 0, 10),)
        )
        call = Call(world.factory, calls.create_event(params))
        await world.sender(rpc, "ida").send_and_wait(call, "create event")

    trouble = refusal(world, act)
    assert trouble.code == "chain.reverted"
    assert "AccessControlUnauthorizedAccount" in str(trouble)


def test_a_deployment_is_told_by_its_chain(world: World, tmp_path: Path) -> None:
    elsewhere = replace(world.deployment, chain_id=84_532)
    body = json.loads(write_deployment(tmp_path, elsewhere).read_text())
    assert body["chainId"] == 84_532
    names = {"EventFactory", "POAP", "EventTicket", "GuestEvent", "EntryKeyRegistry"}
    assert set(body["contracts"]) == names


def test_a_deployment_from_before_guest_events_is_read(world: World, tmp_path: Path) -> None:
    older = replace(world.deployment, guest_implementation="", registry="")
    write_deployment(tmp_path, older)
    assert read_deployment(CHAIN_ID, tmp_path) == older
