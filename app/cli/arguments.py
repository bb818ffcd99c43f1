"""What may be written on the command line; what cannot be understood ends with exit code 2."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.cli.argument_kinds import natural, seconds
from app.cli.collections import add_contract
from app.cli.queue_arguments import add_journal, add_outbox

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NETWORKS: Final = ("demo", "base-sepolia", "base", "custom")
WINDOWS: Final = {
    "kiosk": "open a door with a window: scan and let guests in",
    "desk": "open the organizer's window: sales and arrivals",
    "wallet": "open the attendee's window: tickets and their codes",
}
KIOSK_DEFAULTS: Final = {
    "set_pin": False,
    "remove_pin": False,
    "window": False,
    "supervised": False,
    "no_supervisor": False,
    "self_service": False,
    "handover": None,
}
"""What ``echain`` alone means where this computer is remembered as a door."""
_COMMON: Final = (
    "data",
    "network",
    "chain_id",
    "rpc",
    "factory",
    "start_block",
    "event",
    "door",
    "camera",
)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the arguments; common options may stand before the command or after it.

    Every common option that was not given is None (``json``: False).

    Raises:
        SystemExit: 0 for ``--help``, 2 for what cannot be understood.
    """
    common = _common()
    parser = argparse.ArgumentParser(
        prog="echain",
        description="Check-in for events whose tickets are ERC-721 tokens. Alone: opens a window.",
        epilog="Exit codes: 0 done, 2 usage, 3 environment, 4 refused, 5 conflict.",
        parents=[common],
        allow_abbrev=False,
    )
    parser.set_defaults(full_screen=False, **KIOSK_DEFAULTS)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    def add(name: str, words: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name, help=words, description=words, parents=[common], allow_abbrev=False
        )

    for name, words in WINDOWS.items():
        window = add(name, words)
        window.add_argument(
            "--full-screen", action="store_true", help="use the whole screen; F11 changes it"
        )
        if name == "kiosk":
            _add_kiosk(window)
    _add_commands(add)
    parsed = parser.parse_args(arguments)
    parsed.command = parsed.command or "start"
    for name in _COMMON:
        vars(parsed).setdefault(name, None)
    vars(parsed).setdefault("json", False)
    return parsed


