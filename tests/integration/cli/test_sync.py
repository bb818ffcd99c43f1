"""``echain sync`` and ``echain mirror``: any mirror file, any end, several nodes, one report."""

from __future__ import annotations

import json
import random
import re
import signal
import socket
from typing import TYPE_CHECKING

import pytest

from tests.integration.cli.processes import end, start, waited
from tests.integration.cli.town import People

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.integration.cli.processes import Node
    from tests.unit.cli.shell import Shell

NOBODY = "http://127.0.0.1:9"
KEYS = {
    *("logs", "tickets", "checkins", "poaps", "blocks", "reorgs", "requests", "retries"),
    *("seconds", "logs_per_second", "head", "source"),
}


@pytest.fixture(scope="module")
def tickets(town: Node) -> int:
    """Make sure that the town's chain has something to read."""
    return People.at(town, random.Random(3)).found("Something to read", 7)


def options(town: Node, mirror: Path) -> tuple[str, ...]:
    return ("--rpc", town.rpc, "--factory", town.factory, "--mirror", str(mirror))


@pytest.mark.usefixtures("tickets")
def test_a_mirror_file_is_filled_without_a_data_folder(
    shell: Shell, town: Node, tmp_path: Path
) -> None:
    file = tmp_path / "elsewhere" / "night.db"
    ran = shell.json("sync", *options(town, file))
    found = ran.result
    assert (ran.code, set(found), set(found["head"])) == (0, KEYS, {"number", "hash", "stage"})
    assert found["logs"] >= found["tickets"] >= 7
    assert found["blocks"] == found["head"]["number"] + 1
    assert found["head"]["hash"].startswith("0x")
    assert (found["reorgs"], found["retries"], found["source"]) == (0, 0, town.rpc)
    assert found["requests"] > 3
    assert found["logs_per_second"] > 0 < found["seconds"]
    assert file.is_file()
    assert not shell.data.exists()

    again = shell.json("sync", *options(town, file)).result
    assert (again["logs"], again["tickets"]) == (0, found["tickets"])
    stats = shell.json("mirror", "stats", "--mirror", str(file)).result
    assert (stats["tickets"], stats["block"]) == (found["tickets"], again["head"]["number"])
    rows = shell.json("mirror", "query", "select count(*) from tickets", "--mirror", str(file))
    assert rows.result["rows"] == [[found["tickets"]]]
    assert not shell.data.exists()


def test_tickets_of_a_mirror_file_are_shown(
    shell: Shell, town: Node, tmp_path: Path, tickets: int
) -> None:
    file = str(tmp_path / "night.db")
    assert shell.json("sync", *options(town, tmp_path / "night.db")).code == 0
    of_event = ("--mirror", file, "--event", str(tickets))
    listed = shell.json("mirror", "tickets", *of_event).result
    assert [ticket["token_id"] for ticket in listed] == [str(number) for number in range(1, 8)]
    one = shell.json("mirror", "ticket", "3", *of_event)
    assert (one.code, one.result) == (0, listed[2])
    none = shell.json("mirror", "stats", "--mirror", str(tmp_path / "none.db"))
    assert (none.code, none.result["error"]["code"]) == (3, "settings.wrong")
    assert not (tmp_path / "none.db").exists()


def test_a_sync_stops_at_a_block_and_goes_on_from_there(
    shell: Shell, town: Node, tmp_path: Path, tickets: int
) -> None:
    assert tickets
    file = tmp_path / "night.db"
    first = shell.json("sync", *options(town, file), "--until", "5").result
    assert (first["head"]["number"], first["blocks"]) == (5, 6)
    followed = shell.json("sync", *options(town, file), "--until", "8", "--follow").result
    assert followed["head"]["number"] == 8
    rest = shell.json("sync", *options(town, file)).result
    assert rest["head"]["number"] > 8
    assert rest["blocks"] == rest["head"]["number"] - 8


