"""A relay with a web address: one POST with a token opens it, and it closes by itself."""

from __future__ import annotations

import http.client
import json
import socket
from typing import TYPE_CHECKING, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from app.domain.errors import HardwareTrouble, KeyTrouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.hardware import HttpRelay

TIMEOUT: Final = 5.0
CHECK_TIMEOUT: Final = 2.0
LONGEST_ANSWER: Final = 10_000
REFUSED: Final = range(400, 500)


class _NoRedirect(HTTPRedirectHandler):
    """The token is for this relay alone: it goes nowhere else."""

    def redirect_request(self, *_: object) -> None:
        return None


class HttpRelayBox:
    """Posts ``{"open_seconds": n}`` with ``Authorization: Bearer`` and the token.

    Args:
        spec: Its address.
        token: Reads the token from the vault when it is needed; None: there is none.
        seconds: For which it is told to stay open.
    """

    senses = False

    def __init__(self, spec: HttpRelay, token: Callable[[], str | None], seconds: float) -> None:
        """Ask nothing yet."""
        self._spec, self._token, self._seconds = spec, token, seconds
        # The environment's proxies are for the internet, and the relay stands in this room.
        self._opener = build_opener(_NoRedirect, ProxyHandler({}))

    def open(self) -> None:
        """Open it, once: what was not answered is not sent again."""
        request = Request(  # noqa: S310 - the settings allow http and https only
            self._spec.url,
            data=json.dumps({"open_seconds": self._seconds}).encode(),
            headers={
                "Authorization": f"Bearer {self._secret()}",
                "Content-Type": "application/json",
            },
            method="POST",
        )
        try:
            with self._opener.open(request, timeout=TIMEOUT) as answer:
                answer.read(LONGEST_ANSWER)
        except HTTPError as refusal:
            with refusal:
                raise self._trouble(refusal.code) from None
        except URLError as trouble:
            certain = isinstance(trouble.reason, ConnectionRefusedError | socket.gaierror)
            raise self._lost(certain=certain) from None
        except (OSError, http.client.HTTPException):
            raise self._lost(certain=False) from None

    def close(self) -> None:
        """Do nothing: it closes by itself."""

    def check(self) -> None:
        """Raise if nobody listens there, or the token is missing."""
        self._secret()
        parts = urlsplit(self._spec.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            socket.create_connection((parts.hostname or "", port), CHECK_TIMEOUT).close()
        except OSError:
            raise self._lost(certain=True) from None

    def watch(self, turned: Callable[[], None]) -> None:
        """Hear nothing: it only opens."""

    def release(self) -> None:
        """Give nothing free."""

    def _secret(self) -> str:
        try:
            secret = self._token()
        except KeyTrouble:  # locked, until staff opens it
            secret = None
        if not secret:
            raise HardwareTrouble(
                "the relay's token cannot be read from the vault; open it, or store one with"
                " 'echain secret set relay'",
                code="relay.refused",
            )
        return secret

    def _trouble(self, status: int) -> HardwareTrouble:
        if status in REFUSED or 300 <= status < 400:
            return HardwareTrouble(
                f"the relay refused to open (HTTP {status}); check address and token",
                code="relay.refused",
            )
        return self._lost(certain=False)

    def _lost(self, *, certain: bool) -> HardwareTrouble:
        host = urlsplit(self._spec.url).hostname
        if certain:
            return HardwareTrouble(f"no relay answers at {host}", code="relay.missing")
        return HardwareTrouble(
            f"the relay at {host} did not answer whether it opened",
            code="relay.failed",
            certain=False,
        )
