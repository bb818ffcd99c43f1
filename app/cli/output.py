"""What the command line prints: sentences for people, or one JSON object on the last line."""

from __future__ import annotations

import json
import sys
from enum import IntEnum
from typing import TYPE_CHECKING

from app.ui import texts

if TYPE_CHECKING:
    from app.domain.errors import AppError


class Exit(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    USAGE = 2
    ENVIRONMENT = 3
    REFUSED = 4
    CONFLICT = 5


class Output:
    """Prints for people or for programs.

    Args:
        as_json: Print only the result, as one JSON object or array on one line.
    """

    def __init__(self, *, as_json: bool) -> None:
        """Choose the reader."""
        self.as_json = as_json

    def say(self, sentence: str = "") -> None:
        """Print a line for a person; nothing for a program."""
        if not self.as_json:
            print(sentence, flush=True)

    def result(self, value: object) -> None:
        """Print the result for a program; nothing for a person, who was told already."""
        if self.as_json:
            print(json.dumps(value, ensure_ascii=False), flush=True)

    def trouble(self, error: AppError) -> Exit:
        """Print what is wrong and what to do; returns the exit code."""
        text = texts.trouble(error.code)
        if self.as_json:
            said = {"code": error.code, "says": text.says, "do": text.do, "detail": str(error)}
            print(json.dumps({"error": said}, ensure_ascii=False), flush=True)
        else:
            print(f"{text.says} {text.do}\n  {error.code}: {error}", file=sys.stderr, flush=True)
        return Exit.ENVIRONMENT
