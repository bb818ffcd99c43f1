"""``echain secret``: what is stored comes from standard input, and is never printed."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from app.chain.sealed_vault import MIN_WORK, SealedVault
from app.chain.service_keys import ServiceKeys
from app.paths import DataFolder
from tests.unit.cli.conftest import PASSPHRASE

if TYPE_CHECKING:
    from tests.unit.cli.shell import Ran, Shell

pytestmark = pytest.mark.usefixtures("passphrase")


def vault(shell: Shell) -> SealedVault:
    shell.data.mkdir(mode=0o700, exist_ok=True)
    return SealedVault.open(DataFolder(shell.data).key_file, PASSPHRASE, work=MIN_WORK)


def store(shell: Shell, monkeypatch: pytest.MonkeyPatch, typed: str, name: str = "alchemy") -> Ran:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    return shell.json("secret", "set", name)


def test_a_secret_is_stored_shown_as_there_and_forgotten(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = vault(shell)
    assert shell.json("secret", "show", "alchemy").result == {"name": "alchemy", "stored": False}
    ran = store(shell, monkeypatch, "s3cr3t-key\n")
    assert (ran.code, ran.result) == (0, {"name": "alchemy", "stored": True})
    assert "s3cr3t" not in ran.out + ran.err
    assert ServiceKeys(kept).find("alchemy") == "s3cr3t-key"
    shown = shell.json("secret", "show", "alchemy")
    assert shown.result["stored"]
    assert "s3cr3t" not in shown.out + shown.err
    assert not shell.json("secret", "forget", "alchemy").result["stored"]
    assert ServiceKeys(kept).find("alchemy") is None


@pytest.mark.parametrize("typed", ["", "\n", "two\x07words\n", "x" * 600])
def test_what_is_no_secret_is_refused_and_not_repeated(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    vault(shell)
    ran = store(shell, monkeypatch, typed)
    assert (ran.code, ran.result["error"]["code"]) == (3, "keys.bad_secret")
    assert "xxx" not in ran.out + ran.err


def test_a_name_that_is_none_is_refused(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    vault(shell)
    ran = store(shell, monkeypatch, "x\n", "Not A Name")
    assert (ran.code, ran.result["error"]["code"]) == (3, "keys.bad_id")
