"""A sealing card says which key is its own, and only its record key can say so."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import sealing_card
from app.domain.errors import BundleError
from app.domain.sealing_card import SealingCard
from tests.fakes.door import EVENT, KEYS, make_event, signer

KEY = bytes(range(32))
CARD = sealing_card.make(EVENT, 7, KEY, signer("record"))


def test_a_card_comes_back_and_names_its_signer() -> None:
    card = sealing_card.unpack(sealing_card.pack(CARD))
    assert card == CARD == SealingCard(EVENT.event_id, 7, KEY, CARD.signature)
    assert sealing_card.signer_of(card, EVENT) == KEYS["record"]


def test_a_changed_card_has_another_signer() -> None:
    for changed in (
        SealingCard(EVENT.event_id, 8, KEY, CARD.signature),
        SealingCard(EVENT.event_id, 7, KEY[::-1], CARD.signature),
        SealingCard(bytes(32), 7, KEY, CARD.signature),
        SealingCard(EVENT.event_id, 7, KEY, bytes(64)),
    ):
        assert sealing_card.signer_of(changed, EVENT) != KEYS["record"]
    assert sealing_card.signer_of(CARD, make_event(2)) != KEYS["record"]


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("kind", "snapshot"),
        ("door", 0),
        ("door", 70_000),
        ("door", "7"),
        ("door", True),
        ("eventId", "00"),
        ("sealingKey", 5),
        ("sealingKey", "zz"),
        ("signature", "00"),
        ("more", 1),
    ],
)
def test_another_form_is_malformed(member: str, value: object) -> None:
    members = json.loads(sealing_card.pack(CARD)) | {member: value}
    with pytest.raises(BundleError) as caught:
        sealing_card.unpack(json.dumps(members).encode())
    assert caught.value.code == "bundle.malformed"


@given(st.binary(max_size=100))
def test_any_bytes_are_refused_as_values(data: bytes) -> None:
    for given_bytes in (data, b"[" * 5_000, b"[" * 2_000, b"null", b"[]"):
        with pytest.raises(BundleError):
            sealing_card.unpack(given_bytes)
