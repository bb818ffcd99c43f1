import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import base45, cbor
from app.domain.challenges import Challenge, challenge_bytes, encode_challenge, parse_challenge

GOOD = Challenge(b"\x01\x02\x03\x04", 7, bytes(range(16)))
CHALLENGES = st.builds(
    Challenge,
    st.binary(min_size=4, max_size=4),
    st.integers(0, 65_535),
    st.binary(min_size=16, max_size=16),
)


def written(*items: cbor.Item) -> str:
    return "EC1:" + base45.encode(cbor.encode(items))


@given(CHALLENGES, st.sampled_from(["", "\n", "\r\n"]))
def test_every_challenge_reads_back(challenge: Challenge, end: str) -> None:
    assert parse_challenge(encode_challenge(challenge) + end) == challenge


def test_the_door_fills_the_last_two_bytes_of_what_is_signed() -> None:
    signed = challenge_bytes(bytes(range(16)), 0xABCD)
    assert signed.hex() == bytes(range(16)).hex() + "00" * 14 + "abcd"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "EC1:",
        "ec1:" + encode_challenge(GOOD)[4:],
        " " + encode_challenge(GOOD),
        encode_challenge(GOOD) + " ",
        "EG1:" + encode_challenge(GOOD)[4:],
        "EC1:" + "A" * 61,
        "EC1:!!",
        written(b"abcd", 7),
        written(b"abcd", 7, bytes(16), 0),
        written(b"abc", 7, bytes(16)),
        written(b"abcd", 65_536, bytes(16)),
        written(b"abcd", b"\x07", bytes(16)),
        written(1, 7, bytes(16)),
        written(b"abcd", 7, 16),
        written(b"abcd", 7, bytes(15)),
    ],
)
def test_anything_else_is_no_challenge(text: str) -> None:
    assert parse_challenge(text) is None


@given(st.text(max_size=70))
def test_no_text_raises(text: str) -> None:
    parse_challenge("EC1:" + text)
    parse_challenge(text)


@pytest.mark.parametrize(
    "challenge",
    [
        Challenge(b"abc", 7, bytes(16)),
        Challenge(b"abcd", 65_536, bytes(16)),
        Challenge(b"abcd", -1, bytes(16)),
        Challenge(b"abcd", 7, bytes(15)),
    ],
)
def test_a_challenge_that_would_not_read_back_is_not_written(challenge: Challenge) -> None:
    with pytest.raises(ValueError, match="has"):
        encode_challenge(challenge)
