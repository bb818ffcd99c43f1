"""``echain kiosk`` without its window: the PIN from standard input, and what is refused at once."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

from app.cli.arguments import parse
from app.domain.pins import PinState
from app.services.staff_pin import StaffPinFile
from tests.fakes.clock import FakeClock

if TYPE_CHECKING:
    from tests.unit.cli.shell import Shell

PIN = "482915"
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


def give(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(line))


def pin_of(shell: Shell) -> StaffPinFile:
    return StaffPinFile(shell.data / "staff-pin.json", FakeClock())


def test_the_pin_comes_from_standard_input_and_is_never_said(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, f"{PIN}\n")
    ran = shell.json("kiosk", "--set-pin")
    assert (ran.code, ran.result) == (0, {"pin": "set"})
    assert PIN not in ran.out + ran.err
    assert pin_of(shell).check(PIN).state is PinState.ACCEPTED


def test_a_weak_pin_is_refused_in_words_and_not_said(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    for weak in ("123456", "", "12345", "abcdefgh"):
        give(monkeypatch, f"{weak}\n")
        ran = shell("kiosk", "--set-pin")
        assert ran.code == 3
        assert "keys.pin_weak" in ran.err
        assert weak == "" or weak not in ran.err.replace("as 123456", "")
    assert not pin_of(shell).is_set()


def test_no_option_takes_a_pin() -> None:
    with pytest.raises(SystemExit):
        parse(["kiosk", "--set-pin", PIN])


def test_a_pin_is_removed(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, f"{PIN}\n")
    shell("kiosk", "--set-pin")
    assert shell.json("kiosk", "--remove-pin").result == {"pin": "removed"}
    assert not pin_of(shell).is_set()


@pytest.mark.skipif(sys.platform != "linux", reason="there is always a display")
def test_a_locked_kiosk_without_a_display_says_so_and_starts_nothing(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, f"{PIN}\n")
    shell("kiosk", "--set-pin")
    for name in DISPLAYS:
        monkeypatch.delenv(name, raising=False)
    ran = shell.json("kiosk")
    assert (ran.code, ran.result["error"]["code"]) == (3, "settings.no_display")


def test_a_door_without_staff_and_without_equipment_is_refused_at_once(shell: Shell) -> None:
    ran = shell.json("kiosk", "--self-service")
    assert (ran.code, ran.result["error"]["code"]) == (3, "settings.missing")
    shell.data.mkdir(mode=0o700, exist_ok=True)
    (shell.data / "settings.toml").write_text('relay = "usb:1"\n', "utf-8")
    ran = shell.json("kiosk", "--self-service")
    assert (ran.code, ran.result["error"]["code"]) == (3, "settings.wrong")
    assert "relay" in ran.result["error"]["detail"]


def test_only_a_supervisor_may_hand_a_socket_on(shell: Shell) -> None:
    if sys.platform == "win32":
        pytest.skip("sockets have other numbers")
    from app.cli.arguments import KIOSK_DEFAULTS

    assert KIOSK_DEFAULTS["handover"] is None
    assert parse(["kiosk", "--handover", "7"]).handover == 7
    with pytest.raises(SystemExit):
        parse(["kiosk", "--handover", "-7"])
    del shell
