"""A door at work: the scanner, the check-in path, and the loops behind it. No Qt."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ParamSpec

from app.domain.verdicts import Code, Severity
from app.runtime.scanner import DEBOUNCE_SECONDS, Debounce, ScanHooks, Scanner
from app.scan.decoder import Decoder
from app.scan.frames import SourceState
from app.services.ports import TROUBLE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from concurrent.futures import Future

    from app.domain.verdicts import Verdict
    from app.runtime.engine import Engine
    from app.runtime.scanner import DecoderFactory, ScanStats, SourceFactory
    from app.scan.frames import Frame
    from app.services.door_status import DoorStatus
    from app.services.staff import StaffService

    Loop = Callable[[], Coroutine[Any, Any, None]]

P = ParamSpec("P")
STATUS_SECONDS = 1.0
STOP_SECONDS = 5.0
STAYS = frozenset({Severity.ADMIT_NOTE, Severity.DESK})
"""A person has to act on these; until then the next guest's code is not judged."""


@dataclass(frozen=True, slots=True)
class DoorParts:
    """What a door is put together from.

    Args:
        engine: Carries the loops.
        check: Judges a payload, on the scanner's thread; what it returns is durable.
        read_status: Looks at the stores, on the engine.
        clock_trusted: Whether rotating codes may be judged by this clock.
        mirror_stop_seconds: Age from which the mirror is too old to judge by.
        loops: Background loops: sync and outbox. They end by being cancelled.
        close: Gives up what the loops used, on the engine, after they ended.
        staff: Carries out what staff decide beside scanning; None: nothing of that is offered.
    """

    engine: Engine
    check: Callable[[bytes], Verdict]
    read_status: Callable[[], Awaitable[DoorStatus]]
    clock_trusted: Callable[[], bool]
    mirror_stop_seconds: int
    loops: tuple[Loop, ...] = ()
    close: Loop | None = None
    staff: StaffService | None = None


@dataclass(frozen=True, slots=True)
class DoorHooks:
    """Who hears what.

    Frames, verdicts and camera states come from the scanner's threads, the others from the
    engine's; all should be quick.

    Args:
        on_frame: Every frame captured: the preview.
        on_verdict: What the door says, and the frame it read. The verdict is durable by then.
        on_status: Once a second, and after each verdict.
        on_camera_state: What the camera does.
        on_trouble: The code of trouble with camera or stores; scanning goes on where it can.
        on_standing: Why the door cannot judge, as the code of a verdict of severity ``stop``;
            None: it can.
    """

    on_verdict: Callable[[Verdict, Frame], None]
    on_frame: Callable[[Frame], None] = field(default=lambda _frame: None)
    on_status: Callable[[DoorStatus], None] = field(default=lambda _status: None)
    on_camera_state: Callable[[SourceState], None] = field(default=lambda _state: None)
    on_trouble: Callable[[str], None] = field(default=lambda _code: None)
    on_standing: Callable[[Code | None], None] = field(default=lambda _code: None)


def both(first: DoorHooks, second: DoorHooks) -> DoorHooks:
    """Return hooks that tell two listeners, in this order."""

    def tell(one: Callable[P, None], other: Callable[P, None]) -> Callable[P, None]:
        def told(*args: P.args, **kwargs: P.kwargs) -> None:
            one(*args, **kwargs)
            other(*args, **kwargs)

        return told

    return DoorHooks(
        on_verdict=tell(first.on_verdict, second.on_verdict),
        on_frame=tell(first.on_frame, second.on_frame),
        on_status=tell(first.on_status, second.on_status),
        on_camera_state=tell(first.on_camera_state, second.on_camera_state),
        on_trouble=tell(first.on_trouble, second.on_trouble),
        on_standing=tell(first.on_standing, second.on_standing),
    )


class _Line:
    """The hooks of one camera, silent once another has taken its place."""

    def __init__(self, is_current: Callable[[], bool]) -> None:
        self._is_current = is_current

    def only_when_current(self, hook: Callable[P, None]) -> Callable[P, None]:
        def tell(*args: P.args, **kwargs: P.kwargs) -> None:
            if self._is_current():
                hook(*args, **kwargs)

        return tell


