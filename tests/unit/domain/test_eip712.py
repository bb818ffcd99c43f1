from collections.abc import Callable
from typing import Any

import pytest
from coincurve import PrivateKey
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data
from eth_utils.crypto import keccak as reference_keccak
from hypothesis import given
from hypothesis import strategies as st

from app.domain.addresses import parse_address
from app.domain.eip712 import (
    CURVE_ORDER,
    HALF_ORDER,
    Domain,
    StructType,
    TypedData,
    Value,
    address_of_secret,
    assert_native_backend,
    compact,
    digest,
    domain_separator,
    recover,
    sign_digest,
)
from app.domain.errors import KeyTrouble
from app.domain.keccak import keccak

SECRETS = st.integers(1, CURVE_ORDER - 1).map(lambda number: number.to_bytes(32, "big"))
DIGESTS = st.binary(min_size=32, max_size=32)
ADDRESSES = st.binary(min_size=20, max_size=20)
ALL_KINDS = StructType(
    "Everything(string text,bytes blob,address who,bytes32 word,uint8 tiny,uint16 small,"
    "uint32 medium,uint64 large,uint256 huge)"
)
VALUES = st.tuples(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=50),
    st.binary(max_size=50),
    ADDRESSES,
    DIGESTS,
    *(st.integers(0, 2**bits - 1) for bits in (8, 16, 32, 64, 256)),
)


def reference_digest(message: dict[str, Any]) -> bytes:
    signable = encode_typed_data(full_message=message)
    return reference_keccak(b"\x19" + signable.version + signable.header + signable.body)


# ── hashing ───────────────────────────────────────────────────────────────────────────────────────


def test_the_example_of_eip_712() -> None:
    domain = Domain("Ether Mail", "1", 1, bytes.fromhex("cc" * 20))
    person = StructType("Person(string name,address wallet)")
    sender = ("Cow", parse_address("0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"))
    receiver = ("Bob", bytes.fromhex("bb" * 20))
    mail_type = keccak(
        b"Mail(Person from,Person to,string contents)Person(string name,address wallet)"
    )
    mail = keccak(
        mail_type
        + person.hash_struct(sender)
        + person.hash_struct(receiver)
        + keccak(b"Hello, Bob!")
    )
    separator = domain_separator(domain)
    assert separator.hex() == "f2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f"
    signed = keccak(b"\x19\x01" + separator + mail)
    assert signed.hex() == "be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2"
    signature = compact(
        0x4355C47D63924E8A72E509B65029052EB6C299D53A04E167C5775FD466751C9D,
        0x07299936D304C153F6443DFA05F40FF007D72911B6F72307F996231605B91562,
        28,
    )
    assert sign_digest(keccak(b"cow"), signed) == signature
    assert recover(signed, signature) == sender[1]


@given(VALUES, st.text(st.characters(exclude_categories=["Cs"]), max_size=20), ADDRESSES)
def test_every_field_type_hashes_as_in_an_independent_library(
    values: tuple[Value, ...], name: str, contract: bytes
) -> None:
    data = TypedData(Domain(name, "1", 84532, contract), ALL_KINDS, values)
    assert digest(data) == reference_digest(data.message())


def test_typed_data_names_its_type() -> None:
    data = TypedData(Domain("A", "1", 1, bytes(20)), StructType("One(uint8 x)"), (1,))
    assert data.primary_type == "One"
    assert data.message()["message"] == {"x": "1"}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("uint8", 256),
        ("uint8", -1),
        ("uint256", 2**256),
        ("uint64", b"\x01"),
        ("uint64", "1"),
        ("address", bytes(19)),
        ("address", bytes(32)),
        ("address", "0x" + "00" * 20),
        ("bytes32", bytes(31)),
        ("bytes32", 0),
        ("bytes", "text"),
        ("string", b"bytes"),
    ],
)
def test_a_value_that_does_not_fit_its_field_is_refused(kind: str, value: Value) -> None:
    with pytest.raises(ValueError, match=r"fit|raw bytes|type"):
        StructType(f"One({kind} x)").hash_struct((value,))


@pytest.mark.parametrize("values", [(), (1, 2)])
def test_the_number_of_values_must_fit(values: tuple[Value, ...]) -> None:
    with pytest.raises(ValueError, match="zip"):
        StructType("One(uint8 x)").hash_struct(values)


@pytest.mark.parametrize(
    "kind", ["int8", "uint", "uint7", "uint264", "uint0", "bytes4", "Person", "uint8[]", "bool"]
)
def test_a_field_type_that_we_do_not_use_is_refused(kind: str) -> None:
    with pytest.raises(ValueError, match="no encoder"):
        StructType(f"One({kind} x)")


# ── signatures ────────────────────────────────────────────────────────────────────────────────────


# The two examples of EIP-2098: the secret, the text, r, s with the parity, v.
EIP_2098_SECRET = bytes.fromhex("1234567890" * 6 + "1234")
EIP_2098 = [
    (
        "Hello World",
        "68a020a209d3d56c46f38cc50a33f704f4a9a10a59377f8dd762ac66910e9b90",
        "7e865ad05c4035ab5792787d4a0297a43617ae897930a6fe4d822b8faea52064",
    ),
    (
        "It's a small(er) world",
        "9328da16089fcba9bececa81663203989f2df5fe1faa6291a45381c81bd17f76",
        "939c6d6b623b42da56557e5e734a43dc83345ddfadec52cbe24d0cc64f550793",
    ),
]


