"""Whatever happens in whatever order, on a real node: on chain once, bought once."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.chain.writer import RpcWriter
from app.domain.errors import ChainError
from app.domain.transacting import Call
from app.domain.verdicts import Code
from offline_cache.records import RecordState
from tests.integration.outbox.night import Kiosk, Night, run

if TYPE_CHECKING:
    from app.chain.rpc import RpcClient
    from offline_cache.records import QueuedCall
    from tests.integration.chain.world import World

TOKENS = st.integers(1, 5)
ORDERS = st.integers(1, 2)
FINAL_DEPTH = 12


class NodeMachine(RuleBasedStateMachine):
    """One door with a wallet that also buys, on an anvil whose blocks the machine makes."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.admitted: set[int] = set()
        self.orders: dict[int, QueuedCall] = {}

    @initialize()
    def open(self) -> None:
        self.night = Night.at(self.world, tickets=5)
        self.kiosk = Kiosk(self.night, Path(self._folder.name) / "door")
        self.night.grant(self.kiosk)
        self.kiosk.do(self.kiosk.sync.step())
        self.since = self.night.head()
        self.night.mine(FINAL_DEPTH)  # no reorg takes back what was prepared
        self.night.rpc("evm_setAutomine", False)

    # ── people ────────────────────────────────────────────────────────────────────────────────────

    @rule(token=TOKENS)
    def show(self, token: int) -> None:
        if token not in self.admitted:  # shown again at once, the old verdict stays
            assert self.kiosk.show(token) is Code.ADMITTED
            self.admitted.add(token)

    @rule(order=ORDERS)
    def buy(self, order: int) -> None:
        call = self.kiosk.buy(b"order %d" % order)
        self.orders[call.id] = call

    # ── the app ───────────────────────────────────────────────────────────────────────────────────

    @rule()
    def step(self) -> None:
        with contextlib.suppress(ChainError):
            self.kiosk.step()

    @rule()
    def forget_everything_but_the_disk(self) -> None:
        self.kiosk.outbox = self.kiosk.device.outbox(self.kiosk.link, self.kiosk.event)

    # ── the chain ─────────────────────────────────────────────────────────────────────────────────

    @rule(blocks=st.integers(1, 3))
    def mine(self, blocks: int) -> None:
        self.night.mine(blocks)

    @rule(depth=st.integers(1, 3))
    def reorg(self, depth: int) -> None:
        self.night.rpc("anvil_reorg", depth, [])

    @rule()
    def pool_forgets(self) -> None:
        self.night.rpc("anvil_dropAllTransactions")

    @rule()
    def stranger_uses_our_nonce(self) -> None:
        signer, chain_id = self.kiosk.device.signer, self.kiosk.event.chain_id
        wallet = signer.address("wallet")

        async def send(rpc: RpcClient) -> object:
            nonce = await rpc.nonce(wallet)
            fees = await RpcWriter(rpc, chain_id).fees()
            call = Call(wallet, b"", gas=21_000)
            raw, _ = signer.sign_transaction("wallet", chain_id, nonce, call, fees)
            return await rpc.send_raw(raw)

        run(self.world.url, send)

    # ── what must hold ────────────────────────────────────────────────────────────────────────────

    @invariant()
    @precondition(lambda self: hasattr(self, "since"))
    def nothing_is_on_chain_twice(self) -> None:
        account = self.night.account([], self.since)
        tokens = [token for token, _ in account.check_ins()]
        assert len(tokens) == len(set(tokens))
        assert set(tokens) <= self.admitted
        assert len(account.purchases(self._wallet)) <= len(self.orders)

    @property
    def _wallet(self) -> bytes:
        return self.kiosk.device.signer.address("wallet")

    def teardown(self) -> None:
        if hasattr(self, "since"):
            self.night.rpc("evm_setAutomine", True)
            self.night.mine()
            try:
                self._account()
            finally:
                self.kiosk.close()
        self._folder.cleanup()

    def _account(self) -> None:
        self.forget_everything_but_the_disk()
        state = self.kiosk.drain()
        assert (state.final, state.refused) == (len(self.admitted), 0)
        account = self.night.account(self.night.tickets, self.since)
        assert account.tags == self.kiosk.tags()
        assert sorted(account.check_ins()) == sorted(self.kiosk.tags().items())
        assert len(account.certificates()) == len(self.admitted)
        ended = [self.kiosk.call(call).state for call in self.orders.values()]
        assert set(ended) <= {RecordState.FINAL}
        assert len(account.purchases(self._wallet)) == len(self.orders)


@pytest.mark.timeout(600)  # for a machine that does much else
def test_whatever_happens_on_a_real_node_all_is_on_chain_once(factory: World) -> None:
    NodeMachine.world = factory
    chosen = settings(
        max_examples=6,
        stateful_step_count=14,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(NodeMachine, settings=chosen)
