import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.flat_json import read_flat_object
from app.domain.passes import Fault, GatePass, Unreadable, encode
from app.domain.references import (
    MAX_REFERENCE_LENGTH,
    NotATicket,
    TokenReference,
    read_code,
    read_reference,
)
from tests.data.vector_cases import make

CONTRACT = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
RAW = bytes.fromhex(CONTRACT[2:])
UNLOCK = "https://app.unlock-protocol.com/verification"
UNLOCK_DATA = (
    f"%7B%22network%22%3A8453%2C%22account%22%3A%220x00%22%2C%22lockAddress%22%3A%22{CONTRACT}"
    "%22%2C%22tokenId%22%3A%223%22%2C%22timestamp%22%3A1700000000000%7D"
)


# ── the single entry ──────────────────────────────────────────────────────────────────────────────


def test_a_pass_a_damaged_pass_a_reference_and_a_shop_are_told_apart() -> None:
    text = encode(make(0x21))
    assert isinstance(read_code(text), GatePass)
    assert read_code(text.encode() + b"\r\n") == make(0x21)
    assert read_code(text[:-1]) == Unreadable(Fault.BASE45)
    assert read_code(f"eip155:1/erc721:{CONTRACT}/7\n") == TokenReference(7, 1, RAW)
    assert read_code("https://shop.example/table/4") == NotATicket()


@given(st.text() | st.binary())
def test_no_text_and_no_bytes_raise(text: str | bytes) -> None:
    read_code(text)


@given(
    st.sampled_from(["eip155:", "ethereum:0x", "{", '{"eventId":', UNLOCK + "?data=", "["]),
    st.text(max_size=80),
)
def test_nothing_behind_a_known_beginning_raises(start: str, text: str) -> None:
    read_code(start + text)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 2900,
        "[" * MAX_REFERENCE_LENGTH,
        '{"a":' * 859,
        '{"eventId":' + "[" * 2900,
        '{"eventId":1,"tokenId":2,"x":' + "{" * 2900 + "}" * 1200 + "}",
        '{"' + "\\\\" * 2100,
        '{"a":"' + "a" * 4200,
        '{"eventId":1,"tokenId":' + "9" * 4200 + "}",
        '{"eventId":1,"tokenId":1e999999999}',
        "https://" + "a." * 2100,
        UNLOCK + "?" + "&" * 4200,
        "eip155:" + "1" * 4200,
        UNLOCK + "?data=" + "%5B" * 1400,
    ],
)
def test_hostile_texts_are_no_tickets(text: str) -> None:
    assert read_code(text) == NotATicket()
    assert read_code(text.encode()) == NotATicket()


def test_a_reference_has_at_most_4296_characters() -> None:
    text = '{"eventId":1,"tokenId":2,"x":"'
    fits = text + "a" * (MAX_REFERENCE_LENGTH - len(text) - 2) + '"}'
    assert read_reference(fits + "\r\n") == TokenReference(2, event_text="1")
    assert read_reference(fits.replace("x", "xx", 1)) == NotATicket()


# ── CAIP-22 ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("token_id", [0, 42, 2**256 - 1])
@pytest.mark.parametrize("contract", [CONTRACT, CONTRACT.lower()])
def test_a_caip_reference_reads(contract: str, token_id: int) -> None:
    text = f"eip155:84532/erc721:{contract}/{token_id}"
    assert read_code(text) == TokenReference(token_id, 84532, RAW)


