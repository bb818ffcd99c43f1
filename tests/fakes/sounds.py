"""Sounds that nobody hears but the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.domain.verdicts import Severity


class FakeSounds:
    """Implements ``Sounds``; ``available`` once prepared, as with a real device."""

    def __init__(self) -> None:
        self.available = False
        self.played: list[Severity] = []

    def prepare(self) -> None:
        self.available = True

    def play(self, severity: Severity) -> None:
        self.played.append(severity)
