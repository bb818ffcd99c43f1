"""From a camera's frame to the painted verdict, and how long the main thread is ever away."""

from __future__ import annotations

import asyncio
import os
import queue
import shutil
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import qasync
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from app.gates.embedded import EmbeddedGate
from app.runtime.cameras import Cameras
from app.runtime.clock import SystemClock
from app.runtime.door_runner import DoorHooks, DoorParts
from app.runtime.engine import Engine
from app.runtime.sounds import SilentSounds
from app.scan.scene import Difficulty
from app.scan.simulated import Show, SimulatedCamera
from app.services.door_status import DoorStatusService
from app.services.outbox import OutboxState
from app.services.sync import LinkState, SyncState
from app.ui.i18n import Words
from app.ui.kiosk.screen import KioskChoices, KioskScreen
from app.ui.kiosk.view_model import KioskOptions
from app.ui.look import Look, ThemeChoice
from app.ui.shells.window import ShellWindow
from benchmarks.empty_door import EmptyDoor
from benchmarks.statistics import percentile
from benchmarks.venue import DOOR, EVENT, Keys, StillClock, door, mirror_folder
from offline_cache.journal import Journal
from offline_cache.mirror import Mirror

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.verdicts import Verdict
    from app.scan.frames import Frame, SourceHooks
    from app.ui.kiosk.view_model import KioskViewModel
    from app.ui.widgets.verdict import VerdictPanel

TICKETS: Final = 100_000
SECONDS: Final = 300.0
QUICK_SECONDS: Final = 6.0
GUEST_SECONDS: Final = 1.5
PROBE_MS: Final = 5
BUSY_PAUSE: Final = 0.25
IDLE_SECONDS: Final = 20.0


class _Camera(SimulatedCamera):
    """Notes when each frame was handed over, seconds on the performance counter."""

    def __init__(self, guests: queue.Queue[Show | None], hooks: SourceHooks) -> None:
        super().__init__(guests, realtime=True, hooks=hooks)
        self.given: dict[int, float] = {}

    def read(self, timeout: float) -> Frame | None:
        frame = super().read(timeout)
        if frame is not None:
            self.given[frame.index] = time.perf_counter()
        return frame


class _Paints(QObject):
    """Notes when each ticket's verdict was painted first, seconds on the performance counter."""

    def __init__(self, panel: VerdictPanel, model: KioskViewModel) -> None:
        super().__init__()
        self.painted: dict[int | None, float] = {}
        self._model = model
        panel.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        shown = self._model.state.shown
        if event.type() is QEvent.Type.Paint and shown is not None:
            token_id = shown.verdict.token_id
            # Once this event is over the panel is painted.
            QTimer.singleShot(0, self, lambda: self._note(token_id))
        return False

    def _note(self, token_id: int | None) -> None:
        self.painted.setdefault(token_id, time.perf_counter())


class Stalls:
    """The longest time between two beats of the main thread, beyond the beat itself, in ms."""

    def __init__(self) -> None:
        """Begin to beat."""
        self.longest = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer(interval=PROBE_MS)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def stop(self) -> None:
        """Beat no more."""
        self._timer.stop()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.longest = max(self.longest, (now - self._last) * 1_000 - PROBE_MS)
        self._last = now


def run(*, quick: bool = False) -> dict[str, float]:
    """Let a guest come every 1.5 s for five minutes, with the stores and the engine busy.

    Args:
        quick: Six seconds.

    Returns:
        ``p50_ms`` and ``p99_ms`` from the frame that was read to the verdict painted at 1280 x 720,
        ``stall_ms_max`` of the main thread, and how many ``verdicts`` there were. With a camera of
        1920 x 1080 that sees nobody: ``idle_fps_1080p``, the frames decoded in a second, and
        ``idle_cores``, the processor time of the whole program in a second.
    """
    keys = Keys()
    tickets = 1_000 if quick else TICKETS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(mirror_folder(tickets, keys), folder, dirs_exist_ok=True)
        mirror = Mirror(folder, time.monotonic)
        journal = Journal(folder, time.monotonic, os.urandom)
        try:
            return _measure(mirror, journal, keys, QUICK_SECONDS if quick else SECONDS)
        finally:
            journal.close()
            mirror.close()


def _measure(mirror: Mirror, journal: Journal, keys: Keys, seconds: float) -> dict[str, float]:
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(["loop"])
    app.setQuitOnLastWindowClosed(False)
    loop = qasync.QEventLoop(app)
    engine = Engine(_rise)
    engine.start()
    try:
        return loop.run_until_complete(_play(app, engine, (mirror, journal), keys, seconds))
    finally:
        engine.stop()
        loop.close()


