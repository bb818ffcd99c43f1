"""Addresses between their 20 raw bytes and the text people read (EIP-55)."""

from __future__ import annotations

from app.domain.keccak import keccak

ADDRESS_LENGTH = 20
_HEX_DIGITS = frozenset("0123456789abcdefABCDEF")


def checksum(address: bytes) -> str:
    """Write an address in hex with the mixed-case checksum of EIP-55.

    Args:
        address: 20 raw bytes.

    Raises:
        ValueError: If there are not exactly 20 bytes.
    """
    if len(address) != ADDRESS_LENGTH:
        raise ValueError(f"an address has 20 bytes, not {len(address)}")
    digits = address.hex()
    marks = keccak(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if mark >= "8" else digit for digit, mark in zip(digits, marks, strict=False)
    )


def parse_address(text: str) -> bytes:
    """Read an address: ``0x`` and 40 hex digits, mixed case only with a right EIP-55 checksum.

    Digits all in one case carry no checksum and are taken as they are.

    Raises:
        ValueError: If the text is no address or its checksum is wrong.
    """
    digits = text[2:]
    if not text.startswith("0x") or len(digits) != 2 * ADDRESS_LENGTH:
        raise ValueError("an address is 0x and 40 hex digits")
    if not _HEX_DIGITS.issuperset(digits):
        raise ValueError("an address has hex digits only")
    address = bytes.fromhex(digits)
    if digits not in {digits.lower(), digits.upper()} and checksum(address) != text:
        raise ValueError("the address's checksum is wrong: it was mistyped or cut")
    return address


def address_of(public_key: bytes) -> bytes:
    """Give the address of a public key: the last 20 bytes of the hash of its two coordinates.

    Args:
        public_key: An uncompressed secp256k1 key, 65 bytes with the leading 4 or 64 without.

    Raises:
        ValueError: If the key has another form.
    """
    if len(public_key) == 65 and public_key[0] == 4:
        public_key = public_key[1:]
    if len(public_key) != 64:
        raise ValueError("a public key has 64 bytes, or 65 with the leading 4")
    return keccak(public_key)[12:]
