"""What the services need of the outside: Protocols that chain, gates, store and fakes implement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from app.domain.errors import AppError
from offline_cache.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Future

    from app.domain.eip712 import TypedData
    from app.domain.pins import PinResult
    from app.domain.transacting import Call, ChainUse, Fees, Receipt, SendResult
    from offline_cache.records import (
        BlockRef,
        CheckInRecord,
        Conflict,
        Event,
        Guest,
        QueuedCall,
        RecordState,
        StageMarks,
        StoredTransaction,
        Ticket,
        TicketHistory,
        Transaction,
        TransactionAttempt,
        TransactionState,
        WonClaim,
    )

TROUBLE = (AppError, StoreError)
"""Environment trouble, waited out by the loops: both kinds carry ``code`` and ``retryable``."""


class Clock(Protocol):
    """Time, injected everywhere."""

    def unix(self) -> int:
        """Return wall time in unix seconds."""

    def monotonic(self) -> float:
        """Return seconds that never go back and count sleep where the system can."""


class Signer(Protocol):
    """The one place that touches private keys."""

    def sign(self, key_id: str, typed_data: TypedData) -> bytes:
        """Return a 64-byte EIP-2098 signature."""

    def address(self, key_id: str) -> bytes:
        """Return the 20-byte address of a key."""

    def create(self, key_id: str) -> bytes:
        """Make a key and return its address."""

    def has(self, key_id: str) -> bool:
        """Tell whether the key exists."""


class StaffPin(Protocol):
    """The PIN that only staff knows: the way out of a kiosk, and the word for an override."""

    def is_set(self) -> bool:
        """Tell whether there is one."""

    def check(self, pin: str) -> PinResult:
        """Look at a PIN; blocks for about a tenth of a second, so never on the main thread.

        Wrong ones are counted and soon make everybody wait, across restarts. May raise
        ``KeyTrouble``.
        """


# ── the check-in path ─────────────────────────────────────────────────────────────────────────────


class TicketReader(Protocol):
    """Look-ups in the mirror, quick enough for the scanner thread."""

    def events_by_ref(self, event_ref: bytes) -> Sequence[Event]:
        """Return the events whose id begins with these four bytes."""

    def event_by_contract(self, contract: bytes) -> Event | None:
        """Return the event of a ticket contract."""

    def event_by_id(self, event_id: bytes) -> Event | None:
        """Return an event by its 32-byte id."""

    def ticket(self, contract: bytes, token_id: int) -> Ticket | None:
        """Return a ticket, or None if the mirror does not have it."""

    def head(self) -> BlockRef | None:
        """Return the block the mirror reaches, or None before the first sync."""

    def marks(self) -> StageMarks:
        """Return how far the chain was safe and final when the mirror was last synced."""


class UseReader(Protocol):
    """Earlier uses of a ticket in the journal (this door's rows and merged ones)."""

    def entries_of(self, event_id: bytes, token_id: int) -> TicketHistory:
        """Return every claim on a ticket and every exit, oldest first."""


class GuestReader(Protocol):
    """The guests of one event as the organizer listed them; unchanging, for every thread."""

    def of_ticket(self, token_id: int) -> tuple[Guest, ...]:
        """Return the guests who come with a ticket."""

    def search(self, text: str, limit: int = 20) -> list[Guest]:
        """Return the guests in whose line every word of a text is found, best first."""


class ChallengeLane(Protocol):
    """The challenges that a door shows for gate keys to sign."""

    def open(self) -> tuple[bytes, ...]:
        """Return the 32-byte challenges issued in the last minute and not spent."""

    def spend(self, challenge: bytes) -> None:
        """Let a challenge answer no further scan."""


# ── the chain; what the sync needs of it is in ``sync_ports`` ─────────────────────────────────────


class ChainStages(Protocol):
    """Newest block of each stage, as the chain says it."""

    @property
    def safe(self) -> int:
        """The newest block that is unlikely to be replaced."""

    @property
    def finalized(self) -> int:
        """The newest block that is never replaced."""


# ── outbox ────────────────────────────────────────────────────────────────────────────────────────


class WriterStages(ChainStages, Protocol):
    """``ChainStages`` with the newest block itself."""

    @property
    def head(self) -> int:
        """The newest block."""


class ChainWriter(Protocol):
    """Sending and its consequences; every method may raise ``ChainError``."""

    chain_id: int

    @property
    def fee_ceiling(self) -> int:
        """The most that a unit of gas may cost by policy, in wei."""

    async def verify(self) -> None:
        """Check that the node serves ``chain_id``, once a connection."""

    async def stages(self) -> WriterStages:
        """Return the newest block, the newest safe one and the newest final one, as of now."""

    async def gas_limit(self) -> int:
        """Return how much gas a block may hold."""

    async def next_nonce(self, sender: bytes) -> int:
        """Return the sender's next nonce, pending transactions included."""

    async def mined_nonce(self, sender: bytes) -> int:
        """Return how many of the sender's transactions are mined."""

    async def fees(self, data_price: int = 0, *, capped: bool = True) -> Fees:
        """Return fees that are mined soon.

        ``data_price`` is what a transaction's data costs for each unit of its gas: it counts
        towards the ceiling, which holds unless ``capped`` is False.
        """

    async def data_fee(self, call: Call) -> int:
        """Return the most that a call's bytes cost beside its gas, in wei."""

    async def estimate_gas(self, sender: bytes, call: Call) -> int:
        """Return the gas to give a call; ``rpc.refused`` if it would fail."""

    async def rehearse(self, sender: bytes, call: Call) -> None:
        """Run a call with its own gas, without sending it; ``rpc.refused`` if it would fail."""

    async def send(self, raw: bytes) -> SendResult:
        """Hand raw bytes to the node; a refusal is a value."""

    async def receipts(self, hashes: Sequence[bytes]) -> Mapping[bytes, Receipt]:
        """Return where transactions stand in the canonical chain; those that do not: left out."""

    async def balance(self, address: bytes) -> int:
        """Return a balance in wei."""

    async def check_ins_of(
        self, contract: bytes, token_ids: Sequence[int]
    ) -> Mapping[int, ChainUse]:
        """Read from chain state what is stored of tickets' first uses."""

    def check_in_batch(self, records: Sequence[CheckInRecord]) -> bytes:
        """Return the calldata of ``checkInBatch``."""


class TransactionSigner(Protocol):
    """Signs transactions; the bytes are stored before they are sent."""

    def address(self, key_id: str) -> bytes:
        """Return the 20-byte address of a key."""

    def sign_transaction(
        self, key_id: str, chain_id: int, nonce: int, call: Call, fees: Fees
    ) -> tuple[bytes, bytes]:
        """Return (raw bytes, hash) of an EIP-1559 transaction."""


class OutboxStore(Protocol):
    """The journal as the outbox sees it; every write is one durable transaction."""

    def claims_without_record(self, limit: int = ...) -> Future[list[WonClaim]]:
        """Return first entries won here whose record is not signed yet."""

    def put_records(self, signed: Sequence[CheckInRecord]) -> Future[int]:
        """Store signed records once; returns how many were new."""

    def sendable(self, now: int, limit: int = ...) -> Future[list[CheckInRecord]]:
        """Return queued records whose undo window has passed, oldest first."""

    def records_in(self, *states: RecordState, limit: int = ...) -> Future[list[CheckInRecord]]:
        """Return records in these states."""

    def records_of(self, transaction_id: int) -> Future[list[CheckInRecord]]:
        """Return the records a transaction carries."""

    def count_sendable(self, now: int) -> Future[int]:
        """Count queued records whose undo window has passed."""

    def count_records(self) -> Future[dict[RecordState, int]]:
        """Return how many records are in each state."""

    def set_record_states(
        self, claim_ids: Sequence[bytes], state: RecordState, reason: str = ""
    ) -> Future[int]:
        """Move records to a state; returns how many were in another one."""

    def loose_records(self) -> Future[list[CheckInRecord]]:
        """Return records on their way that no transaction of ours carries there any more."""

    def retry_record(self, claim_id: bytes) -> Future[bool]:
        """Let a refused record wait again; False if it is none, or its claim was undone."""

    def reserve_nonce(self, chain_id: int, sender: bytes, chain_nonce: int) -> Future[int]:
        """Return the nonce to sign next; ``store_transaction`` takes it."""

    def store_transaction(
        self,
        transaction: Transaction,
        attempt: TransactionAttempt,
        claim_ids: Sequence[bytes] = (),
        *,
        call_id: int = 0,
    ) -> Future[StoredTransaction]:
        """Take the nonce and keep intent, raw bytes, hash and what is carried, before sending.

        Nothing is stored if a carried record, or the call, no longer waits to be sent.
        """

    def add_attempt(self, transaction_id: int, attempt: TransactionAttempt) -> Future[None]:
        """Keep one more signed form of a transaction, before it is sent."""

    def transaction_by_intent(self, intent: str) -> Future[Transaction | None]:
        """Return the one transaction of an intent."""

    def batches_of(self, claim_id: bytes) -> Future[int]:
        """Count the transactions that carried a record."""

    def open_transactions(self) -> Future[list[Transaction]]:
        """Return the transactions whose story is not over, oldest first."""

    def attempts(self, transaction_id: int) -> Future[list[TransactionAttempt]]:
        """Return every signed form of a transaction, oldest first."""

    def attempts_of(self, ids: Sequence[int]) -> Future[dict[int, list[TransactionAttempt]]]:
        """Return every signed form of many transactions, oldest first."""

    def set_transaction_state(
        self,
        transaction_id: int,
        expected: TransactionState,
        state: TransactionState,
        *,
        block_number: int | None = None,
        reason: str = "",
    ) -> Future[bool]:
        """Compare and set a transaction's state."""

    def mark_sent(self, attempt_hash: bytes, at: int) -> Future[bool]:
        """Note that an attempt was handed to a node."""

    def put_conflict(self, conflict: Conflict) -> Future[bool]:
        """Store a conflict card once."""

    def open_calls(self, limit: int = ...) -> Future[list[QueuedCall]]:
        """Return the queued calls whose story is not over, oldest first."""

    def count_calls(self) -> Future[dict[RecordState, int]]:
        """Return how many calls are in each state."""

    def call_of(self, transaction_id: int) -> Future[QueuedCall | None]:
        """Return the call whose newest transaction this is."""

    def carriers_of(self, call_id: int) -> Future[int]:
        """Count the transactions that were ever made for a call."""

    def set_call_state(
        self, call_id: int, expected: RecordState, state: RecordState, reason: str = ""
    ) -> Future[bool]:
        """Compare and set a call's state."""