class DoorRunner:
    """Scans and judges from ``start`` to ``stop``; any thread may call its methods.

    Args:
        parts: The door.
        hooks: Who hears what.
        make_decoder: Makes the decoder, on the thread that uses it.
        debounce: Seconds for which a code must have been out of view to be judged again.
        status_seconds: Seconds between two looks at the stores.
    """

    def __init__(
        self,
        parts: DoorParts,
        hooks: DoorHooks,
        *,
        make_decoder: DecoderFactory = Decoder,
        debounce: float = DEBOUNCE_SECONDS,
        status_seconds: float = STATUS_SECONDS,
    ) -> None:
        """Keep the parts; nothing runs before ``start``."""
        self._parts = parts
        self._hooks = hooks
        self._make_decoder = make_decoder
        self._seen = Debounce(debounce)
        self._status_seconds = status_seconds
        self._lock = threading.Lock()
        self._scanner: Scanner | None = None
        self._line: _Line | None = None
        self._switching: Future[None] | None = None
        self._futures: list[Future[None]] = []
        self._stopped = False
        self._paused = False
        self._held_by: bytes | None = None
        self._last: tuple[Verdict, bytes] | None = None
        self._judging = threading.Lock()  # cameras, guns and files come on threads of their own
        self._store_failed = False
        self._standing: Code | None = None
        self._look = asyncio.Event()  # belongs to the engine's loop

    # ── life ──────────────────────────────────────────────────────────────────────────────────────

    def start(self, open_source: SourceFactory) -> None:
        """Start the loops and the camera; again: nothing. A stopped door is not started again."""
        with self._lock:
            if self._stopped or self._futures:
                return
            keep = self._parts.engine.keep
            self._futures = [keep(loop) for loop in (self._watch, *self._parts.loops)]
        self.use_camera(open_source)

    def use_camera(self, open_source: SourceFactory) -> None:
        """Change to another camera while the door is open; returns at once.

        The old camera is given back before the new one is opened: they may be the same device.
        """
        with self._lock:
            if self._stopped:
                return
            before, self._scanner = self._scanner, self._new_scanner(open_source)
            after = self._switching
            self._switching = self._parts.engine.submit(self._switch(before, self._scanner, after))

    @property
    def scan_stats(self) -> ScanStats | None:
        """What the camera in use has given so far; None before there is one."""
        scanner = self._scanner
        return None if scanner is None else scanner.stats

    def stop(self) -> None:
        """End camera and loops, in this order, and wait for them; safe to call again.

        Not to be called on the engine's thread or from a hook.
        """
        with self._lock:
            if self._stopped:
                return
            self._stopped = True
            scanner, futures = self._scanner, self._futures
        if scanner is not None:
            scanner.stop()
            scanner.join(STOP_SECONDS)
        self._parts.engine.submit(self._end(futures)).result(STOP_SECONDS)

    def present(self, payload: bytes, frame: Frame) -> None:
        """Judge what another source than the camera read, by the same rules; may wait for stores.

        Args:
            payload: The code's text.
            frame: What it was read from; of a scanner gun an empty picture with its origin.

        Raises:
            StoreError: As the door's check.
        """
        if not self._stopped:
            self._judge(payload, frame)

    # ── what a person does ────────────────────────────────────────────────────────────────────────

    def payload_of(self, verdict: Verdict) -> bytes | None:
        """Return the code that a verdict is about, if it is the newest one."""
        last = self._last
        return last[1] if last is not None and last[0] is verdict else None

    def hold(self) -> None:
        """Judge nobody until `release`: a person has something to see."""
        if self._held_by is None:
            self._held_by = b""

    def look_again(self) -> None:
        """Look at the stores at once: staff has changed something."""
        if not self._stopped:
            self._parts.engine.submit(self._look_now())

    def release(self) -> None:
        """Judge again, after a person has acted on a verdict that stays."""
        self._held_by = None

    def pause(self, *, paused: bool) -> None:
        """Judge nothing for a while; the preview goes on."""
        self._paused = paused

    # ── camera ────────────────────────────────────────────────────────────────────────────────────

    def _new_scanner(self, open_source: SourceFactory) -> Scanner:
        line = _Line(lambda: self._line is line and not self._stopped)
        hooks = ScanHooks(
            on_payload=line.only_when_current(self._judge),
            on_state=line.only_when_current(self._hooks.on_camera_state),
            on_trouble=line.only_when_current(lambda error: self._hooks.on_trouble(error.code)),
            on_frame=line.only_when_current(self._hooks.on_frame),
        )
        self._line = line
        # Codes are debounced here, since those that come while the door is held do not count.
        return Scanner(open_source, self._make_decoder, hooks, debounce=0)

    async def _switch(
        self, before: Scanner | None, scanner: Scanner, after: Future[None] | None
    ) -> None:
        if after is not None:
            await asyncio.wrap_future(after)
        if before is not None:
            before.stop()
            await asyncio.to_thread(before.join, STOP_SECONDS)
        with self._lock:
            if self._scanner is scanner and not self._stopped:
                self._hooks.on_camera_state(SourceState.OPENING)
                scanner.start()

    # ── verdicts ──────────────────────────────────────────────────────────────────────────────────

    def _judge(self, payload: bytes, frame: Frame) -> None:
        with self._judging:
            self._judge_alone(payload, frame)

    def _judge_alone(self, payload: bytes, frame: Frame) -> None:
        held_by = self._held_by
        if self._paused or (held_by is not None and held_by != payload):
            return
        # The code that a person is looking at counts as in view, lest it be judged when released.
        if not self._seen.is_new(payload, frame.captured_at) or held_by is not None:
            return
        verdict = self._parts.check(payload)
        if verdict.severity in STAYS and verdict.already_shown_seconds is None:
            self._held_by = payload
        self._store_failed = verdict.code is Code.STORE_FAILED
        self._last = (verdict, payload)
        self._hooks.on_verdict(verdict, frame)
        self._parts.engine.submit(self._look_now())

    # ── status ────────────────────────────────────────────────────────────────────────────────────

    async def _watch(self) -> None:
        while True:
            self._look.clear()
            try:
                status = await self._parts.read_status()
            except TROUBLE as trouble:
                self._hooks.on_trouble(trouble.code)
                self._stand(Code.STORE_FAILED)
            else:
                self._hooks.on_status(status)
                self._stand(self._why_not(status))
            try:
                await asyncio.wait_for(self._look.wait(), self._status_seconds)
            except TimeoutError:
                continue

    def _why_not(self, status: DoorStatus) -> Code | None:
        if self._store_failed:
            return Code.STORE_FAILED
        if not self._parts.clock_trusted():
            return Code.CLOCK_WRONG
        if status.mirror_age is None or status.mirror_age > self._parts.mirror_stop_seconds:
            return Code.MIRROR_TOO_OLD
        return None

    def _stand(self, code: Code | None) -> None:
        if code is not self._standing:
            self._standing = code
            self._hooks.on_standing(code)

    async def _look_now(self) -> None:
        self._look.set()

    async def _end(self, futures: list[Future[None]]) -> None:
        for future in futures:
            future.cancel()
        await asyncio.gather(
            *(asyncio.wrap_future(future) for future in futures), return_exceptions=True
        )
        if self._parts.close is not None:
            await self._parts.close()
