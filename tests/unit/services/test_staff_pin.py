"""The staff PIN on the disk: hashed, counted before it is looked at, slow across restarts."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.domain.errors import KeyTrouble, StoreTrouble
from app.domain.pins import FREE_TRIES, WAITS, PinResult, PinState
from app.services.staff_pin import PinEffort, StaffPinFile
from tests.fakes.clock import FakeClock

PIN = "482915"
WRONG = "482916"
QUICK = PinEffort(passes=1, memory_kib=64, lanes=1)
ROOT = Path(__file__).parents[3]
ACCEPTED = PinResult(PinState.ACCEPTED)


def staff_pin(folder: Path, clock: FakeClock, pin: str = PIN) -> StaffPinFile:
    made = StaffPinFile(folder / "staff-pin.json", clock, QUICK)
    if pin:
        made.set(pin)
    return made


def again(folder: Path, clock: FakeClock) -> StaffPinFile:
    """Return what a new run of the program has."""
    return staff_pin(folder, clock, pin="")


def test_without_a_pin_nothing_is_accepted(tmp_path: Path) -> None:
    pin = again(tmp_path, FakeClock())
    assert not pin.is_set()
    assert pin.check(PIN).state is PinState.NOT_SET
    assert pin.check("").state is PinState.NOT_SET


def test_the_right_pin_is_accepted_after_a_restart_and_another_is_not(tmp_path: Path) -> None:
    staff_pin(tmp_path, FakeClock())
    pin = again(tmp_path, FakeClock())
    assert pin.is_set()
    assert pin.check(WRONG) == PinResult(PinState.REFUSED, tries_left=FREE_TRIES - 1)
    assert pin.check(PIN) == ACCEPTED


def test_the_file_is_private_and_holds_no_pin(tmp_path: Path) -> None:
    pin = staff_pin(tmp_path, FakeClock())
    file = tmp_path / "staff-pin.json"
    assert PIN not in file.read_text("ascii")
    assert json.loads(file.read_bytes())["hash"].startswith("$argon2id$v=19$")
    if os.name == "posix":
        assert file.stat().st_mode & 0o777 == 0o600
    assert PIN not in repr(pin)
    assert [path.name for path in tmp_path.iterdir()] == ["staff-pin.json"]


def test_the_usual_effort_is_what_rfc_9106_calls_for_small_memory() -> None:
    digest = PinEffort().hasher().hash(PIN)
    assert "$m=65536,t=6,p=2$" in digest


def test_no_log_line_says_a_pin(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    pin = staff_pin(tmp_path, FakeClock())
    for tried in (WRONG, PIN):
        pin.check(tried)
    assert PIN not in caplog.text
    assert WRONG not in caplog.text


def fail(pin: StaffPinFile, times: int) -> PinResult:
    for _ in range(times):
        answer = pin.check(WRONG)
    return answer


def test_after_five_wrong_ones_not_even_the_right_one_is_looked_at(tmp_path: Path) -> None:
    clock = FakeClock()
    pin = staff_pin(tmp_path, clock)
    assert fail(pin, FREE_TRIES - 1) == PinResult(PinState.REFUSED, tries_left=1)
    assert fail(pin, 1) == PinResult(PinState.LOCKED, wait_seconds=WAITS[0])
    clock.advance(WAITS[0] - 1)
    assert pin.check(PIN) == PinResult(PinState.LOCKED, wait_seconds=1)
    clock.advance(1)
    assert pin.check(PIN) == ACCEPTED


def test_each_wait_is_longer_and_the_right_pin_ends_them(tmp_path: Path) -> None:
    clock = FakeClock()
    pin = staff_pin(tmp_path, clock)
    fail(pin, FREE_TRIES - 1)
    for wait in (*WAITS, WAITS[-1]):
        assert fail(pin, 1).wait_seconds == wait
        clock.advance(wait)
    assert pin.check(PIN) == ACCEPTED
    assert fail(pin, 1) == PinResult(PinState.REFUSED, tries_left=FREE_TRIES - 1)


def test_a_restart_neither_ends_a_wait_nor_makes_it_shorter(tmp_path: Path) -> None:
    clock = FakeClock()
    fail(staff_pin(tmp_path, clock), FREE_TRIES)
    clock.advance(WAITS[0] - 1)
    pin = again(tmp_path, clock)
    assert pin.check(PIN) == PinResult(PinState.LOCKED, wait_seconds=WAITS[0])
    clock.advance(WAITS[0])
    assert pin.check(PIN) == ACCEPTED
    assert again(tmp_path, clock).check(WRONG).tries_left == FREE_TRIES - 1


@pytest.mark.parametrize("jump", [10 * 365 * 86_400, -10 * 365 * 86_400])
def test_a_changed_wall_clock_changes_no_wait(tmp_path: Path, jump: int) -> None:
    clock = FakeClock()
    pin = staff_pin(tmp_path, clock)
    fail(pin, FREE_TRIES)
    clock.wall += jump
    assert pin.check(PIN).wait_seconds == WAITS[0]
    assert again(tmp_path, clock).check(PIN).wait_seconds == WAITS[0]


def test_a_new_pin_is_known_to_a_run_that_has_begun_and_ends_its_wait(tmp_path: Path) -> None:
    clock = FakeClock()
    pin = staff_pin(tmp_path, clock)
    fail(pin, FREE_TRIES)
    again(tmp_path, clock).set("739164")
    assert pin.check("739164") == ACCEPTED
    assert pin.check(PIN).state is PinState.REFUSED


def test_what_is_no_pin_at_all_counts_as_a_wrong_one(tmp_path: Path) -> None:
    pin = staff_pin(tmp_path, FakeClock())
    for place, tried in enumerate(("", "x", PIN + "0", PIN * 100_000), start=1):
        assert pin.check(tried).tries_left == FREE_TRIES - place
    assert pin.check(PIN) == ACCEPTED


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"[" * 3_000, b"\xff" * 9_000),
        b'{"format":"echain-gate staff PIN","version":1}',
        b'{"format":"echain-gate staff PIN","version":1,"hash":"482915","failures":0}',
        b'{"format":"echain-gate staff PIN","version":1,"hash":"$argon2id$","failures":-1}',
        b'{"format":"echain-gate staff PIN","version":1,"hash":"$argon2id$x","failures":0}',
    ],
)
def test_a_damaged_file_opens_nothing_and_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    pin = staff_pin(tmp_path, FakeClock())
    (tmp_path / "staff-pin.json").write_bytes(content)
    for tried in (PIN, ""):
        with pytest.raises(KeyTrouble) as caught:
            pin.check(tried)
        assert caught.value.code == "keys.pin_damaged"
    pin.set(PIN)
    assert pin.check(PIN) == ACCEPTED


def test_a_disk_that_takes_nothing_still_counts_and_lets_staff_out(tmp_path: Path) -> None:
    clock = FakeClock()
    pin = staff_pin(tmp_path, clock)
    (tmp_path / "staff-pin.new").mkdir()  # so that nothing can be written any more
    assert fail(pin, FREE_TRIES).state is PinState.LOCKED
    clock.advance(WAITS[0])
    assert pin.check(PIN) == ACCEPTED
    with pytest.raises(StoreTrouble):
        pin.set(PIN)


KILLED = """
import os, signal, sys
from pathlib import Path
from app.services.staff_pin import PinEffort, StaffPinFile
from tests.fakes.clock import FakeClock

class Killed(StaffPinFile):
    def _fits(self, pin, digest):
        os.kill(os.getpid(), signal.SIGKILL)

Killed(Path(sys.argv[1]), FakeClock(), PinEffort(1, 64, 1)).check("000001")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_kill_9_between_entering_and_looking_uses_up_the_try(tmp_path: Path) -> None:
    clock = FakeClock()
    staff_pin(tmp_path, clock)
    file = tmp_path / "staff-pin.json"
    for _ in range(FREE_TRIES):
        code = subprocess.run([sys.executable, "-c", KILLED, str(file)], cwd=ROOT, check=False)
        assert code.returncode == -signal.SIGKILL
    assert again(tmp_path, clock).check(PIN).state is PinState.LOCKED
