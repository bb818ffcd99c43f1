"""A JSON-RPC client for EVM nodes: typed calls, each trouble a ``ChainError`` with its code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Self, TypeAlias

from app.chain.answers import (
    JsonObject,
    block_ref,
    hex_octets,
    hex_quantity,
    mapping,
    mappings,
    octets,
    quantity,
    sequence,
)
from app.chain.caller import HttpCaller
from app.chain.headers import Header, header
from app.chain.sending import classify_send
from app.chain.transport import ANSWER_CAP
from app.chain.troubles import SEND_RAW, RefusedError, bad_answer, behind, wrong_chain
from app.domain.errors import ChainError
from app.domain.keccak import keccak
from app.domain.transacting import Receipt, SendOutcome, SendResult

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from app.chain.caller import Caller
    from offline_cache.records import BlockRef

BlockTag: TypeAlias = Literal["latest", "pending", "safe", "finalized", "earliest"]
Block: TypeAlias = int | BlockTag

DEFAULT_TIMEOUT: Final = 10.0


@dataclass(frozen=True, slots=True)
class FeeHistory:
    """Recent fees in wei, oldest first; ``base_fees`` ends with the next block's base fee."""

    base_fees: tuple[int, ...]
    tips: tuple[int, ...]


class RpcClient:
    """Typed calls to a node over JSON-RPC.

    Use it within one event loop, and close it there (``async with`` does).

    Args:
        node: The node's address (a key in it is never shown), or another way to call: several
            endpoints, or a WebSocket.
        timeout: Seconds for a whole request to an address.
    """

    def __init__(self, node: str | Caller, timeout: float = DEFAULT_TIMEOUT) -> None:
        """Open nothing yet."""
        self._caller = HttpCaller(node, timeout) if isinstance(node, str) else node

    def __repr__(self) -> str:
        return f"RpcClient({self.label})"

    @property
    def label(self) -> str:
        """The node's address without anything secret."""
        return self._caller.label

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the kept connection."""
        await self._caller.aclose()

    # ── the protocol ──────────────────────────────────────────────────────────────────────────────

    async def call(
        self, method: str, params: Sequence[object] = (), *, cap: int = ANSWER_CAP
    ) -> object:
        """Call one method and return its result.

        Args:
            method: Such as ``eth_call``.
            params: Its positional parameters, as JSON values.
            cap: Largest answer accepted, in bytes.

        Raises:
            ChainError: Any ``rpc.*`` trouble.
        """
        return await self._caller.call(method, params, cap=cap)

    async def batch(
        self, calls: Sequence[tuple[str, Sequence[object]]]
    ) -> list[object | ChainError]:
        """Call many methods; each result or trouble in its place.

        Raises:
            ChainError: When a whole request failed.
        """
        return await self._caller.batch(calls)

    async def batch_results(self, calls: Sequence[tuple[str, Sequence[object]]]) -> list[object]:
        """Like ``batch``, but the first trouble among the answers is raised."""
        results: list[object] = []
        for result in await self.batch(calls):
            if isinstance(result, ChainError):
                raise result
            results.append(result)
        return results

    # ── reading the chain ─────────────────────────────────────────────────────────────────────────

    async def chain_id(self) -> int:
        """Return the id of the chain that the node serves (EIP-155)."""
        return quantity(await self.call("eth_chainId"), f"{self.label}: chain id")

    async def expect_chain(self, chain_id: int) -> None:
        """Check the chain.

        Raises:
            ChainError: ``chain.wrong_id`` if the node serves another one.
        """
        found = await self.chain_id()
        if found != chain_id:
            raise wrong_chain(chain_id, found, self.label)

    async def block(self, at: Block = "latest") -> BlockRef:
        """Return a block's reference.

        Raises:
            ChainError: ``rpc.behind`` if the node does not have it.
        """
        result = await self.call("eth_getBlockByNumber", [_at(at), False])
        if result is None:
            raise behind(f"{self.label} has no block {at}")
        found = block_ref(result, f"{self.label}: block {at}")
        if isinstance(at, int) and found.number != at:
            raise bad_answer(f"{self.label} gave block {found.number} instead of {at}")
        return found

    async def blocks(self, numbers: Sequence[int]) -> list[BlockRef]:
        """Return the references of many blocks, in the order asked.

        Raises:
            ChainError: ``rpc.behind`` if the node does not have one of them.
        """
        return [found.ref for found in await self.headers(numbers)]

    async def headers(self, numbers: Sequence[int]) -> list[Header]:
        """Return the headers of many blocks, in the order asked.

        Raises:
            ChainError: ``rpc.behind`` if the node does not have one of them, ``rpc.bad_answer`` if
                it gives another.
        """
        calls = [("eth_getBlockByNumber", (hex_quantity(number), False)) for number in numbers]
        found: list[Header] = []
        for number, answer in zip(numbers, await self.batch_results(calls), strict=True):
            if answer is None:
                raise behind(f"{self.label} has no block {number}")
            one = header(answer, f"{self.label}: block {number}")
            if one.ref.number != number:
                raise bad_answer(f"{self.label} gave block {one.ref.number} instead of {number}")
            found.append(one)
        return found

    async def logs_of_block(
        self,
        block_hash: bytes,
        addresses: Sequence[bytes],
        topics: Sequence[object] | None = None,
    ) -> list[JsonObject]:
        """Return the raw logs of these contracts in one block, named by its hash (EIP-234).

        Raises:
            ChainError: ``rpc.behind`` if the node does not know the block, or any other trouble.
        """
        query: dict[str, object] = {
            "address": [hex_octets(address) for address in addresses],
            "blockHash": hex_octets(block_hash),
        }
        if topics is not None:
            query["topics"] = list(topics)
        what = f"{self.label}: logs of a block"
        return mappings(await self.call("eth_getLogs", [query]), what)

    async def logs(
        self,
        addresses: Sequence[bytes],
        from_block: int,
        to_block: int,
        *,
        topics: Sequence[object] | None = None,
        cap: int = ANSWER_CAP,
    ) -> list[JsonObject]:
        """Return the raw logs of these contracts in an inclusive range of blocks.

        Args:
            addresses: Contracts; none means none, never "any".
            from_block: First block.
            to_block: Last block.
            topics: Topic filter as in ``eth_getLogs``.
            cap: Largest answer accepted, in bytes.

        Raises:
            ChainError: ``rpc.too_much`` if fewer blocks must be asked for, ``rpc.behind`` beyond
                the node's head, or any other trouble.
        """
        if not addresses or from_block > to_block:
            return []
        query: dict[str, object] = {
            "address": [hex_octets(address) for address in addresses],
            "fromBlock": hex_quantity(from_block),
            "toBlock": hex_quantity(to_block),
        }
        if topics is not None:
            query["topics"] = list(topics)
        what = f"{self.label}: logs of {from_block} to {to_block}"
        return mappings(await self.call("eth_getLogs", [query], cap=cap), what)

    async def code(self, address: bytes, at: Block = "latest") -> bytes:
        """Return the code at an address, empty where there is none."""
        answer = await self.call("eth_getCode", [hex_octets(address), _at(at)])
        return octets(answer, f"{self.label}: code")

    async def balance(self, address: bytes, at: Block = "latest") -> int:
        """Return a balance in wei."""
        answer = await self.call("eth_getBalance", [hex_octets(address), _at(at)])
        return quantity(answer, f"{self.label}: balance")

    async def nonce(self, address: bytes, at: Block = "latest") -> int:
        """Return the number of transactions an address has sent."""
        answer = await self.call("eth_getTransactionCount", [hex_octets(address), _at(at)])
        return quantity(answer, f"{self.label}: nonce")

    async def eth_call(self, to: bytes, data: bytes, at: Block = "latest") -> bytes:
        """Run a view function and return its raw result.

        Raises:
            ChainError: ``rpc.refused`` with the revert data if it reverts.
        """
        answer = await self.call("eth_call", [call_object(to, data), _at(at)])
        return octets(answer, f"{self.label}: result of a call")

    async def fee_history(self, blocks: int = 5, percentile: float = 50.0) -> FeeHistory:
        """Return base fees and the tips at a percentile of recent blocks, in wei."""
        answer = await self.call("eth_feeHistory", [hex_quantity(blocks), "latest", [percentile]])
        what = f"{self.label}: fee history"
        history = mapping(answer, what)
        bases = sequence(history.get("baseFeePerGas"), what)
        rewards = history.get("reward")
        rows = sequence(rewards, what) if rewards is not None else []
        tips = [quantity((sequence(row, what) or [None])[0], what) for row in rows]
        if not bases:
            raise bad_answer(f"{what} is empty")
        return FeeHistory(tuple(quantity(base, what) for base in bases), tuple(tips))

    async def gas_price(self) -> int:
        """Return the node's suggested gas price in wei."""
        return quantity(await self.call("eth_gasPrice"), f"{self.label}: gas price")

    async def estimate_gas(
        self, sender: bytes, to: bytes | None, data: bytes = b"", value: int = 0
    ) -> int:
        """Return the gas that a transaction would use now.

        Raises:
            ChainError: ``rpc.refused`` with the revert data if it would revert.
        """
        asked = call_object(to, data) | {"from": hex_octets(sender), "value": hex_quantity(value)}
        answer = await self.call("eth_estimateGas", [asked])
        return quantity(answer, f"{self.label}: gas estimate")

    # ── writing to the chain ──────────────────────────────────────────────────────────────────────

    async def send_raw(self, raw: bytes) -> SendResult:
        """Hand a signed transaction to the node; a refusal is a value.

        Raises:
            ChainError: When it is unknown whether the node took it (unreachable, timed out), or it
                asked for a pause.
        """
        tx_hash = keccak(raw)
        try:
            answer = await self.call(SEND_RAW, [hex_octets(raw)])
        except RefusedError as refusal:
            return classify_send(refusal.node_message)
        if octets(answer, f"{self.label}: transaction hash", 32) != tx_hash:
            raise bad_answer(f"{self.label} gave the hash of another transaction")
        return SendResult(SendOutcome.ACCEPTED)

    async def receipt(self, tx_hash: bytes) -> Receipt | None:
        """Return a transaction's receipt, or None while it is not mined (or no more)."""
        answer = await self.call("eth_getTransactionReceipt", [hex_octets(tx_hash)])
        return None if answer is None else _receipt(answer, f"{self.label}: receipt")

    async def receipts(self, hashes: Sequence[bytes]) -> list[Receipt | None]:
        """Return the receipts of many transactions, in the order asked; None as ``receipt``."""
        calls = [("eth_getTransactionReceipt", (hex_octets(tx_hash),)) for tx_hash in hashes]
        what = f"{self.label}: receipt"
        answers = await self.batch_results(calls)
        return [None if answer is None else _receipt(answer, what) for answer in answers]


def call_object(to: bytes | None, data: bytes) -> dict[str, object]:
    """Return the transaction object of ``eth_call`` and its like."""
    asked: dict[str, object] = {"data": hex_octets(data)}
    if to is not None:
        asked["to"] = hex_octets(to)
    return asked


def _at(at: Block) -> str:
    return hex_quantity(at) if isinstance(at, int) else at


def _receipt(answer: object, what: str) -> Receipt:
    fields = mapping(answer, what)
    created = fields.get("contractAddress")
    l1_fee = fields.get("l1Fee")
    return Receipt(
        block_number=quantity(fields.get("blockNumber"), what),
        block_hash=octets(fields.get("blockHash"), what, 32),
        succeeded=quantity(fields.get("status"), what) == 1,
        gas_used=quantity(fields.get("gasUsed"), what),
        effective_gas_price=quantity(fields.get("effectiveGasPrice", "0x0"), what),
        contract=b"" if created is None else octets(created, what, 20),
        l1_fee=0 if l1_fee is None else quantity(l1_fee, what),
    )
