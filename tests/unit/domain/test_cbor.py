import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.cbor import MAX_ITEMS, Item, decode, encode

ITEMS = st.integers(0, 2**64 - 1) | st.binary(max_size=70)


@given(st.lists(ITEMS, max_size=MAX_ITEMS).map(tuple))
def test_what_is_written_reads_back(items: tuple[Item, ...]) -> None:
    assert decode(encode(items)) == items


@given(st.binary(max_size=40) | st.binary(max_size=40).map(lambda data: b"\x83" + data))
def test_every_text_that_reads_is_the_only_one_for_its_items(data: bytes) -> None:
    items = decode(data)
    assert items is None or encode(items) == data


# Appendix A of RFC 8949, each inside an array of one.
@pytest.mark.parametrize(
    ("item", "written"),
    [
        (0, "00"),
        (1, "01"),
        (10, "0a"),
        (23, "17"),
        (24, "1818"),
        (25, "1819"),
        (100, "1864"),
        (1000, "1903e8"),
        (1_000_000, "1a000f4240"),
        (1_000_000_000_000, "1b000000e8d4a51000"),
        (2**64 - 1, "1bffffffffffffffff"),
        (b"", "40"),
        (bytes([1, 2, 3, 4]), "4401020304"),
    ],
)
def test_the_examples_of_rfc_8949(item: Item, written: str) -> None:
    data = b"\x81" + bytes.fromhex(written)
    assert encode((item,)) == data
    assert decode(data) == (item,)


def test_an_empty_array_reads() -> None:
    assert decode(b"\x80") == ()


@pytest.mark.parametrize("size", [255, 256, 65_535, 65_536])
def test_long_strings_read_in_their_shortest_form(size: int) -> None:
    assert decode(encode((bytes(size),))) == (bytes(size),)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "00",
        "9fff",
        "980101",
        "9818" + "00" * 24,
        "8100 00",
        "81",
        "8200",
        "8118",
        "811817",
        "8119",
        "811900ff",
        "811a0000ffff",
        "811b00000000ffffffff",
        "811c",
        "811d",
        "811e",
        "811f",
        "8120",
        "813800",
        "8141",
        "814201",
        "81580100",
        "815900ff",
        "815b7fffffffffffffff",
        "815f4100ff",
        "8160",
        "816161",
        "8180",
        "81a0",
        "81c000",
        "81c24100",
        "81f4",
        "81f6",
        "81f93c00",
        "81fb3ff0000000000000",
        "81ff",
        "a10000",
    ],
)
def test_anything_else_is_refused(written: str) -> None:
    assert decode(bytes.fromhex(written)) is None


@pytest.mark.parametrize("items", [(-1,), (2**64,), (0,) * (MAX_ITEMS + 1)])
def test_what_does_not_fit_is_not_written(items: tuple[Item, ...]) -> None:
    with pytest.raises(ValueError, match="here"):
        encode(items)
