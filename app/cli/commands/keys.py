"""``echain keys``: make or import keys of this device; secrets come from standard input only."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from app.chain.signer import VaultSigner
from app.cli.output import Exit
from app.cli.vaults import ask_secretly, open_vault
from app.domain.addresses import checksum
from app.domain.errors import KeyTrouble
from app.paths import DataFolder, make_private_folder

if TYPE_CHECKING:
    import argparse

    from app.cli.output import Output
    from app.settings import Settings

DOOR = "door"
LONGEST_LINE = 1_000


def run(arguments: argparse.Namespace, settings: Settings, output: Output) -> int:
    """Show, make or import one key."""
    key_id = _key_id(arguments.key, settings)
    folder = DataFolder(make_private_folder(settings.data))
    signer = VaultSigner(open_vault(folder))
    if arguments.action == "create":
        address = signer.create(key_id)
    elif arguments.action == "import":
        address = signer.import_key(key_id, _secret())
    elif signer.has(key_id):
        address = signer.address(key_id)
    else:
        raise KeyTrouble(
            f"there is no key '{key_id}'; make one with 'echain keys create'", code="keys.missing"
        )
    output.say(f"{key_id}: {checksum(address)}")
    output.result({"key": key_id, "address": checksum(address)})
    return Exit.DONE


def _key_id(named: str | None, settings: Settings) -> str:
    """Return the id; ``door`` stands for the record key of the settings' door at their event."""
    if named is None:
        return settings.wallet
    if named != DOOR:
        return named
    from app.bootstrap import record_key_id
    from app.cli.session import find_factory, open_device

    with open_device(settings) as device:
        factory, _ = find_factory(settings)
        return record_key_id(device.event(factory), settings.door)


def _secret() -> bytes:
    asked = sys.stdin.isatty()
    text = ask_secretly("Private key (hex): ") if asked else sys.stdin.readline(LONGEST_LINE)
    try:
        return bytes.fromhex(text.strip().removeprefix("0x"))
    except ValueError:
        # The text itself must not reach any message.
        raise KeyTrouble(
            "that is not a private key: 64 hex characters are needed", code="keys.bad_secret"
        ) from None
