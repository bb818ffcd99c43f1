"""Renders the queue page in three themes and two sizes, for looking at.

``python -m tests.ui.queue_gallery`` fills ``build/screenshots``; the small size is a door tablet's.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication

from app.chain import contract_calls
from app.runtime.engine import Engine
from app.services.calls import CallService, Order
from app.services.queue import QueueService
from app.ui.i18n import Words
from app.ui.look import Look, ThemeChoice
from app.ui.queue.screens import QueuePorts, screens
from app.ui.queue.view import QueueView
from app.ui.shells.desktop import DesktopShell
from offline_cache.records import RecordState
from tests.fakes.chain import CHAIN_ID
from tests.fakes.chain_rig import CONTRACT, WALLET, Rig
from tests.fakes.queue_mirror import QueueMirrorFake
from tests.ui.conftest import Stage
from tests.unit.offline_cache.builders import event

EVENT = event(contract=CONTRACT, chain_id=CHAIN_ID)

if TYPE_CHECKING:
    from app.domain.transacting import Price

FOLDER = Path("build/screenshots")
SIZES = (QSize(1024, 600), QSize(1280, 800))


class Acting:
    """Acts as the desk's outbox does; says what keeps it."""

    def __init__(self, rig: Rig, trouble: tuple[str, str] = ("", "")) -> None:
        self._outbox = rig.outbox
        self._calls = CallService(rig.journal, contract_calls, rig.signer, rig.clock, CHAIN_ID)
        self._trouble = trouble
        self.asked: list[object] = []

    async def retry(self, claim_id: bytes) -> bool:
        self.asked.append(claim_id)
        return await self._outbox.retry(claim_id)

    async def quote(self, transaction_id: int, *, cancel: bool = False) -> Price:
        return await self._outbox.quote(transaction_id, cancel=cancel)

    async def replace(
        self, transaction_id: int, *, cancel: bool = False, limit: int | None = None
    ) -> object:
        self.asked.append((transaction_id, cancel))
        return await self._outbox.replace(transaction_id, cancel=cancel, limit=limit)

    async def retry_call(self, call_id: int) -> bool:
        self.asked.append(("retry", call_id))
        return await self._calls.retry(call_id)

    async def withdraw_call(self, call_id: int) -> bool:
        self.asked.append(("withdraw", call_id))
        return await self._calls.withdraw_call(call_id)

    def trouble(self) -> tuple[str, str]:
        return self._trouble


def fill(rig: Rig, other: Rig) -> None:
    """Let a night happen: some on chain, some on their way, two conflicts, one decided."""
    rig.clock.wall = 1_795_000_000
    for token in range(1, 9):
        rig.admit(token)
        rig.clock.advance(21)
    other.admit(412, door=3)
    other.admit(413, door=3)
    other.settle()
    late = rig.admit(9).claim
    rig.admit(412)
    rig.admit(413)
    rig.settle()
    rig.undo(late)
    first = rig.conflicts()[0]
    rig.journal.resolve_conflict(
        first.id, "Ada Okafor", rig.clock.unix(), "Sent away by door 3."
    ).result()
    for token in range(20, 26):
        rig.admit(token)
        rig.clock.advance(13)
    rig.step()
    rig.clock.advance(75)
    rig.undo_seconds = 900
    for token in range(30, 40):
        rig.admit(token)
        rig.clock.advance(4)
    asyncio.run(rig.outbox.sign_records())


def ask(rig: Rig) -> None:
    """Let people ask for things: one waits, one was refused by the contract."""
    service = CallService(rig.journal, contract_calls, rig.signer, rig.clock, CHAIN_ID)
    order = Order(b"too late", tier=0, quantity=2, unit_price=35 * 10**15)
    refused = asyncio.run(service.purchase(WALLET, EVENT, order))
    asyncio.run(service.grant_door(WALLET, EVENT, 4, b"\x04" * 20))
    states = RecordState.QUEUED, RecordState.REFUSED
    reason = "The contract refused the call: EventTicket_SoldOut(1)"
    rig.journal.set_call_state(refused.id, *states, reason).result()


def main(running: QApplication | None = None) -> None:
    """Write all pictures, in the program that runs or in one made for it."""
    app = running or QApplication.instance() or QApplication(sys.argv)
    assert isinstance(app, QApplication)
    engine = Engine(lambda bug: print(repr(bug)))  # noqa: T201 - a tool for looking
    engine.start()
    look, stage = Look(app, ThemeChoice.LIGHT), Stage(app)
    with tempfile.TemporaryDirectory() as folder:
        rig = Rig(Path(folder) / "desk")
        other = Rig(Path(folder) / "other", rig.chain, doors=(3,), wallet="third", clock=rig.clock)
        fill(rig, other)
        ask(rig)
        mirror = QueueMirrorFake(rig.chain)
        queue = QueueService(rig.journal, mirror, rig.clock.unix)
        for choice in (ThemeChoice.LIGHT, ThemeChoice.DARK, ThemeChoice.CONTRAST):
            look.choose(choice)
            for name, trouble in (
                ("queue", ("", "")),
                ("queue-empty-wallet", ("chain.no_funds", "Send at least 0.01 ETH to 0x5F…")),
            ):
                ports = QueuePorts(
                    engine, queue, Acting(rig, trouble), lambda _hash: "https://scan.test"
                )
                shell = DesktopShell(look, Words(), "Desk", screens(look, Words(), ports))
                shell.show()
                _save(stage, shell, name)
                shell.leave()
                shell.deleteLater()
        assert rig.chain.doors_of(CONTRACT)
        rig.close()
        other.close()
    engine.stop()
    stage.close()


def _save(stage: Stage, shell: DesktopShell, name: str) -> None:
    page = shell.page("queue")
    assert isinstance(page, QueueView)
    stage.run(stage.until(lambda: page.model.state.look is not None))
    for size in SIZES:
        shell.resize(size)
        stage.run(stage.pause(0.1))
        folder = FOLDER / page._look.theme.name
        folder.mkdir(parents=True, exist_ok=True)
        shell.grab().save(str(folder / f"{name}-{size.width()}.png"))


if __name__ == "__main__":
    main()
