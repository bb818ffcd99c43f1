"""Guest lists: from the organizer's sheet to the doors they are sealed for, and to nobody else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.chain.sealed_vault import MIN_WORK, SealedVault
from app.domain.addresses import parse_address
from app.domain.policy import Bundle
from app.paths import DataFolder
from offline_cache.journal import Journal
from offline_cache.mirror import Mirror
from offline_cache.records import DoorChangedFact, DoorState
from tests.unit.cli.conftest import PASSPHRASE
from tests.unit.cli.shell import Ran, Shell
from tests.unit.cli.test_bundle import POLICY, anchor
from tests.venue import CONTRACT, Venue, page

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("passphrase")
SHEET = (
    "Name,Order,Seat,Note,Ticket,Email\nAda Lovelace,A-1,Row 3,VIP,7,ada@example.org\nBob,B-2,,,,\n"
)


@dataclass
class Evening:
    """An organizer's device and a door that knows the event."""

    organizer: Shell
    door: Shell
    folder: Path
    venue: Venue
    key: str
    block: int = 3

    def sheet(self, text: str = SHEET) -> str:
        path = self.folder / "guests.csv"
        path.write_text(text, "utf-8")
        return str(path)

    def card(self, door: Shell, number: int = 3) -> str:
        path = self.folder / f"{door.data.name}-{number}.card"
        ran = door.json("bundle", "card", str(path), "--door", str(number))
        assert (ran.code, ran.result) == (0, {"outcome": "made", "door": number})
        return str(path)

    def grant(self, door: Shell, number: int = 3, state: DoorState = DoorState.ACTIVE) -> None:
        """Let the chain, as the organizer's device sees it, know the door's record key."""
        ran = door.json("keys", "show", "door", "--door", str(number))
        self.block += 1
        mirror = Mirror(self.organizer.data, self.venue.clock.unix)
        key = parse_address(ran.result["address"])
        fact = DoorChangedFact(CONTRACT, self.block, 0, number, key, state, 2**40)
        mirror.apply_page(page(self.block, [fact], self.venue.clock.unix() - 20)).result()
        mirror.close()

    def export(self, *options: str, name: str = "with-guests.bundle") -> Ran:
        return self.organizer.json("bundle", "export", str(self.folder / name), *options)

    def take(self, *options: str, name: str = "with-guests.bundle", number: int = 3) -> Ran:
        of_door = ("--signer", self.key, "--door", str(number))
        return self.door.json("bundle", "import", str(self.folder / name), *of_door, *options)

    def guests(self, *text: str, number: int = 3) -> list[dict[str, str]]:
        ran = self.door.json("bundle", "guests", *text, "--door", str(number))
        assert ran.code == 0, ran.out
        found: list[dict[str, str]] = ran.result
        return found


def with_quick_keys(shell: Shell) -> Shell:
    """Make the device's key file one that opens as quickly as is allowed."""
    shell.data.mkdir(mode=0o700, exist_ok=True)
    SealedVault.open(DataFolder(shell.data).key_file, PASSPHRASE, work=MIN_WORK)
    return shell


