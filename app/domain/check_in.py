"""The check-in record that a door signs and the ticket contract counts (EIP-712)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.domain.eip712 import Domain, StructType, TypedData
from app.domain.eip712 import digest as digest_of
from app.domain.eip712 import recover as recover_signer

if TYPE_CHECKING:
    from offline_cache.records import CheckInRecord

CHECK_IN: Final = StructType(
    "CheckIn(uint256 tokenId,uint32 epoch,uint16 door,address attendee,uint64 scannedAt,"
    "uint64 sequence,bytes32 claimId)"
)
NONCE_LENGTH: Final = 16
TAG_LENGTH: Final = 12


def claim_id(nonce: bytes, row_hash: bytes) -> bytes:
    """Join a scan's nonce and its journal row: 16 bytes ‖ the first 16 bytes of the row's hash.

    Raises:
        ValueError: If the nonce has not 16 bytes or the hash not 32.
    """
    if len(nonce) != NONCE_LENGTH or len(row_hash) != 32:
        raise ValueError("a claim id is made of a 16-byte nonce and a 32-byte row hash")
    return nonce + row_hash[:16]


def tag_of(claim: bytes) -> bytes:
    """Give the 12 bytes of a claim id that the ticket contract stores."""
    return claim[:TAG_LENGTH]


def check_in(chain_id: int, record: CheckInRecord) -> TypedData:
    """Build what the door's record key signs.

    Args:
        chain_id: The chain of the ticket contract.
        record: The record; its signature and its state are not read.
    """
    return TypedData(
        Domain("Echain", "1", chain_id, record.contract),
        CHECK_IN,
        (
            record.token_id,
            record.epoch,
            record.door,
            record.attendee,
            record.scanned_at,
            record.sequence,
            record.claim_id,
        ),
    )


def recover_recorder(chain_id: int, record: CheckInRecord) -> bytes | None:
    """Find whose record key signed a record: a 20-byte address, or None if the signature is bad."""
    return recover_signer(digest_of(check_in(chain_id, record)), record.signature)
