"""What most commands open: the device with its keys, and a connection to the chain."""

from __future__ import annotations

import getpass
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from app.bootstrap import Device, Link
from app.chain.deploy import read_deployment
from app.diagnostics import BugHandler, log_to
from app.domain.addresses import parse_address
from app.domain.errors import KeyTrouble, SettingsError
from app.paths import DataFolder
from contracts import deployments_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.chain.vault import Vault
    from app.settings import Settings

FILE_VARIABLE = "ECHAIN_PASSPHRASE_FILE"
CREDENTIAL = "echain-passphrase"


@contextmanager
def open_device(settings: Settings, vault: Vault | None = None) -> Iterator[Device]:
    """Open the data folder with its log and its keys, and close it in order."""
    folder = DataFolder(settings.data)
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    handler = log_to(folder.log_file)
    bugs = BugHandler(lambda _bug: None)
    try:
        with Device(settings, vault or open_vault(folder), on_bug=bugs.report) as device:
            yield device
    finally:
        handler.close()


@contextmanager
def open_link(device: Device) -> Iterator[Link]:
    """Connect to the settings' chain and factory, and disconnect at the end."""
    factory, start_block = find_factory(device.settings)
    link = device.link(factory, start_block)
    try:
        yield link
    finally:
        device.engine.submit(link.rpc.aclose()).result()


def find_factory(settings: Settings) -> tuple[bytes, int]:
    """Return the factory's address and first block: as set, else as deployed for this chain.

    Raises:
        SettingsError: ``settings.missing`` if neither is there.
    """
    given = settings.factory_address
    if given is not None:
        return given, settings.start_block
    chain_id = settings.profile.chain_id
    own = read_deployment(chain_id, DataFolder(settings.data).deployments)
    found = own or read_deployment(chain_id, deployments_folder())
    if found is None:
        raise SettingsError(
            f"no factory is known for chain {chain_id}: give --factory ADDRESS,"
            " or run 'echain node' with the same --data",
            code="settings.missing",
        )
    return parse_address(found.factory), found.block


def open_vault(folder: DataFolder) -> Vault:
    """Open the system's keyring where it is a safe one, else the sealed key file.

    The passphrase of the file comes from a systemd credential, from the file that
    ``ECHAIN_PASSPHRASE_FILE`` names, or from the person at the terminal; never from an argument.

    Raises:
        KeyTrouble: ``keys.locked`` if there is nobody to ask.
    """
    from app.chain.sealed_vault import SealedVault
    from app.chain.vault import KeyringVault

    if not folder.key_file.exists():
        try:
            return KeyringVault()
        except KeyTrouble as trouble:
            if trouble.code != "keys.unsafe_backend":
                raise
    return SealedVault.open(folder.key_file, _passphrase(folder))


def _passphrase(folder: DataFolder) -> str:
    named = os.environ.get(FILE_VARIABLE)
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    candidates = [Path(named)] if named else []
    if credentials:
        candidates.append(Path(credentials) / CREDENTIAL)
    for candidate in candidates:
        if candidate.is_file():
            return candidate.read_text("utf-8").strip("\r\n")
    if sys.stdin.isatty():
        new = "" if folder.key_file.exists() else " (a new one: it seals this device's keys)"
        return getpass.getpass(f"Passphrase{new}: ")
    raise KeyTrouble(
        f"this system has no safe keyring; name a file with a passphrase in {FILE_VARIABLE}",
        code="keys.locked",
    )