async def _play(
    app: QApplication,
    engine: Engine,
    stores: tuple[Mirror, Journal],
    keys: Keys,
    seconds: float,
) -> dict[str, float]:
    look, guests = Look(app, ThemeChoice.LIGHT), queue.Queue[Show | None]()
    cameras: list[_Camera] = []

    def opened(hooks: SourceHooks) -> _Camera:
        cameras.append(_Camera(guests, hooks))
        return cameras[-1]

    window = ShellWindow(look, "loop")

    read: dict[int | None, float] = {}

    def judged(verdict: Verdict, frame: Frame) -> None:
        read.setdefault(verdict.token_id, cameras[-1].given[frame.index])

    screen = KioskScreen(
        kiosk_parts(engine, *stores),
        look,
        Words(),
        SystemClock(),
        sounds=SilentSounds(),
        cameras=Cameras(window),
        choices=KioskChoices("simulated", options=KioskOptions(0.5, 0.5, 0.5, 0.5)),
        source=opened,
        listener=DoorHooks(on_verdict=judged),
    )
    window.resize(1280, 720)
    window.show_page(screen.view)
    window.show()
    paints = _Paints(screen.view.panel, screen.model)

    screen.start()
    await asyncio.sleep(1.0)  # the window is up and the decoder loaded
    longest = await _let_guests_come(guests, keys, seconds)
    screen.close()
    took = _between(read, paints.painted)
    idle = await _idle(window, look, engine, stores, IDLE_SECONDS if seconds > 60 else 2.0)
    window.close()
    return idle | {
        "p50_ms": percentile(took, 0.5),
        "p99_ms": percentile(took, 0.99),
        "stall_ms_max": longest,
        "verdicts": float(len(took)),
    }


async def _idle(
    window: ShellWindow,
    look: Look,
    engine: Engine,
    stores: tuple[Mirror, Journal],
    seconds: float,
) -> dict[str, float]:
    """Open a kiosk with a large camera before an empty door, and count what it does."""
    frames = EmptyDoor.draw()
    screen = KioskScreen(
        replace(kiosk_parts(engine, *stores), loops=()),
        look,
        Words(),
        SystemClock(),
        sounds=SilentSounds(),
        cameras=Cameras(window),
        choices=KioskChoices("empty"),
        source=lambda hooks: EmptyDoor(frames, hooks),
    )
    window.show_page(screen.view)
    screen.start()
    await asyncio.sleep(1.5)  # the decoder is loaded, and has seen this door before
    stats = screen.runner.scan_stats
    before = 0 if stats is None else stats.decoded
    wall, worked = time.perf_counter(), time.process_time()
    await asyncio.sleep(seconds)
    wall, worked = time.perf_counter() - wall, time.process_time() - worked
    decoded = 0 if stats is None else stats.decoded - before
    screen.close()
    return {"idle_fps_1080p": decoded / wall, "idle_cores": worked / wall}


def _between(read: Mapping[int | None, float], painted: Mapping[int | None, float]) -> list[float]:
    """Return ms from frame to verdict of every ticket that was both read and painted."""
    return [(at - read[token_id]) * 1_000 for token_id, at in painted.items() if token_id in read]


async def _let_guests_come(guests: queue.Queue[Show | None], keys: Keys, seconds: float) -> float:
    """Return the longest stall of the main thread meanwhile, in ms."""
    stalls = Stalls()
    for token_id in range(1, 1 + round(seconds / GUEST_SECONDS)):
        payload = keys.payload(token_id).decode()
        guests.put(Show(payload, frames=12, gap=2, difficulty=Difficulty.MILD))
        await asyncio.sleep(GUEST_SECONDS)
    stalls.stop()
    return stalls.longest


def kiosk_parts(engine: Engine, mirror: Mirror, journal: Journal) -> DoorParts:
    """Put a door together on these stores, with a loop that keeps them busy."""
    status = DoorStatusService(
        event=EVENT,
        door=DOOR,
        journal=journal,
        mirror=mirror,
        clock=StillClock(),
        link_state=lambda: SyncState(LinkState.ONLINE, 2, 2),
        queue_state=OutboxState,
    )

    async def busy() -> None:
        """Do what sync and outbox do to the stores: pages written, tables read."""
        while True:
            await asyncio.wrap_future(mirror.put_event(replace(EVENT, name=EVENT.name)))
            await asyncio.wrap_future(mirror.tickets(EVENT.contract))
            await asyncio.wrap_future(journal.claims_without_record(500))
            await asyncio.sleep(BUSY_PAUSE)

    return DoorParts(
        engine=engine,
        check=door(mirror, journal, EmbeddedGate(journal)).check,
        read_status=status.read,
        clock_trusted=lambda: True,
        mirror_stop_seconds=86_400,
        loops=(busy,),
    )


def _rise(bug: BaseException) -> None:
    raise bug
