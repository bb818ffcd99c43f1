import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.base45 import ALPHABET, decode, encode

# The examples of RFC 9285, sections 4.3 and 4.4.
EXAMPLES = [
    (b"AB", "BB8"),
    (b"Hello!!", "%69 VD92EX0"),
    (b"base-45", "UJCLQE7W581"),
    (b"ietf!", "QED8WEX0"),
    (b"", ""),
    (b"\xff\xff", "FGW"),
]


@pytest.mark.parametrize(("data", "text"), EXAMPLES)
def test_the_examples_of_rfc_9285(data: bytes, text: str) -> None:
    assert encode(data) == text
    assert decode(text) == data


@given(st.binary(max_size=300))
def test_what_is_written_reads_back(data: bytes) -> None:
    text = encode(data)
    assert decode(text) == data
    assert set(text) <= set(ALPHABET)


@given(st.text(alphabet=ALPHABET, max_size=20))
def test_every_text_that_reads_is_the_only_one_for_its_bytes(text: str) -> None:
    data = decode(text)
    assert data is None or encode(data) == text


@given(st.binary(min_size=1, max_size=200))
def test_a_text_never_ends_with_a_blank(data: bytes) -> None:
    assert not encode(data).endswith(" ")


@pytest.mark.parametrize(
    "text",
    [
        "A",
        "BB8A",
        "GGW",
        ":::",
        "V5",
        "::",
        "bb8",
        "BB\n",
        "BÉ8",
        "BB\uff18",
        "BB\x00",
        "B,8",
        "\ud800B8",
    ],
)
def test_a_faulty_text_is_refused(text: str) -> None:
    assert decode(text) is None


@given(st.text(max_size=100))
def test_no_text_raises(text: str) -> None:
    data = decode(text)
    assert data is None or encode(data) == text
