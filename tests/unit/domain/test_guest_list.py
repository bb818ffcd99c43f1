"""A guest list comes back as it was written, and nothing else is read as one."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import guest_list
from app.domain.canonical_json import canonical
from app.domain.errors import BundleError
from offline_cache.records import Guest

EVENT_ID = b"\xe1" * 32
texts = st.text(max_size=20)
people = st.lists(
    st.builds(Guest, texts, texts, texts, texts, st.none() | st.integers(0, 2**256 - 1)),
    max_size=8,
)


def malformed(content: object, *, packed: bool = True) -> None:
    data = zlib.compress(canonical(content)) if packed else bytes(content)  # type: ignore[call-overload]
    with pytest.raises(BundleError) as caught:
        guest_list.read(data, EVENT_ID)
    assert caught.value.code == "bundle.malformed"


@given(people)
def test_a_list_comes_back_as_it_was(guests: list[Guest]) -> None:
    assert guest_list.read(guest_list.write(EVENT_ID, guests), EVENT_ID) == tuple(guests)


def test_a_list_of_another_event_is_none_of_ours() -> None:
    with pytest.raises(BundleError):
        guest_list.read(guest_list.write(bytes(32), [Guest("Ada")]), EVENT_ID)


@pytest.mark.parametrize(
    "rows",
    [5, [["1"]], [["", "a", "b", "c", 5]], [["01", "", "", "", ""]], [["x", "", "", "", ""]]],
)
def test_another_form_is_malformed(rows: object) -> None:
    malformed({"eventId": EVENT_ID.hex(), "format": 1, "guests": rows})


def test_another_document_is_malformed() -> None:
    malformed({"eventId": EVENT_ID.hex(), "format": 2, "guests": []})
    malformed({"eventId": EVENT_ID.hex(), "format": 1, "guests": [], "more": 1})
    malformed([])


@given(st.binary(max_size=60))
def test_any_bytes_are_refused_as_values(data: bytes) -> None:
    malformed(data, packed=False)
    malformed(guest_list.write(EVENT_ID, [])[:-4] + data, packed=False)


def test_a_list_that_grows_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guest_list, "MAX_CONTENT_BYTES", 10_000)
    malformed(zlib.compress(bytes(10**6)), packed=False)
    with pytest.raises(BundleError) as caught:
        guest_list.write(EVENT_ID, [Guest("x" * 10_000)])
    assert caught.value.code == "bundle.too_large"
