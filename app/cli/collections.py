"""``--contract ADDRESS[@BLOCK]``: the contract of an event or a collection, on the command line."""

from __future__ import annotations

import argparse
from typing import NamedTuple


class Named(NamedTuple):
    """A contract, and the first block that may hold anything of it; None: it is looked for."""

    text: str
    address: bytes
    first_block: int | None


def add_contract(parser: argparse.ArgumentParser, what: str) -> None:
    """Add the option; it may be given several times."""
    parser.add_argument(
        "--contract",
        action="append",
        default=[],
        type=_named,
        metavar="ADDRESS[@BLOCK]",
        help=what,
    )


def _named(text: str) -> Named:
    from app.domain.addresses import parse_address

    shown, at, block = text.partition("@")
    if at and not (block.isascii() and block.isdigit() and len(block) < 16):
        raise argparse.ArgumentTypeError(f"'{block:.40}' is no block number")
    try:
        return Named(shown, parse_address(shown), int(block) if at else None)
    except ValueError as trouble:
        raise argparse.ArgumentTypeError(str(trouble)) from trouble
