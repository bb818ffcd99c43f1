"""A guest is found by what somebody at the door would type."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.services.guests import GuestBook, folded
from offline_cache.records import Guest

ADA = Guest("Ada Lovelace", "A-1815", "Row 3, 12", "brings a guest", 7)
ADAM = Guest("Adam Smith", "B-1723", "Row 4", "", 8)
ZOE = Guest("Zoë Åström", "C-1", "Loge Ada", "", 8)
RENE = Guest("René Descartes")
BOOK = GuestBook([ADAM, ADA, ZOE, RENE])
texts = st.text(max_size=12)
guests = st.builds(Guest, texts, texts, texts, texts, st.none() | st.integers(0, 2**256 - 1))


def test_case_and_accents_do_not_count() -> None:
    assert BOOK.search("ZOE astrom") == [ZOE]
    assert BOOK.search("rené") == BOOK.search("rene") == [RENE]
    assert folded("STRASSE") == folded("Straße")


def test_every_word_must_be_there_in_any_order() -> None:
    assert BOOK.search("lovelace ada") == [ADA]
    assert BOOK.search("ada 1815") == [ADA]
    assert BOOK.search("lovelace 1723") == []


def test_order_seat_note_and_ticket_are_searched() -> None:
    for text in ("a-1815", "row 3, 12", "brings", "7 lovelace"):
        assert BOOK.search(text) == [ADA]


def test_who_begins_with_the_text_comes_first() -> None:
    assert BOOK.search("ada") == [ADAM, ADA, ZOE]
    assert BOOK.search("ada l")[0] == ADA
    assert BOOK.search("astrom")[0] == ZOE


def test_no_more_are_found_than_asked_for() -> None:
    many = GuestBook([Guest(f"Guest {number}") for number in range(50)])
    assert len(many.search("guest")) == 20
    assert len(many.search("guest", limit=3)) == 3


def test_an_empty_text_finds_nobody() -> None:
    for text in ("", "  ", "\t\n"):
        assert BOOK.search(text) == []


def test_guests_of_a_ticket_are_found() -> None:
    assert BOOK.of_ticket(8) == (ADAM, ZOE)
    assert BOOK.of_ticket(9) == ()
    assert (len(BOOK), list(BOOK)) == (4, [ADAM, ADA, ZOE, RENE])


def test_a_book_shows_no_names() -> None:
    assert "Ada" not in repr(BOOK)


@given(st.lists(guests, max_size=8))
def test_everybody_is_found_by_the_own_name(people: list[Guest]) -> None:
    book = GuestBook(people)
    for guest in people:
        if folded(guest.name):
            assert guest in book.search(guest.name, limit=len(people))