def test_a_contract_must_be_an_event_of_the_factory(
    shell: Shell, town: Node, tmp_path: Path, tickets: int
) -> None:
    file = tmp_path / "night.db"
    ran = shell.json("sync", *options(town, file), "--contract", town.factory)
    assert (ran.code, ran.result["error"]["code"]) == (3, "chain.wrong_code")
    query = f"select address from contracts join events using (contract_no) where number={tickets}"
    answer = shell.json("mirror", "query", query, "--mirror", str(file)).result
    contract = answer["rows"][0][0]
    assert shell.json("sync", *options(town, file), "--contract", contract).code == 0


def test_another_node_is_used_when_the_first_is_away(
    shell: Shell, town: Node, tmp_path: Path
) -> None:
    two = ("--rpc", NOBODY, "--rpc", town.rpc, "--factory", town.factory)
    ran = shell.json("sync", *two, "--mirror", str(tmp_path / "night.db"))
    assert (ran.code, ran.result["source"]) == (0, town.rpc)
    assert ran.result["retries"] >= 1


def test_a_node_of_another_chain_beside_the_right_one_is_shut_out(
    shell: Shell, town: Node, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    of_a_chain = ("--factory", town.factory, "--mirror", str(tmp_path / "night.db"))
    ran = shell.json("sync", "--network", "base", "--rpc", town.rpc, *of_a_chain)
    assert (ran.code, ran.result["error"]["code"]) == (3, "chain.wrong_id")
    two = ("--rpc", town.rpc, "--rpc", f"{town.rpc}/")
    ran = shell.json("sync", "--network", "base", *two, *of_a_chain)
    assert (ran.code, ran.result["error"]["code"]) == (3, "chain.wrong_id")
    assert "31337" in caplog.text


def told(process: subprocess.Popen[str], words: str) -> None:
    """Wait until the process has said something on standard error."""
    assert process.stderr is not None
    for line in process.stderr:
        if re.search(words, line):
            return
    raise AssertionError(f"it ended without saying {words}")


AT_HEAD = r"block (\d+) of \1:"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_following_ends_with_the_report(
    town: Node, tmp_path: Path, tickets: int, number: signal.Signals
) -> None:
    assert tickets
    file = tmp_path / "night.db"
    process = start("sync", *options(town, file), "--follow", "--json")
    told(process, AT_HEAD)
    code, out = end(process, number)
    report = json.loads(out)
    assert (code, set(report)) == (0, KEYS)
    assert report["tickets"] >= 7
    assert report["head"]["number"] > 0


def test_a_sync_that_is_cut_off_says_how_far_it_came(tmp_path: Path, town: Node) -> None:
    # A node that takes the request and never answers: there is nothing to report but that.
    with socket.create_server(("127.0.0.1", 0)) as server:
        silent = f"http://127.0.0.1:{server.getsockname()[1]}"
        of = ("--factory", town.factory, "--mirror", str(tmp_path / "night.db"))
        process = start("sync", "--rpc", silent, *of, "--json")
        told(process, "nothing yet")
        code, out = end(process, signal.SIGINT)
    report = json.loads(out)
    assert (code, report["head"]) == (130, {"number": None, "hash": None, "stage": "pending"})
    assert report["source"] == silent


def test_a_mirror_file_in_use_is_said(town: Node, tmp_path: Path, shell: Shell) -> None:
    file = tmp_path / "night.db"
    process = start("sync", *options(town, file), "--follow", "--json")
    told(process, AT_HEAD)
    ran = shell.json("mirror", "stats", "--mirror", str(file))
    assert (ran.code, ran.result["error"]["code"]) == (3, "store.busy")
    end(process)
    assert shell.json("mirror", "stats", "--mirror", str(file)).code == 0


def test_people_read_where_it_stands(town: Node, tmp_path: Path, tickets: int) -> None:
    assert tickets
    process = start("sync", *options(town, tmp_path / "night.db"))
    code, out = waited(process)
    assert code == 0
    assert "Something to read, 7 tickets, 0 used" in out
