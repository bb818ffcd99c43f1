"""The demo on screen: the kiosk at its simulated camera, tickets and sales live behind tabs."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.cli.commands import desk, wallet
from app.cli.window_session import WindowSession
from app.demo.play import SYNC_SECONDS, Play
from app.demo.stage import Stage
from app.door_parts import DoorPace, door_parts
from app.runtime.cameras import Cameras
from app.runtime.door_runner import DoorHooks
from app.runtime.sounds import QtSounds
from app.ui.demo import words
from app.ui.demo.page import DemoPage, SummaryPage
from app.ui.kiosk.screen import KioskChoices, KioskScreen, verdict_sounds
from app.ui.kiosk.view_model import KioskOptions
from app.ui.shells.desktop import DesktopShell
from app.ui.shells.page import Screen
from app.ui.shells.state_screen import StateScreen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.demo.account import Summary
    from app.demo.stage import Line
    from app.domain.verdicts import Verdict
    from app.scan.frames import Frame
    from app.settings import Settings

OPTIONS = KioskOptions(admit_seconds=0.6, refuse_seconds=0.9, retry_seconds=0.7)
PACE_SECONDS = 0.6


class _Story(QObject):
    """Carries captions from the door's threads to the window."""

    told = Signal(str, str)


class DemoWindow:
    """One evening in a window; made and used on the main thread.

    Args:
        settings: Where memory of the look is kept; the demo's data lies in ``root``.
        root: An empty folder for the chain and both devices.
        seed: Decides who comes in which order, and what the camera sees.
        say: Receives one line at a time, from several threads.
        pace: Seconds between two guests.
        stay: Keep the window open at the end, until a person closes it.
    """

    def __init__(
        self,
        settings: Settings,
        root: Path,
        seed: int,
        *,
        say: Callable[[str], None],
        pace: float = PACE_SECONDS,
        stay: bool = True,
    ) -> None:
        """Make the window; nothing is shown."""
        self._session = WindowSession(settings)
        self._root, self._seed, self._say = root, seed, say
        self._pace, self._stay = pace, stay
        self._story = _Story()
        self.summary: Summary | None = None

    def run(self) -> int:
        """Play until the window is closed; returns the program's exit code."""
        return self._session.run(self._evening)

    async def _evening(self) -> None:
        session = self._session
        session.window.show_page(
            StateScreen(session.look, "ticket", session.tr(words.PREPARING), "")
        )
        stage = Stage(self._root, self._seed, say=self._say, on_bug=session.bugs.report)
        await session.wait_for(stage.__enter__)
        session.program.on_close(partial(stage.__exit__, None, None, None))
        began = stage.kiosk.clock.monotonic()
        line = await session.wait_for(stage.build)
        stage.be_attendee()
        play = Play(stage, line, self._seed, say=self._say, pace=self._pace)
        screen = self._screen(stage, line, play)
        summary = SummaryPage(session.look, session.tr)
        page = DemoPage(session.look, session.tr, self._shell(stage, screen, summary))
        self._story.told.connect(page.explain)
        page.paused.connect(lambda paused: play.evening.pause(paused=paused))
        page.stepped.connect(play.evening.step)
        session.program.on_close(screen.close)
        session.program.on_close(play.over.set)  # or the thread that waits for it would never end
        session.window.show_page(page)
        stage.people.engine.keep(stage.people.sync(stage.people_link()).run)
        screen.start()
        await session.wait_for(play.over.wait)
        page.end()
        page.explain(session.tr(words.SETTLING), "")
        self.summary = await session.wait_for(partial(play.finish, began))
        self._show(page, summary, self.summary)
        if not self._stay:
            session.program.quit()

    def _shell(self, stage: Stage, screen: KioskScreen, summary: SummaryPage) -> DesktopShell:
        session = self._session
        screens = (
            Screen("door", "Door", "scan-line", lambda: screen.view),
            *wallet.screens(session, stage.people, None),
            *desk.screens(session, stage.kiosk, None),
            Screen("account", words.SUMMARY, "badge-check", lambda: summary),
        )
        return DesktopShell(session.look, session.tr, "Echain Gate", screens)

    def _screen(self, stage: Stage, line: Line, play: Play) -> KioskScreen:
        session = self._session
        pace = DoorPace(SYNC_SECONDS, SYNC_SECONDS)
        return KioskScreen(
            door_parts(stage.kiosk, line.event, stage.kiosk_link(), pace=pace),
            session.look,
            session.tr,
            stage.kiosk.clock,
            sounds=QtSounds(verdict_sounds()),
            cameras=Cameras(session.window),
            choices=KioskChoices(camera="0", options=OPTIONS),
            full_screen=session.window.toggle_full_screen,
            source=play.open_source,
            ask=session.pins.ask,
            exports=stage.kiosk.settings.data / "exports",
            listener=DoorHooks(
                on_verdict=partial(self._heard, play, len(line.scenes)),
                on_status=play.heard_status,
                on_camera_state=play.heard_camera,
            ),
        )

    def _heard(self, play: Play, guests: int, verdict: Verdict, frame: Frame) -> None:
        """Explain a verdict; called on the scanner's thread."""
        scene = play.heard_verdict(verdict, frame)
        if scene is not None:
            count = len(play.evening.record.verdicts)
            sentence = words.caption(scene.part, verdict.code, self._session.tr)
            self._story.told.emit(sentence, f"{count} / {guests}")

    def _show(self, page: DemoPage, summary: SummaryPage, account: Summary) -> None:
        figures = asdict(account)
        summary.show_account({name: figures[name] for name in words.FIGURES}, agrees=account.agrees)
        tr = self._session.tr
        page.explain(tr(words.AGREES if account.agrees else words.DISAGREES), "")
        page.shell.open("account")
