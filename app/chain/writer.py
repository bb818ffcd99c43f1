"""Sending and its consequences, as the outbox needs them, over JSON-RPC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.chain import contract_calls
from app.chain.transactions import FeePolicy, current_fees, estimated_gas
from app.chain.troubles import BEHIND, REFUSED
from app.domain.errors import ChainError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.chain.rpc import RpcClient
    from app.domain.transacting import Call, ChainUse, Fees, Receipt, SendResult
    from offline_cache.records import CheckInRecord

_NO_FINALITY_DEPTH = 64


class RpcWriter:
    """Sends transactions through one node and reads what became of them.

    Args:
        rpc: The node.
        chain_id: The chain that transactions are signed for.
        policy: What may be paid for gas.
        gas_margin: What an estimate is multiplied with.
    """

    def __init__(
        self,
        rpc: RpcClient,
        chain_id: int,
        *,
        policy: FeePolicy | None = None,
        gas_margin: float = 1.25,
    ) -> None:
        """Keep the node; nothing is asked yet."""
        self.chain_id = chain_id
        self._rpc = rpc
        self._policy = policy or FeePolicy()
        self._gas_margin = gas_margin

    async def verify(self) -> None:
        """Check that the node serves the chain that transactions are signed for.

        Raises:
            ChainError: ``chain.wrong_id`` if it serves another one, or any ``rpc.*`` trouble.
        """
        await self._rpc.expect_chain(self.chain_id)

    async def head(self) -> int:
        """Return the number of the newest block."""
        return (await self._rpc.block("latest")).number

    async def next_nonce(self, sender: bytes) -> int:
        """Return the sender's next nonce, pending transactions included."""
        return await self._rpc.nonce(sender, "pending")

    async def mined_nonce(self, sender: bytes) -> int:
        """Return how many of the sender's transactions are mined."""
        return await self._rpc.nonce(sender, "latest")

    async def fees(self) -> Fees:
        """Return fees that are mined soon.

        Raises:
            ChainError: ``chain.fee_ceiling`` if the network is too dear now, or ``rpc.*``.
        """
        return await current_fees(self._rpc, self._policy)

    async def estimate_gas(self, sender: bytes, call: Call) -> int:
        """Return the gas to give a call, margin included.

        Raises:
            ChainError: ``rpc.refused`` if it would revert, or other ``rpc.*`` trouble.
        """
        return await estimated_gas(self._rpc, sender, call, self._gas_margin)

    async def send(self, raw: bytes) -> SendResult:
        """Hand raw bytes to the node; a refusal is a value.

        Raises:
            ChainError: ``rpc.*`` when it is unknown whether the node took it.
        """
        return await self._rpc.send_raw(raw)

    async def receipt(self, transaction_hash: bytes) -> Receipt | None:
        """Return where a transaction stands in the canonical chain, or None.

        A node may still tell a receipt from a block that was replaced, or from one that is only
        announced: what counts is that the block of that number is the receipt's own.
        """
        found = await self._rpc.receipt(transaction_hash)
        if found is None:
            return None
        try:
            block = await self._rpc.block(found.block_number)
        except ChainError as trouble:
            if trouble.code == BEHIND:
                return None
            raise
        return found if block.hash == found.block_hash else None

    async def finalized(self) -> int:
        """Return the number of the newest block that can no longer be replaced.

        A node that knows no ``finalized`` tag is taken at 64 blocks below its head.
        """
        try:
            return (await self._rpc.block("finalized")).number
        except ChainError as trouble:
            if trouble.code not in {REFUSED, BEHIND}:
                raise
        head = await self._rpc.block("latest")
        return max(0, head.number - _NO_FINALITY_DEPTH)

    async def balance(self, address: bytes) -> int:
        """Return a balance in wei."""
        return await self._rpc.balance(address)

    async def check_ins_of(
        self, contract: bytes, token_ids: Sequence[int]
    ) -> Mapping[int, ChainUse]:
        """Read from chain state what is stored of tickets' first uses."""
        return await contract_calls.check_ins_of(self._rpc, contract, token_ids)

    def check_in_batch(self, records: Sequence[CheckInRecord]) -> bytes:
        """Return the calldata of ``checkInBatch``."""
        return contract_calls.check_in_batch(records)
