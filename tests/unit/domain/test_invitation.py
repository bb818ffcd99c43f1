"""Invitations and doors' requests: what is written is read, and nothing else is."""

from __future__ import annotations

import random
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import base45, door_request, invitation, invitation_text, qr_code
from app.domain.canonical_json import canonical
from app.domain.door_request import DoorRequest
from app.domain.errors import InvitationError
from app.domain.invitation import Invitation, SealedInvitation
from app.domain.keccak import keccak
from app.domain.typed_data import echain_document
from app.scan.decoder import Decoder
from tests.fakes.door import CHAIN_ID, CONTRACT, EVENT, FACTORY, KEYS, NOW, signer

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

DAY = 86_400
SIMPLE = Invitation(
    chain_id=CHAIN_ID,
    factory=FACTORY,
    contract=CONTRACT,
    number=1,
    name="Summer Sound 2026",
    starts=NOW + DAY,
    door=3,
    nodes=("https://sepolia.base.org",),
    start_block=12_345_678,
    signer=KEYS["owner"],
    issued_at=NOW,
    sender="Anna Berger",
)
LARGEST = replace(
    SIMPLE,
    factory=keccak(b"factory")[:20],
    contract=keccak(b"contract")[:20],
    name="Internationales Festival für zeitgenössische Kammermusik in der Alten Fabrik",
    nodes=("https://mainnet.base.org", "https://rpc.example.org/base"),
    sender="Kulturverein Nord e. V.",
    bundle_url="https://files.example.org/summer/door.bundle",
)
UNTIL = NOW + 7 * DAY
WORDS = st.text(
    st.characters(exclude_categories=["Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"]), max_size=120
)
INVITATIONS = st.builds(
    replace,
    st.just(SIMPLE),
    name=WORDS,
    sender=WORDS,
    number=st.integers(0, 2**53 - 1),
    door=st.integers(1, 0xFFFF),
    chain_id=st.integers(1, 2**53 - 1),
    starts=st.integers(0, 2**53 - 1),
    contract=st.binary(min_size=20, max_size=20),
)


def sealed(given_: Invitation = SIMPLE, by: str = "owner", until: int = UNTIL) -> SealedInvitation:
    return invitation.seal(given_, until, signer(by))


def refusal(work: Callable[[], object]) -> str:
    with pytest.raises(InvitationError) as caught:
        work()
    return caught.value.code


@given(INVITATIONS, st.integers(0, 2**53 - 1))
def test_what_was_sealed_is_read_again_in_both_forms(given_: Invitation, until: int) -> None:
    made = sealed(given_, until=until)
    assert invitation.read(made.qr_text()) == made
    assert invitation.read(made.message()) == made
    assert invitation.is_invitation(made.qr_text())


def test_a_message_survives_what_mails_do_to_it() -> None:
    message = sealed().message()
    broken = "\r\n".join(message[at : at + 76] for at in range(0, len(message), 76))
    assert invitation.read(f"  {broken}\n\n").invitation == SIMPLE
    assert " " not in message


@pytest.mark.parametrize(("given_", "largest"), [(SIMPLE, 11), (LARGEST, 15)])
def test_it_fits_a_code_that_a_camera_reads(given_: Invitation, largest: int) -> None:
    text = sealed(given_).qr_text()
    code = qr_code.draw(text)
    assert (code.side - 17) // 4 <= largest
    assert Decoder()(_picture(code)) == [text.encode()]


def _picture(code: qr_code.QrCode) -> NDArray[np.uint8]:
    modules = np.array([list(row) for row in code.rows], dtype=np.uint8)
    white = np.pad(255 - 255 * modules, qr_code.QUIET_ZONE, constant_values=255)
    return np.kron(white, np.ones((5, 5), dtype=np.uint8))


@given(st.data())
def test_no_altered_letter_is_taken(data: st.DataObject) -> None:
    text = sealed().qr_text()
    at = data.draw(st.integers(len("EGI1:"), len(text) - 1))
    letter = data.draw(st.sampled_from([each for each in base45.ALPHABET if each != text[at]]))
    code = refusal(lambda: invitation.read(text[:at] + letter + text[at + 1 :]))
    assert code in {"invitation.malformed", "invitation.altered"}


@given(st.one_of(st.text(max_size=400), st.text(base45.ALPHABET, max_size=400)))
def test_strange_text_is_refused_and_never_raises_anything_else(text: str) -> None:
    for prefix in ("", "EGI1:", "EGI1."):
        assert refusal(lambda: invitation.read(prefix + text)) == "invitation.malformed"  # noqa: B023


@given(st.integers(0, 600))
def test_a_cut_text_is_refused(length: int) -> None:
    text = sealed().qr_text()
    if length < len(text):
        assert refusal(lambda: invitation.read(text[:length])) == "invitation.malformed"


def test_a_bomb_is_refused_before_it_grows() -> None:
    bomb = b"\0" * 72 + zlib.compress(b"[" * 5_000_000, 9)[2:-4]
    for text in ("EGI1:" + base45.encode(bomb), "EGI1:" + "0" * 100_000):
        assert refusal(lambda: invitation.read(text)) == "invitation.malformed"  # noqa: B023


