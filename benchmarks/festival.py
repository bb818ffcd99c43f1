"""An event with many tickets on a local node, for what is measured against a chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.chain import contract_calls as calls
from app.chain.deploy import deploy
from app.chain.sender import Sender
from app.chain.signer import VaultSigner
from app.chain.transactions import FeePolicy, current_fees
from app.chain.vault import MemoryVault
from app.domain.addresses import checksum
from app.domain.keccak import keccak
from app.domain.transacting import Call

if TYPE_CHECKING:
    from app.chain.rpc import RpcClient

CHAIN: Final = 31_337
TICKETS_A_BATCH: Final = 100
_BATCHES_A_BLOCK: Final = 3
_MINT_GAS: Final = 16_000_000
_BLOCK_GAS: Final = 200_000_000
_ETHER: Final = 10**18


@dataclass(frozen=True, slots=True)
class Festival:
    """Where the event is, and who may issue its tickets."""

    factory: bytes
    poap: bytes
    contract: bytes
    signer: VaultSigner
    sender: Sender


async def open_event(rpc: RpcClient, tickets: int) -> Festival:
    """Deploy everything, and create an event for so many tickets."""
    signer = VaultSigner(MemoryVault())
    organizer = signer.create("organizer")
    await rpc.call("anvil_setBalance", [checksum(organizer), hex(100_000 * _ETHER)])
    sender = Sender(rpc, signer, "organizer", CHAIN, policy=FeePolicy())
    deployment = await deploy(sender, organizers=[organizer])
    factory = bytes.fromhex(deployment.factory[2:])
    start = (await rpc.block()).timestamp + 86_400
    event = calls.EventParams(
        name="Festival",
        symbol="FEST",
        metadata_uri="",
        start_time=start,
        end_time=start + 86_400,
        max_tickets=tickets,
        tiers=(calls.TierParams("Floor", 0, tickets),),
    )
    await sender.send_and_wait(Call(factory, calls.create_event(event)), "create the event")
    contract = await calls.event_address(rpc, factory, 1)
    return Festival(factory, bytes.fromhex(deployment.poap[2:]), contract, signer, sender)


async def issue(rpc: RpcClient, festival: Festival, tickets: int) -> None:
    """Issue tickets to as many people, a few hundred a block."""
    await rpc.call("evm_setBlockGasLimit", [hex(_BLOCK_GAS)])
    await rpc.call("evm_setAutomine", [False])
    nonce = await rpc.nonce(festival.sender.address)
    fees = await current_fees(rpc, festival.sender.policy)
    for number in range(0, tickets, TICKETS_A_BATCH):
        count = min(TICKETS_A_BATCH, tickets - number)
        holders = [keccak(b"%d" % (number + i))[12:] for i in range(count)]
        mint = Call(festival.contract, calls.batch_mint(holders, [0] * count), 0, _MINT_GAS)
        raw, _ = festival.signer.sign_transaction("organizer", CHAIN, nonce, mint, fees)
        await rpc.send_raw(raw)
        nonce += 1
        if nonce % _BATCHES_A_BLOCK == 0:
            await rpc.call("evm_mine")
    await rpc.call("evm_mine")
    await rpc.call("evm_setAutomine", [True])
