"""The chain in a box: starts, keeps its state, dies with the app, and says what is wrong."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from app.chain.node import AnvilNode, NodeOptions, find_anvil
from app.domain.errors import NodeError

ROOT = Path(__file__).parents[3]
# What a process needs to hold a node until it is killed.
HOLDER = """
import sys, time
from pathlib import Path
from app.chain.node import AnvilNode, NodeOptions
node = AnvilNode(NodeOptions(folder=Path(sys.argv[1])))
node.start()
print(node.port, flush=True)
time.sleep(600)
"""


def rpc(url: str, method: str, *params: object) -> Any:  # noqa: ANN401 - JSON
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    request = urllib.request.Request(url, body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)["result"]


def answers(url: str) -> bool:
    try:
        rpc(url, "eth_chainId")
    except (urllib.error.URLError, OSError):
        return False
    return True


def wait_until_silent(url: str) -> None:
    until = time.monotonic() + 20
    while answers(url):
        assert time.monotonic() < until, "the node outlived its app"
        time.sleep(0.02)


def mined(url: str, call: dict[str, str]) -> str:
    """Send, and wait for the block: anvil answers before it has made it."""
    sent: str = rpc(url, "eth_sendTransaction", call)
    until = time.monotonic() + 10
    while rpc(url, "eth_getTransactionReceipt", sent) is None:
        assert time.monotonic() < until
    return sent


def pay(url: str) -> tuple[str, str]:
    """Send a wei; the transaction and its receiver."""
    sender = rpc(url, "eth_accounts")[0]
    receiver = "0x" + "5a" * 20
    call = {"from": sender, "to": receiver, "value": "0x1"}
    return mined(url, call), receiver


def make_log(url: str) -> str:
    """A contract whose creation emits one log with topic 7; the transaction."""
    sender = rpc(url, "eth_accounts")[0]
    # PUSH1 7 PUSH1 0 PUSH1 0 LOG1 STOP
    call = {"from": sender, "data": "0x600760006000a100"}
    return mined(url, call)


def logs(url: str) -> list[Any]:
    found: list[Any] = rpc(url, "eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest"})
    return found


def test_it_serves_on_a_free_port_of_loopback_only() -> None:
    with AnvilNode() as first, AnvilNode() as second:
        assert first.port != second.port
        assert rpc(first.url, "eth_chainId") == hex(31337)
        assert first.url == f"http://127.0.0.1:{first.port}"
        assert first.ws_url == f"ws://127.0.0.1:{first.port}"
        assert first.is_running
    assert not first.is_running
    assert not answers(first.url)


def test_logs_receipts_and_balances_survive_a_stop_on_the_same_port(tmp_path: Path) -> None:
    node = AnvilNode(NodeOptions(folder=tmp_path))
    node.start()
    paid, receiver = pay(node.url)
    logged = make_log(node.url)
    before = [rpc(node.url, "eth_getTransactionReceipt", sent) for sent in (paid, logged)]
    old_logs, head, url = logs(node.url), rpc(node.url, "eth_blockNumber"), node.url
    assert len(old_logs) == 1
    node.stop()
    assert not answers(url)

    node.start()
    assert node.url == url
    after = [rpc(url, "eth_getTransactionReceipt", sent) for sent in (paid, logged)]
    assert after == before
    assert logs(url) == old_logs
    assert rpc(url, "eth_blockNumber") == head
    assert rpc(url, "eth_getBalance", receiver, "latest") == "0x1"
    # And it goes on: the nonce continues.
    pay(url)
    assert rpc(url, "eth_getBalance", receiver, "latest") == "0x2"
    node.stop()


def test_the_clock_goes_on_after_a_stop(tmp_path: Path) -> None:
    node = AnvilNode(NodeOptions(folder=tmp_path))
    stamps = []
    for _ in range(2):
        node.start()
        rpc(node.url, "evm_mine")
        block = rpc(node.url, "eth_getBlockByNumber", "latest", False)
        stamps.append(int(block["timestamp"], 16))
        node.stop()
    assert stamps[0] <= stamps[1] <= stamps[0] + 30


def test_a_state_cut_off_by_a_kill_is_replaced_by_the_last_good_one(tmp_path: Path) -> None:
    options = NodeOptions(folder=tmp_path)
    with AnvilNode(options) as node:
        _, receiver = pay(node.url)
    with AnvilNode(options):  # keeps a copy of the good state
        pass
    state = tmp_path / "state.json"
    state.write_bytes(state.read_bytes()[:-500])
    with AnvilNode(options) as node:
        assert rpc(node.url, "eth_getBalance", receiver, "latest") == "0x1"


def test_without_a_good_state_it_starts_anew(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text("{", "utf-8")
    with AnvilNode(NodeOptions(folder=tmp_path)) as node:
        assert rpc(node.url, "eth_blockNumber") == "0x0"


@pytest.mark.skipif(os.name != "posix", reason="kills a process as POSIX does")
def test_it_writes_its_state_and_dies_when_the_app_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as app:
        assert app.stdout is not None
        url = f"http://127.0.0.1:{int(app.stdout.readline())}"
        _, receiver = pay(url)
        app.send_signal(signal.SIGKILL)
    wait_until_silent(url)
    with AnvilNode(NodeOptions(folder=tmp_path)) as node:
        assert rpc(node.url, "eth_getBalance", receiver, "latest") == "0x1"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, asks for the death signal")
def test_it_dies_with_its_keeper_too() -> None:
    node = AnvilNode()
    node.start()
    keeper = node._keeper
    assert keeper is not None
    os.kill(keeper.pid, signal.SIGKILL)
    keeper.wait(10)
    wait_until_silent(node.url)
    assert not node.is_running
    # Starting again is all that it needs.
    node.start()
    assert answers(node.url)
    node.stop()


def test_starting_and_stopping_twice_does_no_harm() -> None:
    node = AnvilNode()
    node.stop()
    node.start()
    port = node.port
    node.start()
    assert node.port == port
    node.stop()
    node.stop()
    assert not node.is_running


def test_blocks_come_by_themselves_when_a_block_time_is_set() -> None:
    with AnvilNode(NodeOptions(block_time=0.1)) as node:
        until = time.monotonic() + 10
        while rpc(node.url, "eth_blockNumber") in {"0x0", "0x1"}:
            assert time.monotonic() < until
            time.sleep(0.02)


def test_chain_id_accounts_and_finality_are_as_asked() -> None:
    with AnvilNode(NodeOptions(chain_id=1234, accounts=2, epoch_slots=1, keep_states=8)) as node:
        assert rpc(node.url, "eth_chainId") == hex(1234)
        assert node.chain_id == 1234
        assert len(rpc(node.url, "eth_accounts")) == 2
        rpc(node.url, "anvil_mine", "0x10")
        safe = rpc(node.url, "eth_getBlockByNumber", "safe", False)
        assert int(safe["number"], 16) == 0x10 - 1


def test_a_taken_port_is_a_clear_failure() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        node = AnvilNode(NodeOptions(port=taken.getsockname()[1]))
        with pytest.raises(NodeError, match="Address already in use") as refused:
            node.start()
    assert refused.value.code == "node.failed"
    assert not node.is_running


def test_a_program_that_is_no_node_is_a_clear_failure() -> None:
    with pytest.raises(NodeError) as refused:
        AnvilNode(binary=Path(sys.executable)).start()
    assert refused.value.code == "node.failed"


def test_a_missing_program_says_what_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NodeError, match="make demo") as refused:
        AnvilNode(binary=Path("nowhere") / "anvil").start()
    assert refused.value.code == "node.missing"
    monkeypatch.setattr("platform.machine", lambda: "vax")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NodeError, match="make demo") as refused:
        find_anvil()
    assert refused.value.code == "node.missing"


def test_a_folder_that_can_not_be_made_is_a_clear_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(NodeError) as refused:
        AnvilNode(NodeOptions(folder=tmp_path / "file" / "folder")).start()
    assert refused.value.code == "node.failed"


def test_development_keys_are_in_no_log(tmp_path: Path) -> None:
    with AnvilNode(NodeOptions(folder=tmp_path)) as node:
        pay(node.url)
    assert (tmp_path / "anvil.log").read_text("utf-8") == ""
