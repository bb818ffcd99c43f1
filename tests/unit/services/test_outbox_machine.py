"""Whatever happens in whatever order: every admission ends on chain exactly once, nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.chain import contract_calls
from app.domain.errors import AppError, ChainError
from app.domain.outbox import RECORD_MOVES, TRANSACTION_MOVES
from app.services.calls import CallService, Order
from offline_cache.records import RecordState
from tests.fakes.chain import CHAIN_ID
from tests.fakes.chain_rig import CONTRACT, EVENT_ID, WALLET, Rig
from tests.unit.offline_cache.builders import event

if TYPE_CHECKING:
    from offline_cache.records import Claim, QueuedCall, TransactionState

pytestmark = pytest.mark.timeout(600)  # for a machine that does much else
EVENT = event(contract=CONTRACT, chain_id=CHAIN_ID)
TOKENS = st.integers(1, 6)
FAULTS = st.sampled_from(["lost", "swallowed", "refused"])


class OutboxMachine(RuleBasedStateMachine):
    """One door, a rival door, a submitter with copies of our records, and an unkind chain.

    The model is small: which claims stand, and which were undone after their record was sent.
    """

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.standing: dict[int, Claim] = {}
        self.undone: list[Claim] = []
        self.orders: dict[int, QueuedCall] = {}
        self.undone_late: set[bytes] = set()
        self.left_our_hands: set[bytes] = set()
        self.record_states: dict[bytes, RecordState] = {}
        self.transaction_states: dict[int, TransactionState] = {}

    @initialize()
    def open(self) -> None:
        folder = Path(self._folder.name)
        self.rig = Rig(folder / "ours")
        chain, clock = self.rig.chain, self.rig.clock
        self.rival = Rig(folder / "rival", chain, doors=(2,), wallet="rival", clock=clock)
        self.helper = Rig(folder / "helper", chain, doors=(), wallet="helper", clock=clock)

    # ── the door ──────────────────────────────────────────────────────────────────────────────────

    @rule(token=TOKENS)
    def admit(self, token: int) -> None:
        claimed = self.rig.admit(token)
        assert claimed.won == (token not in self.standing)
        if claimed.won:
            self.standing[token] = claimed.claim

    @rule(token=TOKENS)
    def undo(self, token: int) -> None:
        claim = self.standing.pop(token, None)
        if claim is None:
            return
        record = self.rig.journal.record_of_nonce(claim.nonce)
        assert self.rig.undo(claim)
        waits = record is None or record.state is RecordState.QUEUED
        if waits and claim.nonce not in self.left_our_hands:
            self.undone.append(claim)
        else:
            self.undone_late.add(claim.nonce[:12])

    # ── the outbox ────────────────────────────────────────────────────────────────────────────────

    @rule()
    def step(self) -> None:
        with contextlib.suppress(ChainError):
            self.rig.step()
        carried = self.rig.journal.records_in(RecordState.SENT, RecordState.MINED).result()
        self.left_our_hands.update(record.claim_id[:16] for record in carried)

    @rule()
    def crash(self) -> None:
        self.rig.restart()

    @rule(token=TOKENS)
    def rival_admits(self, token: int) -> None:
        self.rival.admit(token, door=2)
        with contextlib.suppress(ChainError):
            self.rival.step()

    @rule()
    def helper_submits_copies(self) -> None:
        copies = self.rig.journal.records_in(RecordState.QUEUED, RecordState.SENT).result()
        self.left_our_hands.update(record.claim_id[:16] for record in copies)
        self.helper.journal.put_records(copies).result()
        with contextlib.suppress(ChainError):
            self.helper.step()

    # ── what people ask for ───────────────────────────────────────────────────────────────────────

    @rule(order=st.integers(1, 3), wallet=st.sampled_from([WALLET, "another"]))
    def buy(self, order: int, wallet: str) -> None:
        asked = Order(b"order %d" % order, tier=0, quantity=1, unit_price=order)
        call = asyncio.run(self._asking().purchase(wallet, EVENT, asked))
        self.orders[call.id] = call

    @rule(order=st.integers(1, 6))
    def withdraw_or_retry(self, order: int) -> None:
        call = self.rig.journal.call(order).result()
        if call is not None and call.state is RecordState.REFUSED:
            assert asyncio.run(self._asking().retry(order))
        elif call is not None:
            asyncio.run(self._asking().withdraw_call(order))

    @rule(order=st.integers(1, 6))
    def take_back(self, order: int) -> None:
        call = self.rig.journal.call(order).result()
        if call is not None and call.state is RecordState.SENT:
            with contextlib.suppress(AppError):
                asyncio.run(self.rig.outbox.replace(call.carrier, cancel=True, limit=10**20))

    def _asking(self) -> CallService:
        rig = self.rig
        return CallService(rig.journal, contract_calls, rig.signer, rig.clock, CHAIN_ID)

    # ── the chain ─────────────────────────────────────────────────────────────────────────────────

    @rule(blocks=st.integers(1, 4))
    def mine(self, blocks: int) -> None:
        self.rig.chain.mine(blocks)

    @rule(depth=st.integers(1, 5), keep=st.booleans())
    def reorg(self, depth: int, keep: bool) -> None:
        self.rig.chain.reorg(depth, keep=keep)

    @rule()
    def stranger_uses_our_nonce(self) -> None:
        self.rig.chain.stranger_uses_nonce(self.rig.signer.address(WALLET))

    @rule(fault=FAULTS)
    def next_send_goes_wrong(self, fault: str) -> None:
        self.rig.chain.faults.append(fault)

    @rule()
    def pool_forgets(self) -> None:
        self.rig.chain.pool.clear()

    @rule(down=st.booleans())
    def go_away_or_come_back(self, down: bool) -> None:
        self.rig.chain.down = down

    @rule(empty=st.booleans())
    def empty_or_fill_the_wallet(self, empty: bool) -> None:
        self.rig.chain.funds[self.rig.signer.address(WALLET)] = 1_000 if empty else 10**20

    @rule(factor=st.sampled_from([1, 5]))
    def fees_change(self, factor: int) -> None:
        self.rig.chain.base_fee = factor * 10**9

    @rule(seconds=st.sampled_from([3, 15, 90]))
    def time_passes(self, seconds: int) -> None:
        self.rig.clock.advance(seconds)

    # ── what must hold at every moment ────────────────────────────────────────────────────────────

    @invariant()
    @precondition(lambda self: hasattr(self, "rig"))
    def nothing_is_taken_twice_or_without_a_claim(self) -> None:
        tags = [tag for _, tag in self.rig.taken()]
        assert len(tags) == len(set(tags))
        assert len({token for token, _ in self.rig.taken()}) == len(tags)
        for claim in self.undone:
            assert claim.nonce[:12] not in tags

    @invariant()
    @precondition(lambda self: hasattr(self, "rig"))
    def nothing_is_bought_twice(self) -> None:
        for call in self.orders.values():
            assert self._bought(call) <= 1

    def _bought(self, call: QueuedCall) -> int:
        wallet = self.rig.signer.address(call.account)
        done = [made for made in self.rig.chain.mined() if made.sender == wallet]
        return sum((made.data, made.value) == (call.data, call.value) for made in done)

    @invariant()
    @precondition(lambda self: hasattr(self, "rig"))
    def what_is_over_stays_as_it_is(self) -> None:
        for transaction in self.rig.journal.last_transactions(1_000).result():
            before = self.transaction_states.get(transaction.id)
            assert before is None or TRANSACTION_MOVES[before] or before is transaction.state
            self.transaction_states[transaction.id] = transaction.state
        for record in self.rig.journal.records_in(*RecordState).result():
            before_that = self.record_states.get(record.claim_id)
            assert before_that is None or RECORD_MOVES[before_that] or before_that is record.state
            self.record_states[record.claim_id] = record.state

    # ── the end of the evening ────────────────────────────────────────────────────────────────────

    def teardown(self) -> None:
        if not hasattr(self, "rig"):
            return
        try:
            self._come_to_rest()
            self._account()
        finally:
            for rig in (self.rig, self.rival, self.helper):
                rig.close()
            self._folder.cleanup()

    def _come_to_rest(self) -> None:
        chain = self.rig.chain
        chain.down, chain.base_fee = False, 10**9
        chain.faults.clear()
        chain.funds.clear()
        for _ in range(4):
            for rig in (self.rig, self.rival, self.helper):
                rig.settle()
                rig.clock.advance(61)

    def _account(self) -> None:
        taken = dict(self.rig.taken())
        cards = {card.claim_id[:16] for card in self.rig.conflicts()}
        for token, claim in self.standing.items():
            on_chain = taken[token] == claim.nonce[:12]
            assert on_chain != (claim.nonce in cards), "on chain, or a card for a person"
        counts = self.rig.counts()
        waiting = {RecordState.QUEUED, RecordState.SENT, RecordState.MINED, RecordState.SAFE}
        moving = waiting & counts.keys()
        assert not moving, counts
        for order in self.orders.values():
            call = self.rig.journal.call(order.id).result()
            assert call is not None
            assert call.state in {RecordState.FINAL, RecordState.REFUSED}, call
            assert self._bought(call) == (call.state is RecordState.FINAL), call
        known = {claim.nonce[:12] for claim in self.standing.values()} | self.undone_late
        known |= {claim.nonce[:12] for claim in self._rival_claims(taken)}
        assert set(taken.values()) <= known
        assert max(self.rig.chain.copies().values(), default=1) == 1

    def _rival_claims(self, taken: dict[int, bytes]) -> list[Claim]:
        found = (self.rival.journal.holder(EVENT_ID, token, 0) for token in taken)
        return [claim for claim in found if claim is not None]


OutboxMachine.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestOutbox = OutboxMachine.TestCase
