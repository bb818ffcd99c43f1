"""One ticket from end to end by commands alone: node, sync, keys, doctor, scan, outbox, restart."""

from __future__ import annotations

import os
import random
import threading
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from app.domain.policy import Bundle, Policy
from app.paths import DataFolder
from app.runtime.clock import SystemClock
from app.scan.simulated import render
from offline_cache.inspection import MirrorLook
from offline_cache.journal import Journal
from offline_cache.records import StoredBundle
from tests.integration.cli.processes import run_node
from tests.integration.cli.town import People

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from offline_cache.records import Event
    from tests.unit.cli.shell import Ran, Shell


def known_event(shell: Shell, factory: str, number: int) -> Event:
    with MirrorLook(DataFolder(shell.data).mirror_file) as look:
        event = look.event_by_number(bytes.fromhex(factory[2:]), number)
    assert event is not None
    return event


def statuses(ran: Ran) -> dict[str, str]:
    return {check["name"]: check["status"] for check in ran.result["checks"]}


def verdict(ran: Ran) -> dict[str, Any]:
    (code,) = (code for entry in ran.result for code in entry["codes"])
    return dict(code["verdict"])


def photograph(text: str, path: Path) -> str:
    picture = render(text, rng=np.random.default_rng(1))
    assert cv2.imwrite(str(path), picture)
    return str(path)


def hand_over(shell: Shell, event: Event, record_key: str) -> Bundle:
    """Give the device a bundle under which check-ins are sent at once."""
    bundle = Bundle(event.event_id, 1, Policy(undo_seconds=0), {1: bytes.fromhex(record_key[2:])})
    journal = Journal(shell.data, SystemClock().unix, os.urandom)
    stored = StoredBundle(event.event_id, 1, bundle.content_hash, bundle.to_json(), b"", 1)
    journal.put_bundle(stored).result()
    journal.close()
    return bundle


def look_closer(shell: Shell, ran: Ran) -> None:
    """Ask for the one record and its transaction by name."""
    (record,) = ran.result["records"]
    assert (record["token_id"], record["event"], record["door"]) == ("1", "Harbour Night", 1)
    shown = shell.json("outbox", "show", record["id"]).result
    assert [each["id"] for each in shown["transactions"]] == [record["transaction"]]
    shown = shell.json("outbox", "show", str(record["transaction"])).result
    assert shown["records"] == [record["id"]]
    ran = shell.json("outbox", "speed-up", str(record["transaction"]))
    assert (ran.code, ran.result["error"]["code"]) == (3, "chain.not_waiting")


def test_a_ticket_goes_from_the_picture_to_the_chain_and_stays_there(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.data.mkdir(mode=0o700)
    with run_node(shell.data, 0) as node:
        monkeypatch.setenv("ECHAIN_RPC", node.rpc)
        people = People.at(node, random.Random(1))
        number = people.found("Harbour Night", 5)
        monkeypatch.setenv("ECHAIN_EVENT", str(number))
        synced = shell.json("sync").result
        assert (synced["tickets"], synced["checkins"]) == (5, 0)
        event = known_event(shell, node.factory, number)

        wallet = shell.json("keys", "create").result["address"]
        key = shell.json("keys", "create", "door").result["address"]
        ran = shell.json("doctor")
        advice = {check["name"]: check["do"] for check in ran.result["checks"]}
        assert ran.code == 3
        assert key in advice["door"]
        assert wallet in advice["wallet"]
        people.fund(wallet)
        people.open_door(event, 1, key, (1, hand_over(shell, event, key).content_hash))
        people.bind(event, [1, 2])
        assert shell.json("sync").code == 0
        ran = shell.json("doctor")
        assert ran.code == 0, ran.out
        assert {name for name, status in statuses(ran).items() if status != "ok"} == set()

        picture = photograph(people.code(event, 1), tmp_path / "phone.png")
        ran = shell.json("scan", picture)
        assert (ran.code, verdict(ran)["code"]) == (0, "ADMITTED")
        assert verdict(shell.json("scan", picture))["code"] == "ALREADY_USED"
        assert shell.json("outbox").result["unsigned"] == 1
        ran = shell.json("outbox", "drain")
        assert (ran.code, ran.result["unsigned"], ran.result["queued"]) == (0, 0, 0)
        assert ran.result["mined"] + ran.result["final"] == 1
        look_closer(shell, ran)
        synced = shell.json("sync").result
        assert (synced["checkins"], synced["poaps"]) == (1, 1)
        port = node.port

    ran = shell.json("sync")
    assert (ran.code, ran.result["error"]["code"]) == (3, "rpc.unreachable")
    assert verdict(shell.json("scan", "--text", people.code(event, 2)))["code"] == "ADMITTED"
    with run_node(shell.data, port) as again:
        assert again.factory == node.factory
        ran = shell.json("sync")
        assert (ran.code, ran.result["reorgs"], ran.result["checkins"]) == (0, 0, 1)
        assert shell.json("outbox", "drain").code == 0
        assert shell.json("sync").result["checkins"] == 2
        assert shell.json("doctor").code == 0
    assert not [t for t in threading.enumerate() if t.name.endswith(("-writer", "engine"))]