@pytest.mark.parametrize(
    "text",
    [
        f"eip155:84532/erc721:{CONTRACT}",
        f"eip155:84532/erc721:{CONTRACT}/",
        f"eip155:84532/erc721:{CONTRACT}/-1",
        f"eip155:84532/erc721:{CONTRACT}/042",
        f"eip155:84532/erc721:{CONTRACT}/{2**256}",
        f"eip155:84532/erc721:{CONTRACT}/42 ",
        f" eip155:84532/erc721:{CONTRACT}/42",
        f"eip155:84532/erc721:{CONTRACT}/4\u0662",
        f"eip155:084532/erc721:{CONTRACT}/42",
        f"eip155:{2**256}/erc721:{CONTRACT}/42",
        f"eip155:/erc721:{CONTRACT}/42",
        f"eip155:84532/erc1155:{CONTRACT}/42",
        f"EIP155:84532/erc721:{CONTRACT}/42",
        f"eip155:84532/erc721:{CONTRACT[:-1]}/42",
        f"eip155:84532/erc721:{CONTRACT.replace('5aA', '5AA')}/42",
    ],
)
def test_a_faulty_caip_reference_is_no_ticket(text: str) -> None:
    assert read_code(text) == NotATicket()


# ── ethereum: URIs ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "chain_id"),
    [
        (f"ethereum:{CONTRACT}@84532/ownerOf?uint256=42", 84532),
        (f"ethereum:{CONTRACT}/tokenURI?uint256=42", None),
        (f"ethereum:pay-{CONTRACT}@8453/tokenURI?uint256=42", 8453),
        (f"ethereum:{CONTRACT}@1/safeTransferFrom?address=0x1&address=0x2&uint256=42", 1),
        (f"ethereum:{CONTRACT}@1/transferFrom?address=0x1&address=0x2&uint256=42&gas=9", 1),
        (f"ethereum:{CONTRACT}@1?tokenId=42", 1),
    ],
)
def test_an_ethereum_uri_of_a_token_reads(text: str, chain_id: int | None) -> None:
    assert read_code(text) == TokenReference(42, chain_id, RAW)


@pytest.mark.parametrize(
    "text",
    [
        f"ethereum:{CONTRACT}",
        f"ethereum:{CONTRACT}@1?value=42",
        f"ethereum:{CONTRACT}@1/transfer?address=0x1&uint256=42",
        f"ethereum:{CONTRACT}@1/ownerOf?uint256=42&uint256=43",
        f"ethereum:{CONTRACT}@1/ownerOf?uint256=4.2e1",
        f"ethereum:{CONTRACT}@1/ownerOf",
        f"ethereum:{CONTRACT}@0x1/ownerOf?uint256=42",
        f"ethereum:{CONTRACT}@/ownerOf?uint256=42",
        "ethereum:tickets.example.eth@1/ownerOf?uint256=42",
        f"Ethereum:{CONTRACT}@1/ownerOf?uint256=42",
    ],
)
def test_another_ethereum_uri_is_no_ticket(text: str) -> None:
    assert read_code(text) == NotATicket()


# ── Unlock ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        f"{UNLOCK}?data={UNLOCK_DATA}&sig=0x12",
        f"{UNLOCK}/?sig=0x12&data={UNLOCK_DATA}",
        f"https://unlock-protocol.com/verification?data={UNLOCK_DATA}",
    ],
)
def test_an_unlock_verification_url_reads(text: str) -> None:
    assert read_code(text) == TokenReference(3, 8453, RAW)


@pytest.mark.parametrize(
    "text",
    [
        f"{UNLOCK}?sig=0x12",
        f"{UNLOCK}?data={UNLOCK_DATA}&data={UNLOCK_DATA}",
        f"http://app.unlock-protocol.com/verification?data={UNLOCK_DATA}",
        f"https://unlock-protocol.com.shop.example/verification?data={UNLOCK_DATA}",
        f"https://shop.example/verification?data={UNLOCK_DATA}",
        f"https://app.unlock-protocol.com/other?data={UNLOCK_DATA}",
        f"{UNLOCK}?data=%7B%22tokenId%22%3A3%7D",
        f"{UNLOCK}?data={UNLOCK_DATA.replace('8453', 'null')}",
        f"{UNLOCK}?data={UNLOCK_DATA.replace('8453', '-1')}",
        f"{UNLOCK}?data={UNLOCK_DATA.replace('tokenId', 'token')}",
        f"{UNLOCK}?data=%FF%FE",
    ],
)
def test_another_url_is_no_ticket(text: str) -> None:
    assert read_code(text) == NotATicket()


