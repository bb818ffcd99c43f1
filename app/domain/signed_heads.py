"""The head of a journal under its door's signature: what the venue keeps, so that no row gets lost.

Canonical JSON (RFC 8785). The door's record key signs an ``EchainDocument`` of kind
``journal-head`` whose version is the row's number. Whoever signs two of them for one number has
forked the journal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from app.domain.canonical_json import LARGEST_INTEGER, canonical, read_canonical
from app.domain.eip712 import digest, recover
from app.domain.errors import StoreTrouble
from app.domain.evidence import FOREVER
from app.domain.typed_data import EventScope, echain_document

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.eip712 import TypedData

KIND: Final = "journal-head"
MOST_BYTES: Final = 4_096
_SIZES: Final = {"eventId": 32, "contract": 20, "incarnation": 16, "hash": 32}
_NUMBERS: Final = ("chainId", "door", "seq", "at")


@dataclass(frozen=True, slots=True)
class HeadNote:
    """Which row is the newest of a door's journal at a unix second."""

    scope: EventScope
    door: int
    incarnation: bytes
    seq: int
    hash: bytes
    at: int


@dataclass(frozen=True, slots=True)
class OpenedHead:
    """A head with the address that signed it, the signature, and the bytes that it is over."""

    note: HeadNote
    signer: bytes
    signature: bytes
    content: bytes


def sealed_head(note: HeadNote, sign: Callable[[TypedData], bytes]) -> bytes:
    """Write a head as a file.

    Args:
        note: What is signed.
        sign: Signs with the record key of its door.
    """
    document = _document(note)
    signature = sign(_typed(note, canonical(document)))
    return canonical({"content": document, "signature": "0x" + signature.hex()})


def opened_head(data: bytes) -> OpenedHead:
    """Read a head's file; whether its signer may be trusted is the caller's to judge.

    Raises:
        StoreTrouble: ``store.evidence_malformed`` if it is none.
    """
    try:
        note, signature = _read(data)
    except (ValueError, TypeError, KeyError, UnicodeDecodeError) as wrong:
        raise _malformed(str(wrong)) from wrong
    content = canonical(_document(note))
    signer = recover(digest(_typed(note, content)), signature)
    if signer is None:
        raise _malformed("its signature is none")
    return OpenedHead(note, signer, signature, content)


def _read(data: bytes) -> tuple[HeadNote, bytes]:
    if len(data) > MOST_BYTES:
        raise ValueError("it is too long")
    document = read_canonical(data)
    note = _note(document["content"])
    signature = _octets(document["signature"], 64)
    if canonical({"content": _document(note), "signature": document["signature"]}) != data:
        raise ValueError("it has other keys")
    return note, signature


def is_head(data: bytes) -> bool:
    """Tell a head's file from a bundle's, at a glance."""
    return len(data) <= MOST_BYTES and f'"kind":"{KIND}"'.encode() in data


def _document(note: HeadNote) -> dict[str, object]:
    return {
        "kind": KIND,
        "chainId": note.scope.chain_id,
        "eventId": "0x" + note.scope.event_id.hex(),
        "contract": "0x" + note.scope.contract.hex(),
        "door": note.door,
        "incarnation": "0x" + note.incarnation.hex(),
        "seq": note.seq,
        "hash": "0x" + note.hash.hex(),
        "at": note.at,
    }


def _note(values: dict[str, Any]) -> HeadNote:
    read: dict[str, Any] = {name: _octets(values[name], size) for name, size in _SIZES.items()}
    for name in _NUMBERS:
        number = values[name]
        if type(number) is not int or not 0 <= number <= LARGEST_INTEGER:
            raise ValueError(f"'{name}' is no number")
        read[name] = number
    scope = EventScope(read["chainId"], read["eventId"], read["contract"])
    return HeadNote(scope, read["door"], read["incarnation"], read["seq"], read["hash"], read["at"])


def _octets(value: object, size: int) -> bytes:
    if not isinstance(value, str) or not value.startswith("0x"):
        raise ValueError("bytes were expected as 0x and digits")
    found = bytes.fromhex(value[2:])
    if len(found) != size:
        raise ValueError(f"{size} bytes were expected")
    return found


def _typed(note: HeadNote, content: bytes) -> TypedData:
    return echain_document(note.scope, KIND, note.seq, content, FOREVER)


def _malformed(why: str) -> StoreTrouble:
    return StoreTrouble(
        f"this file is not a signed head of a journal: {why}", code="store.evidence_malformed"
    )
