"""The demo as a stranger runs it: the chain's own account equals the door's."""

from __future__ import annotations

import json
import random
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.demo.world import cast_roles
from tests.integration.cli.processes import end, start

if TYPE_CHECKING:
    import subprocess

KEYS = {
    "tickets",
    "scans",
    "verdicts",
    "attendees_admitted",
    "journal_rows",
    "offline_seconds",
    "onchain_checkins",
    "onchain_poaps",
    "duplicates_onchain",
    "seconds",
}
LEAST_ADMITTED = 60
LEAST_OF_EACH = 3
REFUSALS = {
    "second use of": "ALREADY_USED",
    "screenshot": "CODE_EXPIRED",
    "code sold on": "TRANSFERRED",
    "code bound anew": "SUPERSEDED",
    "forged proof": "BAD_PROOF",
    "code as print": "BAD_PROOF",
    "other event": "WRONG_EVENT",
    "shop's code": "NOT_A_TICKET",
}
ADMISSIONS = ("live code of", "print of", "owner-signed live code of", "owner-signed print of")


@pytest.fixture(scope="module")
def evenings(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The output of two seeds, played beside each other: one for programs, one for people."""
    folder = str(tmp_path_factory.mktemp("demo"))
    environment = {"TMPDIR": folder}
    processes: list[subprocess.Popen[str]] = [
        start("demo", "--headless", "--json", "--seed", "11", environment=environment),
        start("demo", "--headless", "--seed", "12", environment=environment),
    ]
    outputs = []
    for process in processes:
        out, err = process.communicate(timeout=110)
        assert process.returncode == 0, err
        assert err == ""
        outputs.append(out)
    assert not list(Path(folder).iterdir())
    return outputs[0], outputs[1]


def test_the_last_line_holds_the_account_and_all_of_it_agrees(evenings: tuple[str, str]) -> None:
    account = json.loads(evenings[0].splitlines()[-1])
    assert set(account) >= KEYS
    admitted = account["verdicts"]["ADMITTED"]
    assert account["tickets"] == 200
    assert admitted >= LEAST_ADMITTED
    assert account["journal_rows"] == account["onchain_checkins"] == admitted
    assert account["onchain_poaps"] == account["attendees_admitted"]
    assert 0 < account["attendees_admitted"] <= admitted
    assert account["duplicates_onchain"] == 0
    assert account["offline_seconds"] > 0
    assert sum(account["verdicts"].values()) == account["scans"]
    for code in set(REFUSALS.values()):
        assert account["verdicts"][code] >= LEAST_OF_EACH
    assert account["unexpected"] == []


def scenes(output: str) -> list[str]:
    words = ("LET IN", "STOP", "AGAIN")
    return [line for line in output.splitlines() if line.startswith(words)]


def test_every_kind_of_guest_comes_and_is_judged_for_the_right_reason(
    evenings: tuple[str, str],
) -> None:
    seen = scenes(evenings[1])
    for label, code in REFUSALS.items():
        mine = [line for line in seen if label in line]
        assert len(mine) >= LEAST_OF_EACH, label
        assert all(line.endswith(code) for line in mine), label
    good = [line for line in seen if line.endswith(" ADMITTED")]
    assert len(good) >= LEAST_ADMITTED
    for label in ADMISSIONS:
        assert [line for line in good if label in line], label


def test_the_chains_drop_and_return_are_told_and_the_door_goes_on(
    evenings: tuple[str, str],
) -> None:
    lines = evenings[1].splitlines()
    away = next(i for i, line in enumerate(lines) if "goes away" in line)
    back = next(i for i, line in enumerate(lines) if "chain is back" in line)
    between = [line for line in lines[away:back] if line.endswith(" ADMITTED")]
    assert len(between) >= 10
    assert "The door's account and the chain's agree." in lines[-1]


def test_another_seed_deals_another_evening_and_the_same_one_the_same() -> None:
    tickets = range(1, 201)
    first, second, again = (cast_roles(tickets, random.Random(seed)) for seed in (1, 2, 1))
    assert first == again
    assert first != second


def test_a_demo_that_is_interrupted_leaves_nothing(tmp_path: Path) -> None:
    process = start("demo", "--headless", environment={"TMPDIR": str(tmp_path)})
    assert process.stdout is not None
    assert "anvil" in process.stdout.readline()
    code, _ = end(process, signal.SIGINT)
    assert code == 130
    assert not list(tmp_path.iterdir())
    assert not _running(str(tmp_path))


def _running(word: str) -> list[str]:
    """Return the command lines of processes that name a folder; empty where nobody can tell."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it ended meanwhile
        if word in line:
            found.append(line)
    return found
