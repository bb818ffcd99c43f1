"""The command line in this process, on a device of its own that has no keyring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backends.fail import Keyring

from tests.unit.cli.shell import Shell
from tests.venue import FACTORY, Venue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSPHRASE = "correct horse battery"


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
