"""The chain: its node, our contracts, this device's clock against it, and the open event's door."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.chain.rpc import RpcClient
from app.chain.verification import verify_factory
from app.cli.doctor.checks import Check, Examination, Status, failed
from app.cli.doctor.door import door_checks, opened_event
from app.cli.doctor.route import address_of, route_checks
from app.domain.addresses import checksum
from app.domain.errors import AppError

if TYPE_CHECKING:
    from app.cli.doctor.keys import Keys
    from app.services.ports import Clock
    from app.settings import Settings
    from offline_cache.records import BlockRef

RPC_SECONDS: Final = 5.0
ALL_SECONDS: Final = 40.0
BEHIND_SECONDS: Final = 30
"""A block's time may lie a little ahead; more than this, and it is this clock that is behind."""
AHEAD_SECONDS: Final = 300
CHECK_IN_GAS: Final = 110_000
WORTH_CHECK_INS: Final = 200
"""Below the price of so many check-ins the wallet should be filled before the doors open."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What the look at the chain needs beside the settings."""

    clock: Clock
    keys: Keys


def examination(settings: Settings, needs: Needs) -> Examination:
    """Return the look at the chain; a dead node ends it early."""
    return Examination("chain", lambda: asyncio.run(_look(settings, needs)), ALL_SECONDS)


async def _look(settings: Settings, needs: Needs) -> list[Check]:
    others = await route_checks(settings, needs.keys)
    try:
        address = address_of(settings.route.nodes[0], needs.keys)
    except AppError as trouble:
        return [failed("node", trouble), *others]
    async with RpcClient(address, RPC_SECONDS) as rpc:
        try:
            head = await rpc.block("latest")
        except AppError as trouble:
            doors = await door_checks(settings, needs.keys, None)
            return [failed("node", trouble), *others, *doors]
        checks = [
            Check("node", Status.OK, f"{rpc.label} answers, at block {head.number}."),
            *others,
            _clock(head, needs.clock),
        ]
        try:
            await rpc.expect_chain(settings.profile.chain_id)
        except AppError as trouble:
            return [*checks, failed("chain-id", trouble)]
        chain_id = settings.profile.chain_id
        checks.append(Check("chain-id", Status.OK, f"It serves chain {chain_id}."))
        checks.append(await _factory(rpc, settings))
        checks += await door_checks(settings, needs.keys, rpc)
        checks += await _wallet(rpc, settings, needs.keys)
        return checks


def _clock(head: BlockRef, clock: Clock) -> Check:
    lead = clock.unix() - head.timestamp
    if lead < -BEHIND_SECONDS:
        return Check(
            "clock",
            Status.FAIL,
            f"This device's clock is at least {-lead} seconds behind the chain.",
            "Set the clock: with a wrong one, good codes are refused and old ones let in.",
        )
    if lead > AHEAD_SECONDS:
        return Check(
            "clock",
            Status.WARN,
            f"The newest block is {lead} seconds old: the clock is ahead, or the chain stands.",
            "Compare the clock with another one.",
        )
    return Check("clock", Status.OK, f"The newest block is {max(0, lead)} seconds old.")


async def _factory(rpc: RpcClient, settings: Settings) -> Check:
    from app.cli.session import find_factory

    try:
        factory, _ = find_factory(settings)
        await verify_factory(rpc, settings.profile.chain_id, factory)
    except AppError as trouble:
        return failed("factory", trouble)
    return Check("factory", Status.OK, f"{checksum(factory)} holds this version's contracts.")


async def _wallet(rpc: RpcClient, settings: Settings, keys: Keys) -> list[Check]:
    """Look whether the wallet that pays for check-ins can; only a door needs one."""
    if not settings.event or opened_event(settings) is None:
        return []
    address = keys.address(settings.wallet)
    if address is None:
        return [
            Check(
                "wallet",
                Status.WARN,
                f"There is no wallet '{settings.wallet}' at hand to pay for check-ins.",
                f"Make it with echain keys create {settings.wallet}, then fund its address.",
            )
        ]
    try:
        balance, price = await rpc.balance(address), await rpc.gas_price()
    except AppError as trouble:
        return [failed("wallet", trouble)]
    says = f"The wallet {checksum(address)} holds {balance / 10**18:.6f} ETH."
    do = f"Send ETH to {checksum(address)}; check-ins wait until then, and nothing is lost."
    if not balance:
        return [Check("wallet", Status.FAIL, says, do)]
    if balance < WORTH_CHECK_INS * CHECK_IN_GAS * price:
        return [Check("wallet", Status.WARN, f"{says} That is for few check-ins.", do)]
    return [Check("wallet", Status.OK, says)]
