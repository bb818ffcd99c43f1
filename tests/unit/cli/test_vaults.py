"""Where keys rest and where a passphrase comes from; no secret is ever shown."""

from __future__ import annotations

import getpass
import io
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from app.chain.vault import MemoryVault
from app.cli.vaults import LaterVault
from app.domain.errors import KeyTrouble

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.shell import Ran, Shell

# The first well-known development key.
SECRET = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


class Terminal(io.StringIO):
    """Somebody types."""

    def isatty(self) -> bool:
        return True


def feed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def typed(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    left = list(answers)

    def answer(_question: str) -> str:
        if not left:
            raise EOFError
        return left.pop(0)

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(getpass, "getpass", answer)


def code_of(ran: Ran) -> str:
    assert ran.code == 3
    return str(ran.result["error"]["code"])


@pytest.mark.usefixtures("passphrase")
def test_a_key_is_made_once_and_shown_again(shell: Shell) -> None:
    made = shell.json("keys", "create")
    assert made.code == 0
    assert made.result["key"] == "wallet"
    assert shell.json("keys", "show").result == made.result
    assert code_of(shell.json("keys", "create")) == "keys.exists"
    assert stat.S_IMODE((shell.data / "keys.sealed").stat().st_mode) == 0o600


@pytest.mark.usefixtures("passphrase")
@pytest.mark.parametrize("text", [SECRET, "0x" + SECRET, f"  {SECRET.upper()}\r\n"])
def test_a_key_is_imported_through_standard_input(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    feed(monkeypatch, text)
    ran = shell.json("keys", "import", "till")
    assert ran.result == {"key": "till", "address": ADDRESS}
    assert shell("keys", "show", "till").out == f"till: {ADDRESS}\n"
    for path in shell.data.rglob("*"):
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes()
            assert bytes.fromhex(SECRET) not in path.read_bytes()


@pytest.mark.usefixtures("passphrase")
@pytest.mark.parametrize("text", ["", "hunter2", SECRET[:-2], SECRET + "00", "00" * 32, "ff" * 32])
def test_what_is_no_key_is_refused_and_not_repeated(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    feed(monkeypatch, text)
    ran = shell.json("keys", "import")
    assert code_of(ran) == "keys.bad_secret"
    assert not text or text not in ran.out + ran.err


@pytest.mark.usefixtures("passphrase")
def test_another_key_is_not_put_in_ones_place(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(monkeypatch, SECRET)
    assert shell.json("keys", "import").code == 0
    feed(monkeypatch, "11" * 32)
    assert code_of(shell.json("keys", "import")) == "keys.exists"


@pytest.mark.usefixtures("passphrase")
def test_a_key_that_is_not_there_is_said(shell: Shell) -> None:
    assert code_of(shell.json("keys", "show", "nobody")) == "keys.missing"
    assert code_of(shell.json("keys", "show", "No Body")) == "keys.bad_id"


def test_a_wrong_passphrase_opens_nothing(shell: Shell, passphrase: Path) -> None:
    assert shell.json("keys", "create").code == 0
    passphrase.write_text("another passphrase", "utf-8")
    assert code_of(shell.json("keys", "show")) == "keys.wrong_passphrase"


def test_a_short_passphrase_seals_nothing(shell: Shell, passphrase: Path) -> None:
    passphrase.write_text("short", "utf-8")
    assert code_of(shell.json("keys", "create")) == "keys.weak_passphrase"


def test_a_passphrase_file_that_cannot_be_read_is_said(shell: Shell, passphrase: Path) -> None:
    passphrase.write_bytes(b"\xff\xfehunter2")
    ran = shell.json("keys", "create")
    assert code_of(ran) == "keys.locked"
    assert "hunter2" not in ran.out
    passphrase.unlink()
    assert code_of(shell.json("keys", "create")) == "keys.locked"


def test_without_a_person_or_a_file_nobody_is_asked(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(monkeypatch, "")
    assert code_of(shell.json("keys", "create")) == "keys.locked"


def test_a_credential_of_the_supervisor_counts(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "echain-passphrase").write_text("from the supervisor", "utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert shell.json("keys", "create").code == 0


def test_a_person_types_a_new_passphrase_twice(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, "a long passphrase", "a long passphrose")
    assert code_of(shell.json("keys", "create")) == "keys.wrong_passphrase"
    typed(monkeypatch, "a long passphrase", "a long passphrase")
    assert shell.json("keys", "create").code == 0
    typed(monkeypatch, "a long passphrase")
    assert shell.json("keys", "show").code == 0
    typed(monkeypatch)
    assert code_of(shell.json("keys", "show")) == "keys.locked"


def test_a_damaged_key_file_is_said(shell: Shell, passphrase: Path) -> None:
    assert passphrase.exists()
    assert shell.json("keys", "create").code == 0
    (shell.data / "keys.sealed").write_text("{", "utf-8")
    assert code_of(shell.json("keys", "show")) == "keys.damaged"


@pytest.mark.usefixtures("passphrase", "venue")
def test_the_doors_record_key_has_a_short_name(shell: Shell) -> None:
    made = shell.json("keys", "create", "door", "--door", "3")
    assert made.code == 0
    assert made.result["key"].endswith("/3")
    assert shell.json("keys", "show", made.result["key"]).result == made.result


def test_the_vault_is_opened_for_the_first_key_and_once() -> None:
    opened = []

    def opener() -> MemoryVault:
        opened.append(1)
        return MemoryVault()

    vault = LaterVault(opener)
    assert (opened, repr(vault)) == ([], "LaterVault(None)")
    vault.store("a", b"\x01" * 32)
    assert (vault.has("a"), vault.load("a"), len(opened)) == (True, b"\x01" * 32, 1)
    vault.erase("a")
    assert not vault.has("a")


def test_a_vault_that_does_not_open_is_tried_again() -> None:
    tries = []

    def opener() -> MemoryVault:
        tries.append(1)
        if len(tries) == 1:
            raise KeyTrouble("locked", code="keys.locked")
        return MemoryVault()

    vault = LaterVault(opener)
    with pytest.raises(KeyTrouble):
        vault.has("a")
    assert not vault.has("a")