# ── JSON of older Echain screens ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "event_text"),
    [
        ('{"eventId":"7","tokenId":"42"}', "7"),
        ('{"tokenId":42,"eventId":7}', "7"),
        (' { "eventId" : "summer-fair" ,\n "tokenId" : 42 , "x" : null } ', "summer-fair"),
        ('{"eventId":"\\u0037","tokenId":42}', "7"),
    ],
)
def test_the_json_of_older_screens_reads(text: str, event_text: str) -> None:
    assert read_code(text) == TokenReference(42, event_text=event_text)


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"eventId":"7"}',
        '{"tokenId":"42"}',
        '{"eventId":null,"tokenId":42}',
        '{"eventId":1.5,"tokenId":42}',
        '{"eventId":"","tokenId":42}',
        '{"eventId":"a\\nb","tokenId":42}',
        '{"eventId":"\\u202e7","tokenId":42}',
        '{"eventId":"' + "a" * 81 + '","tokenId":42}',
        '{"eventId":7,"tokenId":-1}',
        '{"eventId":7,"tokenId":4.0}',
        '{"eventId":7,"tokenId":true}',
        '{"eventId":7,"tokenId":"0x2a"}',
        '{"eventId":7,"tokenId":42,"tokenId":43}',
        '{"eventId":7,"tokenId":42}{}',
        '[{"eventId":7,"tokenId":42}]',
    ],
)
def test_other_json_is_no_ticket(text: str) -> None:
    assert read_code(text) == NotATicket()


def test_an_event_is_found_by_its_id_or_number() -> None:
    by_id = TokenReference(1, event_text="0x" + "ab" * 32)
    assert (by_id.event_id, by_id.event_number) == (b"\xab" * 32, None)
    by_number = TokenReference(1, event_text="12")
    assert (by_number.event_id, by_number.event_number) == (None, 12)
    by_nothing = TokenReference(1)
    assert (by_nothing.event_id, by_nothing.event_number) == (None, None)
    by_name = TokenReference(1, event_text="summer-fair")
    assert (by_name.event_id, by_name.event_number) == (None, None)


# ── the flat reader ───────────────────────────────────────────────────────────────────────────────


SCALARS = (
    st.text()
    | st.integers(-(10**77), 10**77)
    | st.booleans()
    | st.none()
    | st.floats(allow_nan=False, allow_infinity=False)
)


@given(st.dictionaries(st.text(), SCALARS, max_size=6), st.booleans(), st.sampled_from([None, 1]))
def test_flat_objects_read_as_in_the_standard_library(
    members: dict[str, object],
    ascii_only: bool,
    indent: int | None,
) -> None:
    text = json.dumps(members, ensure_ascii=ascii_only, indent=indent)
    expected = {
        name: value if isinstance(value, str | int) and not isinstance(value, bool) else None
        for name, value in members.items()
    }
    assert read_flat_object(text) == expected


@given(st.text(st.sampled_from('{}[]",:\\ue0123456789.-+trfalsn \n'), max_size=30))
def test_what_reads_is_json(text: str) -> None:
    if read_flat_object(text) is not None:
        assert isinstance(json.loads(text), dict)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "}",
        "[]",
        "1",
        '"a"',
        "{,}",
        '{"a"}',
        '{"a":}',
        '{"a":1,}',
        '{"a":1 "b":2}',
        "{'a':1}",
        '{"a":01}',
        '{"a":+1}',
        '{"a":.5}',
        '{"a":1.}',
        '{"a":NaN}',
        '{"a":[]}',
        '{"a":{}}',
        "{a:1}",
        '{"a":"\n"}',
        '{"a":"\\x"}',
        '{"a":"\\u12"}',
        '{"a":1}}',
        '{"a":1,"a":2}',
        '\ufeff{"a":1}',
    ],
)
def test_other_texts_are_no_flat_object(text: str) -> None:
    assert read_flat_object(text) is None