@pytest.fixture
def evening(
    shell: Shell, venue: Venue, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Evening:
    with_quick_keys(shell)
    key = str(shell.json("keys", "create", "bundle").result["address"])
    anchor(shell.data, venue, Bundle(venue.event.event_id, 3, POLICY), key, 3)
    made = Evening(shell, with_quick_keys(Shell(tmp_path / "door", capsys)), tmp_path, venue, key)
    assert made.export(name="plain.bundle").code == 0
    assert made.take(name="plain.bundle").code == 0
    return made


@pytest.fixture
def sealed(evening: Evening) -> Evening:
    """A door that made its card and was granted, and a bundle with its guest list."""
    card = evening.card(evening.door)
    evening.grant(evening.door)
    ran = evening.export("--guests", evening.sheet(), "--card", card)
    assert (ran.code, ran.result["guests"]) == (0, 2)
    assert (ran.result["guest_list"], ran.result["guest_doors"]) == ("sealed", [3])
    return evening


def test_a_guest_list_reaches_its_door_and_is_found_there(sealed: Evening) -> None:
    told = sealed.door.json(
        *("bundle", "verify", str(sealed.folder / "with-guests.bundle")),
        *("--signer", sealed.key, "--door", "3"),
    )
    assert (told.result["guest_list"], told.result["guests"]) == ("readable", 2)
    assert sealed.guests() == []  # verifying keeps nothing
    ran = sealed.take()
    assert (ran.code, ran.result["outcome"]) == (0, "imported")
    assert (ran.result["guest_list"], ran.result["guests"]) == ("stored", 2)
    ada = {
        "name": "Ada Lovelace",
        "order": "A-1",
        "seat": "Row 3",
        "note": "VIP",
        "ticket": "7",
    }
    assert sealed.guests("lovelace") == [ada]
    assert [guest["name"] for guest in sealed.guests()] == ["Ada Lovelace", "Bob"]
    assert sealed.take().result["guest_list"] == "known"


def test_nobody_else_can_read_it(sealed: Evening, capsys: pytest.CaptureFixture[str]) -> None:
    whole = (sealed.folder / "with-guests.bundle").read_bytes()
    assert b"Lovelace" not in whole
    ran = sealed.take(number=4)
    assert (ran.result["guest_list"], ran.result["guests"]) == ("other_doors", None)
    stranger = with_quick_keys(Shell(sealed.folder / "stranger", capsys))
    of_door = ("--signer", sealed.key, "--door", "3")
    ran = stranger.json("bundle", "import", str(sealed.folder / "with-guests.bundle"), *of_door)
    assert (ran.code, ran.result["guest_list"]) == (0, "other_doors")
    assert sealed.take().result["guest_list"] == "stored"
    for file in sealed.door.data.iterdir():
        if file.is_file():
            assert b"Lovelace" not in file.read_bytes(), file.name


def test_a_list_and_its_key_can_be_erased(sealed: Evening) -> None:
    sealed.take()
    forget = ("bundle", "forget", "--door", "3")
    assert sealed.door.json(*forget).result == {"outcome": "forgotten"}
    assert sealed.door.json(*forget).result == {"outcome": "none"}
    assert sealed.guests() == []
    assert sealed.take().result["guest_list"] == "other_doors"  # its key is gone


def test_an_older_list_is_left_out_unless_it_is_forced(sealed: Evening) -> None:
    sealed.take()
    journal = Journal(sealed.door.data, sealed.venue.clock.unix, bytes)
    held = journal.guest_list(sealed.venue.event.event_id)
    assert held is not None
    journal.put_guest_list(replace(held, version=held.version + 1)).result()
    journal.close()
    ran = sealed.take()
    assert (ran.code, ran.result["guest_list"]) == (0, "older")
    ran = sealed.take("--force")
    assert (ran.code, ran.result["guest_list"]) == (0, "stored")


def test_a_door_that_is_further_than_the_file_takes_the_list_alone(sealed: Evening) -> None:
    anchor(
        sealed.door.data,
        sealed.venue,
        Bundle(sealed.venue.event.event_id, 3, POLICY),
        sealed.key,
        50,
    )
    ran = sealed.take()
    assert (ran.code, ran.result["outcome"], ran.result["guest_list"]) == (0, "guests", "stored")
    mirror = Mirror(sealed.door.data, sealed.venue.clock.unix)
    head = mirror.head()
    mirror.close()
    assert head is not None
    assert head.number == 50
    assert len(sealed.guests()) == 2


def test_a_card_counts_only_if_the_chain_granted_its_signer(evening: Evening) -> None:
    card = evening.card(evening.door)
    options = ("--guests", evening.sheet(), "--card", card)
    ran = evening.export(*options)
    assert (ran.code, ran.result["error"]["code"]) == (4, "bundle.untrusted")
    assert "door 3" in ran.result["error"]["detail"]
    evening.grant(evening.door)
    assert evening.export(*options).code == 0
    evening.grant(evening.door, state=DoorState.REVOKED)
    assert evening.export(*options).code == 4
    Path(card).write_bytes(b"{}")
    ran = evening.export(*options)
    assert (ran.code, ran.result["error"]["code"]) == (4, "bundle.malformed")


def test_a_list_without_any_door_is_refused(evening: Evening) -> None:
    ran = evening.export("--guests", evening.sheet())
    assert (ran.code, ran.result["error"]["code"]) == (4, "bundle.no_cards")
    assert not (evening.folder / "with-guests.bundle").exists()


def test_the_organizers_own_door_needs_no_card_file(evening: Evening) -> None:
    evening.card(evening.organizer)
    evening.grant(evening.organizer)
    ran = evening.export("--guests", evening.sheet(), "--door", "3")
    assert (ran.code, ran.result["guest_doors"]) == (0, [3])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Name,Ticket\nAda,4711\n", "line 2: the event has no ticket 4711"),
        ("Name,Ticket\nAda,7\nBob,7\n", "line 3: ticket 7 again, as in line 2"),
        ("Name\n=cmd()\n", "line 2: its name is a formula"),
    ],
)
def test_a_sheet_with_wrong_lines_names_them(evening: Evening, text: str, said: str) -> None:
    card = evening.card(evening.door)
    evening.grant(evening.door)
    ran = evening.export("--guests", evening.sheet(text), "--card", card)
    assert (ran.code, ran.result["error"]["code"]) == (4, "bundle.guests")
    assert said in ran.result["error"]["detail"]


def test_what_does_not_belong_together_is_said(evening: Evening) -> None:
    use: list[Callable[[], Ran]] = [
        lambda: evening.door("bundle", "import"),
        lambda: evening.door("bundle", "card"),
        lambda: evening.door("bundle", "import", "x", "--guests", "y"),
    ]
    assert [each().code for each in use] == [2, 2, 2]
    assert evening.export("--card", "x").code == 3
    assert evening.export("--guests", str(evening.folder / "none.csv")).code == 3
