"""Chains that are away, slow, foreign or not ours; folders in use; and ends by signals."""

from __future__ import annotations

import signal
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.integration.cli.processes import end, run_node, start, waited

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.cli.processes import Node
    from tests.unit.cli.shell import Ran, Shell

NOBODY = "http://127.0.0.1:9"  # the discard port: nothing listens there
SOMEBODY = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"  # an account without code


def code_of(ran: Ran) -> str:
    assert ran.code == 3
    assert ran.result["error"]["do"]
    return str(ran.result["error"]["code"])


def failed(ran: Ran) -> set[str]:
    return {check["name"] for check in ran.result["checks"] if check["status"] == "fail"}


@dataclass
class Silent:
    """A server that takes connections and never answers."""

    server: socket.socket

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.getsockname()[1]}"

    def wait_for_a_caller(self) -> socket.socket:
        self.server.settimeout(60)
        return self.server.accept()[0]


@contextmanager
def silent_server() -> Iterator[Silent]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield Silent(server)


def test_a_chain_that_is_away_is_said(at_town: Shell) -> None:
    assert code_of(at_town.json("sync", "--rpc", NOBODY)) == "rpc.unreachable"
    assert "node" in failed(at_town.json("doctor", "--rpc", NOBODY))


def test_a_chain_that_does_not_answer_is_given_up(at_town: Shell) -> None:
    with silent_server() as silent:
        ran = at_town.json("doctor", "--rpc", silent.address)
    assert "node" in failed(ran)
    assert "rpc.timeout" in ran.out


def test_a_foreign_chain_is_refused(at_town: Shell, town: Node) -> None:
    foreign = ("--network", "custom", "--chain-id", "5", "--rpc", town.rpc)
    assert code_of(at_town.json("sync", *foreign)) == "chain.wrong_id"
    assert "chain-id" in failed(at_town.json("doctor", *foreign))


def test_foreign_code_at_the_factorys_address_is_refused(at_town: Shell, town: Node) -> None:
    poap = str(town.said["poap"])
    for address in (SOMEBODY, poap):
        assert code_of(at_town.json("sync", "--factory", address)) == "chain.wrong_code"
        assert failed(at_town.json("doctor", "--factory", address)) == {"factory"}


def test_without_a_factory_it_says_how_to_give_one(
    shell: Shell, town: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHAIN_RPC", town.rpc)
    ran = shell.json("sync")
    assert code_of(ran) == "settings.missing"
    assert "--factory" in ran.result["error"]["detail"]


def test_what_is_no_node_is_said(at_town: Shell) -> None:
    def answer() -> None:
        for _ in range(50):  # it is asked again: a node may break off now and then
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        assert code_of(at_town.json("sync", "--rpc", address)).startswith("rpc.")


def test_the_command_line_goes_over_the_environment_over_the_file(
    at_town: Shell, town: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_town.data.mkdir()
    (at_town.data / "settings.toml").write_text(f'rpc = "{NOBODY}"\n', "utf-8")
    assert at_town.json("sync").code == 0
    monkeypatch.delenv("ECHAIN_RPC")
    assert code_of(at_town.json("sync")) == "rpc.unreachable"
    monkeypatch.setenv("ECHAIN_RPC", NOBODY)
    assert at_town.json("sync", "--rpc", town.rpc).code == 0


def test_an_empty_outbox_is_drained_at_once_and_an_unknown_event_is_said(at_town: Shell) -> None:
    assert at_town.json("sync").code == 0
    ran = at_town.json("outbox")
    assert (ran.code, ran.result["queued"], ran.result["conflicts"]) == (0, 0, [])
    assert code_of(at_town.json("outbox", "--event", "99")) == "chain.unknown_event"
    ran = at_town.json("outbox", "drain")
    assert (ran.code, ran.result["sent"]) == (0, 0)
    assert code_of(at_town.json("outbox", "show", "7")) == "chain.not_waiting"
    assert code_of(at_town.json("outbox", "cancel", "0x12345678")) == "chain.not_waiting"
    assert at_town("outbox", "show").code == 2


# ── processes ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_following_keeps_the_folder_and_ends_in_order(
    at_town: Shell, number: signal.Signals
) -> None:
    process = start("sync", "--follow", "--data", str(at_town.data))
    assert process.stdout is not None
    assert "online" in process.stdout.readline()
    assert code_of(at_town.json("sync")) == "store.busy"
    code, out = end(process, number)
    assert code == 0
    assert out.startswith("block ")
    assert at_town.json("sync").code == 0


def test_a_camera_is_watched_until_somebody_stops_it(tmp_path: Path) -> None:
    with silent_server() as silent:
        process = start("scan", "--camera", silent.address, "--json", "--data", str(tmp_path))
        with silent.wait_for_a_caller():
            code, out = end(process, signal.SIGINT)
    assert code in {0, 3}
    assert out.strip().startswith("[")


def test_two_chains_do_not_share_a_folder(tmp_path: Path) -> None:
    with run_node(tmp_path, 0) as node:
        second = start("node", "--data", str(tmp_path), "--port", "0", "--json")
        code, out = waited(second)
        assert (code, "store.busy" in out) == (3, True)
        third = start("node", "--data", str(tmp_path / "x"), "--port", str(node.port), "--json")
        code, out = waited(third)
        assert (code, "node.failed" in out) == (3, True)


def test_an_imported_key_is_nowhere_to_be_read(at_town: Shell) -> None:
    secret = "5f" * 31 + "07"
    for verbose in ("--json", "--door=1"):
        process = start(
            "keys", "import", "till", verbose, "--data", str(at_town.data), stdin=secret
        )
        code, out = waited(process)
        assert code == 0
        assert secret not in out
    assert at_town.json("sync").code == 0
    assert at_town.json("doctor", "--event", "1").code in {0, 3}
    files = [path for path in at_town.data.rglob("*") if path.is_file()]
    assert len(files) >= 4
    for path in files:
        content = path.read_bytes()
        assert secret.encode() not in content
        assert bytes.fromhex(secret) not in content


def test_the_doctor_looks_at_every_way_to_the_chain(
    at_town: Shell, town: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHAIN_RPC", f"{town.rpc} {town.rpc}/?{{second}} {NOBODY}")
    monkeypatch.setenv("ECHAIN_WITNESS", f"{town.rpc}/?witness")
    monkeypatch.setenv("ECHAIN_WS", town.rpc.replace("http", "ws"))
    monkeypatch.setenv("ECHAIN_WEBHOOKS", "127.0.0.1:8090")
    ran = at_town.json("doctor")
    found = {check["name"]: check["status"] for check in ran.result["checks"]}
    assert (found["node"], found["witness"], found["live"]) == ("ok", "ok", "ok")
    assert (found["node-2"], found["node-3"]) == ("warn", "warn")
    assert found["webhooks"] in {"warn", "fail"}
    assert "echain secret set second" in ran.out or "keys.locked" in ran.out
