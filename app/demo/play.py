"""The demo: a stage, an evening at its door, and the account at the end. No Qt."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.demo.account import Summary
from app.demo.evening import Evening
from app.demo.stage import Stage
from app.demo.world import TICKETS
from app.door_parts import DoorPace, door_parts
from app.runtime.door_runner import DoorHooks, DoorRunner
from app.scan.frames import SourceState
from app.services.sync import LinkState
from app.ui import texts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.demo.script import Scene
    from app.demo.stage import Line
    from app.domain.verdicts import Verdict
    from app.scan.frames import Frame, FrameSource, SourceHooks
    from app.services.door_status import DoorStatus
    from app.services.ports import Clock

DROP_AT, RETURN_AT = 0.35, 0.75
SYNC_SECONDS = 0.25


@dataclass(slots=True)
class Outage:
    """When the door was without its chain, on the monotonic clock."""

    went: float | None = None
    back: float | None = None

    @property
    def seconds(self) -> float:
        """How long that was."""
        return 0.0 if self.went is None or self.back is None else self.back - self.went


class Play:
    """One evening at the stage's door, with the chain's drop and return in it.

    Args:
        stage: The chain and the devices, entered.
        line: Who waits outside.
        seed: Of the camera.
        say: Receives one line at a time, from several threads.
        pace: Seconds between two guests; 0 plays as fast as the frames are drawn and read.
    """

    def __init__(
        self, stage: Stage, line: Line, seed: int, *, say: Callable[[str], None], pace: float = 0.0
    ) -> None:
        """Nobody has come yet."""
        self._stage = stage
        self._line = line
        self._seed = seed
        self._say = say
        self._last_queue = ""
        self._drop = int(len(line.scenes) * DROP_AT)
        self._return = int(len(line.scenes) * RETURN_AT)
        self._chain_is_back = False
        self.outage = Outage()
        self.over = threading.Event()
        self.evening = Evening(line.scenes, self._clock, on_scene=self._on_scene, pace=pace)

    @property
    def _clock(self) -> Clock:
        return self._stage.kiosk.clock

    def open_source(self, hooks: SourceHooks) -> FrameSource:
        """Make the camera for the door's scanner."""
        return self.evening.open_source(hooks, self._seed)

    # ── what the door tells; each is quick and may come from any thread ───────────────────────────

    def heard_verdict(self, verdict: Verdict, frame: Frame) -> Scene | None:
        """Note a verdict; returns the guest's scene, None if it was noted before."""
        scene = self.evening.judge(verdict, frame)
        if scene is not None:
            word = texts.WORDS[verdict.severity]
            mark = "" if verdict.code is scene.expected else f"   ← expected {scene.expected}"
            self._say(f"{word:<8} {scene.label:<44} {verdict.code}{mark}")
        return scene

    def heard_status(self, status: DoorStatus) -> None:
        """Note where mirror and queue stand."""
        outage = self.outage
        returned = outage.went is not None and outage.back is None and self._chain_is_back
        if returned and status.link is LinkState.ONLINE:
            outage.back = self._clock.monotonic()
            self._say(f"— the door is online again, block {status.block} —")
        line = f"  queue: {status.waiting} waiting, {status.on_chain} on chain" + (
            f" ({status.trouble})" if status.trouble else ""
        )
        if line != self._last_queue:
            self._last_queue = line
            self._say(line)

    def heard_camera(self, state: SourceState) -> None:
        """Note the end of the evening."""
        if state is SourceState.ENDED:
            self.over.set()

    # ── the chain ─────────────────────────────────────────────────────────────────────────────────

    def _on_scene(self, number: int) -> None:
        if number == self._drop:
            self._stage.drop_chain()
            self.outage.went = self._clock.monotonic()
            self._say("— the chain goes away; the door goes on —")
        elif number == self._return:
            self._stage.bring_chain_back()
            self._chain_is_back = True
            self._say("— the chain is back —")

    # ── the account ───────────────────────────────────────────────────────────────────────────────

    def finish(self, began: float) -> Summary:
        """Wait for the queue to empty, then compare door, journal and chain; blocks."""
        record, event = self.evening.record, self._line.event
        self._stage.wait_until_on_chain(record.admitted())
        self._say("")
        self._say("reading the chain's own account …")
        account = self._stage.account(event)
        rows = self._stage.kiosk.journal.count_by_code(event.event_id).result()
        return Summary(
            seed=self._seed,
            tickets=TICKETS,
            scans=len(record.verdicts),
            verdicts=record.counts(),
            attendees_admitted=len(record.attendees()),
            journal_rows=rows.get("ADMITTED", 0),
            offline_seconds=round(self.outage.seconds, 1),
            onchain_checkins=account.check_ins,
            onchain_poaps=account.poaps,
            duplicates_onchain=account.duplicates,
            seconds=round(self._clock.monotonic() - began, 1),
            unexpected=record.unexpected(),
        )


def run_headless(
    root: Path,
    seed: int,
    *,
    say: Callable[[str], None],
    on_bug: Callable[[BaseException], None],
) -> Summary:
    """Play the whole evening without a window; blocks for well under a minute.

    Args:
        root: An empty folder for the chain and both devices.
        seed: Decides who comes in which order, and what the camera sees.
        say: Receives one line at a time, from several threads.
        on_bug: Receives bugs of background loops.

    Raises:
        AppError: The chain or a store could not be used.
    """
    with Stage(root, seed, say=say, on_bug=on_bug) as stage:
        began = stage.kiosk.clock.monotonic()
        line = stage.build()
        play = Play(stage, line, seed, say=say)
        pace = DoorPace(SYNC_SECONDS, SYNC_SECONDS)
        runner = DoorRunner(
            door_parts(stage.kiosk, line.event, stage.kiosk_link(), pace=pace),
            DoorHooks(
                on_verdict=lambda verdict, frame: _ignore(play.heard_verdict(verdict, frame)),
                on_status=play.heard_status,
                on_camera_state=play.heard_camera,
                on_trouble=lambda code: say(f"  trouble: {code}"),
            ),
            status_seconds=SYNC_SECONDS,
        )
        runner.start(play.open_source)
        try:
            play.over.wait()
            return play.finish(began)
        finally:
            runner.stop()


def _ignore(_: object) -> None:
    """Drop a result that the other caller of the same method wants."""
