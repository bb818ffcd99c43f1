"""``echain invitation``: from the organizer's device to a door that never heard of the event."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.domain.addresses import parse_address
from app.scan.decoder import Decoder
from app.scan.pictures import read_picture
from offline_cache.mirror import Mirror
from offline_cache.records import BundleSetFact
from tests.unit.cli.shell import Shell
from tests.venue import CHAIN_ID, CONTRACT, Venue, page

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("passphrase")


@pytest.fixture
def key(venue: Venue, shell: Shell, passphrase: Path) -> str:
    """Make the event's key for bundles."""
    assert passphrase.exists()
    address = str(shell.json("keys", "create", "bundle").result["address"])
    mirror = Mirror(shell.data, venue.clock.unix)
    fact = BundleSetFact(CONTRACT, 3, 0, 1, bytes(32), parse_address(address))
    mirror.apply_page(page(3, [fact], venue.clock.unix() - 30)).result()
    mirror.close()
    return address


@pytest.fixture
def stranger(tmp_path: Path, shell: Shell) -> Shell:
    """Return a new device that knows nothing."""
    return Shell(tmp_path / "stranger", shell.capsys)


def test_an_invitation_says_everything_a_new_door_needs(
    shell: Shell, key: str, stranger: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = shell.json(
        "invitation", "create", "--door", "4", "--from", "Anna", "--node", "https://node.example"
    )
    assert made.code == 0
    monkeypatch.delenv("ECHAIN_EVENT")
    monkeypatch.delenv("ECHAIN_FACTORY")
    for text in (made.result["text"], made.result["message"]):
        shown = stranger.json("invitation", "show", text)
        assert shown.code == 0
        said = shown.result
        assert (said["state"], said["vouched"]) == ("valid", None)
        assert (said["door"], said["chain"], said["signer"]) == (4, CHAIN_ID, key)
        assert (said["nodes"], said["sender"]) == (["https://node.example"], "Anna")
        assert said["name"] == "Summer Sound 2026"


def test_the_code_on_the_terminal_and_in_the_picture_can_be_scanned(
    shell: Shell, key: str, tmp_path: Path
) -> None:
    picture = tmp_path / "door.png"
    made = shell.json("invitation", "create", str(picture))
    assert made.result["signer"] == key
    assert Decoder()(read_picture(picture)) == [made.result["text"].encode()]
    shown = shell.json("invitation", "show", str(picture))
    assert (shown.code, shown.result["vouched"]) == (0, True)
    told = shell("invitation", "create")
    assert "█" in told.out
    assert told.out.strip().splitlines()[-1].startswith("EGI1.")


def test_a_device_without_the_organizers_key_cannot_invite(shell: Shell, venue: Venue) -> None:
    assert venue
    shell.json("keys", "create", "wallet")
    refused = shell.json("invitation", "create")
    assert (refused.code, refused.result["error"]["code"]) == (4, "invitation.may_not")


def test_an_address_with_a_key_is_not_given_away(shell: Shell, key: str) -> None:
    assert key
    refused = shell.json("invitation", "create", "--node", "https://node.example/?key=abc")
    assert (refused.code, refused.result["error"]["code"]) == (4, "invitation.malformed")


def test_what_is_altered_is_refused_and_a_broken_mail_is_not(
    shell: Shell, key: str, tmp_path: Path
) -> None:
    assert key
    text = shell.json("invitation", "create", "--days", "1").result["message"]
    altered = shell.json("invitation", "show", text[:9] + "AAAA" + text[13:])
    assert (altered.code, altered.result["error"]["code"]) == (4, "invitation.altered")
    file = tmp_path / "mail.txt"
    file.write_text(f"{text[:70]}\r\n{text[70:]}\r\n", "utf-8")
    assert shell.json("invitation", "show", str(file)).code == 0
    missing = shell.json("invitation", "show", str(tmp_path / "none.txt"))
    assert (missing.code, missing.result["error"]["code"]) == (3, "settings.wrong")
    empty = tmp_path / "empty.txt"
    empty.write_text("hello", "utf-8")
    other = shell.json("invitation", "show", str(empty))
    assert (other.code, other.result["error"]["code"]) == (4, "invitation.malformed")
