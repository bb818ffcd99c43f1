import pytest
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from app.domain.addresses import address_of, checksum, parse_address

# The examples of EIP-55.
EXAMPLES = [
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
    "0xde709f2102306220921060314715629080e2fb77",
    "0x27b1fdb04752bbc536007a920d24acb045561c26",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
]


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_examples_of_eip_55(text: str) -> None:
    assert checksum(bytes.fromhex(text[2:])) == text
    assert parse_address(text) == bytes.fromhex(text[2:])


@given(st.binary(min_size=20, max_size=20))
def test_it_agrees_with_an_independent_library(address: bytes) -> None:
    assert checksum(address) == to_checksum_address(address)
    for text in (checksum(address), "0x" + address.hex(), "0x" + address.hex().upper()):
        assert parse_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0x",
        EXAMPLES[4][2:],
        "0X" + EXAMPLES[4][2:],
        EXAMPLES[4][:-1],
        EXAMPLES[4] + "0",
        EXAMPLES[4][:-1] + "g",
        EXAMPLES[4][:-1] + " ",
        EXAMPLES[4].replace("5aA", "5AA"),
        "0x" + "\uff11" * 40,
    ],
)
def test_a_wrong_address_or_checksum_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="address"):
        parse_address(text)


@pytest.mark.parametrize("length", [0, 19, 21, 32])
def test_only_20_bytes_are_an_address(length: int) -> None:
    with pytest.raises(ValueError, match="20 bytes"):
        checksum(bytes(length))


def test_the_address_of_the_smallest_key() -> None:
    point = bytes.fromhex(
        "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
        "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"
    )
    for key in (point, b"\x04" + point):
        assert checksum(address_of(key)) == "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"


@pytest.mark.parametrize("key", [b"", bytes(33), bytes(65), b"\x04" + bytes(65)])
def test_another_form_of_public_key_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match="public key"):
        address_of(key)