@pytest.mark.parametrize(("text", "r", "packed"), EIP_2098)
def test_the_examples_of_eip_2098(text: str, r: str, packed: str) -> None:
    signed = keccak(f"\x19Ethereum Signed Message:\n{len(text)}{text}".encode())
    signature = bytes.fromhex(r + packed)
    assert sign_digest(EIP_2098_SECRET, signed) == signature
    assert recover(signed, signature) == address_of_secret(EIP_2098_SECRET)
    wide = Account.sign_message(encode_defunct(text=text), EIP_2098_SECRET)
    assert compact(wide.r, wide.s, wide.v) == signature


@given(SECRETS, DIGESTS)
def test_a_signature_recovers_to_its_signer_as_in_an_independent_library(
    secret: bytes, signed: bytes
) -> None:
    signature = sign_digest(secret, signed)
    account = Account.from_key(secret)
    wide = account.unsafe_sign_hash(signed)
    assert compact(wide.r, wide.s, wide.v) == signature
    assert recover(signed, signature) == address_of_secret(secret) == parse_address(account.address)


@given(SECRETS, DIGESTS, st.integers(0, 511))
def test_a_flipped_bit_never_recovers_to_the_signer(secret: bytes, signed: bytes, bit: int) -> None:
    signature = bytearray(sign_digest(secret, signed))
    signature[bit // 8] ^= 1 << bit % 8
    assert recover(signed, bytes(signature)) != address_of_secret(secret)


@given(st.binary(max_size=80), st.binary(max_size=40))
def test_recover_never_raises(signed: bytes, signature: bytes) -> None:
    recover(signed, signature)


@given(DIGESTS, st.binary(min_size=64, max_size=64))
def test_recover_never_raises_on_64_bytes(signed: bytes, signature: bytes) -> None:
    address = recover(signed, signature)
    assert address is None or len(address) == 20


def word(number: int) -> bytes:
    return number.to_bytes(32, "big")


SIGNED = keccak(b"signed")
GOOD = sign_digest(word(1), SIGNED)
R, PACKED = GOOD[:32], int.from_bytes(GOOD[32:], "big")
S, PARITY = PACKED % 2**255, PACKED >> 255 << 255


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        GOOD[:-1],
        GOOD + b"\x00",
        R + word(S) + b"\x1b",
        R + word(PARITY),
        R + word(0),
        bytes(32) + GOOD[32:],
        R + word(HALF_ORDER + 1 | PARITY),
        R + word(2**255 - 1),
        R + b"\xff" * 32,
        word(CURVE_ORDER) + GOOD[32:],
        b"\xff" * 64,
        word(5) + GOOD[32:],  # no point of the curve has x = 5
    ],
)
def test_a_malformed_signature_recovers_to_nobody(signature: bytes) -> None:
    assert recover(SIGNED, GOOD) == address_of_secret(word(1))
    assert recover(SIGNED, signature) is None


def test_s_at_half_the_order_is_the_last_that_is_accepted() -> None:
    assert recover(SIGNED, R + word(HALF_ORDER)) is not None
    assert recover(SIGNED, R + word(HALF_ORDER + 1)) is None


@given(SECRETS, DIGESTS)
def test_the_high_twin_is_written_as_the_low_one(secret: bytes, signed: bytes) -> None:
    raw = PrivateKey(secret).sign_recoverable(signed, hasher=None)
    r, s, v = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:64], "big"), raw[64]
    assert s <= HALF_ORDER
    expected = sign_digest(secret, signed)
    assert compact(r, s, v) == compact(r, CURVE_ORDER - s, 1 - v) == expected
    assert compact(r, s, v + 27) == compact(r, CURVE_ORDER - s, 28 - v) == expected


@pytest.mark.parametrize(
    ("r", "s", "v"),
    [
        (0, 1, 27),
        (1, 0, 27),
        (CURVE_ORDER, 1, 27),
        (1, CURVE_ORDER, 28),
        (1, 1, 2),
        (1, 1, 26),
        (1, 1, 29),
        (1, 1, -1),
    ],
)
def test_numbers_out_of_range_are_no_signature(r: int, s: int, v: int) -> None:
    with pytest.raises(ValueError, match="must"):
        compact(r, s, v)


@pytest.mark.parametrize("secret", [bytes(32), word(CURVE_ORDER), b"\x01" * 33])
def test_a_secret_out_of_range_is_refused_without_showing_it(secret: bytes) -> None:
    with pytest.raises(ValueError) as trouble:  # noqa: PT011 - the library's words vary
        sign_digest(secret, SIGNED)
    assert secret.hex() not in str(trouble.value)


def test_the_native_library_answers_rightly() -> None:
    assert_native_backend()


@pytest.mark.parametrize("recoverer", [lambda _d, _s: None, lambda _d, _s: bytes(20)])
def test_a_library_that_answers_wrongly_is_found_at_start(
    recoverer: Callable[[bytes, bytes], bytes | None],
) -> None:
    with pytest.raises(KeyTrouble) as trouble:
        assert_native_backend(recoverer)
    assert trouble.value.code == "keys.native_backend"
