"""``echain keys``: make or import keys of this device; secrets come from standard input only."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING

from app.chain.signer import VaultSigner
from app.cli.output import Exit
from app.cli.session import open_vault
from app.domain.addresses import checksum
from app.domain.errors import KeyTrouble, SettingsError
from app.paths import DataFolder

if TYPE_CHECKING:
    import argparse

    from app.cli.output import Output
    from app.settings import Settings


def run(arguments: argparse.Namespace, settings: Settings, output: Output) -> int:
    """Show, make or import one key."""
    key_id = arguments.key or settings.wallet
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    signer = VaultSigner(open_vault(DataFolder(settings.data)))
    if arguments.action == "create":
        address = signer.create(key_id)
    elif arguments.action == "import":
        address = signer.import_key(key_id, _secret())
    elif signer.has(key_id):
        address = signer.address(key_id)
    else:
        raise KeyTrouble(
            f"there is no key '{key_id}'; make one with 'echain keys create {key_id}'",
            code="keys.missing",
        )
    output.say(f"{key_id}: {checksum(address)}")
    output.result({"key": key_id, "address": checksum(address)})
    return Exit.DONE


def _secret() -> bytes:
    asked = sys.stdin.isatty()
    text = getpass.getpass("Private key (hex): ") if asked else sys.stdin.readline()
    try:
        return bytes.fromhex(text.strip().removeprefix("0x"))
    except ValueError:
        # The text itself must not reach any message.
        raise SettingsError(
            "that is not a private key: 64 hex characters are needed", code="settings.wrong"
        ) from None
