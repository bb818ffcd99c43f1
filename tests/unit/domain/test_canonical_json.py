import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.canonical_json import DEEPEST, LARGEST_INTEGER, canonical, read_canonical

KEYS = st.text(st.characters(max_codepoint=127))
LEAVES = st.one_of(
    st.booleans(),
    st.integers(-LARGEST_INTEGER, LARGEST_INTEGER),
    st.text(st.characters(codec="utf-8")),
)
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.one_of(st.lists(inner), st.dictionaries(KEYS, inner)), max_leaves=20
)


@given(DOCUMENTS)
def test_what_is_written_is_read_back_and_written_the_same(document: object) -> None:
    content = canonical(document)
    assert read_canonical(content) == document
    assert canonical(json.loads(content)) == content


@given(DOCUMENTS)
def test_another_writer_gives_the_same(document: object) -> None:
    written = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert canonical(document) == written.encode()


def test_every_sign_is_written_as_another_writer_does() -> None:
    signs = "".join(chr(code) for code in [*range(0xD800), 0xE000, 0xFFFF, 0x10000, 0x10FFFF])
    assert canonical(signs) == json.dumps(signs, ensure_ascii=False).encode()


def test_the_form_is_that_of_rfc_8785() -> None:
    document = {"b": [1, True], "a": 'é€\u2028\u0007\n"\\/', "": {}, "B": -0}
    written = '{"":{},"B":0,"a":"é€\u2028\\u0007\\n\\"\\\\/","b":[1,true]}'
    assert canonical(document) == written.encode()


@pytest.mark.parametrize(
    "document",
    [1.5, float("nan"), None, 2**53, -(2**53), {"é": 1}, {1: 2}, ["\ud800"], [None], b"bytes"],
)
def test_what_has_no_single_form_is_not_written(document: object) -> None:
    with pytest.raises(ValueError, match=r"canonical|surrogates"):
        canonical(document)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"a": 1}',
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b'{"a":1}\n',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":1.0}',
        b'{"a":1e2}',
        b'{"a":-0}',
        b'{"a":null}',
        b'{"a":NaN}',
        b'{"a":"\\u0041"}',
        b'{"a":"\\ud800"}',
        b'{"a":"\xff"}',
        '{"a":1}'.encode("utf-16"),
        b'{"a":' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b"[" * 3_000 + b"]" * 3_000,
    ],
    ids=lambda content: repr(content[:16]),
)
def test_other_spellings_and_other_things_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_canonical(content)


@pytest.mark.parametrize("depth", [DEEPEST, DEEPEST + 1, 200_000])
def test_nesting_has_a_bound_whatever_the_recursion_limit(depth: int) -> None:
    content = b"[" * depth + b"]" * depth
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(10**6)  # as some libraries do; the reader's own guard is then none
    try:
        if depth <= DEEPEST:
            assert canonical(read_canonical(content)) == content
        else:
            with pytest.raises(ValueError, match=r"too deeply|depth limit"):
                read_canonical(content)
    finally:
        sys.setrecursionlimit(limit)


def test_what_could_not_be_read_back_is_not_written() -> None:
    document: list[object] = []
    for _ in range(DEEPEST):
        document = [document]
    with pytest.raises(ValueError, match="canonical"):
        canonical(document)


def test_brackets_within_texts_nest_nothing() -> None:
    content = canonical(["[" * 99, '"' + "[" * 99, "\\" + "{" * 99])
    assert canonical(read_canonical(content)) == content


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        document = read_canonical(content)
    except ValueError:
        return
    assert canonical(document) == content
