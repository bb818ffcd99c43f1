"""What may be written behind ``outbox`` and ``journal``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from app.cli.argument_kinds import natural, seconds

OUTBOX_ACTIONS: Final = ("list", "show", "retry", "speed-up", "cancel", "drain", "conflicts")
JOURNAL_ACTIONS: Final = ("verify", "export", "import", "backup", "restore", "proceed")


def add_outbox(parser: argparse.ArgumentParser) -> None:
    """Add what ``outbox`` takes."""
    parser.add_argument("action", nargs="?", choices=OUTBOX_ACTIONS, default="list")
    parser.add_argument(
        "id",
        nargs="?",
        type=_queued,
        metavar="ID",
        help="a record (0x…), a transaction (7) or a call (c7)",
    )
    parser.add_argument(
        "--yes", action="store_true", help="pay more than the limit that was set, without asking"
    )
    parser.add_argument("--limit", type=natural, default=200, help="how many to list at most")
    parser.add_argument("--timeout", type=seconds, default=120.0, help="seconds to drain at most")
    words = "of conflicts: a file for all of them, decided ones too (CSV)"
    parser.add_argument("--out", type=Path, metavar="FILE", help=words)


def add_journal(parser: argparse.ArgumentParser) -> None:
    """Add what ``journal`` takes."""
    parser.add_argument("action", nargs="?", choices=JOURNAL_ACTIONS, default="verify")
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="a file; for backup a folder"
    )
    parser.add_argument(
        "--format",
        choices=("csv", "jsonl", "bundle"),
        default="bundle",
        help="of an export: rows for a sheet or a program, or all of it signed",
    )
    words = "of proceed: why a restored journal admits before it has read the chain"
    parser.add_argument("--reason", default="", help=words)


def _queued(text: str) -> int | bytes | str:
    """Read what is queued: a transaction's number, a record's bytes, or a call's name (c7)."""
    digits = text.removeprefix("c")
    if digits.isascii() and digits.isdigit() and len(digits) < 19:
        return int(text) if digits == text else text
    try:
        prefix = bytes.fromhex(text.removeprefix("0x")) if text.startswith("0x") else b""
    except ValueError:
        prefix = b""
    if not 4 <= len(prefix) <= 32:
        raise argparse.ArgumentTypeError(
            "a transaction is a number, a call c and a number; a record is 0x and 8 to 64 digits,"
            " as the list has them"
        )
    return prefix
