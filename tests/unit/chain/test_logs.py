from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.chain.abi import encode
from app.chain.logs import EventReader, LogValue

if TYPE_CHECKING:
    from collections.abc import Sequence

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "uint256": st.integers(0, 2**256 - 1),
    "uint64": st.integers(0, 2**64 - 1),
    "uint8": st.integers(0, 255),
    "bool": st.booleans(),
    "address": st.binary(min_size=20, max_size=20),
    "bytes32": st.binary(min_size=32, max_size=32),
    "bytes12": st.binary(min_size=12, max_size=12),
    "string": st.text(max_size=80),
    "bytes": st.binary(max_size=80),
}
DYNAMIC = {"string", "bytes"}


def read(reader: EventReader, topics: Sequence[bytes], data: bytes) -> list[LogValue]:
    """Read a log as a node writes it."""
    return reader.read(["0x" + topic.hex() for topic in topics], "0x" + data.hex())


def entry(kinds: Sequence[str], indexed: Sequence[bool]) -> dict[str, object]:
    inputs = [
        {"name": f"f{i}", "type": kind, "indexed": mark}
        for i, (kind, mark) in enumerate(zip(kinds, indexed, strict=True))
    ]
    return {"type": "event", "name": "Sample", "inputs": inputs}


@st.composite
def logs(draw: st.DrawFn) -> tuple[dict[str, object], list[Any], list[bytes], bytes]:
    kinds = draw(st.lists(st.sampled_from(sorted(VALUES)), max_size=8))
    marks: list[bool] = []
    for kind in kinds:
        free = sum(marks) < 3 and kind not in DYNAMIC
        marks.append(draw(st.booleans()) if free else False)
    values = [draw(VALUES[kind]) for kind in kinds]
    parts = list(zip(kinds, marks, values, strict=True))
    topics = [encode([kind], [value]) for kind, mark, value in parts if mark]
    plain = [(kind, value) for kind, mark, value in parts if not mark]
    data = encode([kind for kind, _ in plain], [value for _, value in plain])
    return entry(kinds, marks), values, topics, data


@given(logs())
def test_a_log_reads_back_as_the_abi_library_encoded_it(
    case: tuple[dict[str, object], list[Any], list[bytes], bytes],
) -> None:
    abi, values, topics, data = case
    reader = EventReader(abi)
    assert read(reader, [reader.topic, *topics], data) == values


@given(logs(), st.data())
def test_damaged_data_is_read_or_refused_but_never_crashes(
    case: tuple[dict[str, object], list[Any], list[bytes], bytes], data: st.DataObject
) -> None:
    abi, values, topics, raw = case
    damaged = bytearray(raw)
    if damaged:
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at] ^= data.draw(st.integers(1, 255))
    damaged = damaged[: data.draw(st.integers(0, len(damaged)))]
    reader = EventReader(abi)
    with suppress(ValueError):
        assert len(read(reader, [reader.topic, *topics], bytes(damaged))) == len(values)


TEXT = EventReader(entry(["string"], [False]))
WORD = (1).to_bytes(32, "big")


@pytest.mark.parametrize(
    ("kinds", "data"),
    [
        (["address"], b"\x01" + bytes(31)),
        (["uint8"], bytes(30) + b"\x01\x00"),
        (["bool"], bytes(31) + b"\x02"),
        (["bytes12"], bytes(31) + b"\x01"),
        (["uint256"], bytes(31)),
        (["uint256"], bytes(33)),
        (["uint256"], bytes(64)),
        (["string"], bytes(32)),
        (["string"], (32).to_bytes(32, "big")),
        (["string"], (32).to_bytes(32, "big") + (1).to_bytes(32, "big")),
        (["string"], (2**255).to_bytes(32, "big") + bytes(64)),
        (["string"], (32).to_bytes(32, "big") + (2**255).to_bytes(32, "big") + bytes(32)),
    ],
)
def test_data_that_the_compiler_would_not_write_is_refused(kinds: list[str], data: bytes) -> None:
    reader = EventReader(entry(kinds, [False] * len(kinds)))
    with pytest.raises(ValueError, match=r"\w"):
        read(reader, [reader.topic], data)


def test_text_that_is_not_utf8_does_not_stop_the_sync() -> None:
    data = encode(["bytes"], [b"caf\xe9"])
    assert read(TEXT, [TEXT.topic], data) == ["caf\ufffd"]


def test_a_log_with_missing_or_extra_topics_is_refused() -> None:
    for topics in ([TEXT.topic, WORD], []):
        with pytest.raises(ValueError, match="topics"):
            read(TEXT, topics, encode(["string"], ["x"]))


def test_an_event_with_a_field_it_cannot_read_is_refused_at_start() -> None:
    with pytest.raises(ValueError, match="no reader"):
        EventReader(entry(["int256"], [False]))
    with pytest.raises(ValueError, match="no reader"):
        EventReader(entry(["uint256[]"], [False]))


@pytest.mark.parametrize(
    ("topic", "data"),
    [
        ("0x" + "00" * 31, "0x"),
        ("0x" + "00" * 31 + "0", "0x0"),
        ("00" * 33, "0x"),
        ("0x" + "zz" * 32, "0x"),
        ("0x" + "00" * 31 + "  ", "0x00"),
        ("0x" + "00" * 32, ""),
        ("0x" + "00" * 32, "00"),
        ("0x" + "00" * 32, "0x "),
    ],
)
def test_words_that_are_not_32_bytes_of_digits_are_refused(topic: str, data: str) -> None:
    reader = EventReader(entry(["uint256"], [True]))
    with pytest.raises(ValueError, match=r"\w"):
        reader.read(["0x", topic], data)
