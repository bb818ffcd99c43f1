"""Send one transaction after another from one key and wait for each: for set-up, not for the door.

What the door sends goes through the outbox, which stores the raw bytes first. This is for deploying
and for filling a demo chain, where a crash costs a fresh start and nothing else.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from app.chain.transactions import current_fees, estimated_gas
from app.chain.troubles import RefusedError, not_sent, reverted, timed_out
from app.domain.keccak import keccak
from app.domain.transacting import Call, SendOutcome

if TYPE_CHECKING:
    from app.chain.rpc import RpcClient
    from app.chain.signer import Signer
    from app.chain.transactions import FeePolicy
    from app.domain.transacting import Receipt

WAIT_SECONDS: Final = 120.0
_FIRST_PAUSE: Final = 0.02
_LAST_PAUSE: Final = 1.0


def created_address(sender: bytes, nonce: int) -> bytes:
    """Return the address of the contract that a sender's transaction with this nonce creates.

    It is the end of ``keccak(rlp([sender, nonce]))`` (Yellow Paper, section 7).
    """
    number = nonce.to_bytes((nonce.bit_length() + 7) // 8, "big")
    if len(number) != 1 or number[0] >= 0x80:
        number = bytes([0x80 + len(number)]) + number
    payload = b"\x94" + sender + number
    return keccak(bytes([0xC0 + len(payload)]) + payload)[12:]


async def mined(rpc: RpcClient, tx_hash: bytes, title: str, seconds: float) -> Receipt:
    """Return a transaction's receipt once it is mined, however it ended.

    Raises:
        ChainError: ``rpc.timeout`` after ``seconds``, or other ``rpc.*`` trouble.
    """
    pause = _FIRST_PAUSE
    try:
        async with asyncio.timeout(seconds):
            while (receipt := await rpc.receipt(tx_hash)) is None:
                await asyncio.sleep(pause)
                pause = min(_LAST_PAUSE, pause * 1.5)
    except TimeoutError as exc:
        raise timed_out(f"'{title}' was not mined within {seconds:g} s") from exc
    return receipt


class Sender:
    """Sends from one key, each transaction after the one before it was mined.

    Args:
        rpc: The node.
        signer: Holds the key.
        key_id: Who sends and pays.
        chain_id: The chain to sign for.
        policy: What may be paid for gas.
        wait: Seconds to wait for a transaction to be mined.
    """

    def __init__(
        self,
        rpc: RpcClient,
        signer: Signer,
        key_id: str,
        chain_id: int,
        *,
        policy: FeePolicy,
        wait: float = WAIT_SECONDS,
    ) -> None:
        """Look up the sender's address."""
        self.rpc = rpc
        self._signer = signer
        self._key_id = key_id
        self.chain_id = chain_id
        self.policy = policy
        self._wait = wait
        self.address = signer.address(key_id)

    async def send_and_wait(self, call: Call, title: str) -> Receipt:
        """Sign, send, and return the receipt of a transaction that succeeded.

        Args:
            call: What to do; its gas is estimated unless it names one.
            title: What it does, for sentences.

        Raises:
            ChainError: ``chain.not_sent`` if the node did not take it, ``chain.reverted`` if it
                failed, ``rpc.refused`` if it would, or other ``rpc.*`` trouble.
        """
        tx_hash = await self.send(call, title)
        receipt = await self.wait(tx_hash, title)
        if not receipt.succeeded:
            raise reverted(f"'{title}' was mined but failed (0x{tx_hash.hex()})")
        return receipt

    async def send(self, call: Call, title: str) -> bytes:
        """Sign and send, and return the hash; see ``send_and_wait``."""
        fees = await current_fees(self.rpc, self.policy)
        gas = await self._gas(call, title)
        nonce = await self.rpc.nonce(self.address, "pending")
        ready = Call(call.to, call.data, call.value, gas)
        raw, tx_hash = await asyncio.to_thread(
            self._signer.sign_transaction, self._key_id, self.chain_id, nonce, ready, fees
        )
        result = await self.rpc.send_raw(raw)
        if result.outcome not in {SendOutcome.ACCEPTED, SendOutcome.ALREADY_KNOWN}:
            raise not_sent(f"'{title}' was not taken: {result.message}")
        return tx_hash

    async def wait(self, tx_hash: bytes, title: str) -> Receipt:
        """Return a transaction's receipt once it is mined.

        Raises:
            ChainError: ``rpc.timeout`` if it takes longer than allowed, or other ``rpc.*`` trouble.
        """
        return await mined(self.rpc, tx_hash, title, self._wait)

    async def _gas(self, call: Call, title: str) -> int:
        try:
            return await estimated_gas(self.rpc, self.address, call)
        except RefusedError as refusal:
            raise reverted(f"'{title}' would fail: {refusal.node_message}") from refusal
