"""The command line in this process, on a device of its own that has no keyring."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keyring
import pytest
from keyring.backends.fail import Keyring

from app.cli import main
from tests.venue import FACTORY, Venue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSPHRASE = "correct horse battery"


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


@pytest.fixture(autouse=True)
def no_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())  # type: ignore[no-untyped-call]
    yield
    keyring.set_keyring(before)


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path / "data", capsys)


@pytest.fixture
def passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE + "\n", "utf-8")
    monkeypatch.setenv("ECHAIN_PASSPHRASE_FILE", str(file))
    return file


@pytest.fixture
def venue(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Iterator[Venue]:
    """A device whose mirror knows an event; its stores are free while a command runs."""
    shell.data.mkdir()
    monkeypatch.setenv("ECHAIN_EVENT", "1")
    monkeypatch.setenv("ECHAIN_FACTORY", "0x" + FACTORY.hex())
    filled = Venue.open(shell.data)
    filled.close()
    yield filled
    filled.close()
