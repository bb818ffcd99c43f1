"""Runs commands of the command line in this process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


@dataclass(frozen=True)
class Ran:
    """What a command gave."""

    code: int
    out: str
    err: str

    @property
    def result(self) -> Any:  # noqa: ANN401 - JSON of any shape
        """The JSON on the last line."""
        return json.loads(self.out.splitlines()[-1])


@dataclass(frozen=True)
class Shell:
    """Runs commands with the device's data folder."""

    data: Path
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> Ran:
        self.capsys.readouterr()
        try:
            code = main([*arguments, "--data", str(self.data)])
        except SystemExit as usage:
            code = int(usage.code or 0)
        seen = self.capsys.readouterr()
        return Ran(code, seen.out, seen.err)

    def json(self, *arguments: str) -> Ran:
        """Run with ``--json``."""
        return self("--json", *arguments)
