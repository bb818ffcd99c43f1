"""A door's journal, an outbox over it, and a chain in memory: everything real but the chain."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import TYPE_CHECKING

from app.chain.signer import VaultSigner
from app.chain.vault import MemoryVault
from app.domain.batching import BatchRules
from app.domain.check_in import tag_of
from app.domain.errors import ChainError
from app.services.outbox import Outbox, RecordRules
from app.services.transactor import Transactor
from offline_cache.journal import Journal
from offline_cache.records import JournalKind, RecordState, ScanDraft
from tests.fakes.chain import FakeChain, FakeWallets
from tests.fakes.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from app.services.outbox import OutboxState
    from app.services.ports import OutboxStore
    from offline_cache.records import Claim, Claimed, Conflict, TransactionState

EVENT_ID = b"\xe1" * 32
CONTRACT = b"\xc0" * 20
ATTENDEE = b"\xa7" * 20
WALLET = "wallet"


class Wallets(FakeWallets):
    """Wallets by name beside real record keys."""

    def __init__(self, keys: VaultSigner) -> None:
        self.sign = keys.sign
        self.create = keys.create

    def has(self, key_id: str) -> bool:
        return bool(key_id)


class Rig:
    """One device: ``restart`` forgets everything but the journal, as a crash does."""

    def __init__(
        self,
        folder: Path,
        chain: FakeChain | None = None,
        *,
        doors: Sequence[int] = (1,),
        undo_seconds: int = 0,
        wallet: str = WALLET,
        clock: FakeClock | None = None,
        batches: BatchRules | None = None,
    ) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.chain = chain or FakeChain()
        self.clock = clock or FakeClock()
        self.undo_seconds = undo_seconds
        self.wallet = wallet
        self.batches = batches or BatchRules(wait_seconds=0)
        self.keys = VaultSigner(MemoryVault())
        self.signer = Wallets(self.keys)
        self.events = {EVENT_ID: CONTRACT}
        for door in doors:
            self.chain.grant(CONTRACT, door, self.keys.create(f"door/{door}"))
        self.journal = Journal(folder, self.clock.unix, os.urandom)
        self.states: list[OutboxState] = []
        self._waiting: list[tuple[Callable[[OutboxState], bool], asyncio.Event]] = []
        self.restart()

    def close(self) -> None:
        self.journal.close()

    def restart(self, store: OutboxStore | None = None) -> None:
        store = store or self.journal
        transactor = Transactor(store, self.chain, self.signer, self.clock)
        self.outbox = Outbox(
            store=store,
            chain=self.chain,
            transactor=transactor,
            signer=self.signer,
            clock=self.clock,
            wallet_key=self.wallet,
            rules=self.rules,
            doors=self.chain.doors_of,
            batches=self.batches,
            on_state=self._heard,
        )
        self.transactor = transactor

    def _heard(self, state: OutboxState) -> None:
        self.states.append(state)
        for holds, event in self._waiting:
            if holds(state):
                event.set()

    async def until(self, holds: Callable[[OutboxState], bool]) -> None:
        """Wait until the outbox says so, from now on."""
        event = asyncio.Event()
        self._waiting.append((holds, event))
        await event.wait()

    def rules(self, event_id: bytes, door: int) -> RecordRules | None:
        contract = self.events.get(event_id)
        if contract is None or not self.keys.has(f"door/{door}"):
            return None
        return RecordRules(event_id, contract, self.undo_seconds, f"door/{door}")

    # ── the door ──────────────────────────────────────────────────────────────────────────────────

    def draft(self, token_id: int, *, door: int = 1, **changes: object) -> ScanDraft:
        values: dict[str, object] = {
            "kind": JournalKind.SCAN,
            "at": self.clock.unix(),
            "event_id": EVENT_ID,
            "door": door,
            "nonce": os.urandom(16),
            "code": "ADMITTED",
            "pass_hash": bytes(32),
            "token_id": token_id,
            "entry": 0,
            "epoch": 1,
            "owner": ATTENDEE,
        }
        return ScanDraft(**(values | changes))  # type: ignore[arg-type]

    def admit(self, token_id: int, *, door: int = 1, **changes: object) -> Claimed:
        draft = self.draft(token_id, door=door, **changes)

        def lost(holder: Claim) -> ScanDraft:
            return self.draft(holder.token_id, door=door, entry=None, code="ALREADY_USED")

        return self.journal.claim_and_append(draft, lost).result()

    def undo(self, claim: Claim) -> bool:
        draft = self.draft(claim.token_id, entry=None, kind=JournalKind.UNDO, code="UNDONE")
        return self.journal.release(claim.nonce, draft).result() is not None

    # ── the outbox ────────────────────────────────────────────────────────────────────────────────

    def step(self) -> OutboxState:
        return asyncio.run(self.outbox.step())

    def step_offline(self) -> None:
        """Let the outbox work while the node is away: it signs, and fails."""
        was, self.chain.down = self.chain.down, True
        with contextlib.suppress(ChainError):
            self.step()
        self.chain.down = was

    def settle(self, rounds: int = 4) -> OutboxState:
        """Let time pass and blocks be made until everything is final."""
        for _ in range(rounds):
            self.step()
            self.clock.advance(30)
            self.chain.mine(3)
        self.chain.mine(self.chain.final_depth + 1)
        for _ in range(3):
            self.clock.advance(30)
            self.step()
            self.chain.mine()
        return self.step()

    # ── what is there ─────────────────────────────────────────────────────────────────────────────

    def taken(self) -> list[tuple[int, bytes]]:
        """Return (token, tag) of every check-in that the chain ever took and holds."""
        return [
            (token_id, tag_of(claim_id)) for token_id, claim_id in self.chain.state(CONTRACT).taken
        ]

    def counts(self) -> dict[RecordState, int]:
        return self.journal.count_records().result()

    def transaction_states(self) -> list[TransactionState]:
        found = self.journal.last_transactions(1_000).result()
        return [transaction.state for transaction in reversed(found)]

    def conflicts(self) -> list[Conflict]:
        return self.journal.conflicts(EVENT_ID).result()
