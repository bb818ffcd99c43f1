"""The chain side fits the ports of the services; mypy is what checks it, running proves little."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.chain.rpc import RpcClient
from app.chain.signer import VaultSigner
from app.chain.source import RpcSource
from app.chain.vault import MemoryVault
from app.chain.writer import RpcWriter

if TYPE_CHECKING:
    from app.services.ports import ChainWriter, Signer, TransactionSigner
    from app.services.sync_ports import ChainSource


def test_the_chain_side_fits_the_ports_of_the_services() -> None:
    rpc = RpcClient("http://127.0.0.1:1")
    source: ChainSource = RpcSource(rpc, 1, bytes(20))
    writer: ChainWriter = RpcWriter(rpc, 1)
    signer = VaultSigner(MemoryVault())
    keys: Signer = signer
    transactions: TransactionSigner = signer
    assert writer.chain_id == 1
    assert keys.has("x") is False
    assert callable(transactions.sign_transaction)
    assert "127.0.0.1" in repr(rpc)
    assert source is not None