def _add_commands(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Add the commands without a window."""
    _add_runs(add("demo", "play an evening at a door on an embedded chain"), "demo")
    _add_runs(add("node", "run an embedded chain with the contracts, until interrupted"), "node")
    _add_runs(add("sync", "bring the mirror up to the chain's newest block"), "sync")
    _add_scan(
        add("scan", "read codes from files or a camera; with an event open, judge and record them")
    )
    add_outbox(add("outbox", "list, show, retry, speed up, cancel or drain what waits"))
    add_journal(add("journal", "verify, export, import, back up or restore the journal"))
    _add_keys(add("keys", "show, make or import a key (imported ones from standard input)"))
    _add_mirror(add("mirror", "look into what the chain said; check or compact the file"))
    _add_bundle(add("bundle", "hand an event to doors without internet, as one signed file"))
    _add_secret(add("secret", "store an API key or webhook secret (from standard input)"))
    _add_invitation(add("invitation", "invite a door to the open event, or look into one"))
    add("doctor", "check this device and say what is missing")


def _add_runs(parser: argparse.ArgumentParser, name: str) -> None:
    if name == "demo":
        parser.add_argument("--headless", action="store_true", help="no window, words only")
        parser.add_argument("--seed", type=int, default=1, help="who comes in which order")
        parser.add_argument("--keep", action="store_true", help="keep the data afterwards")
        parser.add_argument(
            "--close", action="store_true", help="close the window when the evening is over"
        )
    elif name == "node":
        parser.add_argument("--port", type=_port, default=8545, help="on loopback (0: a free one)")
        parser.add_argument(
            "--block-time", type=natural, default=1, help="seconds a block (0: one a transaction)"
        )
    else:
        parser.add_argument("--follow", action="store_true", help="go on until interrupted")
        parser.add_argument(
            "--until", type=natural, metavar="BLOCK", help="read no block after this one"
        )
        add_contract(parser, "read this ERC-721 collection too, or expect this event")
        _add_mirror_file(parser)


def _add_mirror_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--mirror",
        type=Path,
        metavar="FILE",
        help="a mirror of its own, instead of the one in the data folder",
    )


def _add_kiosk(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set-pin",
        action="store_true",
        help="set the staff PIN (asked for, or from standard input): from then on the kiosk is"
        " locked, and starts again by itself",
    )
    parser.add_argument("--remove-pin", action="store_true", help="no longer lock this kiosk")
    parser.add_argument(
        "--window", action="store_true", help="do not lock it this time, though it has a staff PIN"
    )
    parser.add_argument(
        "--supervised", action="store_true", help="start it again when it ends, locked or not"
    )
    parser.add_argument(
        "--no-supervisor", action="store_true", help="do not start it again when it ends"
    )
    parser.add_argument(
        "--self-service",
        action="store_true",
        help="a door without staff, with the relay and the printer of the settings",
    )
    parser.add_argument("--screen", metavar="NAME", help="the display of a locked kiosk")
    parser.add_argument("--handover", type=natural, help=argparse.SUPPRESS)


def _add_scan(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help="pictures, PDFs, films, folders; none: --camera"
    )
    parser.add_argument("--test", action="store_true", help="judge, but admit nobody")
    parser.add_argument("--text", action="append", default=[], help="a code's text, as if scanned")
    parser.add_argument(
        "--timeout", type=seconds, help="seconds to watch a camera (else until interrupted)"
    )
    parser.add_argument(
        "--online",
        action="store_true",
        help="at a camera: keep the mirror fresh and send check-ins meanwhile",
    )


def _add_keys(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("show", "create", "import"))
    parser.add_argument(
        "key",
        nargs="?",
        help="key id; 'door' is the record key of --door at --event; the paying wallet if left out",
    )


def _add_mirror(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        nargs="?",
        choices=("stats", "tickets", "ticket", "claims", "query", "check", "compact"),
        default="stats",
    )
    parser.add_argument("what", nargs="?", metavar="ID|SQL", help="token id, or a SELECT statement")
    parser.add_argument(
        "--limit", type=natural, default=1_000, metavar="N", help="most rows (default 1000)"
    )
    add_contract(parser, "tickets of this contract, instead of the open event's")
    _add_mirror_file(parser)


def _add_secret(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("set", "forget", "show"), help="show: whether it is set")
    parser.add_argument(
        "name",
        metavar="NAME",
        help="the-graph, multibaas, goldrush, multibaas-webhook, coinbase-webhook, or any name"
        " that an address in the settings has in braces",
    )


def _add_bundle(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        choices=("export", "import", "verify", "card", "guests", "forget"),
        help="export: the open event; import and verify: a snapshot, or a signed policy alone;"
        " card: which key to seal this door's guest list for; guests: look into that list; forget:"
        " erase it",
    )
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="guests: what to find")
    parser.add_argument(
        "--guests", type=Path, metavar="CSV", help="a guest list to seal for the event's doors"
    )
    parser.add_argument(
        "--card",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="the sealing card of a door; again for each",
    )
    parser.add_argument(
        "--sign-with", default="bundle", metavar="KEY", help="key id to sign an export with"
    )
    parser.add_argument(
        "--days", type=_days, default=14, help="days until the signature ends (default 14)"
    )
    parser.add_argument(
        "--signer",
        type=_address,
        metavar="ADDRESS",
        help="the organizer's key for bundles, for an event that this device does not know yet",
    )
    parser.add_argument(
        "--force", action="store_true", help="import even what is older than the mirror"
    )


def _add_invitation(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("create", "show"))
    parser.add_argument(
        "what",
        nargs="?",
        metavar="TEXT|FILE",
        help="show: the text, or a file or picture with it; create: a .png or .svg to write",
    )
    parser.add_argument(
        "--from", dest="sender", default="", metavar="NAME", help="who invites, in words"
    )
    parser.add_argument(
        "--days", type=_days, default=14, help="days until it cannot be taken (default 14)"
    )
    parser.add_argument(
        "--node",
        action="append",
        type=_web_address,
        default=[],
        metavar="URL",
        help="a node that the door may use, without any key in it; up to three",
    )
    parser.add_argument(
        "--bundle-url",
        type=_web_address,
        metavar="URL",
        help="where the door can fetch the event's bundle",
    )
    parser.add_argument("--sign-with", metavar="KEY", help="key id; else the first that may")


def _common() -> argparse.ArgumentParser:
    # SUPPRESS: what is not given after the command must not overwrite what was given before it.
    common = argparse.ArgumentParser(
        add_help=False, argument_default=argparse.SUPPRESS, allow_abbrev=False
    )
    group = common.add_argument_group("common options")
    group.add_argument("--json", action="store_true", help="the result as JSON on the last line")
    group.add_argument("--data", type=Path, metavar="DIR", help="folder of this device's data")
    group.add_argument("--network", choices=NETWORKS, metavar="NAME", help=", ".join(NETWORKS))
    group.add_argument("--chain-id", type=natural, metavar="N", help="id of a custom network")
    group.add_argument(
        "--rpc",
        type=_web_address,
        action="append",
        metavar="URL",
        help="JSON-RPC address of a node; again for one to fail over to",
    )
    group.add_argument("--factory", type=_address, metavar="ADDRESS", help="event factory")
    group.add_argument("--start-block", type=natural, metavar="N", help="the factory's block")
    group.add_argument("--event", metavar="ID", help="number or id of the event at this door")
    group.add_argument("--door", type=_door, metavar="N", help="this door's number")
    group.add_argument("--camera", metavar="SPEC", help="device, folder, film or stream")
    return common


# ── what a value must be ──────────────────────────────────────────────────────────────────────────


def _days(text: str) -> int:
    days = natural(text)
    if not 1 <= days <= 3_650:
        raise argparse.ArgumentTypeError("days from 1 to 3650 are needed")
    return days


def _port(text: str) -> int:
    port = natural(text)
    if port > 0xFFFF:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port


def _door(text: str) -> int:
    door = natural(text)
    if not 1 <= door <= 0xFFFF:
        raise argparse.ArgumentTypeError("a door is a number from 1 to 65535")
    return door


def _web_address(text: str) -> str:
    # The address may hold a key, so it is not repeated.
    if not text.lower().startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError("the address must begin with http:// or https://")
    return text


def _address(text: str) -> str:
    from app.domain.addresses import parse_address

    try:
        parse_address(text)
    except ValueError as trouble:
        raise argparse.ArgumentTypeError(str(trouble)) from trouble
    return text
