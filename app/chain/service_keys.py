"""Other people's secrets that this device needs: API keys and webhook secrets, in its vault.

They never stand in the settings. An address there names one in braces instead, as in
``https://base.example/v2/{alchemy}``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from app.chain.vault import TEXT_PREFIX
from app.domain.errors import KeyTrouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.chain.vault import Vault

THE_GRAPH: Final = "the-graph"
MULTIBAAS: Final = "multibaas"
GOLDRUSH: Final = "goldrush"
MULTIBAAS_WEBHOOK: Final = "multibaas-webhook"
COINBASE_WEBHOOK: Final = "coinbase-webhook"
KNOWN: Final = (THE_GRAPH, MULTIBAAS, GOLDRUSH, MULTIBAAS_WEBHOOK, COINBASE_WEBHOOK)
"""Names with a meaning; any other may be used in addresses."""

NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
_PLACE: Final = re.compile(r"\{([^{}]*)\}")


class ServiceKeys:
    """Reads and keeps secrets by name; every method may block on the vault.

    Args:
        vault: Where they rest.
    """

    def __init__(self, vault: Vault) -> None:
        """Read none yet."""
        self._vault = vault

    def __repr__(self) -> str:
        return f"ServiceKeys({self._vault!r})"

    def find(self, name: str) -> str | None:
        """Return a secret, None if there is none of this name.

        Raises:
            KeyTrouble: ``keys.*`` if the vault cannot be had.
        """
        key_id = _key_id(name)
        return self._vault.load(key_id).decode() if self._vault.has(key_id) else None

    def keep(self, name: str, secret: str) -> None:
        """Keep a secret, instead of another of this name.

        Raises:
            KeyTrouble: ``keys.bad_secret`` if it is empty or too long, or other ``keys.*``.
        """
        self.forget(name)
        self._vault.store(_key_id(name), secret.encode())

    def forget(self, name: str) -> bool:
        """Forget a secret; False if there is none."""
        key_id = _key_id(name)
        known = self._vault.has(key_id)
        self._vault.erase(key_id)
        return known

    def fill(self, address: str) -> str:
        """Return an address with the secrets that it names in braces.

        Raises:
            KeyTrouble: ``keys.missing`` if one is not there, or other ``keys.*``.
        """
        return filled(address, self.find)


def names_in(address: str) -> list[str]:
    """Return the names of the secrets that an address needs."""
    return _PLACE.findall(address)


def filled(address: str, find: Callable[[str], str | None]) -> str:
    """Return an address with what ``find`` gives for each name in braces.

    Raises:
        KeyTrouble: ``keys.missing`` if it gives nothing, ``keys.bad_id`` for what is no name.
    """

    def put(match: re.Match[str]) -> str:
        secret = find(match[1])
        if secret is None:
            raise KeyTrouble(
                f"the settings name the secret '{match[1]}', which is not here; store it with"
                f" 'echain secret set {match[1]}'",
                code="keys.missing",
            )
        return secret

    return _PLACE.sub(put, address)


def _key_id(name: str) -> str:
    if not NAME.fullmatch(name):
        raise KeyTrouble(
            "a secret's name is 1 to 40 lower-case letters, digits and dashes", code="keys.bad_id"
        )
    return TEXT_PREFIX + name
