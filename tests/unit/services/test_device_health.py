"""Clock, disk and battery of the device, and what the status line warns of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from app.domain.verdicts import Code, MirrorView, Verdict, severity_of
from app.runtime.host import Battery, LinuxHost
from app.services.door_status import LITTLE_SPACE, DeviceHealth
from app.services.drift import DriftWatch
from app.services.health import LOOK_SECONDS, HealthWatch
from tests.fakes.clock import FakeClock

if TYPE_CHECKING:
    from pathlib import Path


def late(token_id: int, slots: int) -> Verdict:
    code = Code.CODE_EXPIRED
    return Verdict(code, severity_of(code), MirrorView(1, 1), token_id=token_id, slot_offset=slots)


def in_time(token_id: int) -> Verdict:
    return Verdict(
        Code.ADMITTED,
        severity_of(Code.ADMITTED),
        MirrorView(1, 1),
        token_id=token_id,
        holder=b"\x01" * 20,
        slot_offset=1,
    )


def heard(*verdicts: Verdict) -> int:
    watch = DriftWatch()
    for verdict in verdicts:
        watch.hear(verdict)
    return watch.seconds


def test_five_tickets_that_agree_accuse_this_clock() -> None:
    assert heard(*(late(token_id, 20) for token_id in range(4))) == 0
    assert heard(*(late(token_id, 20) for token_id in range(5))) == 300
    assert heard(*(late(token_id, -8) for token_id in range(9))) == -120


def test_one_phone_or_phones_that_differ_accuse_nobody() -> None:
    assert heard(*(late(1, 20) for _ in range(9))) == 0
    assert heard(*(late(token_id, 20 + token_id) for token_id in range(9))) == 0


def test_a_code_in_time_ends_the_suspicion() -> None:
    five = [late(token_id, 20) for token_id in range(5)]
    assert heard(*five, in_time(9)) == 0
    printed = replace(in_time(9), slot_offset=None)
    assert heard(*five, printed) == 300


def test_a_clock_that_is_off_is_noticed_before_codes_are_refused() -> None:
    assert heard(*(replace(in_time(token_id), slot_offset=-2) for token_id in range(5))) == -30


@dataclass
class FakeHost:
    free: int | None = 10**12
    power: Battery | None = None
    asked: int = 0

    def free_bytes(self) -> int | None:
        self.asked += 1
        return self.free

    def battery(self) -> Battery | None:
        return self.power


def test_disk_and_battery_are_asked_now_and_then() -> None:
    host, clock = FakeHost(power=Battery(15, charging=False)), FakeClock()
    watch = HealthWatch(host, DriftWatch(), clock)
    assert watch().battery == 15
    host.free = 5
    assert not watch().little_space
    clock.advance(LOOK_SECONDS)
    assert watch().little_space
    assert host.asked == 2


@pytest.mark.parametrize(
    ("health", "space", "charge"),
    [
        (DeviceHealth(), False, False),
        (DeviceHealth(free_bytes=LITTLE_SPACE, battery=20, charging=False), False, False),
        (DeviceHealth(free_bytes=LITTLE_SPACE - 1, battery=19, charging=False), True, True),
        (DeviceHealth(battery=1, charging=True), False, False),
    ],
)
def test_what_is_little(health: DeviceHealth, *, space: bool, charge: bool) -> None:
    assert (health.little_space, health.little_charge) == (space, charge)


def supply(folder: Path, name: str, **lines: str) -> None:
    place = folder / name
    place.mkdir(parents=True)
    for key, value in lines.items():
        (place / key).write_text(f"{value}\n", encoding="ascii")


def test_the_weakest_battery_of_the_computer_is_told(tmp_path: Path) -> None:
    power = tmp_path / "power"
    supply(power, "AC", type="Mains", online="1")
    supply(power, "BAT0", type="Battery", capacity="80", status="Charging")
    supply(power, "BAT1", type="Battery", capacity="31", status="Discharging")
    supply(power, "mouse", type="Battery", scope="Device", capacity="3", status="Discharging")
    supply(power, "odd", type="Battery", capacity="a lot", status="Full")
    host = LinuxHost(tmp_path, power)
    assert host.battery() == Battery(31, charging=False)
    assert (host.free_bytes() or 0) > 0


def test_a_computer_that_tells_nothing_is_no_trouble(tmp_path: Path) -> None:
    host = LinuxHost(tmp_path / "gone", tmp_path / "nothing")
    assert host.battery() is None
    assert host.free_bytes() is None
