from __future__ import annotations

import pytest

from app.chain import artifacts
from app.chain.decoding import LogDecoder
from app.domain.errors import ChainError
from app.domain.keccak import keccak
from offline_cache.records import EventCancelledFact, UserUpdated

TOPICS: list[object] = [
    "0x" + keccak(b"UpdateUser(uint256,address,uint64)").hex(),
    "0x" + "00" * 31 + "05",
    "0x" + "00" * 12 + "22" * 20,
]


def log(**changes: object) -> dict[str, object]:
    return {
        "address": "0x" + "11" * 20,
        "topics": TOPICS,
        "data": "0x" + "00" * 31 + "09",
        "blockNumber": "0x10",
        "logIndex": "0x3",
    } | changes


@pytest.fixture
def decoder() -> LogDecoder:
    return LogDecoder(31_337, b"\x33" * 20, artifacts.all_entries(), poap=b"\x44" * 20)


def test_a_whole_log_decodes(decoder: LogDecoder) -> None:
    assert decoder.decode(log()) == UserUpdated(b"\x11" * 20, 16, 3, 5, b"\x22" * 20, 9)


@pytest.mark.parametrize("topics", [[], ["0x" + "99" * 32], [None], [[]]])
def test_an_unknown_log_is_passed_over(decoder: LogDecoder, topics: list[object]) -> None:
    assert decoder.decode(log(topics=topics)) is None


def test_a_log_of_the_factorys_form_from_elsewhere_makes_no_event(decoder: LogDecoder) -> None:
    cancelled = "0x" + keccak(b"EventCancelled(uint256)").hex()
    stray = log(topics=[cancelled, "0x" + "00" * 31 + "05"], data="0x")
    assert decoder.decode(stray) is None
    assert decoder.decode(stray | {"address": "0x" + "33" * 20}) == EventCancelledFact(
        b"\x33" * 20, 16, 3, 5
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"data": "0x"},
        {"data": "0x" + "00" * 31},
        {"data": "zz"},
        {"data": None},
        {"data": "0x" + "ff" * 32},
        {"topics": None},
        {"topics": TOPICS[:2]},
        {"topics": [*TOPICS[:2], "0x" + "ff" * 32]},
        {"topics": [*TOPICS[:2], 7]},
        {"topics": [*TOPICS[:2], None]},
        {"data": ["0x"]},
        {"data": 7},
        {"address": "0x11"},
    ],
)
def test_a_malformed_log_is_a_bad_answer_that_names_its_place(
    decoder: LogDecoder, changes: dict[str, object]
) -> None:
    with pytest.raises(ChainError, match="log 3 of block 16") as caught:
        decoder.decode(log(**changes))
    assert caught.value.code == "rpc.bad_answer"


@pytest.mark.parametrize("name", ["blockNumber", "logIndex", "address"])
@pytest.mark.parametrize("value", [None, [], {}, 7, "", "16"])
def test_a_log_without_a_place_is_a_bad_answer(
    decoder: LogDecoder, name: str, value: object
) -> None:
    with pytest.raises(ChainError) as caught:
        decoder.decode(log(**{name: value}))
    assert caught.value.code == "rpc.bad_answer"


def test_a_state_that_no_version_knows_is_a_bad_answer(decoder: LogDecoder) -> None:
    topics = [
        "0x" + keccak(b"StatusChanged(uint256,uint8)").hex(),
        "0x" + "00" * 31 + "05",
    ]
    with pytest.raises(ChainError, match="StatusChanged"):
        decoder.decode(log(topics=topics))
