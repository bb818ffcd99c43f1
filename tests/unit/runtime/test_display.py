from __future__ import annotations

import sys

import pytest

from app.runtime.display import can_be_seen, has_display

NAMES = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
@pytest.mark.parametrize(
    ("environment", "shown", "seen"),
    [
        ({}, False, False),
        ({"DISPLAY": ":0"}, True, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True, True),
        ({"QT_QPA_PLATFORM": "offscreen"}, True, False),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, True, False),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "xcb"}, True, True),
        ({"DISPLAY": ""}, False, False),
    ],
)
def test_a_window_can_be_shown_and_seen(
    environment: dict[str, str], shown: bool, seen: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert (has_display(), can_be_seen()) == (shown, seen)
