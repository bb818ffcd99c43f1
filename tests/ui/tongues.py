"""Languages for looking at layouts: one that is written from right to left, and a long one."""

from __future__ import annotations

import re
from typing import Final

from app.ui.i18n import Words

_LETTERS: Final = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "אבגדהוזחטיכלמנסעפצקרשתאבגדאבגדהוזחטיכלמנסעפצקרשתאבגד",
)
_PLACE: Final = re.compile(r"(\{[^}]*\})")


class MirroredWords(Words):
    """English in Hebrew letters: nobody can read it, but everything stands where it would."""

    def __init__(self) -> None:
        super().__init__("he")

    def __call__(self, sentence: str) -> str:
        if "HH" in sentence or "MMM" in sentence:
            return sentence  # how a day or a time is written
        parts = _PLACE.split(sentence)
        return "".join(part if part.startswith("{") else part.translate(_LETTERS) for part in parts)

    def plural(self, one: str, many: str, count: int) -> str:
        return self(one if count == 1 else many)
