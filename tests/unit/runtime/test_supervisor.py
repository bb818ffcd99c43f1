"""The supervisor with real processes: whatever ends the kiosk, the next one goes on."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from app.domain.errors import SettingsError
from app.domain.restarting import AT_ONCE
from app.runtime.clock import SystemClock
from app.runtime.handover import Handover, Lines, News, Supervised, handover_line, read_news
from app.runtime.supervisor import Patience, Supervisor
from app.runtime.systemd import Systemd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no socket can be handed on")
ROOT = Path(__file__).parents[3]
PATIENCE = 30.0
SECRET = "a passphrase of many words"


class HastyClock(SystemClock):
    """Runs fifty times as fast, so that pauses are short."""

    def monotonic(self) -> float:
        return super().monotonic() * 50


class Watched:
    """A supervisor on a thread of its own, and what its kiosks have noted."""

    def __init__(
        self,
        folder: Path,
        acts: str,
        *,
        first: Handover | None = None,
        systemd: Systemd | None = None,
        patience: Patience | None = None,
        hasty: bool = False,
    ) -> None:
        command = [sys.executable, "-m", "tests.unit.runtime.kiosk_for_tests", acts, str(folder)]
        self.folder = folder
        self.supervisor = Supervisor(
            command,
            first or Handover(passphrase=SECRET),
            HastyClock() if hasty else SystemClock(),
            systemd or Systemd({}),
            patience=patience or Patience(50 * PATIENCE, 50 * PATIENCE),
        )
        self.code: int | None = None
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        self.code = self.supervisor.run()

    def runs(self) -> list[dict[str, Any]]:
        count = len(list(self.folder.glob("run-*")))
        return [json.loads((self.folder / f"run-{n}").read_bytes()) for n in range(count)]

    def in_reserve(self) -> list[int]:
        return [int(path.name.removeprefix("waits-")) for path in self.folder.glob("waits-*")]

    def ended(self) -> int:
        self.thread.join(PATIENCE)
        assert self.code is not None
        return self.code


def until(done: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline, "this did not come about"
        time.sleep(0.02)


@pytest.fixture(autouse=True)
def from_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@contextmanager
def watched(folder: Path, acts: str, **options: Any) -> Iterator[Watched]:  # noqa: ANN401
    made = Watched(folder, acts, **options)
    made.thread.start()
    try:
        yield made
    finally:
        deadline = time.monotonic() + PATIENCE
        while made.thread.is_alive() and time.monotonic() < deadline:
            for pid in [run["pid"] for run in made.runs()]:
                _end(pid)  # whoever still runs leaves by itself
            made.thread.join(0.2)


def _end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def test_a_kiosk_that_leaves_by_itself_is_not_started_again(tmp_path: Path) -> None:
    with watched(tmp_path, "leave") as it:
        assert it.ended() == 0
    assert len(it.runs()) == 1


def test_the_passphrase_is_handed_over_and_stands_in_no_argument_and_no_variable(
    tmp_path: Path,
) -> None:
    with watched(tmp_path, "leave") as it:
        it.ended()
    (run,) = it.runs()
    assert run["passphrase"] == SECRET
    assert SECRET not in " ".join(run["argv"])
    assert SECRET not in json.dumps(run["env"])
    assert SECRET not in repr(Handover(passphrase=SECRET))
    assert SECRET not in repr(News(passphrase=SECRET))


def test_kill_9_again_and_again_and_each_next_one_resumes_with_the_passphrase(
    tmp_path: Path,
) -> None:
    with watched(tmp_path, "scan,unlock,scan,leave", first=Handover()) as it:
        for number in range(3):
            until(lambda number=number: len(it.runs()) > number)  # type: ignore[misc]
            until(lambda: it.supervisor._handover.resumed)
            until(lambda number=number: number != 1 or it.supervisor._handover.passphrase)  # type: ignore[misc]
            os.kill(it.runs()[number]["pid"], signal.SIGKILL)
        assert it.ended() == 0
    runs = it.runs()
    assert [run["resumed"] for run in runs] == [False, True, True, True]
    assert [run["passphrase"] for run in runs] == ["", "", "correct horse", "correct horse"]
    assert [run["reason"] for run in runs] == [""] * 4


def test_one_in_reserve_takes_over_and_another_takes_its_place(tmp_path: Path) -> None:
    with watched(tmp_path, "scan,scan,leave", hasty=True) as it:
        until(it.in_reserve)
        (waiting,) = it.in_reserve()
        os.kill(it.runs()[0]["pid"], signal.SIGKILL)
        until(lambda: len(it.runs()) == 2)
        assert it.runs()[1]["pid"] == waiting
        until(it.in_reserve)
        os.kill(it.in_reserve()[0], signal.SIGKILL)  # one that dies in reserve is replaced, too
        os.kill(it.runs()[1]["pid"], signal.SIGKILL)
        assert it.ended() == 0
    assert len(it.runs()) == 3


def test_nobody_in_reserve_outlives_the_supervisor(tmp_path: Path) -> None:
    with watched(tmp_path, "scan,leave", hasty=True) as it:
        until(it.in_reserve)
        os.kill(it.runs()[0]["pid"], signal.SIGKILL)
        assert it.ended() == 0
    for pid in it.in_reserve():
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.mark.parametrize(
    ("act", "reason", "code"), [("crash", "crashed", 11), ("fail", "failed", 3)]
)
def test_a_crash_loop_is_shown_with_its_reason_and_slowed_down(
    tmp_path: Path, act: str, reason: str, code: int
) -> None:
    acts = ",".join([act] * (AT_ONCE + 1) + ["again", "leave"])
    with watched(tmp_path, acts, hasty=True) as it:
        assert it.ended() == 0
    runs = it.runs()
    assert [run["reason"] for run in runs] == [""] * (AT_ONCE + 1) + [reason, ""]
    assert runs[-2]["code"] == code
    assert runs[-2]["wait_seconds"] > 0


def test_staff_may_leave_a_kiosk_that_is_out_of_order(tmp_path: Path) -> None:
    acts = ",".join(["crash"] * (AT_ONCE + 1) + ["leave"])
    with watched(tmp_path, acts, hasty=True) as it:
        assert it.ended() == 0
    assert len(it.runs()) == AT_ONCE + 2


def test_what_cannot_even_show_itself_out_of_order_is_waited_for(tmp_path: Path) -> None:
    acts = ",".join(["crash"] * (AT_ONCE + 2) + ["leave"])
    with watched(tmp_path, acts, hasty=True) as it:
        assert it.ended() == 0
    assert len(it.runs()) == AT_ONCE + 3


def test_one_that_no_longer_answers_is_killed_and_replaced(tmp_path: Path) -> None:
    patience = Patience(start=30.0, running=0.5)
    with watched(tmp_path, "hang,leave", patience=patience) as it:
        assert it.ended() == 0
    assert len(it.runs()) == 2


class SleptClock(SystemClock):
    """As after an hour's sleep of the computer."""

    def monotonic(self) -> float:
        return super().monotonic() + 3_600


