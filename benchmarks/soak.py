"""A whole night in some minutes: 100,000 scans, a camera that drops, a network that comes and goes.

What eight hours would show is a leak: memory, threads, files, timers. So the real kiosk window runs
with real stores, faster than people could come: nine of ten scans are given as a scanner gun gives
them, the tenth is held before a camera whose capture breaks off again and again, while a node at
a real socket is reached, hangs up and goes away by turns.
"""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Final

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import qasync
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from app.chain.rpc import RpcClient
from app.domain.errors import AppError
from app.runtime.cameras import Cameras
from app.runtime.clock import SystemClock
from app.runtime.door_runner import DoorHooks
from app.runtime.engine import Engine
from app.runtime.sounds import SilentSounds
from app.ui.i18n import Words
from app.ui.kiosk.screen import KioskChoices, KioskScreen
from app.ui.kiosk.view_model import KioskOptions
from app.ui.look import Look, ThemeChoice
from app.ui.shells.window import ShellWindow
from benchmarks.loop import Stalls, kiosk_parts
from benchmarks.soak_world import Crowd, FlappingNode, ShakyCamera
from benchmarks.venue import Keys, mirror_folder
from offline_cache.journal import Journal
from offline_cache.mirror import Mirror

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.verdicts import Verdict
    from app.scan.frames import Frame

SCANS: Final = 100_000
QUICK_SCANS: Final = 100
TICKETS: Final = 100_000
_WARM: Final = 0.2  # of all scans: by then every cache has its size
_TOUCH_MS: Final = 40  # how often a person touches what stays
_ASK_SECONDS: Final = 0.02
_OPTIONS: Final = KioskOptions(0.02, 0.02, 0.02, 0.02)


def run(*, quick: bool = False) -> dict[str, float]:
    """Let the crowd come; then close everything and look for what is left.

    Args:
        quick: A hundred scans, which show only that it runs.

    Returns:
        ``scans`` and ``verdicts`` (a code held twice within two seconds is judged once),
        ``memory_growth_mb`` from when a fifth of them was done, ``threads_left``,
        ``handles_left`` and ``timers_left`` after the window closed, ``stall_ms_max`` of the main
        thread, and how often camera and network went away.
    """
    keys = Keys()
    scans, tickets = (QUICK_SCANS, 1_000) if quick else (SCANS, TICKETS)
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(["soak"])
    app.setQuitOnLastWindowClosed(False)
    _play(app, keys, min(scans, 40), 1_000)  # libraries open what they keep: fonts, plug-ins, files
    threads, handles, timers = threading.active_count(), _handles(), _timers()
    found = _play(app, keys, scans, tickets)
    return found | {
        "threads_left": float(threading.active_count() - threads),
        "handles_left": float(_handles() - handles),
        "timers_left": float(_timers() - timers),
    }


def _play(app: QApplication, keys: Keys, scans: int, tickets: int) -> dict[str, float]:
    loop, engine = qasync.QEventLoop(app), Engine(_rise)
    engine.start()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(mirror_folder(tickets, keys), folder, dirs_exist_ok=True)
        mirror = Mirror(folder, time.monotonic)
        journal = Journal(folder, time.monotonic, os.urandom)
        night = _Night(app, engine, (mirror, journal), Crowd(keys, tickets, seed=scans))
        try:
            return loop.run_until_complete(night.play(scans))
        finally:
            engine.stop()
            loop.close()
            asyncio.set_event_loop(None)
            journal.close()
            mirror.close()


class _Night:
    """One kiosk, from opening its window to closing it."""

    def __init__(
        self, app: QApplication, engine: Engine, stores: tuple[Mirror, Journal], crowd: Crowd
    ) -> None:
        self._engine, self._crowd = engine, crowd
        self._node = FlappingNode()
        self._camera = ShakyCamera(crowd)
        self._verdicts = 0
        self._look = Look(app, ThemeChoice.LIGHT)
        self._window = ShellWindow(self._look, "soak")
        parts = kiosk_parts(engine, *stores)
        self._screen = KioskScreen(
            replace(parts, loops=(self._node.serve, self._ask_node)),
            self._look,
            Words(),
            SystemClock(),
            sounds=SilentSounds(),
            cameras=Cameras(self._window),
            choices=KioskChoices("soak", options=_OPTIONS),
            source=self._camera.source,
            listener=DoorHooks(on_verdict=self._count),
        )

    async def play(self, scans: int) -> dict[str, float]:
        self._window.resize(1280, 720)
        self._window.show_page(self._screen.view)
        self._window.show()
        self._screen.start()
        await asyncio.sleep(0.5)
        touching = QTimer(interval=_TOUCH_MS)
        touching.timeout.connect(self._screen.model.dismiss)
        touching.start()
        stalls = Stalls()
        await self._come(round(scans * _WARM))
        before = _resident_mb()
        await self._come(scans - round(scans * _WARM))
        growth = _resident_mb() - before
        stalls.stop()
        touching.stop()
        self._screen.close()
        self._window.close()
        self._window.deleteLater()
        await asyncio.sleep(0.1)
        return {
            "scans": float(scans),
            "verdicts": float(self._verdicts),
            "memory_growth_mb": growth,
            "stall_ms_max": stalls.longest,
            "camera_drops": float(self._camera.drops),
            "network_flaps": float(self._node.flaps),
        }

    async def _come(self, scans: int) -> None:
        """Present so many codes, a tenth of them before the camera."""
        intake = self._screen.handed_in.sources.intake
        for number in range(scans):
            if number % 10 == 0:
                self._camera.show(self._crowd.picture())
                await asyncio.sleep(0)
                continue
            await _until(partial(intake.give_text, self._crowd.text(), "gun"))
        await _until(lambda: not (self._camera.busy or intake.waiting))

    async def _ask_node(self) -> None:
        """Ask the node for its block again and again, as sync and outbox do."""
        async with RpcClient(self._node.address, 1.0) as rpc:
            while True:
                with suppress(AppError):  # it went away; it comes back
                    await rpc.call("eth_blockNumber", [])
                await asyncio.sleep(_ASK_SECONDS)

    def _count(self, _verdict: Verdict, _frame: Frame) -> None:
        self._verdicts += 1


async def _until(done: Callable[[], bool]) -> None:
    for pause in chain((0.0, 0.001), repeat(0.005)):
        if done():
            return
        await asyncio.sleep(pause)


def _resident_mb() -> float:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _handles() -> int:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


def _timers() -> int:
    return sum(
        type(thing) is QTimer and isValid(thing) and thing.isActive() for thing in gc.get_objects()
    )


def _rise(bug: BaseException) -> None:
    raise bug
