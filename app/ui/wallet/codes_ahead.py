"""The codes of this slot and the next, asked for once each, so that a turn waits for nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.qr_code import QrCode
    from app.services.showing import SlotCode


class CodesAhead:
    """Keeps two codes at most.

    Args:
        ask: Sets about making the code of a slot, which comes back through ``put``.
    """

    def __init__(self, ask: Callable[[int], None]) -> None:
        """Hold nothing."""
        self._ask = ask
        self._codes: dict[int, QrCode] = {}
        self._asked: set[int] = set()

    def __len__(self) -> int:
        """Return how many codes are here."""
        return len(self._codes)

    def at(self, slot: int) -> QrCode | None:
        """Return a slot's code if it is here; it and its successor are asked for where missing."""
        for wanted in (slot, slot + 1):
            if wanted not in self._asked:
                self._asked.add(wanted)
                self._ask(wanted)
        kept = range(slot, slot + 2)
        self._codes = {known: code for known, code in self._codes.items() if known in kept}
        self._asked.intersection_update(kept)
        return self._codes.get(slot)

    def put(self, made: SlotCode) -> None:
        """Take a code that was made."""
        self._codes[made.slot] = made.code

    def clear(self) -> None:
        """Forget everything: another ticket, or another reason why a code is good."""
        self._codes.clear()
        self._asked.clear()
