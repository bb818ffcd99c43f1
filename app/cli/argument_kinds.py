"""Kinds of values on the command line that several commands share."""

from __future__ import annotations

import argparse
import math


def natural(text: str) -> int:
    """Read a number without sign."""
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise argparse.ArgumentTypeError("a number without sign is needed")
    return int(text)


def seconds(text: str) -> float:
    """Read seconds above zero, a day at most."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0 < found <= 86_400:
        raise argparse.ArgumentTypeError("seconds above 0 and up to 86400 are needed")
    return found
