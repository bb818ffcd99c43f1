"""How values that SQLite cannot hold are kept: wei, token ids, and numbers beyond 63 bits."""

from __future__ import annotations

GWEI = 10**9
LARGEST_INTEGER = 2**63 - 1
LARGEST_WEI = LARGEST_INTEGER * GWEI + GWEI - 1
TOKEN_BYTES = 32
TOKEN_LIMIT = 2**256


def split_wei(amount: int) -> tuple[int, int]:
    """Split wei into whole gwei and a remainder below 10⁹, so that SQLite can sum them.

    Raises:
        ValueError: The amount is negative or above ``LARGEST_WEI`` (nine thousand million ether).
    """
    if not 0 <= amount <= LARGEST_WEI:
        raise ValueError(f"an amount must lie between 0 and {LARGEST_WEI} wei")
    return divmod(amount, GWEI)


def join_wei(gwei: int, remainder: int) -> int:
    """Put an amount together again; sums of many remainders may exceed 10⁹."""
    return gwei * GWEI + remainder


def bounded_wei(amount: int) -> tuple[int, int]:
    """Split a chain-given amount; one that no ether covers is held at the largest.

    Anybody may create an event with an absurd price: it must not stop the sync of the others.
    """
    return split_wei(min(amount, LARGEST_WEI))


def bounded(value: int) -> int:
    """Hold a chain-given unsigned number within SQLite's integer: "never" stays "never"."""
    return min(value, LARGEST_INTEGER)


def token_blob(token_id: int) -> bytes:
    """Return a token id as 32 bytes, so that ids of 256 bits fit and sort as numbers."""
    return token_id.to_bytes(TOKEN_BYTES, "big")


def token_int(blob: bytes) -> int:
    """Return the token id of 32 bytes."""
    return int.from_bytes(blob, "big")


def clean_text(text: str) -> str:
    """Replace lone surrogates, which SQLite's UTF-8 refuses, in a chain-given text."""
    return text.encode("utf-8", "replace").decode("utf-8")
