"""The small parent of a kiosk: holds the passphrase, and starts the kiosk again when it ends.

A second kiosk waits in reserve with everything loaded and nothing opened, so that a crash costs the
guests a blink. No Qt, no store and no key in this process: there is little in it that can fail.
"""

from __future__ import annotations

import math
import os
import select
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from app.domain.errors import SettingsError
from app.domain.restarting import Ending, EndReason, Restarts, ending_of
from app.runtime.handover import LONGEST_LINE, Handover, Lines, handover_line, read_news
from app.runtime.systemd import VARIABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.runtime.systemd import Systemd
    from app.services.ports import Clock

AGAIN: Final = 75
"""Exit code (EX_TEMPFAIL) of a kiosk that was out of order and is to be started again."""
LOOK_SECONDS: Final = 0.25
END_SECONDS: Final = 10.0
RESERVE_SECONDS: Final = 3.0
"""After the door scans: what the one in reserve loads must not slow down the one that starts."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a kiosk may say nothing before it is taken for stuck, in seconds.

    Args:
        start: Until it says something for the first time; a small computer loads slowly.
        running: After that.
    """

    start: float = 60.0
    running: float = 20.0


class _Child:
    """One kiosk process and the supervisor's end of its socket."""

    def __init__(self, command: Sequence[str]) -> None:
        here, there = socket.socketpair()
        with there:
            environment = {
                name: value for name, value in os.environ.items() if name not in VARIABLES
            }
            self.process = subprocess.Popen(  # noqa: S603 - this very program
                [*command, "--handover", str(there.fileno())],
                pass_fds=(there.fileno(),),
                env=environment,
                stdin=subprocess.DEVNULL,
            )
        self.socket = here
        self.lines = Lines()
        self.silent = 0.0
        self.spoke = False
        self.scans_since = math.inf

    def begin(self, handover: Handover) -> bool:
        """Let it start; False if it has ended meanwhile."""
        self.silent = 0.0
        with suppress(OSError):
            self.socket.sendall(handover_line(handover))
            return self.process.poll() is None
        return False

    def end(self, number: int) -> int:
        """Tell it to end by a signal, by force after a while; returns its code."""
        with suppress(OSError):
            self.process.send_signal(number)
        try:
            return self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
        finally:
            self.socket.close()


class Supervisor:
    """Keeps one kiosk running until it leaves by itself, with the exit code 0.

    Args:
        command: What starts a kiosk; ``--handover N`` is added.
        first: How the first one starts.
        clock: Measures on its monotonic time.
        systemd: Whom to tell.
        on_start: Hears the process id of each kiosk that takes over.
        patience: When a kiosk counts as stuck.

    Raises:
        SettingsError: ``settings.no_supervisor`` where the system has no way to hand a socket on.
    """

    def __init__(
        self,
        command: Sequence[str],
        first: Handover,
        clock: Clock,
        systemd: Systemd,
        *,
        on_start: Callable[[int], None] = lambda _number: None,
        patience: Patience | None = None,
    ) -> None:
        """Start nothing yet."""
        if os.name != "posix":
            raise SettingsError(
                "a kiosk is supervised on Linux and macOS only; start it with --no-supervisor",
                code="settings.no_supervisor",
            )
        self._command, self._handover = command, first
        self._clock, self._systemd = clock, systemd
        self._on_start = on_start
        self._patience = patience or Patience()
        self._restarts = Restarts()
        self._reserve: _Child | None = None
        self._current: _Child | None = None

    def run(self) -> int:
        """Supervise; returns the code to exit with. An exception ends the kiosk, too."""
        try:
            code = self._keep_running()
        finally:
            self._systemd.stopping()
            for child in (self._current, self._reserve):
                if child is not None:
                    child.end(signal.SIGTERM)
        return code

    def _keep_running(self) -> int:
        while True:
            ending = self._one_run(self._handover)
            if ending is None:
                return 0
            self._restarts = self._restarts.after(self._clock.monotonic())
            pause = self._restarts.pause_seconds
            self._systemd.status(f"{ending.reason} ({ending.code}), restart in {pause:g} s")
            if pause and self._out_of_order(ending, pause):
                return 0

    def _out_of_order(self, ending: Ending, pause: float) -> bool:
        """Have a kiosk say what is wrong for a while; True if staff left it."""
        until = self._clock.monotonic() + pause
        shown = replace(
            self._handover, reason=ending.reason.value, code=ending.code, wait_seconds=pause
        )
        said = self._one_run(shown)
        if said is None:
            return True
        while said.code != AGAIN and (left := until - self._clock.monotonic()) > 0:
            select.select([], [], [], min(left, LOOK_SECONDS))  # not even that can be shown
            self._systemd.alive()
        return False

    # ── one run ───────────────────────────────────────────────────────────────────────────────────

    def _one_run(self, handover: Handover) -> Ending | None:
        """Run a kiosk to its end; None: it left by itself."""
        child = self._take(handover)
        self._current = child
        self._on_start(child.process.pid)
        ending = None
        while ending is None and child.process.poll() is None:
            if not self._listen(child):
                break
            if self._is_stuck(child):
                ending = Ending(EndReason.HUNG, 0)
        code = child.end(signal.SIGKILL if ending else signal.SIGCONT)
        self._current = None
        if ending is None and code == 0:
            return None
        return ending or ending_of(code)

    def _take(self, handover: Handover) -> _Child:
        reserve, self._reserve = self._reserve, None
        if reserve is not None:
            if reserve.begin(handover):
                return reserve
            reserve.end(signal.SIGKILL)
        child = _Child(self._command)
        child.begin(handover)
        return child

    def _listen(self, child: _Child) -> bool:
        """Hear what a kiosk has to say; False once it says nothing more."""
        ready, _, _ = select.select([child.socket], [], [], LOOK_SECONDS)
        if not ready:
            child.silent += LOOK_SECONDS  # not by a clock: asleep, the computer is not stuck
            return True
        try:
            piece = child.socket.recv(LONGEST_LINE)
        except ConnectionError:
            return False
        for line in child.lines.add(piece):
            news = read_news(line)
            if news.alive:
                self._lives(child)
            if news.passphrase:
                self._handover = replace(self._handover, passphrase=news.passphrase)
            if news.scanning:
                self._scans(child)
        return bool(piece)

    def _lives(self, child: _Child) -> None:
        now = self._clock.monotonic()
        if not child.spoke:
            self._systemd.ready()  # from here on it is a person's turn, if anybody's
        child.silent, child.spoke = 0.0, True
        self._systemd.alive()
        if self._reserve is None and child.scans_since + RESERVE_SECONDS < now:
            self._reserve = _Child(self._command)

    def _scans(self, child: _Child) -> None:
        self._handover = replace(self._handover, resumed=True)
        child.scans_since = min(child.scans_since, self._clock.monotonic())
        self._systemd.status("scanning")

    def _is_stuck(self, child: _Child) -> bool:
        patience = self._patience.running if child.spoke else self._patience.start
        return child.silent > patience


def keep_secrets_out_of_dumps() -> None:
    """Let nobody read this process's memory: no core file, no debugger of the same user (Linux)."""
    if os.name == "posix":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE
