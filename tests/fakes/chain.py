"""A chain in memory: nonces, a pool, blocks, reorgs, finality, and a contract's check-in rules.

It is strict where the outbox may be wrong (nonces, funds, double check-ins) and passes the same
contract tests as a real node (``tests/integration/outbox/test_chain_port.py``).
"""

from __future__ import annotations

import pickle
from collections import Counter, deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from app.domain.check_in import recover_recorder, tag_of
from app.domain.errors import ChainError
from app.domain.keccak import keccak
from app.domain.transacting import ChainUse, Fees, Receipt, SendOutcome, SendResult
from offline_cache.records import Door, DoorState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from app.domain.transacting import Call
    from offline_cache.records import CheckInRecord

CHAIN_ID = 31_337
GWEI = 10**9
GAS_A_RECORD = 70_000
FEW_GAS = 50_000
RICH = 10**20


@dataclass(frozen=True, slots=True)
class FakeTransaction:
    chain_id: int
    sender: bytes
    nonce: int
    to: bytes
    data: bytes
    value: int
    gas: int
    max_fee: int
    tip: int

    @property
    def raw(self) -> bytes:
        return pickle.dumps(self)

    @property
    def hash(self) -> bytes:
        return keccak(self.raw)


@dataclass(slots=True)
class FakeBlock:
    number: int
    hash: bytes
    transactions: list[FakeTransaction] = field(default_factory=list)
    reverted: set[bytes] = field(default_factory=set)


class FakeWallets:
    """Implements ``TransactionSigner``: an address for every key id, signatures by name."""

    def address(self, key_id: str) -> bytes:
        return keccak(key_id.encode())[:20]

    def sign_transaction(
        self, key_id: str, chain_id: int, nonce: int, call: Call, fees: Fees
    ) -> tuple[bytes, bytes]:
        made = FakeTransaction(
            chain_id,
            self.address(key_id),
            nonce,
            call.to,
            call.data,
            call.value,
            call.gas,
            fees.max_fee_per_gas,
            fees.max_priority_fee_per_gas,
        )
        return made.raw, made.hash


@dataclass(frozen=True, slots=True)
class FakeStages:
    head: int
    safe: int
    finalized: int


@dataclass
class FakeContract:
    """What a ticket contract knows, rebuilt from the blocks; ``taken`` has a row a check-in."""

    uses: dict[int, ChainUse] = field(default_factory=dict)
    taken: list[tuple[int, bytes]] = field(default_factory=list)
    skipped: list[bytes] = field(default_factory=list)

    def take(self, record: CheckInRecord, door: Door | None) -> None:
        if door is None or recover_recorder(CHAIN_ID, record) != door.record_key:
            return
        use = self.uses.get(record.token_id)
        tag = tag_of(record.claim_id)
        if use is not None and use.tag == tag:
            return
        if use is not None or door.state is not DoorState.ACTIVE:
            self.skipped.append(record.claim_id)
            return
        self.uses[record.token_id] = ChainUse(tag, record.door, used=True, checked_at=1)
        self.taken.append((record.token_id, record.claim_id))


