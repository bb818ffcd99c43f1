"""Sounds of the verdicts: a port, Qt's way to play them, and silence."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from app.domain.verdicts import Code, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from PySide6.QtMultimedia import QSoundEffect

    from app.domain.verdicts import Verdict


class Cue(StrEnum):
    """Sounds of verdicts that must not be taken for others of their severity."""

    EXIT = "exit"
    WAITING = "waiting"


Sound = Severity | Cue
EVERY_SOUND: tuple[Sound, ...] = (*Severity, *Cue)
_OWN = {Code.EXITED: Cue.EXIT, Code.WAITING_FOR_VENUE: Cue.WAITING}


def sound_of(verdict: Verdict) -> Sound:
    """Return the sound of a verdict: its own, or that of its severity."""
    return _OWN.get(verdict.code, verdict.severity)


class Sounds(Protocol):
    """Plays the sound of a verdict; main thread only."""

    @property
    def available(self) -> bool:
        """Whether anybody can hear it: False is shown as 'no sound'."""
        ...

    def prepare(self) -> None:
        """Load what is needed, so that the first verdict does not wait for it."""
        ...

    def play(self, sound: Sound) -> None:
        """Play it and return at once; a sound still playing gives way. Silent where it must be."""
        ...


class SilentSounds:
    """No sound at all, by choice or because there is nothing to play it on."""

    available = False

    def prepare(self) -> None:
        """Load nothing."""

    def play(self, sound: Sound) -> None:
        """Play nothing."""


class QtSounds:
    """Plays WAV files by Qt Multimedia, which is loaded by `prepare` and may be missing.

    Args:
        files: The file of each sound; one that is not there is silent.
        volume: Between 0 and 1.
    """

    def __init__(self, files: Mapping[Sound, Path], *, volume: float = 1.0) -> None:
        """Keep the files; nothing is loaded."""
        self._files = files
        self._volume = volume
        self._effects: dict[Sound, QSoundEffect] | None = None
        self._playing: QSoundEffect | None = None

    @property
    def available(self) -> bool:
        """Whether there is a device to play on and something to play."""
        return bool(self._effects)

    def prepare(self) -> None:
        """Load the effects, unless the system lacks PulseAudio's library or an audio device."""
        if self._effects is not None:
            return
        self._effects = {}
        try:
            from PySide6.QtCore import QUrl
            from PySide6.QtMultimedia import QMediaDevices, QSoundEffect
        except ImportError:  # libpulse0 is not installed
            return
        if not QMediaDevices.audioOutputs():
            return
        for sound in EVERY_SOUND:
            file = self._files.get(sound)
            if file is not None and file.is_file():
                effect = QSoundEffect()
                effect.setSource(QUrl.fromLocalFile(str(file)))
                effect.setVolume(self._volume)
                self._effects[sound] = effect

    def play(self, sound: Sound) -> None:
        """Play a sound."""
        effect = (self._effects or {}).get(sound)
        if self._playing is not None:
            self._playing.stop()
        self._playing = effect
        if effect is not None:
            effect.play()
