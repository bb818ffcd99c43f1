"""``echain node``: an embedded chain with the contracts deployed, until interrupted."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from app.chain.deploy import deploy, read_deployment, write_deployment
from app.chain.node import AnvilNode, NodeOptions
from app.chain.profiles import DEMO
from app.chain.rpc import RpcClient
from app.chain.sender import Sender
from app.chain.signer import VaultSigner
from app.chain.transactions import FeePolicy
from app.chain.vault import MemoryVault
from app.chain.verification import verify_factory
from app.cli.output import Exit
from app.domain.addresses import checksum, parse_address
from app.domain.errors import AppError, NodeError
from app.paths import DataFolder, make_private_folder
from offline_cache.folder_lock import DataFolderLock

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from app.cli.output import Output
    from app.settings import Settings
    from contracts import Deployment

DEPLOYER = "node/deployer"
FUNDS_WEI = 10_000 * 10**18
LOOK_SECONDS = 0.5


def run(arguments: argparse.Namespace, settings: Settings, output: Output) -> int:
    """Start the chain, deploy what is missing, print where it is, wait to be interrupted."""
    folder = DataFolder(settings.data)
    make_private_folder(folder.root)
    make_private_folder(folder.node)
    options = NodeOptions(folder=folder.node, port=arguments.port)
    # Two chains that keep their state in one folder would overwrite each other's.
    with DataFolderLock(folder.node), AnvilNode(options) as node:
        deployment, accounts = asyncio.run(
            _prepare(node.url, folder.deployments, arguments.block_time)
        )
        _say(node, deployment, accounts, output)
        _wait(node)
    return Exit.DONE


def _wait(node: AnvilNode) -> None:
    """Wait until somebody interrupts.

    Raises:
        NodeError: ``node.failed`` if the chain ends by itself.
    """
    try:
        while node.is_running:
            time.sleep(LOOK_SECONDS)
    except KeyboardInterrupt:
        return
    raise NodeError("the embedded chain ended by itself; look into its log", code="node.failed")


def _say(node: AnvilNode, deployment: Deployment, accounts: list[bytes], output: Output) -> None:
    output.say(f"chain id {DEMO.chain_id} at {node.url}")
    output.say(f"factory  {deployment.factory}  (from block {deployment.block})")
    output.say(f"POAP     {deployment.poap}")
    for account in accounts:
        output.say(f"funded   {checksum(account)}")
    output.say("Press Ctrl-C to stop; the chain is kept and goes on at the next start.")
    output.result(
        {
            "rpc": node.url,
            "chain_id": DEMO.chain_id,
            "factory": deployment.factory,
            "poap": deployment.poap,
            "block": deployment.block,
            "accounts": [checksum(account) for account in accounts],
        }
    )


async def _prepare(url: str, folder: Path, block_seconds: int) -> tuple[Deployment, list[bytes]]:
    """Deploy with a block for each transaction, and go over to the wanted pace only then."""
    async with RpcClient(url) as rpc:
        found = await rpc.call("eth_accounts", [])
        accounts = (
            [bytes.fromhex(str(text)[2:]) for text in found] if isinstance(found, list) else []
        )
        known = await _known(rpc, folder)
        if known is None:
            known = await _deploy(rpc, accounts)
            write_deployment(folder, known)
        if block_seconds:
            await rpc.call("evm_setIntervalMining", [block_seconds])
        return known, accounts


async def _known(rpc: RpcClient, folder: Path) -> Deployment | None:
    """Return what an earlier start has deployed, if this chain still holds it."""
    try:
        deployment = read_deployment(DEMO.chain_id, folder)
        if deployment is not None:
            await verify_factory(rpc, DEMO.chain_id, parse_address(deployment.factory))
    except AppError as trouble:
        if trouble.retryable:
            raise
        return None
    return deployment


async def _deploy(rpc: RpcClient, organizers: list[bytes]) -> Deployment:
    """Deploy from a key of the moment: on this chain its admin role is worth nothing."""
    signer = VaultSigner(MemoryVault())
    deployer = signer.create(DEPLOYER)
    await rpc.call("anvil_setBalance", ["0x" + deployer.hex(), hex(FUNDS_WEI)])
    sender = Sender(rpc, signer, DEPLOYER, DEMO.chain_id, policy=FeePolicy())
    return await deploy(sender, organizers=organizers)
