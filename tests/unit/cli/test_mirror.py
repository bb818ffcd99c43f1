"""``echain mirror``: reading what the chain said, and care for the file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.venue import CONTRACT, TICKETS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.shell import Shell

pytestmark = pytest.mark.usefixtures("venue")


def test_stats_say_where_the_mirror_stands_and_what_a_ticket_takes(shell: Shell) -> None:
    ran = shell.json("mirror", "stats")
    assert ran.code == 0
    told = ran.result
    assert (told["block"], told["tickets"], told["events"], told["used"]) == (2, TICKETS, 1, 0)
    assert (told["safe"], told["finalized"], told["snapshot_of"]) == (None, None, None)
    assert told["bytes_a_ticket"] == pytest.approx(told["bytes"] / TICKETS, abs=0.1)
    assert 2 <= told["age"] < 60


def test_tickets_are_listed_and_one_is_shown(shell: Shell) -> None:
    listed = shell.json("mirror", "tickets", "--limit", "3").result
    assert [ticket["token_id"] for ticket in listed] == ["1", "2", "3"]
    one = shell.json("mirror", "ticket", "2").result
    assert one == listed[1]
    assert (one["status"], one["epoch"], one["stage"]) == ("valid", 2, "included")
    none = shell.json("mirror", "ticket", "4711")
    assert (none.code, none.result) == (4, None)
    assert shell("mirror", "ticket", "many").code == 2
    assert shell("mirror", "ticket").code == 2
    assert "status: valid" in shell("mirror", "ticket", "2").out


def test_a_statement_is_answered(shell: Shell) -> None:
    statement = "select address, count(*) as n from contracts join tickets using (contract_no)"
    ran = shell.json("mirror", "query", statement)
    assert ran.result == {
        "columns": ["address", "n"],
        "rows": [["0x" + CONTRACT.hex(), TICKETS]],
        "cut": False,
    }
    cut = shell.json("mirror", "query", "select token_id from tickets", "--limit", "2").result
    assert (len(cut["rows"]), cut["cut"]) == (2, True)


@pytest.mark.parametrize(
    "statement",
    [
        "delete from tickets",
        "update tickets set epoch = 9",
        "drop table tickets",
        "pragma query_only = off",
        "attach database 'elsewhere.db' as other",
        "vacuum into 'elsewhere.db'",
        "select 1; select 2",
        "select * from nothing",
        "select",
        "select load_extension('x')",
    ],
)
def test_a_statement_that_wants_more_than_to_read_is_refused(
    shell: Shell, statement: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = shell("mirror", "query", statement)
    assert (ran.code, "refused" in ran.err) == (2, True)
    assert shell.json("mirror", "stats").result["tickets"] == TICKETS
    assert not (tmp_path / "elsewhere.db").exists()


def test_a_sound_mirror_is_called_so_and_made_small(shell: Shell) -> None:
    assert shell.json("mirror", "check").result == {"sound": True, "damage": []}
    done = shell.json("mirror", "compact").result
    assert 0 < done["bytes_after"] <= done["bytes_before"] + 8_192
    assert shell.json("mirror", "check").result["sound"]


def test_damage_is_told(shell: Shell) -> None:
    path = shell.data / "mirror.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("pragma writable_schema = on")
        database.execute("delete from poaps")
        database.execute(
            "update sqlite_schema set rootpage = (select rootpage from sqlite_schema where"
            " name = 'doors') where name = 'poaps'"
        )
        database.commit()
    ran = shell.json("mirror", "check")
    assert ran.code == 5
    assert not ran.result["sound"]
    assert ran.result["damage"]
