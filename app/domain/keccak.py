"""Keccak-256 as Ethereum uses it (the original padding, not NIST SHA3-256)."""

from __future__ import annotations

from Crypto.Hash.keccak import new


def keccak(data: bytes) -> bytes:
    """Hash bytes of any length to 32 bytes."""
    return new(digest_bits=256, data=data).digest()
