"""EIP-712 hashing and EIP-2098 signatures on coincurve: the door's hot path, free of eth_account.

A signature is 64 bytes, ``r ‖ yParity·2²⁵⁵ + s`` (EIP-2098), s in the lower half of the curve's
order. libsecp256k1 recovers high-s signatures without complaint, so s is checked here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from coincurve import PrivateKey, PublicKey

from app.domain.addresses import address_of, checksum
from app.domain.errors import KeyTrouble
from app.domain.keccak import keccak

CURVE_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
HALF_ORDER: Final = CURVE_ORDER // 2
SIGNATURE_LENGTH: Final = 64
_PARITY_BIT: Final = 1 << 255
_DOMAIN_TYPE: Final = (
    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
_DOMAIN_FIELDS: Final = (
    ("string", "name"),
    ("string", "version"),
    ("uint256", "chainId"),
    ("address", "verifyingContract"),
)

Value = int | bytes | str
_Encoder = Callable[[Value], bytes]


@dataclass(frozen=True, slots=True)
class Domain:
    """The EIP-712 domain of a signature; ``verifying_contract`` is 20 raw bytes."""

    name: str
    version: str
    chain_id: int
    verifying_contract: bytes


@dataclass(frozen=True, slots=True)
class StructType:
    """A flat EIP-712 struct type: every field is an atomic type, ``string`` or ``bytes``.

    Args:
        encoded: The type as EIP-712 writes it, ``Name(type field,type field)``.

    Raises:
        ValueError: If a field's type is none that this encoder knows.
    """

    encoded: str
    name: str = field(init=False)
    fields: tuple[tuple[str, str], ...] = field(init=False)
    hash: bytes = field(init=False, repr=False)
    _encoders: tuple[_Encoder, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Take the written type apart once, so that hashing a struct does not."""
        name, _, members = self.encoded.removesuffix(")").partition("(")
        pairs = [member.split(" ") for member in members.split(",")]
        fields = tuple((kind, label) for kind, label in pairs)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "fields", fields)
        object.__setattr__(self, "hash", keccak(self.encoded.encode()))
        object.__setattr__(self, "_encoders", tuple(_encoder(kind) for kind, _ in fields))

    def hash_struct(self, values: tuple[Value, ...]) -> bytes:
        """Hash the values of one struct (EIP-712 ``hashStruct``), 32 bytes.

        Raises:
            ValueError: If a value does not fit its field, or one is missing or too many.
        """
        words = [encode(value) for encode, value in zip(self._encoders, values, strict=True)]
        return keccak(self.hash + b"".join(words))


@dataclass(frozen=True, slots=True)
class TypedData:
    """What a signer is asked to sign: a domain, a struct type, values in the type's order."""

    domain: Domain
    struct: StructType
    values: tuple[Value, ...]

    @property
    def primary_type(self) -> str:
        """The name of the struct type."""
        return self.struct.name

    def message(self) -> dict[str, object]:
        """Write it as the JSON object of ``eth_signTypedData_v4``, for wallets that are not ours.

        Integers are decimal strings: readers in JavaScript round numbers above 2⁵³.
        """
        domain = self.domain
        values = (domain.name, domain.version, domain.chain_id, domain.verifying_contract)
        return {
            "types": {
                "EIP712Domain": _described(_DOMAIN_FIELDS),
                self.struct.name: _described(self.struct.fields),
            },
            "primaryType": self.struct.name,
            "domain": _readable(_DOMAIN_FIELDS, values),
            "message": _readable(self.struct.fields, self.values),
        }


def _described(fields: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"name": label, "type": kind} for kind, label in fields]


def _readable(
    fields: tuple[tuple[str, str], ...], values: tuple[Value, ...]
) -> dict[str, str | int]:
    readable: dict[str, str | int] = {}
    for (kind, label), value in zip(fields, values, strict=True):
        if isinstance(value, bytes):
            readable[label] = checksum(value) if kind == "address" else "0x" + value.hex()
        else:
            readable[label] = str(value)
    return readable


def _encoder(kind: str) -> _Encoder:
    """Choose the function that writes a value of one field type as its 32-byte word."""
    if kind == "string":
        return _string_word
    if kind == "bytes":
        return _bytes_word
    if kind == "address":
        return _address_word
    if kind == "bytes32":
        return _bytes32_word
    bits = kind.removeprefix("uint")
    if bits == kind or not bits.isdecimal() or int(bits) not in range(8, 257, 8):
        raise ValueError(f"no encoder for the field type {kind!r}")
    return _uint_encoder(int(bits))


def _uint_encoder(bits: int) -> _Encoder:
    bound = 1 << bits

    def word(value: Value) -> bytes:
        if not isinstance(value, int) or not 0 <= value < bound:
            raise ValueError(f"the value does not fit uint{bits}")
        return value.to_bytes(32, "big")

    return word


