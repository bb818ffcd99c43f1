"""A journal is lost, a backup put back, and what it lacked comes from the chain and a bundle."""

from __future__ import annotations

import random
from contextlib import closing
from typing import TYPE_CHECKING

from app.runtime.clock import SystemClock
from offline_cache.mirror import Mirror
from tests.integration.cli.test_door import hand_over, known_event, verdict
from tests.integration.cli.town import People

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from offline_cache.records import Event
    from tests.integration.cli.processes import Node
    from tests.unit.cli.shell import Shell


def opened_door(shell: Shell, people: People, number: int) -> Event:
    """Grant the device's door at an event and fund its wallet."""
    assert shell.json("sync").code == 0
    event = known_event(shell, people.node.factory, number)
    people.fund(shell.json("keys", "create").result["address"])
    key = shell.json("keys", "create", "door").result["address"]
    people.open_door(event, 1, key, (1, hand_over(shell, event, key).content_hash))
    people.bind(event, [1, 2, 3])
    assert shell.json("sync").code == 0
    return event


def test_a_restored_journal_believes_the_chain_and_a_bundle_before_its_own_past(
    at_town: Shell, town: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell, people = at_town, People.at(town, random.Random(3))
    shell.data.mkdir(mode=0o700)
    number = people.found("Lost and Found", 5)
    monkeypatch.setenv("ECHAIN_EVENT", str(number))
    event = opened_door(shell, people, number)

    def scanned(token: int) -> str:
        ran = shell.json("scan", "--text", people.code(event, token))
        return str(verdict(ran)["code"])

    assert scanned(1) == "ADMITTED"
    assert shell.json("outbox", "drain").code == 0
    assert shell.json("sync").code == 0
    ran = shell.json("journal")
    assert (ran.code, ran.result["anchored_to"], ran.result["tail_unproven"]) == (0, 1, 0)
    ran = shell.json("journal", "backup", str(tmp_path / "second disk"))
    (copy,) = ran.result["copies"]

    assert scanned(2) == "ADMITTED"
    assert shell.json("outbox", "drain").code == 0
    assert scanned(3) == "ADMITTED"
    bundle, sheet = str(tmp_path / "night.json"), tmp_path / "night.csv"
    assert shell.json("outbox", "drain", "--timeout", "0.001").code in {0, 3}  # signs at least
    assert shell.json("journal", "export", bundle).code == 0
    assert shell.json("journal", "export", str(sheet), "--format", "csv").result["rows"] == 3
    assert len(sheet.read_text("utf-8").splitlines()) == 4

    restored = shell.json("journal", "restore", copy).result
    assert restored["aside"].endswith("journal.db.before-restore-1")
    ran = shell.json("scan", "--text", people.code(event, 2))
    assert (ran.code, ran.result["error"]["code"]) == (3, "chain.unknown_event")
    assert shell.json("sync").code == 0
    assert (scanned(1), scanned(2)) == ("ALREADY_USED", "ALREADY_USED")
    ran = shell.json("journal", "verify")
    assert (ran.code, ran.result["altered"], ran.result["missing"]) == (5, [], [])
    assert len(ran.result["missing_claims"]) >= 1

    ran = shell.json("journal", "import", bundle)
    assert (ran.code, ran.result["foreign"], ran.result["door"]) == (0, 0, 1)
    assert ran.result["records"] == 2
    assert scanned(3) == "ALREADY_USED"
    assert shell.json("outbox", "drain").code == 0
    assert shell.json("sync").code == 0
    assert shell.json("mirror", "stats").result["used"] == 3


def test_a_file_that_is_no_bundle_is_refused(at_town: Shell, tmp_path: Path) -> None:
    file = tmp_path / "bundle.json"
    file.write_text("{}", "utf-8")
    ran = at_town.json("journal", "import", str(file))
    assert (ran.code, ran.result["error"]["code"]) == (3, "store.evidence_malformed")
    assert at_town.json("journal", "import", str(tmp_path / "none")).code == 3
    assert at_town("journal", "export").code == 2
    ran = at_town.json("journal")
    assert (ran.code, ran.result["rows"], ran.result["whole"]) == (0, 0, True)


def test_copies_go_to_a_second_disk_that_the_settings_name_and_either_brings_it_back(
    at_town: Shell, town: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell, people = at_town, People.at(town, random.Random(5))
    shell.data.mkdir(mode=0o700)
    number = people.found("Two Disks", 3)
    second = tmp_path / "other disk"
    monkeypatch.setenv("ECHAIN_EVENT", str(number))
    monkeypatch.setenv("ECHAIN_BACKUP", str(second))
    event = opened_door(shell, people, number)
    ran = shell.json("scan", "--text", people.code(event, 1))
    assert verdict(ran)["code"] == "ADMITTED"
    copies = shell.json("journal", "backup").result["copies"]
    assert len(copies) == 2
    assert copies[1].startswith(str(second))
    for name in ("journal.db", "journal.db-wal", "journal.db-shm"):
        (shell.data / name).unlink(missing_ok=True)  # the first disk is gone
    assert shell.json("journal", "restore", copies[1]).code == 0
    assert shell.json("journal", "verify").result["rows"] == 1
    ran = shell.json("scan", "--text", people.code(event, 2))
    assert ran.code == 3  # the mirror is read anew first
    assert shell.json("sync").code == 0
    assert verdict(shell.json("scan", "--text", people.code(event, 1)))["code"] == "ALREADY_USED"
    assert verdict(shell.json("scan", "--text", people.code(event, 2)))["code"] == "ADMITTED"


def test_a_restored_journal_admits_without_a_chain_only_if_a_person_answers_for_it(
    at_town: Shell, town: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell, people = at_town, People.at(town, random.Random(6))
    shell.data.mkdir(mode=0o700)
    number = people.found("No Internet", 3)
    monkeypatch.setenv("ECHAIN_EVENT", str(number))
    event = opened_door(shell, people, number)
    (copy,) = shell.json("journal", "backup").result["copies"]
    with closing(Mirror(shell.data, SystemClock().unix)) as mirror:
        head, tickets = mirror.head(), mirror.tickets(event.contract).result()
    assert head is not None
    assert shell.json("journal", "restore", copy).code == 0
    assert shell.json("scan", "--text", people.code(event, 1)).code == 3  # empties the mirror
    with closing(Mirror(shell.data, SystemClock().unix)) as mirror:  # as an organizer's file does
        mirror.fill(head, event, tickets).result()
    ran = shell.json("scan", "--text", people.code(event, 1))
    assert verdict(ran)["code"] == "MIRROR_TOO_OLD"
    assert shell.json("journal", "proceed").code == 2
    assert shell.json("journal", "proceed", "--reason", "no line to the chain").code == 0
    ran = shell.json("scan", "--text", people.code(event, 1))
    assert verdict(ran)["code"] == "ADMITTED"
