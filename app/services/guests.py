"""The guest list of an event in memory: found by name, order, seat, note or ticket."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from offline_cache.records import Guest

MOST_FOUND = 20


class GuestBook:
    """Answers a door's questions about its guests; implements ``GuestReader``.

    Unchanging, so that every thread may ask. A hundred thousand guests are searched in some 50 ms,
    so the window asks from another thread.

    Args:
        guests: The list, in the organizer's order.
    """

    def __init__(self, guests: Iterable[Guest] = ()) -> None:
        """Fold every text once."""
        self._guests = tuple(guests)
        self._folded = tuple(map(_folded_line, self._guests))
        by_ticket: dict[int, list[Guest]] = {}
        for guest in self._guests:
            if guest.token_id is not None:
                by_ticket.setdefault(guest.token_id, []).append(guest)
        self._by_ticket = {token: tuple(found) for token, found in by_ticket.items()}

    def __len__(self) -> int:
        return len(self._guests)

    def __iter__(self) -> Iterator[Guest]:
        return iter(self._guests)

    def __repr__(self) -> str:
        return f"GuestBook({len(self)} guests)"

    def of_ticket(self, token_id: int) -> tuple[Guest, ...]:
        """Return the guests who come with a ticket."""
        return self._by_ticket.get(token_id, ())

    def search(self, text: str, limit: int = MOST_FOUND) -> list[Guest]:
        """Return the guests in whose line every word of a text is found, best first.

        Case and accents do not count. A line that begins with the text comes before one that has a
        word beginning with its first word, and that before any other; then the list's order.

        Args:
            text: What somebody typed; without a letter or digit nothing is found.
            limit: Most guests to return.
        """
        wanted = folded(text)
        words = wanted.split()
        if not words:
            return []
        found = [
            (_rank(line, wanted, words[0]), place)
            for place, line in enumerate(self._folded)
            if all(word in line for word in words)
        ]
        return [self._guests[place] for _, place in sorted(found)[:limit]]


def folded(text: str) -> str:
    """Return a text without case, accents and runs of blanks, as names are compared here."""
    bare = "".join(
        character
        for character in unicodedata.normalize("NFKD", text.casefold())
        if not unicodedata.combining(character)
    )
    return " ".join(bare.split())


def _folded_line(guest: Guest) -> str:
    ticket = "" if guest.token_id is None else str(guest.token_id)
    return folded(f"{guest.name} {guest.order} {guest.seat} {ticket} {guest.note}")


def _rank(line: str, wanted: str, first: str) -> int:
    if line.startswith(wanted):
        return 0
    return 1 if f" {first}" in f" {line}" else 2
