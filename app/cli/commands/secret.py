"""``echain secret``: store API keys and webhook secrets in the vault; they come from stdin only."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from app.chain.service_keys import ServiceKeys
from app.chain.vault import LONGEST_TEXT
from app.cli.output import Exit
from app.cli.vaults import ask_secretly, open_vault
from app.domain.errors import KeyTrouble
from app.paths import DataFolder, make_private_folder

if TYPE_CHECKING:
    import argparse

    from app.cli.output import Output
    from app.settings import Settings


def run(arguments: argparse.Namespace, settings: Settings, output: Output) -> int:
    """Store or forget one secret, or tell whether it is there; it is never printed."""
    name = arguments.name
    keys = ServiceKeys(open_vault(DataFolder(make_private_folder(settings.data))))
    if arguments.action == "set":
        keys.keep(name, _secret())
        known = True
    elif arguments.action == "forget":
        keys.forget(name)
        known = False
    else:
        known = keys.find(name) is not None
    output.say(f"{name}: {'stored' if known else 'not stored'}")
    output.result({"name": name, "stored": known})
    return Exit.DONE


def _secret() -> str:
    asked = sys.stdin.isatty()
    text = ask_secretly("Secret: ") if asked else sys.stdin.readline(LONGEST_TEXT + 3)
    secret = text.strip()
    if not secret or not secret.isprintable():
        # The text itself must not reach any message.
        raise KeyTrouble("that is no secret: one line of text is needed", code="keys.bad_secret")
    return secret
