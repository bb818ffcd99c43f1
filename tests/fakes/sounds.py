"""Sounds that nobody hears but the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.runtime.sounds import Sound


class FakeSounds:
    """Implements ``Sounds``; ``available`` once prepared, as with a real device."""

    def __init__(self) -> None:
        self.available = False
        self.played: list[Sound] = []

    def prepare(self) -> None:
        self.available = True

    def play(self, sound: Sound) -> None:
        self.played.append(sound)
