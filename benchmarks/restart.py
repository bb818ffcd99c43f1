"""How long guests wait when the kiosk is killed: from SIGKILL until it scans again."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Final

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from app.domain.restarting import AT_ONCE
from app.runtime.clock import SystemClock
from app.runtime.handover import Handover
from app.runtime.supervisor import RESERVE_SECONDS, Supervisor
from app.runtime.systemd import Systemd
from benchmarks.startup import door_folder
from benchmarks.statistics import percentile
from benchmarks.venue import EVENT

NOWHERE: Final = "http://127.0.0.1:9"
PATIENCE: Final = 120.0
SETTLE: Final = RESERVE_SECONDS + 7.0
"""Seconds between two kills: the next kiosk in reserve is loaded by then, as on an evening."""


class Heard(Systemd):
    """Hears from the supervisor that a kiosk scans, in the place of systemd."""

    def __init__(self) -> None:
        """Listen to nobody."""
        super().__init__({})
        self.scans = threading.Semaphore(0)

    def status(self, words: str) -> None:
        """Note that guests are let in."""
        if words == "scanning":
            self.scans.release()


class Kiosk:
    """A supervised kiosk on a thread's supervisor.

    Args:
        data: A data folder whose mirror has the event.
        camera: A folder with a picture.
        factory: Address of the event's factory.
    """

    def __init__(self, data: Path, camera: Path, factory: str) -> None:
        """Start it."""
        self.heard = Heard()
        self.pid = 0
        command = (
            *(sys.executable, "-m", "app", "kiosk", "--data", str(data), "--camera", str(camera)),
            *("--factory", factory, "--rpc", NOWHERE, "--event", "1"),
        )
        self._supervisor = Supervisor(
            command, Handover(), SystemClock(), self.heard, on_start=self._started
        )
        self._thread = threading.Thread(target=self._supervisor.run)
        self._thread.start()

    def _started(self, pid: int) -> None:
        self.pid = pid

    def wait(self) -> None:
        """Wait until it scans."""
        if not self.heard.scans.acquire(timeout=PATIENCE):
            self.end()
            raise RuntimeError("the kiosk does not scan")

    def kill(self) -> float:
        """Kill it; returns the seconds until the next one scans."""
        begun = time.perf_counter()
        os.kill(self.pid, signal.SIGKILL)
        self.wait()
        return time.perf_counter() - begun

    def end(self) -> None:
        """Have it leave by itself, which ends the supervisor, too."""
        os.kill(self.pid, signal.SIGTERM)
        self._thread.join(PATIENCE)


def run(*, quick: bool = False) -> dict[str, float]:
    """Kill a kiosk again and again.

    Args:
        quick: One kill, at once.

    Returns:
        ``seconds``, the median from SIGKILL to the camera's first picture at the same door, and
        ``seconds_max``; ``kills``, how often.
    """
    kills = 1 if quick else 2 * AT_ONCE
    taken: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        data, pictures = door_folder(Path(name))
        while len(taken) < kills:
            # A new supervisor each time a crash loop would begin: it waits on purpose then.
            kiosk = Kiosk(data, pictures, "0x" + EVENT.factory.hex())
            kiosk.wait()
            for _ in range(min(AT_ONCE, kills - len(taken))):
                time.sleep(0.5 if quick else SETTLE)
                taken.append(kiosk.kill())
            kiosk.end()
    return {
        "seconds": percentile(taken, 0.5),
        "seconds_max": max(taken),
        "kills": float(len(taken)),
    }
