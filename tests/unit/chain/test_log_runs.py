"""Many logs at once are read as each alone would be, and as strictly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.chain import artifacts
from app.chain.abi import encode
from app.chain.decoding import LogDecoder
from app.chain.log_runs import run_reader
from app.chain.logs import EventReader
from app.domain.errors import ChainError
from app.domain.keccak import keccak
from offline_cache.records import Transferred
from tests.unit.chain.test_logs import VALUES, entry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

KINDS = [
    "address",
    "bytes12",
    "bytes32",
    "uint16",
    "uint256",
    "uint40",
    "uint64",
    "uint8",
    "uint96",
]
FIXED = {
    **{kind: VALUES[kind] for kind in KINDS if kind in VALUES},
    **{f"uint{bits}": st.integers(0, 2**bits - 1) for bits in (16, 40, 96)},
}
CONTRACT, FACTORY, POAP = b"\x11" * 20, b"\x33" * 20, b"\x44" * 20
TRANSFER = "0x" + keccak(b"Transfer(address,address,uint256)").hex()
STATUS = "0x" + keccak(b"StatusChanged(uint256,uint8)").hex()


@st.composite
def runs(draw: st.DrawFn) -> tuple[dict[str, object], list[list[str]], list[str]]:
    """Return an event, and the topics and data of several logs of it."""
    kinds = draw(st.lists(st.sampled_from(KINDS), max_size=8))
    marks: list[bool] = []
    for _ in kinds:
        marks.append(draw(st.booleans()) if sum(marks) < 3 else False)
    abi = entry(kinds, marks)
    own = "0x" + EventReader(abi).topic.hex()
    topics, data = [], []
    for _ in range(draw(st.integers(1, 5))):
        values = [draw(FIXED[kind]) for kind in kinds]
        parts = list(zip(kinds, marks, values, strict=True))
        topics.append(
            [own, *["0x" + encode([kind], [value]).hex() for kind, mark, value in parts if mark]]
        )
        plain = [(kind, value) for kind, mark, value in parts if not mark]
        words = encode([kind for kind, _ in plain], [value for _, value in plain])
        data.append("0x" + words.hex())
    return abi, topics, data


def one_by_one(
    abi: dict[str, object], topics: Sequence[Sequence[str]], data: Sequence[str]
) -> list[list[Any]] | None:
    reader = EventReader(abi)
    try:
        return [reader.read(*of_log) for of_log in zip(topics, data, strict=True)]
    except (ValueError, TypeError):
        return None


def together(
    abi: dict[str, object], topics: Sequence[Sequence[str]], data: Sequence[str]
) -> list[list[Any]] | None:
    reader = run_reader(abi)
    assert reader is not None
    try:
        return [list(values) for values in reader.read(topics, data)]
    except (ValueError, TypeError):
        return None


@given(runs())
def test_a_run_reads_as_its_logs_one_by_one(
    case: tuple[dict[str, object], list[list[str]], list[str]],
) -> None:
    expected = one_by_one(*case)
    assert expected is not None
    assert together(*case) == expected


@given(runs(), st.data())
def test_a_damaged_run_is_refused_where_one_of_its_logs_is(
    case: tuple[dict[str, object], list[list[str]], list[str]], data: st.DataObject
) -> None:
    abi, topics, plain = case
    at = data.draw(st.integers(0, len(plain) - 1))
    texts = [*topics[at][1:], plain[at]]
    which = data.draw(st.integers(0, len(texts) - 1))
    text = texts[which]
    place = data.draw(st.integers(0, len(text) - 1))
    damage: dict[str, Callable[[], str]] = {
        "digit": lambda: (
            text[:place] + data.draw(st.sampled_from("0f9xXz \u0663")) + text[place + 1 :]
        ),
        "shorter": lambda: text[:place],
        "longer": lambda: (
            text[:place] + data.draw(st.sampled_from(["0", "00", "0x", " "])) + text[place:]
        ),
        "word": lambda: text + "00" * 32,
    }
    texts[which] = damage[data.draw(st.sampled_from(sorted(damage)))]()
    topics[at][1:], plain[at] = texts[:-1], texts[-1]

    assert together(abi, topics, plain) == one_by_one(abi, topics, plain)


@given(runs(), st.data())
def test_damages_that_make_up_for_each_other_are_refused(
    case: tuple[dict[str, object], list[list[str]], list[str]], data: st.DataObject
) -> None:
    abi, topics, plain = case
    texts = [text for of_log in topics for text in of_log[1:]] + plain
    ways = st.sampled_from(
        [lambda t: t + "00", lambda t: t[:-2], lambda t: "00" + t[2:], lambda t: t]
    )
    changed = iter([data.draw(ways)(text) for text in texts])
    topics = [[of_log[0], *[next(changed) for _ in of_log[1:]]] for of_log in topics]
    plain = [next(changed) for _ in plain]

    assert together(abi, topics, plain) == one_by_one(abi, topics, plain)


@pytest.mark.parametrize("kind", ["string", "bytes", "bool"])
def test_an_event_without_a_fixed_form_has_no_runs(kind: str) -> None:
    assert run_reader(entry([kind], [False])) is None


@pytest.fixture
def decoder() -> LogDecoder:
    return LogDecoder(31_337, FACTORY, artifacts.all_entries(), poap=POAP)


def transfer(token_id: int, index: int, **changes: object) -> dict[str, object]:
    return {
        "address": "0x" + CONTRACT.hex(),
        "topics": [TRANSFER, *[f"0x{value:064x}" for value in (0, 9, token_id)]],
        "data": "0x",
        "blockNumber": "0x10",
        "logIndex": hex(index),
    } | changes


def test_facts_of_many_logs_stand_in_the_order_of_the_chain(decoder: LogDecoder) -> None:
    later = [transfer(number, number, blockNumber="0x11") for number in range(9)]
    other = [
        transfer(0, 2 * number + 1, topics=[STATUS, f"0x{number:064x}"], data=f"0x{1:064x}")
        for number in range(9)
    ]
    logs = [*later, *[transfer(number, 2 * number) for number in range(9)], *other]
    unknown = transfer(0, 99, topics=["0x" + "99" * 32])

    facts = decoder.decode_all([*logs, unknown])

    assert [(fact.block_number, fact.log_index) for fact in facts] == [
        *[(16, index) for index in range(18)],
        *[(17, index) for index in range(9)],
    ]
    alone = {fact for log in logs if (fact := decoder.decode(log)) is not None}
    assert set(facts) == alone
    assert facts[0] == Transferred(CONTRACT, 16, 0, bytes(20), bytes(19) + b"\x09", 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"address": None},
        {"address": ["0x"]},
        {"address": "0x11"},
        {"topics": None},
        {"topics": [TRANSFER]},
        {"topics": [TRANSFER, "0x" + "00" * 32, "0x" + "00" * 32, 7]},
        {"topics": [TRANSFER, "0x" + "00" * 32, "0x" + "00" * 32, "0x" + "zz" * 32]},
        {"topics": [TRANSFER, "0x" + "ff" * 32, "0x" + "00" * 32, "0x" + "00" * 32]},
        {"topics": [STATUS, "0x" + "00" * 32], "data": "0x" + "00" * 31 + "09"},
        {"data": None},
        {"data": "0x00"},
        {"blockNumber": None},
        {"blockNumber": []},
        {"logIndex": "three"},
    ],
)
def test_one_malformed_log_among_many_is_refused(
    decoder: LogDecoder, changes: dict[str, object]
) -> None:
    logs = [transfer(number, number) for number in range(9)]
    logs[5] |= changes
    with pytest.raises(ChainError) as caught:
        decoder.decode_all(logs)
    assert caught.value.code == "rpc.bad_answer"
    with pytest.raises(ChainError) as alone:
        decoder.decode(logs[5])
    assert str(caught.value) == str(alone.value)


@pytest.mark.parametrize("topics", [[], [None], [[]], ["0x" + "99" * 32]])
def test_a_log_of_an_unknown_kind_hides_no_other(decoder: LogDecoder, topics: list[object]) -> None:
    logs = [transfer(number, number) for number in range(9)]
    logs[5]["topics"] = topics
    assert len(decoder.decode_all(logs)) == 8


def test_a_log_that_lacks_a_member_is_refused(decoder: LogDecoder) -> None:
    for name in transfer(0, 0):
        logs = [transfer(number, number) for number in range(9)]
        del logs[5][name]
        with pytest.raises(ChainError):
            decoder.decode_all(logs)