def _address_word(value: Value) -> bytes:
    if not isinstance(value, bytes) or len(value) != 20:
        raise ValueError("an address is 20 raw bytes")
    return bytes(12) + value


def _bytes32_word(value: Value) -> bytes:
    if not isinstance(value, bytes) or len(value) != 32:
        raise ValueError("a bytes32 is 32 raw bytes")
    return value


def _bytes_word(value: Value) -> bytes:
    if not isinstance(value, bytes):
        raise ValueError("a value of type bytes is bytes")  # noqa: TRY004 - one family for callers
    return keccak(value)


def _string_word(value: Value) -> bytes:
    if not isinstance(value, str):
        raise ValueError("a value of type string is text")  # noqa: TRY004 - one family for callers
    return keccak(value.encode())


@lru_cache(maxsize=256)
def domain_separator(domain: Domain) -> bytes:
    """Hash a domain, 32 bytes; remembered, as a door sees few domains and many codes."""
    struct = StructType(_DOMAIN_TYPE)
    return struct.hash_struct(
        (domain.name, domain.version, domain.chain_id, domain.verifying_contract)
    )


def digest(typed_data: TypedData) -> bytes:
    """Give the 32 bytes that are signed: ``keccak256(0x1901 ‖ domain separator ‖ struct hash)``.

    Raises:
        ValueError: If a value does not fit its field.
    """
    struct_hash = typed_data.struct.hash_struct(typed_data.values)
    return keccak(b"\x19\x01" + domain_separator(typed_data.domain) + struct_hash)


def recover(message_digest: bytes, signature: bytes) -> bytes | None:
    """Find who signed a digest.

    Args:
        message_digest: 32 bytes.
        signature: 64 bytes as EIP-2098 writes them.

    Returns:
        The signer's 20-byte address, or None if the signature is malformed (length, r = 0, s = 0,
        high s, no point on the curve). Never raises.
    """
    if len(signature) != SIGNATURE_LENGTH:
        return None
    packed = int.from_bytes(signature[32:], "big")
    s = packed & (_PARITY_BIT - 1)
    if not 0 < s <= HALF_ORDER or not any(signature[:32]):
        return None
    raw = signature[:32] + s.to_bytes(32, "big") + (b"\x01" if packed >= _PARITY_BIT else b"\x00")
    try:
        key = PublicKey.from_signature_and_message(raw, message_digest, hasher=None)
    except ValueError:
        return None
    return address_of(key.format(compressed=False))


def compact(r: int, s: int, v: int) -> bytes:
    """Write a signature in 64 bytes (EIP-2098), turning a high s into its low twin.

    Args:
        r: The curve point's x coordinate.
        s: The proof, either twin.
        v: The parity of y, as 0 / 1 or 27 / 28.

    Raises:
        ValueError: If a number is out of range.
    """
    parity = v - 27 if v >= 27 else v
    if parity not in {0, 1}:
        raise ValueError("v must be 0, 1, 27 or 28")
    if not (0 < r < CURVE_ORDER and 0 < s < CURVE_ORDER):
        raise ValueError("r and s must lie between 1 and the curve's order")
    if s > HALF_ORDER:
        s, parity = CURVE_ORDER - s, 1 - parity
    return r.to_bytes(32, "big") + (s | parity << 255).to_bytes(32, "big")


def sign_digest(private_key: bytes, message_digest: bytes) -> bytes:
    """Sign 32 bytes with a 32-byte secp256k1 key; for the signer in ``app.chain`` only.

    Deterministic (RFC 6979), low s. Returns 64 bytes as EIP-2098 writes them.

    Raises:
        ValueError: If the key is no valid secret, or the digest has not 32 bytes.
    """
    raw = PrivateKey(private_key).sign_recoverable(message_digest, hasher=None)
    return compact(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:64], "big"), raw[64])


def address_of_secret(private_key: bytes) -> bytes:
    """Give the 20-byte address of a 32-byte secret; for the signer in ``app.chain`` only.

    Raises:
        ValueError: If the key is no valid secret.
    """
    return address_of(PrivateKey(private_key).public_key.format(compressed=False))


def assert_native_backend(recoverer: Callable[[bytes, bytes], bytes | None] = recover) -> None:
    """Check at start that libsecp256k1 answers, and rightly, on the first example of EIP-2098.

    Raises:
        KeyTrouble: ``keys.native_backend`` if it does not.
    """
    example = bytes.fromhex(
        "68a020a209d3d56c46f38cc50a33f704f4a9a10a59377f8dd762ac66910e9b90"
        "7e865ad05c4035ab5792787d4a0297a43617ae897930a6fe4d822b8faea52064"
    )
    signed = keccak(b"\x19Ethereum Signed Message:\n11Hello World")
    signer = recoverer(signed, example)
    if signer is None or checksum(signer) != "0x2e988A386a799F506693793c6A5AF6B54dfAaBfB":
        raise KeyTrouble(
            "The signature library (coincurve) gives wrong answers; reinstall it.",
            code="keys.native_backend",
        )
