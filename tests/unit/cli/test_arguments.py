"""Which arguments are understood, and that mistakes end with exit code 2."""

from __future__ import annotations

import pytest

from app.chain.profiles import PROFILES
from app.cli.arguments import NETWORKS, parse
from app.settings import SETTABLE

COMMON = {
    "--network": "base",
    "--chain-id": "5",
    "--rpc": "https://node.test",
    "--factory": "0x5FbDB2315678afecb367f032d93F642f64180aa3",
    "--start-block": "9",
    "--event": "7",
    "--door": "2",
    "--camera": "0",
    "--data": "here",
}


@pytest.mark.parametrize("command", ["demo", "node", "sync", "scan", "outbox", "journal", "doctor"])
def test_common_options_stand_before_or_after_the_command(command: str) -> None:
    options = [word for pair in COMMON.items() for word in pair]
    before = parse([*options, "--json", command])
    after = parse([command, *options, "--json"])
    assert vars(before) == vars(after)
    assert (after.json, after.door, after.event, str(after.data)) == (True, 2, "7", "here")


def test_the_option_after_the_command_wins() -> None:
    assert parse(["--door", "1", "sync", "--door", "2"]).door == 2


def test_what_is_not_given_is_none() -> None:
    parsed = parse(["sync"])
    names = {name.removeprefix("--").replace("-", "_") for name in COMMON}
    assert [getattr(parsed, name) for name in names] == [None] * len(names)
    assert parsed.json is False
    assert names - {"data"} < set(SETTABLE)


def test_every_known_network_may_be_named() -> None:
    assert set(NETWORKS) == {*PROFILES, "custom"}


@pytest.mark.parametrize(
    "line",
    [
        "fly",
        "sync --network moon",
        "sync --rpc ws://node",
        "sync --factory 0x12",
        "sync --door 0",
        "sync --door 65536",
        "sync --door -1",
        "sync --chain-id five",
        "sync --jso",
        "node --port 65536",
        "node --block-time -1",
        "node --block-time nan",
        "outbox fill",
        "outbox --timeout 0",
        "outbox --timeout nan",
        "outbox show 0x12",
        "outbox show 0xzz34567890",
        "outbox cancel 12345678ab",
        "outbox --limit -1",
        "journal burn",
        "journal export f --format pdf",
        "scan --timeout inf",
        "keys",
        "keys steal",
        "demo --seed x",
    ],
)
def test_a_mistake_is_usage(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse(line.split())
    assert caught.value.code == 2
    assert "usage: echain" in capsys.readouterr().err


def test_a_nodes_address_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["sync", "--rpc", "ws://me:hunter2@node"])
    assert "hunter2" not in capsys.readouterr().err
