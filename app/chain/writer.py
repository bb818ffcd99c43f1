"""Sending and its consequences, as the outbox needs them, over JSON-RPC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.chain import contract_calls, data_fee
from app.chain.answers import hex_octets, hex_quantity, mapping, quantity
from app.chain.finality import FinalityWatch
from app.chain.reading import explained
from app.chain.rpc import call_object
from app.chain.transactions import FeePolicy, current_fees, estimated_gas
from app.chain.troubles import BEHIND, RefusedError
from app.domain.errors import ChainError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.chain.finality import Stages
    from app.chain.rpc import RpcClient
    from app.domain.transacting import Call, ChainUse, Fees, Receipt, SendResult
    from offline_cache.records import CheckInRecord

_ENVELOPE: Final = 120
"""Bytes of an unsigned transaction beside its calldata: numbers, address, length prefixes."""


class RpcWriter:
    """Sends transactions through one node and reads what became of them.

    Args:
        rpc: The node.
        chain_id: The chain that transactions are signed for.
        policy: What may be paid for gas.
        gas_margin: What an estimate is multiplied with.
        op_stack: Whether a transaction's bytes are paid too; None: ask the chain.
    """

    def __init__(
        self,
        rpc: RpcClient,
        chain_id: int,
        *,
        policy: FeePolicy | None = None,
        gas_margin: float = 1.25,
        op_stack: bool | None = False,
    ) -> None:
        """Keep the node; nothing is asked yet."""
        self.chain_id = chain_id
        self._rpc = rpc
        self._policy = policy or FeePolicy()
        self._gas_margin = gas_margin
        self._op_stack = op_stack
        self._finality = FinalityWatch(rpc)

    @property
    def fee_ceiling(self) -> int:
        """The most that a unit of gas may cost by this device's policy, in wei."""
        return self._policy.max_fee_per_gas

    async def verify(self) -> None:
        """Check that the node serves the chain that transactions are signed for.

        Raises:
            ChainError: ``chain.wrong_id`` if it serves another one, or any ``rpc.*`` trouble.
        """
        await self._rpc.expect_chain(self.chain_id)

    async def stages(self) -> Stages:
        """Return the newest block, the newest safe one and the newest final one, as of now."""
        return await self._finality.now()

    async def gas_limit(self) -> int:
        """Return how much gas a block may hold."""
        what = f"{self._rpc.label}: gas limit of a block"
        answer = await self._rpc.call("eth_getBlockByNumber", ["latest", False])
        return quantity(mapping(answer, what).get("gasLimit"), what)

    async def next_nonce(self, sender: bytes) -> int:
        """Return the sender's next nonce, pending transactions included."""
        return await self._rpc.nonce(sender, "pending")

    async def mined_nonce(self, sender: bytes) -> int:
        """Return how many of the sender's transactions are mined."""
        return await self._rpc.nonce(sender, "latest")

    async def fees(self, data_price: int = 0, *, capped: bool = True) -> Fees:
        """Return fees that are mined soon; see ``current_fees`` for the arguments.

        Raises:
            ChainError: ``chain.fee_ceiling`` if the network is too dear now, or ``rpc.*``.
        """
        return await current_fees(self._rpc, self._policy, data_price, capped=capped)

    async def data_fee(self, call: Call) -> int:
        """Return the most that the bytes of a call cost on the layer below, in wei.

        Raises:
            ChainError: Any ``rpc.*`` trouble.
        """
        if self._op_stack is None:
            self._op_stack = await data_fee.is_paid(self._rpc)
        if not self._op_stack:
            return 0
        return await data_fee.upper_bound(self._rpc, len(call.data) + _ENVELOPE, call.gas)

    async def estimate_gas(self, sender: bytes, call: Call) -> int:
        """Return the gas to give a call, margin included.

        Raises:
            ChainError: ``rpc.refused`` if it would revert, or other ``rpc.*`` trouble.
        """
        return await estimated_gas(self._rpc, sender, call, self._gas_margin)

    async def rehearse(self, sender: bytes, call: Call) -> None:
        """Let the node run a call with the gas that it names, without sending it.

        Raises:
            ChainError: ``rpc.refused`` with the contract's words if it would fail, or ``rpc.*``.
        """
        asked = call_object(call.to or None, call.data) | {
            "from": hex_octets(sender),
            "value": hex_quantity(call.value),
            "gas": hex_quantity(call.gas),
        }
        try:
            await self._rpc.call("eth_call", [asked, "latest"])
        except RefusedError as refusal:
            raise explained(refusal, "the call") from refusal

    async def send(self, raw: bytes) -> SendResult:
        """Hand raw bytes to the node; a refusal is a value.

        Raises:
            ChainError: ``rpc.*`` when it is unknown whether the node took it.
        """
        return await self._rpc.send_raw(raw)

    async def receipts(self, hashes: Sequence[bytes]) -> Mapping[bytes, Receipt]:
        """Return where transactions stand in the canonical chain; those that do not are left out.

        A node may still tell a receipt from a block that was replaced, or from one that is only
        announced: what counts is that the block of that number is the receipt's own.
        """
        answers = await self._rpc.receipts(hashes)
        found = {
            tx_hash: receipt
            for tx_hash, receipt in zip(hashes, answers, strict=True)
            if receipt is not None
        }
        canonical = await self._canonical({receipt.block_number for receipt in found.values()})
        return {
            tx_hash: receipt
            for tx_hash, receipt in found.items()
            if canonical.get(receipt.block_number) == receipt.block_hash
        }

    async def _canonical(self, numbers: set[int]) -> dict[int, bytes]:
        ordered = sorted(numbers)
        try:
            blocks = await self._rpc.blocks(ordered)
        except ChainError as trouble:
            if trouble.code != BEHIND:
                raise
            # A block that this node has announced and not got yet: nothing in it is believed.
            return await self._canonical(set(ordered[:-1])) if ordered else {}
        return {block.number: block.hash for block in blocks}

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
