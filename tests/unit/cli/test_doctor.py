"""``echain doctor`` on devices in every state, without a chain: it names what is missing."""

from __future__ import annotations

import sqlite3
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from app.cli.doctor.checks import Check, Examination, Status, examine
from app.domain.errors import ChainError
from app.services.staff_pin import PinEffort, StaffPinFile
from offline_cache.folder_lock import DataFolderLock
from offline_cache.records import StoredBundle
from tests.fakes.clock import FakeClock
from tests.venue import Venue

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.unit.cli.shell import Ran, Shell

NODE = ("--rpc", "http://127.0.0.1:9")  # the discard port: nobody listens
MACHINE = ["python", "signatures", "decoder", "zbar", "anvil", "settings"]


def checks(ran: Ran) -> dict[str, dict[str, str]]:
    assert ran.result["ok"] == (ran.code == 0)
    return {check["name"]: check for check in ran.result["checks"]}


def statuses(ran: Ran) -> dict[str, str]:
    return {name: check["status"] for name, check in checks(ran).items()}


def test_a_fresh_device_is_told_what_to_do_and_left_alone(shell: Shell) -> None:
    ran = shell.json("doctor", *NODE)
    found = statuses(ran)
    assert ran.code == 3
    assert list(found)[: len(MACHINE)] == MACHINE
    assert {found[name] for name in ("python", "signatures", "decoder", "settings")} == {"ok"}
    assert found["node"] == "fail"
    assert (found["keys"], found["mirror"], found["event"]) == ("warn", "warn", "warn")
    assert all(check["says"] for check in ran.result["checks"])
    assert all(check["do"] for check in ran.result["checks"] if check["status"] != "ok")
    assert not shell.data.exists()


def test_people_read_the_same(shell: Shell) -> None:
    ran = shell("doctor", *NODE)
    assert ran.code == 3
    assert "FAIL  node" in ran.out
    assert "rpc.unreachable" in ran.out


def test_wrong_settings_are_a_finding_and_end_nothing_else(shell: Shell) -> None:
    shell.data.mkdir(mode=0o700)
    (shell.data / "settings.toml").write_text("dor = 1\n", "utf-8")
    ran = shell.json("doctor")
    assert ran.code == 3
    assert checks(ran)["settings"]["status"] == "fail"
    assert "dor" in checks(ran)["settings"]["says"]
    assert "folder" in checks(ran)
    assert "node" not in checks(ran)


@pytest.mark.usefixtures("passphrase")
def test_an_open_door_without_a_node_is_judged_by_the_mirror(shell: Shell, venue: Venue) -> None:
    shell.data.chmod(0o700)
    found = statuses(shell.json("doctor", *NODE))
    assert (found["permissions"], found["journal"]) == ("ok", "ok")
    assert (found["mirror"], found["mirror-age"]) == ("ok", "ok")
    assert (found["event"], found["bundle"], found["door"]) == ("ok", "ok", "warn")
    address = shell.json("keys", "create", "door").result["address"]
    door = checks(shell.json("doctor", *NODE))["door"]
    assert door["status"] == "fail"
    assert address in door["do"]
    assert venue.event.name in checks(shell.json("doctor", *NODE))["event"]["says"]


