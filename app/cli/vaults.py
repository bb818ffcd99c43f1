"""Which vault keeps this device's keys, and where the passphrase of a sealed one comes from."""

from __future__ import annotations

import getpass
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.errors import KeyTrouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.chain.vault import Vault
    from app.paths import DataFolder

FILE_VARIABLE = "ECHAIN_PASSPHRASE_FILE"
CREDENTIAL = "echain-passphrase"


class LaterVault:
    """A ``Vault`` that is opened when a key is first needed: most commands need none.

    Args:
        opener: Opens the real one; may ask a person, so warm it up on a thread that may wait.
    """

    def __init__(self, opener: Callable[[], Vault]) -> None:
        """Open nothing."""
        self._opener = opener
        self._lock = threading.Lock()
        self._vault: Vault | None = None

    def __repr__(self) -> str:
        return f"LaterVault({self._vault!r})"

    def load(self, key_id: str) -> bytes:
        """Return a secret; see ``Vault.load``."""
        return self._opened().load(key_id)

    def store(self, key_id: str, secret: bytes) -> None:
        """Keep a new secret; see ``Vault.store``."""
        self._opened().store(key_id, secret)

    def has(self, key_id: str) -> bool:
        """Return whether there is a secret under this key id."""
        return self._opened().has(key_id)

    def erase(self, key_id: str) -> None:
        """Forget a secret; nothing happens if there is none."""
        self._opened().erase(key_id)

    def _opened(self) -> Vault:
        with self._lock:
            if self._vault is None:
                self._vault = self._opener()
            return self._vault


def open_vault(folder: DataFolder, *, ask: bool = True, entered: str = "") -> Vault:
    """Open the system's keyring where it is a safe one, else the sealed key file.

    The passphrase of the file comes from a systemd credential, from the file that
    ``ECHAIN_PASSPHRASE_FILE`` names, or from the person at the terminal (``ask``: that person may
    be there; at a window nobody looks at the terminal); never from an argument. What was
    ``entered`` at a window counts before all of them.

    Raises:
        KeyTrouble: ``keys.locked`` if there is nobody to ask, or other ``keys.*``.
    """
    from app.chain.sealed_vault import SealedVault
    from app.chain.vault import KeyringVault
    from app.paths import make_private_folder

    if not folder.key_file.exists():
        try:
            return KeyringVault()
        except KeyTrouble as trouble:
            if trouble.code != "keys.unsafe_backend":
                raise
    make_private_folder(folder.root)
    passphrase = entered or stored_passphrase()
    if passphrase is None:
        passphrase = _asked_passphrase(new=not folder.key_file.exists(), ask=ask)
    return SealedVault.open(folder.key_file, passphrase)


def needs_passphrase(folder: DataFolder) -> bool:
    """Tell whether a person has to enter a passphrase before this device's keys can be used."""
    return folder.key_file.exists() and stored_passphrase() is None


def unattended() -> bool:
    """Tell whether the operator has stored the passphrase, so that nobody need be there.

    A systemd credential or a named file says so on devices with a keyring, too, whatever is in it.
    """
    try:
        return stored_passphrase() is not None
    except KeyTrouble:
        return False


def stored_passphrase() -> str | None:
    """Return the passphrase that waits in a file, None if there is no such file.

    Raises:
        KeyTrouble: ``keys.locked`` if the named file cannot be read.
    """
    named = os.environ.get(FILE_VARIABLE)
    if named:
        return _read(Path(named))
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    credential = Path(folder) / CREDENTIAL if folder else None
    return _read(credential) if credential is not None and credential.is_file() else None


def ask_secretly(question: str) -> str:
    """Ask the person at the terminal for something that is not shown.

    Raises:
        KeyTrouble: ``keys.locked`` if the person ends the input instead.
    """
    try:
        return getpass.getpass(question)
    except EOFError:
        raise KeyTrouble("nothing was entered", code="keys.locked") from None


def _asked_passphrase(*, new: bool, ask: bool) -> str:
    if not ask or not sys.stdin.isatty():
        raise KeyTrouble(
            "this device's keys are sealed in a file; name a file with the passphrase in"
            f" {FILE_VARIABLE}, or run the command at a terminal",
            code="keys.locked",
        )
    if not new:
        return ask_secretly("Passphrase: ")
    first = ask_secretly("New passphrase (it seals this device's keys): ")
    if ask_secretly("Again: ") != first:
        raise KeyTrouble("the two passphrases differ", code="keys.wrong_passphrase")
    return first


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as trouble:
        # Not the decoder's words: they show bytes of the passphrase.
        why = trouble.strerror if isinstance(trouble, OSError) else "not UTF-8 text"
        raise KeyTrouble(
            f"the passphrase file {file} cannot be read ({why}); correct {FILE_VARIABLE}",
            code="keys.locked",
        ) from None
