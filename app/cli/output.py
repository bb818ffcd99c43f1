"""What the command line prints: sentences for people, or JSON on the last line for programs."""

from __future__ import annotations

import json
import sys
from enum import IntEnum
from typing import TYPE_CHECKING

from app.ui import texts

if TYPE_CHECKING:
    from app.domain.errors import AppError
    from offline_cache.errors import StoreError


class Exit(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    USAGE = 2
    ENVIRONMENT = 3
    REFUSED = 4
    CONFLICT = 5


class Output:
    """Prints for people or for programs; several threads may use it.

    Args:
        as_json: Print only the result, as one JSON object or array on one line.
    """

    def __init__(self, *, as_json: bool) -> None:
        """Choose the reader."""
        self.as_json = as_json

    def say(self, sentence: str = "") -> None:
        """Print a line for a person; nothing for a program."""
        if not self.as_json:
            # One write a line: threads do not mix theirs.
            sys.stdout.write(printable(sentence) + "\n")
            sys.stdout.flush()

    def result(self, value: object) -> None:
        """Print the result for a program; nothing for a person, who was told already."""
        if self.as_json:
            print(json.dumps(value), flush=True)

    def complain(self, error: AppError | StoreError) -> None:
        """Tell a person what is wrong and what to do, on standard error."""
        if not self.as_json:
            words = described(error)
            lines = f"{words['says']} {words['do']}\n  {words['code']}: {words['detail']}"
            print(printable(lines), file=sys.stderr, flush=True)

    def trouble(self, error: AppError | StoreError) -> Exit:
        """Print what is wrong and what to do; returns the exit code."""
        self.complain(error)
        self.result({"error": described(error)})
        return Exit.ENVIRONMENT

    def usage(self, sentence: str) -> Exit:
        """Say what cannot be understood of the arguments; returns the exit code."""
        print(f"echain: error: {printable(sentence)}", file=sys.stderr, flush=True)
        return Exit.USAGE


def described(error: AppError | StoreError) -> dict[str, str]:
    """Return trouble as plain values: its code, the two sentences, and the details."""
    text = texts.trouble(error.code)
    return {"code": error.code, "says": text.says, "do": text.do, "detail": str(error)}


def printable(text: str) -> str:
    """Return a text that cannot steer a terminal: codes and names come from strangers."""
    return "".join(
        character
        if character.isprintable() or character == "\n"
        else character.encode("unicode_escape").decode("ascii")
        for character in text
    )
