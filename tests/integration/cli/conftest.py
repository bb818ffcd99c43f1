"""A device beside an embedded chain that ``echain node`` runs, and an event on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backends.fail import Keyring

from tests.integration.cli.processes import Node, run_node
from tests.unit.cli.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSPHRASE = "correct horse battery"


@pytest.fixture(autouse=True)
def sealed_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep the keys in a sealed file, wherever the tests run."""
    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())  # type: ignore[no-untyped-call]
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE, "utf-8")
    monkeypatch.setenv("ECHAIN_PASSPHRASE_FILE", str(file))
    yield
    keyring.set_keyring(before)


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A chain that all tests of this folder share; what they do to it must not matter to others."""
    with run_node(tmp_path_factory.mktemp("town"), 0) as node:
        yield node


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path / "data", capsys)


@pytest.fixture
def at_town(shell: Shell, town: Node, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A device that was told where the town's chain is."""
    monkeypatch.setenv("ECHAIN_RPC", town.rpc)
    monkeypatch.setenv("ECHAIN_FACTORY", town.factory)
    return shell
