"""Guests by the beginnings of words, quick enough for every keystroke beside a scanning camera."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from itertools import islice
from typing import TYPE_CHECKING, Final

from app.services.guests import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from offline_cache.records import Guest

MOST_FOUND: Final = 20
MOST_LOOKED_AT: Final = 4_000
"""Guests looked at for one text: with more the text says too little, and the next letter helps."""
LEAST_INSIDE: Final = 3
"""Letters from which a text is also looked for inside of words, where no word begins with it."""
_PARTS: Final = re.compile(r"\w+")


class NameIndex:
    """A guest list with an index of its words; implements ``GuestReader``.

    Built once, where waiting is allowed: half a second for a hundred thousand guests. Unchanging,
    so that every thread may ask.

    Args:
        guests: The list, in the organizer's order.
    """

    def __init__(self, guests: Iterable[Guest] = ()) -> None:
        """Fold and index every text."""
        self._guests = tuple(guests)
        places: dict[str, array[int]] = {}
        lines: list[str] = []
        starts, length = array("Q"), 0
        by_ticket: dict[int, list[Guest]] = {}
        for place, guest in enumerate(self._guests):
            words = _words(guest)
            lines.append(f" {' '.join(words)}")
            starts.append(length)
            length += len(lines[-1]) + 1
            for word in words:
                places.setdefault(word, array("I")).append(place)
            if guest.token_id is not None:
                by_ticket.setdefault(guest.token_id, []).append(guest)
        self._lines = tuple(lines)
        self._text, self._starts = "\n".join(lines), starts
        self._places = places
        self._words = sorted(places)
        self._by_ticket = {token: tuple(found) for token, found in by_ticket.items()}

    def __len__(self) -> int:
        return len(self._guests)

    def __repr__(self) -> str:
        return f"NameIndex({len(self)} guests)"

    def of_ticket(self, token_id: int) -> tuple[Guest, ...]:
        """Return the guests who come with a ticket."""
        return self._by_ticket.get(token_id, ())

    def search(self, text: str, limit: int = MOST_FOUND) -> list[Guest]:
        """Return the guests who have a word that begins with each word of a text.

        Case and accents do not count. Whole words come before mere beginnings, then by the alphabet
        of the rarest word, then by the list's order. A text of three letters or more that begins no
        word is looked for inside of words.

        Args:
            text: What somebody typed.
            limit: Most guests to return.
        """
        wanted = folded(text).split()
        if not wanted:
            return []
        rarest = min(wanted, key=self._width)
        others = [f" {word}" for word in wanted if word != rarest]
        found: dict[int, None] = {}
        for place in islice(self._beginning_with(rarest), MOST_LOOKED_AT):
            if all(word in self._lines[place] for word in others):
                found[place] = None
            if len(found) >= limit:
                break
        if not found and sum(map(len, wanted)) >= LEAST_INSIDE:
            inside = islice(self._inside(wanted), limit)
            found = dict.fromkeys(inside)
        return [self._guests[place] for place in found]

    def _range(self, beginning: str) -> tuple[int, int]:
        return (
            bisect_left(self._words, beginning),
            bisect_left(self._words, beginning + "\U0010ffff"),
        )

    def _width(self, beginning: str) -> int:
        first, end = self._range(beginning)
        return end - first

    def _beginning_with(self, beginning: str) -> Iterator[int]:
        first, end = self._range(beginning)
        for number in range(first, end):
            yield from self._places[self._words[number]]

    def _inside(self, wanted: list[str]) -> Iterator[int]:
        """Look inside of words: one text of all lines is searched in a few milliseconds."""
        longest = max(wanted, key=len)
        at = self._text.find(longest)
        while at >= 0:
            place = bisect_right(self._starts, at) - 1
            line = self._lines[place]
            if all(word in line for word in wanted):
                yield place
            at = self._text.find(longest, self._starts[place] + len(line))


def _words(guest: Guest) -> list[str]:
    """Return a guest's words, and the parts of those that are put together: ``a12-34``, ``34``."""
    whole = folded(f"{guest.name} {guest.order} {guest.seat} {guest.note}").split()
    parts = (part for word in whole for part in _PARTS.findall(word))
    return list(dict.fromkeys((*whole, *parts)))
