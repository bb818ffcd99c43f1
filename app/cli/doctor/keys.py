"""The keys: a safe place for them, and the addresses that others must know; nobody is asked."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.cli.doctor.checks import Check, Examination, Status
from app.cli.vaults import FILE_VARIABLE, stored_passphrase
from app.domain.errors import KeyTrouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.chain.vault import Vault
    from app.paths import DataFolder

_DESKTOP_BACKEND: Final = "keyring.backends.SecretService"
_CREATE: Final = "Make the paying wallet with echain keys create."


@dataclass(slots=True)
class Keys:
    """What was found: the vault, if it could be opened without asking anybody."""

    vault: Vault | None = None

    def address(self, key_id: str) -> bytes | None:
        """Return a key's address; None if it is not there, or nobody can tell."""
        if self.vault is None or not self.vault.has(key_id):
            return None
        from app.chain.signer import VaultSigner

        return VaultSigner(self.vault).address(key_id)


def examination(folder: DataFolder, keys: Keys) -> Examination:
    """Return the look at the keys, which fills ``keys``."""
    return Examination("keys", lambda: _look(folder, keys), 20.0)


def _look(folder: DataFolder, keys: Keys) -> Iterator[Check]:
    if folder.key_file.exists():
        yield from _sealed(folder, keys)
        return
    from app.chain.vault import KeyringVault

    try:
        vault = KeyringVault()
    except KeyTrouble:
        yield _no_keyring()
        return
    if _is_locked():
        yield Check(
            "keys", Status.WARN, "The system's keyring is locked.", "Unlock it, then ask again."
        )
        return
    keys.vault = vault
    yield Check("keys", Status.OK, "The system's keyring keeps the keys.")


def _sealed(folder: DataFolder, keys: Keys) -> Iterator[Check]:
    from app.chain.sealed_vault import SealedVault

    passphrase = stored_passphrase()
    if passphrase is None:
        yield Check(
            "keys",
            Status.WARN,
            "The keys are sealed in a file, and no passphrase is at hand to look at them.",
            f"Name a file with the passphrase in {FILE_VARIABLE}.",
        )
        return
    keys.vault = SealedVault.open(folder.key_file, passphrase)
    yield Check("keys", Status.OK, "The sealed key file opens.")


def _no_keyring() -> Check:
    if stored_passphrase() is None:
        return Check(
            "keys",
            Status.WARN,
            "This system has no safe keyring, and there is no sealed key file yet.",
            f"Name a file with a passphrase in {FILE_VARIABLE}. {_CREATE}",
        )
    return Check("keys", Status.WARN, "There is no key yet; a sealed file will keep them.", _CREATE)


def _is_locked() -> bool:
    """Tell whether reading a key would make the desktop ask for a password."""
    import keyring

    if type(keyring.get_keyring()).__module__ != _DESKTOP_BACKEND:
        return False
    import secretstorage

    try:
        with closing(secretstorage.dbus_init()) as bus:
            return bool(secretstorage.get_any_collection(bus).is_locked())
    except secretstorage.SecretStorageException:
        return True