MEMBERS = {
    "v": 1,
    "chain": CHAIN_ID,
    "factory": "0x" + "11" * 20,
    "contract": "0x" + "22" * 20,
    "event": 1,
    "name": "Event",
    "starts": NOW,
    "door": 1,
    "rpc": ["https://node.example"],
    "block": 0,
    "signer": "0x" + "33" * 20,
    "issued": NOW,
    "from": "",
    "bundle": "",
}


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"more": 1},
        {"door": 0},
        {"door": 65_536},
        {"door": True},
        {"door": "1"},
        {"chain": 0},
        {"rpc": []},
        {"rpc": ["https://node.example"] * 4},
        {"rpc": ["ftp://node.example"]},
        {"rpc": ["https://node.example:99999"]},
        {"rpc": "https://node.example"},
        {"name": "x" * 121},
        {"name": "left\u202eright"},
        {"name": "line\nbreak"},
        {"factory": "0x" + "11" * 19},
        {"signer": "0x" + "Ab" * 20},
        {"starts": -1},
        {"bundle": "file:///etc/passwd"},
        {"from": ["a"]},
    ],
)
def test_a_content_that_is_not_exactly_ours_is_malformed(change: dict[str, object]) -> None:
    text = invitation_text.write("EGI1", canonical(MEMBERS | change), UNTIL, bytes(64))
    assert refusal(lambda: invitation.read(text)) == "invitation.malformed"


def test_the_same_members_unchanged_only_lack_their_signature() -> None:
    text = invitation_text.write("EGI1", canonical(MEMBERS), UNTIL, bytes(64))
    assert refusal(lambda: invitation.read(text)) == "invitation.altered"


@pytest.mark.parametrize("by", ["other", "bundle"])
def test_a_signature_of_another_key_than_it_names_is_an_alteration(by: str) -> None:
    assert refusal(lambda: invitation.read(sealed(by=by).qr_text())) == "invitation.altered"


def test_a_signature_for_another_kind_of_document_is_an_alteration() -> None:
    content = invitation.content_of(SIMPLE)
    other = signer("owner")(echain_document(SIMPLE, "bundle", NOW, content, UNTIL))
    text = invitation_text.write("EGI1", content, UNTIL, other)
    assert refusal(lambda: invitation.read(text)) == "invitation.altered"


def test_it_is_valid_through_its_last_second() -> None:
    invitation.expect_valid(sealed(), UNTIL)
    expired = refusal(lambda: invitation.expect_valid(sealed(), UNTIL + 1))
    assert expired == "invitation.expired"
    early = refusal(lambda: invitation.expect_valid(sealed(), NOW - 301))
    assert early == "invitation.clock"


def test_the_organizer_and_the_key_for_bundles_may_invite_and_nobody_else() -> None:
    invitation.expect_vouched(SIMPLE, EVENT)
    bundle = replace(SIMPLE, signer=KEYS["bundle"])
    assert refusal(lambda: invitation.expect_vouched(bundle, EVENT)) == "invitation.untrusted"
    invitation.expect_vouched(bundle, replace(EVENT, bundle_key=KEYS["bundle"]))
    zero = replace(SIMPLE, signer=bytes(20))
    assert refusal(lambda: invitation.expect_vouched(zero, EVENT)) == "invitation.untrusted"
    elsewhere = replace(SIMPLE, contract=bytes(20))
    assert refusal(lambda: invitation.expect_vouched(elsewhere, EVENT)) == "invitation.untrusted"


@pytest.mark.parametrize(
    "url",
    [
        "https://user:word@node.example",
        "https://node.example/?key=1",
        "https://node.example/#1",
        "https://node.example/v2/a1B2c3D4e5F6g7H8i9J0k1L2m3",
        "https://node.example/" + "x" * 200,
        "https://nöde.example",
        "https://",
        "node.example",
    ],
)
def test_an_address_with_a_key_in_it_is_not_given_to_everybody(url: str) -> None:
    assert refusal(lambda: sealed(replace(SIMPLE, nodes=(url,)))) == "invitation.malformed"


def request() -> DoorRequest:
    made = DoorRequest(CHAIN_ID, FACTORY, CONTRACT, 1, 3, KEYS["record"], NOW)
    return door_request.signed(made, signer("record"))


def test_a_doors_request_is_read_again_and_proves_its_key() -> None:
    made = request()
    assert door_request.read(made.text()) == made
    assert door_request.read(made.message()) == made
    assert door_request.is_door_request(made.text())
    assert made.event_id == EVENT.event_id
    assert (qr_code.draw(made.text()).side - 17) // 4 <= 10
    forged = door_request.signed(replace(made, record_key=KEYS["other"]), signer("record"))
    assert refusal(lambda: door_request.read(forged.text())) == "invitation.not_a_door"


def test_no_altered_letter_of_a_request_is_taken() -> None:
    text, dice = request().text(), random.Random(5)
    for at in range(len("EGD1:"), len(text)):
        letter = dice.choice([each for each in base45.ALPHABET if each != text[at]])
        changed = text[:at] + letter + text[at + 1 :]
        assert refusal(lambda: door_request.read(changed)) == "invitation.not_a_door"  # noqa: B023