class FakeChain:
    """Implements ``ChainWriter``.

    ``faults`` says what happens to the next sends: ``lost`` (taken, but the reply never comes),
    ``swallowed`` (said to be taken, but forgotten), ``refused``. ``down``: nothing answers.
    ``poison``: a batch with one of these claims reverts. A call with data of ``refused`` would
    revert, and the node says so; one of ``failing`` does so only once it is mined. ``byte_price``:
    what a byte of calldata costs beside its gas.
    """

    def __init__(self, *, automine: bool = False, final_depth: int = 6) -> None:
        self.chain_id = CHAIN_ID
        self.serves = CHAIN_ID
        self.automine = automine
        self.final_depth = final_depth
        self.down = False
        self.faults: deque[str] = deque()
        self.base_fee = GWEI
        self.block_gas = 30_000_000
        self.gas_a_record = GAS_A_RECORD
        self.poison: set[bytes] = set()
        self.refused: set[bytes] = set()
        self.failing: set[bytes] = set()
        self.safe_depth = 3
        self.fee_ceiling = 100 * GWEI
        self.byte_price = 0
        self.funds: dict[bytes, int] = {}
        self.doors: dict[bytes, dict[int, Door]] = {}
        self.blocks = [FakeBlock(0, keccak(b"genesis"))]
        self.pool: dict[bytes, FakeTransaction] = {}
        self.sends: list[bytes] = []
        self.estimates = 0
        self._calls: dict[bytes, tuple[CheckInRecord, ...]] = {}
        self._forks = 0

    # ── what the world does ───────────────────────────────────────────────────────────────────────

    def grant(self, contract: bytes, door: int, record_key: bytes) -> None:
        self.set_door(Door(contract, door, record_key, DoorState.ACTIVE))

    def set_door(self, door: Door) -> None:
        self.doors.setdefault(door.contract, {})[door.door] = door

    def doors_of(self, contract: bytes) -> Mapping[int, Door]:
        return self.doors.get(contract, {})

    def mine(self, blocks: int = 1) -> None:
        for _ in range(blocks):
            number = len(self.blocks)
            digest = keccak(self.blocks[-1].hash + bytes([self._forks % 256]))
            self.blocks.append(FakeBlock(number, digest))
            for made in list(self._minable()):
                self.blocks[-1].transactions.append(made)
                if self._would_revert(made):
                    self.blocks[-1].reverted.add(made.hash)
                self._forget(made.sender, made.nonce)

    def reorg(self, depth: int, *, keep: bool = False) -> None:
        """Replace the newest blocks by empty ones; ``keep``: their transactions wait again."""
        depth = min(depth, len(self.blocks) - 1 - self._finalized())
        gone, self.blocks = self.blocks[len(self.blocks) - depth :], self.blocks[: -depth or None]
        self._forks += 1
        waiting, self.pool = self.pool, {}
        self.mine(depth)
        self.pool = waiting
        if keep:
            for block in gone:
                self.pool.update({made.hash: made for made in block.transactions})

    def stranger_uses_nonce(self, sender: bytes) -> None:
        """Mine somebody else's transaction under the next nonce of the same wallet."""
        nonce = self._mined_nonce(sender)
        self._forget(sender, nonce)
        made = FakeTransaction(CHAIN_ID, sender, nonce, bytes(20), b"", 0, 21_000, 10**12, 1)
        self.mine()
        self.blocks[-1].transactions.insert(0, made)

    def state(self, contract: bytes) -> FakeContract:
        found = FakeContract()
        for block in self.blocks:
            for made in block.transactions:
                if made.to == contract and made.hash not in block.reverted:
                    for record in self._calls.get(made.data, ()):
                        found.take(record, self.doors_of(contract).get(record.door))
        return found

    def mined(self) -> Iterator[FakeTransaction]:
        for block in self.blocks:
            yield from block.transactions

    def copies(self) -> Counter[bytes]:
        """Count how often each transaction is in the chain: never more than once."""
        return Counter(made.hash for made in self.mined())

    # ── the port ──────────────────────────────────────────────────────────────────────────────────

    async def verify(self) -> None:
        self._answer()
        if self.serves != self.chain_id:
            raise ChainError("another chain", code="chain.wrong_id")

    async def stages(self) -> FakeStages:
        self._answer()
        head = len(self.blocks) - 1
        return FakeStages(head, max(0, head - self.safe_depth), self._finalized())

    async def gas_limit(self) -> int:
        self._answer()
        return self.block_gas

    async def next_nonce(self, sender: bytes) -> int:
        self._answer()
        nonce = self._mined_nonce(sender)
        waiting = {made.nonce for made in self.pool.values() if made.sender == sender}
        while nonce in waiting:
            nonce += 1
        return nonce

    async def mined_nonce(self, sender: bytes) -> int:
        self._answer()
        return self._mined_nonce(sender)

    async def fees(self, data_price: int = 0, *, capped: bool = True) -> Fees:
        self._answer()
        if capped and self.base_fee + data_price > self.fee_ceiling:
            raise ChainError("too dear", code="chain.fee_ceiling", retryable=True)
        most = 2 * self.base_fee + GWEI
        return Fees(min(most, self.fee_ceiling - data_price) if capped else most, GWEI)

    async def data_fee(self, call: Call) -> int:
        self._answer()
        return len(call.data) * self.byte_price

    async def rehearse(self, sender: bytes, call: Call) -> None:
        del sender
        self._answer()
        needed = self._gas_of(call) if call.data in self._calls else 21_000
        if call.gas < needed:
            raise ChainError("out of gas", code="rpc.refused")

    async def estimate_gas(self, sender: bytes, call: Call) -> int:
        self._answer()
        self.estimates += 1
        if self.funds.get(sender, RICH) < call.value:
            raise ChainError("insufficient funds for transfer", code="rpc.refused")
        return self._gas_of(call)

    async def send(self, raw: bytes) -> SendResult:
        self._answer()
        self.sends.append(raw)
        fault = self.faults.popleft() if self.faults else ""
        made: FakeTransaction = pickle.loads(raw)
        if fault == "refused":
            return SendResult(SendOutcome.REFUSED, "exceeds block gas limit")
        if fault == "swallowed":
            return SendResult(SendOutcome.ACCEPTED)
        result = self._receive(made)
        if fault == "lost":
            raise ChainError("no answer", code="rpc.timeout", retryable=True)
        return result

    async def receipts(self, hashes: Sequence[bytes]) -> Mapping[bytes, Receipt]:
        self._answer()
        return {
            made.hash: Receipt(block.number, block.hash, made.hash not in block.reverted, made.gas)
            for block in self.blocks
            for made in block.transactions
            if made.hash in hashes
        }

    async def balance(self, address: bytes) -> int:
        self._answer()
        return self.funds.get(address, RICH)

    async def check_ins_of(
        self, contract: bytes, token_ids: Sequence[int]
    ) -> Mapping[int, ChainUse]:
        self._answer()
        unused = ChainUse(bytes(12), 0, used=False, checked_at=0)
        uses = self.state(contract).uses
        return {token_id: uses.get(token_id, unused) for token_id in token_ids}

    def check_in_batch(self, records: Sequence[CheckInRecord]) -> bytes:
        if any(len(record.signature) != 64 or record.epoch >= 2**32 for record in records):
            raise ValueError("does not fit")
        key = keccak(b"".join(record.claim_id + record.signature for record in records))
        self._calls[key] = tuple(replace(record) for record in records)
        return key

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    def _gas_of(self, call: Call) -> int:
        records = self._calls.get(call.data, ())
        if call.data in self.refused or any(each.claim_id in self.poison for each in records):
            raise ChainError("execution reverted", code="rpc.refused")
        return FEW_GAS + self.gas_a_record * len(records)

    def _answer(self) -> None:
        if self.down:
            raise ChainError("away", code="rpc.unreachable", retryable=True)

    def _finalized(self) -> int:
        return max(0, len(self.blocks) - 1 - self.final_depth)

    def _mined_nonce(self, sender: bytes) -> int:
        return sum(made.sender == sender for made in self.mined())

    def _receive(self, made: FakeTransaction) -> SendResult:
        refused = self._refusal(made)
        if refused is not None:
            return refused
        self._forget(made.sender, made.nonce)
        self.pool[made.hash] = made
        if self.automine:
            self.mine()
        return SendResult(SendOutcome.ACCEPTED)

    def _refusal(self, made: FakeTransaction) -> SendResult | None:
        rival = self._waiting(made.sender, made.nonce)
        price = made.gas * made.max_fee + made.value
        cases = (
            (made.chain_id != self.serves, SendOutcome.REFUSED, "invalid chain id for signer"),
            (made.hash in self.pool, SendOutcome.ALREADY_KNOWN, "already known"),
            (
                made.nonce < self._mined_nonce(made.sender),
                SendOutcome.NONCE_TOO_LOW,
                "nonce too low",
            ),
            (made.gas > self.block_gas, SendOutcome.REFUSED, "exceeds block gas limit"),
            (
                self.funds.get(made.sender, RICH) < price,
                SendOutcome.INSUFFICIENT_FUNDS,
                "insufficient funds for gas",
            ),
            (
                rival is not None and made.max_fee * 10 < rival.max_fee * 11,
                SendOutcome.UNDERPRICED,
                "replacement transaction underpriced",
            ),
        )
        found = [SendResult(outcome, words) for holds, outcome, words in cases if holds]
        return found[0] if found else None

    def _waiting(self, sender: bytes, nonce: int) -> FakeTransaction | None:
        places = {(made.sender, made.nonce): made for made in self.pool.values()}
        return places.get((sender, nonce))

    def _forget(self, sender: bytes, nonce: int) -> None:
        made = self._waiting(sender, nonce)
        if made is not None:
            del self.pool[made.hash]

    def _minable(self) -> Iterator[FakeTransaction]:
        for sender in sorted({made.sender for made in self.pool.values()}):
            nonce = self._mined_nonce(sender)
            while (made := self._waiting(sender, nonce)) is not None:
                if made.max_fee < self.base_fee:
                    break
                yield made
                nonce += 1

    def _would_revert(self, made: FakeTransaction) -> bool:
        records = self._calls.get(made.data, ())
        poisoned = any(record.claim_id in self.poison for record in records)
        return poisoned or made.data in self.failing
