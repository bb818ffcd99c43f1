from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from app.domain.verdicts import Severity
from app.runtime.sounds import QtSounds, SilentSounds

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_silence_is_no_sound_and_no_trouble() -> None:
    sounds = SilentSounds()
    sounds.prepare()
    for severity in Severity:
        sounds.play(severity)
    assert not sounds.available


def test_a_system_without_qt_multimedia_is_silent_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # None makes the import fail as it does where libpulse0 is missing.
    monkeypatch.setitem(sys.modules, "PySide6.QtMultimedia", None)
    file = tmp_path / "admit.wav"
    file.write_bytes(b"RIFF")
    sounds = QtSounds({Severity.ADMIT: file})
    sounds.play(Severity.ADMIT)  # before it was prepared
    sounds.prepare()
    sounds.prepare()
    sounds.play(Severity.ADMIT)
    assert not sounds.available