def test_a_computer_that_slept_is_not_stuck(tmp_path: Path) -> None:
    with watched(tmp_path, "scan,leave", patience=Patience(30.0, 5.0)) as it:
        until(lambda: it.supervisor._handover.resumed)
        it.supervisor._clock = SleptClock()
        time.sleep(1)  # several looks
        assert len(it.runs()) == 1
        os.kill(it.runs()[0]["pid"], signal.SIGKILL)
        assert it.ended() == 0
    assert len(it.runs()) == 2


def test_the_service_manager_hears_that_the_kiosk_is_ready_alive_and_ends(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        address = tmp_path / "notify"
        manager.bind(str(address))
        manager.settimeout(PATIENCE)
        systemd = Systemd({"NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": "5000000"})
        assert systemd.watchdog_seconds == 5
        with watched(tmp_path, "leave", systemd=systemd) as it:
            assert it.ended() == 0
        said = set()
        while "STOPPING=1" not in said:
            said.add(manager.recv(500).decode())
    assert {"READY=1", "WATCHDOG=1"} <= said
    assert "NOTIFY_SOCKET" not in it.runs()[0]["env"]


def test_without_a_service_manager_nothing_is_said() -> None:
    systemd = Systemd({"NOTIFY_SOCKET": "/nowhere/at/all", "WATCHDOG_USEC": "soon"})
    systemd.ready()
    systemd.status("two\nlines")
    assert systemd.watchdog_seconds == 0


def test_a_signal_to_the_supervisor_ends_the_kiosk_in_order(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from app.cli.interruption import Terminated, stopped_by_signals\n"
        "from app.runtime.clock import SystemClock\n"
        "from app.runtime.handover import Handover\n"
        "from app.runtime.supervisor import Supervisor\n"
        "from app.runtime.systemd import Systemd\n"
        "with stopped_by_signals():\n"
        "    try:\n"
        "        Supervisor(sys.argv[1:], Handover(), SystemClock(), Systemd({})).run()\n"
        "    except Terminated as stop:\n"
        "        sys.exit(stop.exit_code)\n"
    )
    kiosk = [sys.executable, "-m", "tests.unit.runtime.kiosk_for_tests", "scan", str(tmp_path)]
    supervisor = subprocess.Popen([sys.executable, "-c", script, *kiosk], cwd=ROOT)
    until(lambda: list(tmp_path.glob("run-*")))
    pid = json.loads((tmp_path / "run-0").read_bytes())["pid"]
    supervisor.send_signal(signal.SIGTERM)
    assert supervisor.wait(PATIENCE) == 128 + signal.SIGTERM
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


# ── what is said ──────────────────────────────────────────────────────────────────────────────────


def test_nonsense_from_a_kiosk_says_nothing() -> None:
    for line in (b"", b"{", b"[]", b"7", b'{"alive": "yes"}', b"[" * 5_000, b"\xff"):
        assert read_news(line) == News()


def test_lines_come_in_pieces_and_an_endless_one_is_dropped() -> None:
    lines = Lines()
    assert list(lines.add(b"one\ntw")) == [b"one"]
    assert list(lines.add(b"o\n")) == [b"two"]
    for _ in range(30):
        assert list(lines.add(b"x" * 10_000)) == []
    *_, last = lines.add(b"\nthree\n")
    assert last == b"three"


def test_telling_a_supervisor_that_is_gone_or_does_not_listen_costs_nothing() -> None:
    here, there = socket.socketpair()
    kiosk = Supervised(there.detach())
    here.sendall(handover_line(Handover(resumed=True)))
    assert kiosk.wait_for_handover().resumed
    for _ in range(20_000):  # more than a socket holds
        kiosk.tell(News(alive=True))
    here.close()
    kiosk.tell(News(alive=True))
    kiosk.close()


def test_a_number_that_is_no_socket_is_refused() -> None:
    with pytest.raises(SettingsError) as caught:
        Supervised(987_654)
    assert caught.value.code == "settings.wrong"
