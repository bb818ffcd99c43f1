"""Put the contracts on a chain: estimate, deploy, check the code, write the addresses."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import contracts
from app.chain import artifacts
from app.chain.bridge import open_web3
from app.chain.contract_calls import ORGANIZER_ROLE, encode_call, grant_role
from app.chain.sender import created_address
from app.chain.transactions import FeePolicy, current_fees
from app.chain.verification import verify_factory
from app.domain.addresses import checksum, parse_address
from app.domain.errors import SettingsError
from app.domain.transacting import Call
from contracts import Deployment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from web3 import AsyncWeb3

    from app.chain.artifacts import ContractName
    from app.chain.rpc import RpcClient
    from app.chain.sender import Sender

SET_UP_GAS: Final = 200_000
"""Gas allowed in a dry run for a call that cannot be estimated before its contract exists."""


@dataclass(frozen=True, slots=True)
class Step:
    """One transaction of a deployment; ``address`` is what it creates, empty if nothing."""

    title: str
    call: Call
    gas: int
    address: bytes = b""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a deployment would do; amounts in wei. ``cost`` is the most that it can take."""

    chain_id: int
    sender: bytes
    steps: tuple[Step, ...]
    cost: int
    balance: int
    factory: bytes
    poap: bytes
    implementation: bytes
    guest_implementation: bytes
    registry: bytes

    @property
    def affordable(self) -> bool:
        """Whether the sender can pay for all of it."""
        return self.balance >= self.cost


async def plan_deployment(
    rpc: RpcClient,
    chain_id: int,
    sender: bytes,
    *,
    organizers: Sequence[bytes] = (),
    policy: FeePolicy | None = None,
) -> Plan:
    """Work out a deployment without sending anything.

    Args:
        rpc: The node.
        chain_id: The chain it must serve.
        sender: Who pays, and becomes the factory's admin.
        organizers: Who may make events from the start.
        policy: What may be paid for gas.

    Raises:
        ChainError: ``chain.wrong_id``, ``chain.fee_ceiling`` or any ``rpc.*`` trouble.
    """
    await rpc.expect_chain(chain_id)
    fees = await current_fees(rpc, policy or FeePolicy())
    nonce = await rpc.nonce(sender, "pending")
    addresses = [created_address(sender, nonce + place) for place in range(5)]
    factory, poap, implementation, registry, guest = addresses
    steps = [
        Step(f"deploy {name}", call, await rpc.estimate_gas(sender, None, call.data), address)
        for name, address, call in _creations(await open_web3(rpc), sender, addresses)
    ]
    for name, setter, address in (
        ("EventTicket", "setTicketImplementation", implementation),
        ("GuestEvent", "setGuestImplementation", guest),
    ):
        set_up = encode_call("EventFactory", setter, address)
        steps.append(Step(f"register {name}", Call(factory, set_up), SET_UP_GAS))
    for organizer in organizers:
        title = f"make {checksum(organizer)} an organizer"
        steps.append(Step(title, Call(factory, grant_role(ORGANIZER_ROLE, organizer)), SET_UP_GAS))
    return Plan(
        chain_id=chain_id,
        sender=sender,
        steps=tuple(steps),
        cost=sum(step.gas for step in steps) * fees.max_fee_per_gas,
        balance=await rpc.balance(sender),
        factory=factory,
        poap=poap,
        implementation=implementation,
        guest_implementation=guest,
        registry=registry,
    )


async def deploy(
    sender: Sender,
    *,
    organizers: Sequence[bytes] = (),
    on_step: Callable[[Step], None] | None = None,
) -> Deployment:
    """Deploy factory, certificates, registry and implementations, and check what stands there then.

    Args:
        sender: Pays, and becomes the factory's admin.
        organizers: Who may make events from the start.
        on_step: Told of each step before it is sent.

    Raises:
        ChainError: ``chain.not_sent`` or ``chain.reverted`` with the reason, ``chain.wrong_code``
            if the result is not what was sent, or any other ``chain.*`` or ``rpc.*`` trouble.
    """
    rpc, chain_id = sender.rpc, sender.chain_id
    plan = await plan_deployment(
        rpc, chain_id, sender.address, organizers=organizers, policy=sender.policy
    )
    first = (await rpc.block("latest")).number + 1
    for step in plan.steps:
        if on_step is not None:
            on_step(step)
        await sender.send_and_wait(step.call, step.title)
    found = await verify_factory(rpc, chain_id, plan.factory)
    return Deployment(
        chain_id=chain_id,
        factory=checksum(found.factory),
        poap=checksum(found.poap),
        ticket_implementation=checksum(found.implementation),
        block=first,
        guest_implementation=checksum(found.guest_implementation),
        registry=checksum(found.registry),
    )


def _creations(
    web3: AsyncWeb3[Any], sender: bytes, addresses: Sequence[bytes]
) -> Iterator[tuple[str, bytes, Call]]:
    """Give each contract's name, its address to be and the call that creates it, in order."""
    factory, poap, _, registry, _ = addresses
    made: tuple[tuple[ContractName, tuple[bytes, ...]], ...] = (
        ("EventFactory", (sender,)),
        ("POAP", (factory,)),
        ("EventTicket", (factory, poap)),
        ("EntryKeyRegistry", ()),
        ("GuestEvent", (factory, poap, registry)),
    )
    for (name, parts), address in zip(made, addresses, strict=True):
        yield name, address, _creation(web3, name, *parts)


def _creation(web3: AsyncWeb3[Any], name: ContractName, *addresses: bytes) -> Call:
    """Return the call that creates a contract whose constructor takes addresses."""
    artifact = artifacts.load(name).artifact
    contract = web3.eth.contract(abi=artifact.abi, bytecode=artifact.bytecode)
    data = contract.constructor(*(checksum(address) for address in addresses)).data_in_transaction
    return Call(b"", bytes.fromhex(str(data).removeprefix("0x")))


# ── the file of addresses ─────────────────────────────────────────────────────────────────────────


def write_deployment(folder: Path, deployment: Deployment) -> Path:
    """Write the addresses as ``<chain id>.json``, whole or not at all, and return its path.

    Raises:
        SettingsError: ``settings.deployment`` if the file cannot be written.
    """
    body = {
        "chainId": deployment.chain_id,
        "block": deployment.block,
        "contracts": _named(deployment),
    }
    path = folder / f"{deployment.chain_id}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=folder)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(json.dumps(body, indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError as exc:
        raise SettingsError(
            f"The addresses could not be written to {path.name}: {exc.strerror}",
            code="settings.deployment",
        ) from exc
    return path


def _named(deployment: Deployment) -> dict[str, str]:
    named = {
        "EventFactory": deployment.factory,
        "POAP": deployment.poap,
        "EventTicket": deployment.ticket_implementation,
        "GuestEvent": deployment.guest_implementation,
        "EntryKeyRegistry": deployment.registry,
    }
    return {name: address for name, address in named.items() if address}


def read_deployment(chain_id: int, folder: Path) -> Deployment | None:
    """Read a chain's file of addresses, None without one; trusted only after ``verify_factory``.

    Raises:
        SettingsError: ``settings.deployment`` if the file is malformed or for another chain.
    """
    try:
        found = contracts.deployment(chain_id, folder)
        if found is not None:
            for address in _named(found).values():
                parse_address(address)
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise SettingsError(
            f"{chain_id}.json is no file of deployed addresses; deploy again, or set the factory",
            code="settings.deployment",
        ) from exc
    if found is not None and found.chain_id != chain_id:
        raise SettingsError(
            f"{chain_id}.json names contracts of chain {found.chain_id}",
            code="settings.deployment",
        )
    return found
