"""Arguments in, exit code out."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.output import Output
from app.domain.errors import AppError
from app.paths import DataFolder, default_data_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.settings import Settings

    Command = Callable[[argparse.Namespace, Settings, Output], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    parsed = _parser().parse_args(arguments)
    output = Output(as_json=parsed.json)
    try:
        return int(_command(parsed.command)(parsed, _settings(parsed), output))
    except AppError as trouble:
        return output.trouble(trouble)
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130


def _command(name: str) -> Command:
    """Import a command when it is asked for: none pays for another's libraries."""
    from app.cli import commands

    return commands.find(name)


def _settings(parsed: argparse.Namespace) -> Settings:
    from app.settings import load_settings

    data = parsed.data or Path(os.environ.get("ECHAIN_DATA", default_data_folder()))
    environment = {key: value for key, value in os.environ.items() if key != "ECHAIN_DATA"}
    names = ("network", "chain_id", "rpc", "factory", "start_block", "event", "door", "camera")
    flags = {name: getattr(parsed, name) for name in names}
    return load_settings(data, DataFolder(data).settings_file, environment, flags)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="echain",
        description="Check-in for events whose tickets are ERC-721 tokens.",
        epilog="Exit codes: 0 done, 2 usage, 3 environment, 4 refused, 5 conflict.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    common = _common()

    def add(name: str, words: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=words, description=words, parents=[common])

    demo = add("demo", "play an evening at a door on an embedded chain")
    demo.add_argument("--headless", action="store_true", help="no window, words only")
    demo.add_argument("--seed", type=int, default=1, help="who comes in which order")
    demo.add_argument("--keep", action="store_true", help="keep the data folder afterwards")

    node = add("node", "run an embedded chain with the contracts deployed, until interrupted")
    node.add_argument("--port", type=_port, default=8545, help="port on loopback (0: a free one)")
    node.add_argument("--block-time", type=float, default=1.0, help="seconds between blocks")

    sync = add("sync", "bring the mirror up to the chain's newest block")
    sync.add_argument("--follow", action="store_true", help="go on until interrupted")

    scan = add("scan", "read codes from pictures; with an event open, judge and record them")
    scan.add_argument("files", nargs="*", type=Path, metavar="FILE", help="pictures or films")
    scan.add_argument("--test", action="store_true", help="judge, but admit nobody")
    scan.add_argument("--text", action="append", default=[], help="a code's text instead of a file")

    outbox = add("outbox", "show or drain what waits for the chain")
    outbox.add_argument("action", nargs="?", choices=("list", "drain"), default="list")
    outbox.add_argument("--timeout", type=float, default=120.0, help="seconds to drain at most")

    keys = add("keys", "show, make or import a key")
    keys.add_argument("action", choices=("show", "create", "import"))
    keys.add_argument("key", nargs="?", help="key id, such as wallet")

    add("doctor", "check this device and say what is missing")
    return parser


def _common() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    group = common.add_argument_group("common options")
    group.add_argument("--json", action="store_true", help="one JSON object on the last line")
    group.add_argument("--data", type=Path, metavar="DIR", help="folder of this device's data")
    group.add_argument("--network", metavar="NAME", help="demo, base-sepolia, base or custom")
    group.add_argument("--chain-id", type=int, metavar="N", help="chain id of a custom network")
    group.add_argument("--rpc", metavar="URL", help="JSON-RPC address of a node")
    group.add_argument("--factory", metavar="ADDRESS", help="event factory")
    group.add_argument("--start-block", type=int, metavar="N", help="first block of the factory")
    group.add_argument("--event", metavar="ID", help="number or id of the event at this door")
    group.add_argument("--door", type=int, metavar="N", help="this door's number")
    group.add_argument("--camera", metavar="SPEC", help="device, folder, film or stream")
    return common


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 0xFFFF:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port
