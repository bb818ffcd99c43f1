"""Sheets as organizers make them are read; hostile ones are refused by the line."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import guest_csv
from app.domain.errors import BundleError
from app.domain.guest_csv import GuestSheet
from offline_cache.records import Guest


def read(text: str | bytes) -> GuestSheet:
    data = text.encode() if isinstance(text, str) else text
    return guest_csv.read(data, lambda token: token < 100)


def refusal(text: str | bytes) -> str:
    with pytest.raises(BundleError) as caught:
        read(text)
    assert caught.value.code == "bundle.guests"
    return str(caught.value)


def test_columns_are_found_by_name_in_any_order() -> None:
    sheet = read("Seat,NAME,email,ticket\n3a,Ada,ada@example.org,7\n,Bob,,\n")
    assert sheet == GuestSheet((Guest("Ada", seat="3a", token_id=7), Guest("Bob")), ("email",))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_what_spreadsheets_write_is_read(separator: str, end: str, mark: str) -> None:
    rows = [["name", "order", "note"], ["Ada", "17", '"says ""hi"" , ; there"'], ["", "", ""]]
    text = mark + end.join(separator.join(row) for row in rows)
    assert read(text).guests == (Guest("Ada", "17", note='says "hi" , ; there'),)


def test_texts_are_kept_as_they_are_but_for_blanks_at_the_ends() -> None:
    guests = read("name,note\n  Zoe\u0308  ,+1 (wheelchair!)\n-,- none -\n").guests
    assert guests == (Guest("Zo\u00eb", note="+1 (wheelchair!)"), Guest("-", note="- none -"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is empty"),
        ("name\n", "it names no guest"),
        ("name\n\n \n", "it names no guest"),
        ("who,where\nAda,3\n", "line 1 must name the columns"),
        ("seat,note\n3,x\n", "line 1 must name the columns"),
        ("name,Name\nAda,Bob\n", "line 1 names the column 'name' twice"),
        ("name,seat\nAda,3\n,4\n", "line 3: it has neither"),
        ("name\nAda\nBob,secret\n", "line 3: it has 2 cells, the header 1"),
        ('name\n"Ada\nBob\n', "line 2: its quotes do not close"),
        ('name\n"Ada"x\n', "line 2: its quotes do not close"),
        ("name\n" + "x" * 200_000, "line 2: its quotes do not close, or a cell is longer"),
        ("name\n" + "x" * 201, "line 2: its name is longer than 200 characters"),
        ('name\n"A\nB"\n', "line 2: its name has a line break"),
        ("name\nA\0B\n", "line 2: its name has a line break or another control"),
        ("name\nA\u202eB\n", "line 2: its name has a mark that turns letters"),
        ("name\n=1+1\n", "line 2: its name is a formula"),
        ("name,note\nAda,@SUM(A1)\n", "line 2: its note is a formula"),
        ("name,note\nAda,+cmd|' /C calc'!A0\n", "line 2: its note is a formula"),
        ("name,note\nAda,-HYPERLINK(1)\n", "line 2: its note is a formula"),
        ("ticket\nseven\n", "line 2: its ticket is no token id"),
        ("ticket\n-1\n", "line 2: its ticket is no token id"),
        ("ticket\n" + "9" * 79, "line 2: its ticket is longer"),
        ("ticket\n" + "9" * 78, "line 2: its ticket is no token id"),
        ("ticket\n1\n150\n", "line 3: the event has no ticket 150"),
        ("ticket,name\n1,A\n2,B\n1,C\n", "line 4: ticket 1 again, as in line 2"),
        ("name,order\nAda,1\nBob,1\nAda,1\n", "line 4: the same as in line 2"),
        (b"name\n\xff\n", "line 2 is not UTF-8"),
        ("name\nAda".encode("utf-16"), "it is UTF-16"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str | bytes, said: str) -> None:
    assert said in refusal(text)


def test_lines_are_counted_as_an_editor_does() -> None:
    text = 'name,note\nAda,"one\n two"\nBob,\n\n,x\n'
    said = refusal(text)
    assert "line 2: its note has a line break" in said
    assert "line 6: it has neither" in said


def test_many_wrong_lines_are_summed_up() -> None:
    said = refusal("ticket\n" + "x\n" * 50)
    assert said.count("line ") == guest_csv.MOST_TOLD
    assert said.endswith("and 30 more lines")


def test_a_sheet_too_large_is_refused() -> None:
    assert "larger than" in refusal(b"x" * (guest_csv.MAX_FILE_BYTES + 1))


def test_a_sheet_with_too_many_guests_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guest_csv, "MOST_GUESTS", 3)
    assert len(read("name\na\nb\nc\n").guests) == 3
    assert "more than 3 guests" in refusal("name\na\nb\nc\nd\n")


def test_refusals_repeat_no_guest() -> None:
    said = refusal('name,note\nAda Lovelace,=1\n"Bob Secret,x\n')
    assert not re.search("Ada|Bob", said)


@given(st.binary(max_size=300) | st.text(alphabet='na,;\t"\n\r=+0me', max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for text in (data, b"name,ticket\n" + data):
        try:
            sheet = read(text)
        except BundleError:
            continue
        assert sheet.guests
