"""A bundle is read back as it was written, or not at all."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from app.domain.canonical_json import canonical
from app.domain.eip712 import address_of_secret, digest, sign_digest
from app.domain.errors import StoreTrouble
from app.domain.evidence import JournalBundle, opened, sealed
from app.domain.typed_data import EventScope
from offline_cache.records import JournalRow
from tests.unit.offline_cache.builders import CHAIN, CONTRACT, EVENT_ID, NOW, draft, record, refused
from tests.unit.offline_cache.builders import digest as some_hash

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.eip712 import TypedData

SECRET = b"\x07" * 32
ROWS = tuple(
    JournalRow(seq, b"\x5e" * 16, made, some_hash("prev", seq), some_hash("row", seq))
    for seq, made in enumerate((draft(1, token_id=2**256 - 1), refused(2), draft(3, test=True)), 1)
)
BUNDLE = JournalBundle(EventScope(CHAIN, EVENT_ID, CONTRACT), NOW, ROWS, (record(1), record(2)))


def sign(typed: TypedData) -> bytes:
    return sign_digest(SECRET, digest(typed))


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    document = json.loads(sealed(BUNDLE, sign))
    change(document)
    return canonical(document)


def test_a_bundle_is_read_back_whole_with_its_signer() -> None:
    found = opened(sealed(BUNDLE, sign))
    assert found.bundle == BUNDLE
    assert found.signer == address_of_secret(SECRET)
    assert found.bundle.head == ROWS[-1]


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it["content"]["rows"][0].update(door=9),
        lambda it: it["content"]["rows"].pop(),
        lambda it: it["content"]["records"].pop(),
        lambda it: it["content"].update(made_at=NOW + 1),
        lambda it: it["content"].update(chain_id=1),
    ],
)
def test_any_change_gives_another_signer(change: Callable[[dict[str, Any]], object]) -> None:
    signer = b""
    with contextlib.suppress(StoreTrouble):
        signer = opened(changed(change)).signer
    assert signer != address_of_secret(SECRET)


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it.update(more=1),
        lambda it: it.pop("signature"),
        lambda it: it.update(signature="0x12"),
        lambda it: it["content"].update(form=2),
        lambda it: it["content"].update(rows=[]),
        lambda it: it["content"].update(rows=[1]),
        lambda it: it["content"]["rows"][0].update(extra=1),
        lambda it: it["content"]["rows"][0].pop("code"),
        lambda it: it["content"]["rows"][0].update(kind="unknown"),
        lambda it: it["content"]["rows"][0].update(test=1),
        lambda it: it["content"]["rows"][0].update(at="1"),
        lambda it: it["content"]["rows"][0].update(hash="0xAB"),
        lambda it: it["content"]["records"][0].update(token_id="-1"),
        lambda it: it["content"]["records"][0].update(token_id=str(2**256)),
        lambda it: it["content"]["records"][0].update(signature="0x" + "00" * 63),
    ],
)
def test_what_has_another_form_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(StoreTrouble) as caught:
        opened(changed(change))
    assert caught.value.code == "store.evidence_malformed"


@pytest.mark.parametrize("data", [b"", b"\xff", b"[]", b"null", b'{"content": 1}', b"[" * 99_999])
def test_any_bytes_are_refused_in_order(data: bytes) -> None:
    with pytest.raises(StoreTrouble):
        opened(data)
