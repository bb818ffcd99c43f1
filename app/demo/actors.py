"""The other people of the demo: organizer and attendees with wallets of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.chain.sender import mined
from app.domain.errors import ChainError
from app.domain.transacting import SendOutcome

if TYPE_CHECKING:
    from app.chain.rpc import RpcClient
    from app.chain.signer import VaultSigner
    from app.chain.writer import RpcWriter
    from app.domain.transacting import Call, Receipt

ETHER = 10**18
WAIT_SECONDS = 20.0
ARRIVED = frozenset({SendOutcome.ACCEPTED, SendOutcome.ALREADY_KNOWN})


class Actors:
    """Sends what organizer and attendees send from their own computers, and waits for the blocks.

    Args:
        rpc: The demo's chain.
        writer: Sends and reads receipts.
        signer: Holds the wallets of everybody but the kiosk.
    """

    def __init__(self, rpc: RpcClient, writer: RpcWriter, signer: VaultSigner) -> None:
        """Nobody has sent anything yet."""
        self.signer = signer
        self._rpc = rpc
        self._writer = writer
        self._nonces: dict[str, int] = {}
        self._sent: list[bytes] = []

    async def enter(self, key_id: str, ether: int = 10) -> bytes:
        """Make a wallet, fund it, return its address."""
        address = self.signer.create(key_id)
        await self.fund(address, ether)
        return address

    async def fund(self, address: bytes, ether: int) -> None:
        """Give an address ether; only a development chain does that."""
        await self._rpc.call("anvil_setBalance", ["0x" + address.hex(), hex(ether * ETHER)])

    async def send(self, key_id: str, call: Call) -> bytes:
        """Sign and send a call; returns the hash, settled later by ``settle``."""
        sender = self.signer.address(key_id)
        if key_id not in self._nonces:
            self._nonces[key_id] = await self._writer.next_nonce(sender)
        fees = await self._writer.fees()
        raw, transaction_hash = self.signer.sign_transaction(
            key_id, self._writer.chain_id, self._nonces[key_id], call, fees
        )
        result = await self._writer.send(raw)
        if result.outcome not in ARRIVED:
            raise ChainError(
                f"{key_id} could not send: {result.outcome} {result.message}", code="rpc.refused"
            )
        self._nonces[key_id] += 1
        self._sent.append(transaction_hash)
        return transaction_hash

    async def settle(self) -> list[Receipt]:
        """Wait until everything sent is mined; a revert is an error."""
        receipts = [await self._mined(transaction_hash) for transaction_hash in self._sent]
        self._sent.clear()
        return receipts

    async def _mined(self, transaction_hash: bytes) -> Receipt:
        title = "0x" + transaction_hash.hex()
        receipt = await mined(self._rpc, transaction_hash, title, WAIT_SECONDS)
        if not receipt.succeeded:
            raise ChainError(f"transaction {title} reverted", code="rpc.refused")
        return receipt
