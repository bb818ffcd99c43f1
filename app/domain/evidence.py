"""A journal as a file that travels: its rows, its signed records and its head, under a signature.

Canonical JSON (RFC 8785). The door's record key signs an ``EchainDocument`` of kind ``journal``
whose version is the head's number. Token ids are decimal strings, bytes 0x and lower-case digits;
what is absent has no key.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, dataclass, fields
from typing import TYPE_CHECKING, Any, Final, TypeVar

from app.domain.canonical_json import canonical, read_canonical
from app.domain.eip712 import digest, recover
from app.domain.errors import StoreTrouble
from app.domain.typed_data import EventScope, echain_document
from offline_cache.records import CheckInRecord, JournalKind, JournalRow, RecordState, ScanDraft

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.domain.eip712 import TypedData

KIND: Final = "journal"
FORM: Final = 1
FOREVER: Final = 2**64 - 1
"""Evidence does not run out."""

Record = TypeVar("Record", ScanDraft, CheckInRecord)
_PLACE: Final = ("seq", "incarnation", "prev_hash", "hash")
_SIZES: Final = {
    "incarnation": 16,
    "nonce": 16,
    "prev_hash": 32,
    "hash": 32,
    "event_id": 32,
    "claim_id": 32,
    "contract": 20,
    "owner": 20,
    "attendee": 20,
    "signature": 64,
}


@dataclass(frozen=True, slots=True)
class JournalBundle:
    """What a bundle holds; the last row is the head.

    ``scope`` names the event under whose door key it is signed; rows and records may be of others.
    """

    scope: EventScope
    made_at: int
    rows: tuple[JournalRow, ...]
    records: tuple[CheckInRecord, ...]

    @property
    def head(self) -> JournalRow:
        """The row that the signature vouches for, with everything before it."""
        return self.rows[-1]


@dataclass(frozen=True, slots=True)
class OpenedBundle:
    """A bundle with the address that signed it, and the signature itself."""

    bundle: JournalBundle
    content: bytes
    signer: bytes
    signature: bytes


def sealed(bundle: JournalBundle, sign: Callable[[TypedData], bytes]) -> bytes:
    """Write a bundle as the bytes of a file.

    Args:
        bundle: With at least one row.
        sign: Signs with the record key of a door of the bundle's event.
    """
    document = _document(bundle)
    content = canonical(document)
    signature = sign(_typed(bundle.scope, bundle.head.seq, content))
    return canonical({"content": document, "signature": _hex(signature)})


def opened(data: bytes) -> OpenedBundle:
    """Read a bundle's file; whether its signer may be trusted is the caller's to judge.

    Raises:
        StoreTrouble: ``store.evidence_malformed`` if it is none, or altered.
    """
    try:
        document = read_canonical(data)
        _expect_keys(document, {"content", "signature"})
        bundle = _bundle(document["content"])
        signature = _bytes(document["signature"], 64)
    except (ValueError, TypeError, KeyError, UnicodeDecodeError) as wrong:
        raise malformed(str(wrong)) from wrong
    content = canonical(document["content"])
    signer = recover(digest(_typed(bundle.scope, bundle.head.seq, content)), signature)
    if signer is None:
        raise malformed("its signature is none")
    return OpenedBundle(bundle, content, signer, signature)


def malformed(why: str) -> StoreTrouble:
    """Say that a file is no journal bundle."""
    return StoreTrouble(
        f"this file is not a journal bundle as it was written: {why}",
        code="store.evidence_malformed",
    )


def row_values(row: JournalRow) -> dict[str, Any]:
    """Return a row as plain values, in the order of its columns."""
    place = {name: _plain(name, getattr(row, name)) for name in _PLACE}
    return place | _values(row.draft)


def record_values(record: CheckInRecord) -> dict[str, Any]:
    """Return a record as plain values."""
    return _values(record)


# ── writing ───────────────────────────────────────────────────────────────────────────────────────


def _document(bundle: JournalBundle) -> dict[str, Any]:
    if not bundle.rows:
        raise ValueError("an empty journal is no evidence")
    scope = bundle.scope
    return {
        "form": FORM,
        "kind": KIND,
        "chain_id": scope.chain_id,
        "event_id": _hex(scope.event_id),
        "contract": _hex(scope.contract),
        "made_at": bundle.made_at,
        "rows": [row_values(row) for row in bundle.rows],
        "records": [record_values(record) for record in bundle.records],
    }


def _values(record: ScanDraft | CheckInRecord) -> dict[str, Any]:
    named = ((item.name, getattr(record, item.name)) for item in fields(record))
    return {name: _plain(name, value) for name, value in named if value is not None}


def _plain(name: str, value: object) -> object:
    if isinstance(value, bytes):
        return _hex(value)
    return str(value) if name in {"token_id", "kind", "state"} else value


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _typed(scope: EventScope, version: int, content: bytes) -> TypedData:
    return echain_document(scope, KIND, version, content, FOREVER)


# ── reading ───────────────────────────────────────────────────────────────────────────────────────


def _bundle(document: dict[str, Any]) -> JournalBundle:
    expected = {"form", "kind", "chain_id", "event_id", "contract", "made_at", "rows", "records"}
    _expect_keys(document, expected)
    if (document["form"], document["kind"]) != (FORM, KIND):
        raise ValueError("it has another form")
    scope = EventScope(
        _integer(document["chain_id"]),
        _bytes(document["event_id"], 32),
        _bytes(document["contract"], 20),
    )
    rows = tuple(_row(values) for values in _list(document["rows"]))
    records = tuple(_record(CheckInRecord, values) for values in _list(document["records"]))
    if not rows:
        raise ValueError("it has no rows")
    return JournalBundle(scope, _integer(document["made_at"]), rows, records)


def _row(values: dict[str, Any]) -> JournalRow:
    place = {name: values[name] for name in _PLACE}
    rest = {name: value for name, value in values.items() if name not in _PLACE}
    return JournalRow(
        _integer(place["seq"]),
        _bytes(place["incarnation"], 16),
        _record(ScanDraft, rest),
        _bytes(place["prev_hash"], 32),
        _bytes(place["hash"], 32),
    )


def _record(kind: type[Record], values: dict[str, Any]) -> Record:
    known = {item.name: item for item in fields(kind)}
    wanted = {name for name, item in known.items() if item.default is MISSING}
    if not wanted <= set(values) <= set(known):
        raise ValueError("a row has other columns")
    read: dict[str, Any] = {name: _read(known[name], value) for name, value in values.items()}
    return kind(**read)


def _read(item: Field[Any], value: object) -> object:
    match item.type:
        case "bytes":
            return _bytes(value, _SIZES.get(item.name))
        case "bool":
            return _of(bool, value)
        case "str":
            return _of(str, value)
        case "JournalKind":
            return JournalKind(_of(str, value))
        case "RecordState":
            return RecordState(_of(str, value))
    return _token(value) if item.name == "token_id" else _integer(value)


def _token(value: object) -> int:
    text = _of(str, value)
    if not (text.isascii() and text.isdigit() and len(text) < 79 and int(text) < 2**256):
        raise ValueError("a token id is a number of 256 bits")
    return int(text)


def _integer(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("a number was expected")
    return value


def _bytes(value: object, size: int | None) -> bytes:
    text = _of(str, value)
    found = bytes.fromhex(text.removeprefix("0x"))
    if _hex(found) != text or (size is not None and len(found) != size):
        raise ValueError("bytes were expected as 0x and lower-case digits")
    return found


T = TypeVar("T")


def _of(kind: type[T], value: object) -> T:
    if not isinstance(value, kind):
        raise TypeError(f"{kind.__name__} was expected")
    return value


def _list(value: object) -> Sequence[dict[str, Any]]:
    found = _of(list, value)
    if not all(isinstance(each, dict) for each in found):
        raise TypeError("objects were expected")
    return found


def _expect_keys(document: object, expected: set[str]) -> None:
    if not isinstance(document, dict) or set(document) != expected:
        raise ValueError("it has other keys")