def test_no_key_is_made_and_nobody_is_asked(
    shell: Shell, passphrase: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shell.json("keys", "create").code == 0
    before = (shell.data / "keys.sealed").read_bytes()
    assert statuses(shell.json("doctor", *NODE))["keys"] == "ok"
    assert (shell.data / "keys.sealed").read_bytes() == before
    passphrase.write_text("another passphrase", "utf-8")
    found = checks(shell.json("doctor", *NODE))["keys"]
    assert found["status"] == "fail"
    assert "keys.wrong_passphrase" in found["says"]
    monkeypatch.delenv("ECHAIN_PASSPHRASE_FILE")
    monkeypatch.setattr(sys, "stdin", None)
    assert statuses(shell.json("doctor", *NODE))["keys"] == "warn"


def test_files_open_to_others_are_named(shell: Shell, passphrase: Path) -> None:
    assert passphrase.exists()
    assert shell.json("keys", "create").code == 0
    (shell.data / "keys.sealed").chmod(0o644)
    found = checks(shell.json("doctor", *NODE))["permissions"]
    assert found["status"] == "fail"
    assert "keys.sealed" in found["says"]


def edit(path: Path, sql: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(sql)
    connection.commit()
    connection.close()


def test_a_changed_journal_is_noticed(shell: Shell, venue: Venue) -> None:
    assert shell("scan", "--text", venue.payload(1), "--text", "https://shop.test").code == 4
    assert statuses(shell.json("doctor", *NODE))["journal"] == "ok"
    tables = sqlite3.connect(shell.data / "journal.db")
    (trigger_names,) = (
        [name for (name,) in tables.execute("select name from sqlite_schema where type='trigger'")],
    )
    tables.close()
    for name in trigger_names:
        edit(shell.data / "journal.db", f'drop trigger "{name}"')
    edit(shell.data / "journal.db", "update scans set door = 9")
    found = checks(shell.json("doctor", *NODE))["journal"]
    assert found["status"] == "fail"
    assert "Row 1" in found["says"]


@pytest.mark.usefixtures("venue")
@pytest.mark.parametrize("name", ["journal", "mirror"])
def test_a_damaged_file_is_named_and_left_as_it_is(shell: Shell, name: str) -> None:
    path = shell.data / f"{name}.db"
    path.write_bytes(b"not a database, but long enough to be looked at" * 100)
    before = path.read_bytes()
    found = checks(shell.json("doctor", *NODE))[name]
    assert found["status"] == "fail"
    assert path.read_bytes() == before


@pytest.mark.usefixtures("venue")
def test_a_file_of_a_newer_version_is_named(shell: Shell) -> None:
    edit(shell.data / "journal.db", "pragma user_version = 999")
    found = checks(shell.json("doctor", *NODE))["journal"]
    assert found["status"] == "fail"
    assert "newer version" in found["says"]


@pytest.mark.usefixtures("venue")
def test_a_running_app_can_be_examined(shell: Shell) -> None:
    with DataFolderLock(shell.data):
        found = statuses(shell.json("doctor", *NODE))
    assert (found["journal"], found["mirror"]) == ("ok", "ok")


@pytest.mark.parametrize(
    ("hours", "status"), [(0, "ok"), (1, "warn"), (30, "fail")], ids=["fresh", "amber", "stop"]
)
def test_the_mirrors_age_is_told(shell: Shell, hours: int, status: str) -> None:
    shell.data.mkdir()
    Venue.open(shell.data, synced_ago=hours * 3_600).close()
    assert statuses(shell.json("doctor", *NODE))["mirror-age"] == status


def put_bundle(shell: Shell, venue: Venue, version: int, content: bytes) -> None:
    again = Venue.open(shell.data)
    bundle = StoredBundle(venue.event.event_id, version, b"\x01" * 32, content, b"", 1)
    again.journal.put_bundle(bundle).result()
    again.close()


def test_the_bundle_is_compared_with_the_anchored_one(shell: Shell, venue: Venue) -> None:
    def bundle() -> dict[str, str]:
        return checks(shell.json("doctor", *NODE))["bundle"]

    assert bundle()["status"] == "ok"
    edit(
        shell.data / "mirror.db",
        f"update events set bundle_version = 2, bundle_hash = x'{'02' * 32}'",
    )
    assert (bundle()["status"], "default rules" in bundle()["says"]) == ("warn", True)
    put_bundle(shell, venue, 1, b"{}")
    assert (bundle()["status"], "bundle 1" in bundle()["says"]) == ("warn", True)
    put_bundle(shell, venue, 2, b"{}")
    assert (bundle()["status"], "not the one" in bundle()["says"]) == ("fail", True)
    edit(shell.data / "mirror.db", f"update events set bundle_hash = x'{'01' * 32}'")
    assert bundle()["status"] == "ok"
    put_bundle(shell, venue, 3, b"{}")
    assert (bundle()["status"], "newer" in bundle()["says"]) == ("ok", True)


@pytest.mark.usefixtures("venue")
def test_an_event_the_mirror_does_not_know_is_named(shell: Shell) -> None:
    assert statuses(shell.json("doctor", *NODE, "--event", "9"))["event"] == "fail"


def test_an_event_without_a_factory_is_a_finding(shell: Shell) -> None:
    shell.data.mkdir()
    Venue.open(shell.data).close()
    found = checks(shell.json("doctor", *NODE, "--event", "1"))["event"]
    assert found["status"] == "fail"
    assert "settings.missing" in found["says"]


def test_the_camera_is_opened_only_if_it_is_named(shell: Shell, tmp_path: Path) -> None:
    assert "camera" not in checks(shell.json("doctor", *NODE))
    found = checks(shell.json("doctor", *NODE, "--camera", str(tmp_path / "missing")))["camera"]
    assert found["status"] == "fail"
    assert "camera.missing" in found["says"]
    (tmp_path / "empty").mkdir()
    found = checks(shell.json("doctor", *NODE, "--camera", str(tmp_path / "empty")))["camera"]
    assert "camera.empty" in found["says"]


# ── nothing hangs ─────────────────────────────────────────────────────────────────────────────────


def test_what_does_not_answer_is_given_up() -> None:
    hold = threading.Event()

    def look() -> Iterable[Check]:
        yield Check("first", Status.OK, "fine")
        hold.wait()

    try:
        found = examine(Examination("slow", look, seconds=0.05))
    finally:
        hold.set()
    assert found[-1].name == "slow"
    assert found[-1].status is Status.FAIL
    assert "0.05 seconds" in found[-1].says


def test_trouble_is_a_finding_and_a_bug_rises() -> None:
    def trouble() -> Iterable[Check]:
        yield Check("first", Status.OK, "fine")
        raise ChainError("away", code="rpc.unreachable")

    first, second = examine(Examination("chain", trouble))
    assert (first.name, second.name, second.status) == ("first", "chain", Status.FAIL)
    assert second.do

    def bug() -> Iterable[Check]:
        raise ValueError("oops")

    with pytest.raises(ValueError, match="oops"):
        examine(Examination("chain", bug))


def test_lock_relay_and_printer_are_looked_at_where_they_are_set(shell: Shell) -> None:
    shell.data.mkdir(mode=0o700)
    slips = shell.data / "slips"
    (shell.data / "staff-pin.json").write_text("damaged")
    (shell.data / "settings.toml").write_text(
        'relay = "serial:/nowhere/at/all"\nprinter = "file:' + str(slips) + '"\n', "utf-8"
    )
    found = checks(shell.json("doctor", *NODE))
    assert {name: found[name]["status"] for name in ("pin", "relay", "printer")} == {
        "pin": "fail",
        "relay": "fail",
        "printer": "fail",
    }
    assert "--set-pin" in found["pin"]["do"]
    slips.touch()
    pin = StaffPinFile(shell.data / "staff-pin.json", FakeClock(), PinEffort(1, 64, 1))
    pin.set("482915")
    found = checks(shell.json("doctor", *NODE))
    assert (found["pin"]["status"], found["printer"]["status"]) == ("ok", "ok")
