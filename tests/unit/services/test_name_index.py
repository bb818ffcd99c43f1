"""Guests by the beginnings of words: what is found, and that nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.guests import GuestBook, folded
from app.services.name_index import NameIndex
from offline_cache.records import Guest

GUESTS = (
    Guest("Ana Lovelace", "ORD-1", "A1-2", "", 1),
    Guest("Anabel Cruz", "ORD-12", "A1-3", "", 2),
    Guest("Zoë Ana", "ORD-3", "", "wheelchair", 2),
    Guest("Straße 7", "", "", "", None),
)
INDEX = NameIndex(GUESTS)


def names(text: str, limit: int = 20) -> list[str]:
    return [guest.name for guest in INDEX.search(text, limit)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ana", ["Ana Lovelace", "Zoë Ana", "Anabel Cruz"]),
        ("ANA z", ["Zoë Ana"]),
        ("ord-1", ["Ana Lovelace", "Anabel Cruz"]),
        ("zoe", ["Zoë Ana"]),
        ("strasse", ["Straße 7"]),
        ("wheel", ["Zoë Ana"]),
        ("a1-3", ["Anabel Cruz"]),
        ("lace", ["Ana Lovelace"]),
        ("ana cruzz", []),
        ("xx", []),
        ("", []),
        ("  ", []),
    ],
)
def test_words_are_found_by_their_beginnings_and_long_parts_inside(
    text: str, found: list[str]
) -> None:
    assert names(text) == found


def test_no_more_are_found_than_asked_for() -> None:
    assert names("an", 1) == ["Ana Lovelace"]


def test_the_guests_of_a_ticket_are_all_of_them() -> None:
    assert [guest.name for guest in INDEX.of_ticket(2)] == ["Anabel Cruz", "Zoë Ana"]
    assert INDEX.of_ticket(9) == ()
    assert "Ana" not in repr(INDEX)
    assert len(INDEX) == 4


TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
LISTS = st.lists(
    st.builds(
        Guest, name=TEXT, order=TEXT, seat=TEXT, note=TEXT, token_id=st.none() | st.integers(0, 9)
    ),
    max_size=8,
)


@given(LISTS, TEXT)
def test_whoever_is_found_is_found_by_the_plain_book_too(guests: list[Guest], text: str) -> None:
    index, book = NameIndex(guests), GuestBook(guests)
    words = folded(text).split()
    plain = {id(guest) for guest in book.search(text, 99)}
    for guest in index.search(text, 99):
        # The plain book looks in the line as it is written; the index in its words, in any order.
        line = folded(f"{guest.name} {guest.order} {guest.seat} {guest.note}")
        assert id(guest) in plain or all(word in line for word in words)
