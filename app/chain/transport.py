"""Post JSON to a node over HTTP and translate every trouble of the wire, keys masked."""

from __future__ import annotations

import json
import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from app.chain.troubles import (
    RateLimitedError,
    RefusedError,
    TooMuchError,
    bad_answer,
    timed_out,
    unreachable,
)
from app.domain.errors import SettingsError
from app.domain.safe_json import quick_loads

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import aiohttp

    from app.domain.errors import ChainError

ANSWER_CAP: Final = 32_000_000
"""Largest answer read at all, in bytes after decompression."""

_SECRET_LENGTH: Final = 6
_CHUNK: Final = 65_536


class Endpoint:
    """The address of a node, with a label that is safe to show.

    Args:
        url: Such as ``https://host/path``; may hold a key in its path, query or user part.
        schemes: Which kinds of address will do.

    Raises:
        SettingsError: ``settings.rpc_url`` if it is no such address.
    """

    __slots__ = ("_secrets", "_url", "label")

    def __init__(self, url: str, schemes: Collection[str] = ("http", "https")) -> None:
        """Split off what must not be shown."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host = None
        if host is None or parts.scheme not in schemes:
            raise SettingsError(
                f"The node's address must look like {max(schemes)}://host/path",
                code="settings.rpc_url",
            )
        self._url = url
        shown = f"[{host}]" if ":" in host else host
        hidden = "/…" if parts.path.strip("/") or parts.query else ""
        self.label = f"{parts.scheme}://{shown}{f':{port}' if port else ''}{hidden}"
        found = [part for part in parts.path.split("/") if len(part) >= _SECRET_LENGTH]
        found += [value for _, value in parse_qsl(parts.query)]
        found += [part for part in (parts.username, parts.password, parts.query) if part]
        found += [unquote(part) for part in found]
        self._secrets = tuple(sorted({part for part in found if part}, key=len, reverse=True))

    def __repr__(self) -> str:
        return f"Endpoint({self.label})"

    def reveal(self) -> str:
        """Return the whole address, for the HTTP client alone."""
        return self._url

    def clean(self, text: str) -> str:
        """Return a provider's words without any part of this address that may be a key."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


class HttpTransport:
    """Posts JSON bodies to one endpoint over a kept connection.

    The session belongs to the event loop of the first request; close it there.

    Args:
        endpoint: Where to post.
        timeout: Seconds for a whole request, connecting included.
    """

    def __init__(self, endpoint: Endpoint, timeout: float) -> None:
        """Open nothing yet."""
        self.endpoint = endpoint
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None

    async def post(self, body: object, *, cap: int = ANSWER_CAP) -> object:
        """Post a JSON value and return the parsed answer.

        Args:
            body: What to send.
            cap: Largest answer accepted, in bytes.

        Raises:
            ChainError: ``rpc.unreachable``, ``rpc.timeout``, ``rpc.rate_limited``,
                ``rpc.too_much`` (the answer exceeds ``cap``), ``rpc.refused`` or
                ``rpc.bad_answer``.
        """
        import aiohttp

        label = self.endpoint.label
        try:
            status, headers, raw = await self._exchange(json.dumps(body).encode(), cap)
        except TimeoutError as exc:
            raise timed_out(f"{label} did not answer within {self._timeout:g} s") from exc
        except (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError) as exc:
            raise unreachable(f"{label} broke off in the middle of an answer") from exc
        except (aiohttp.ClientConnectionError, OSError) as exc:
            raise unreachable(f"{label} cannot be reached; check network and address") from exc
        except (aiohttp.ClientError, ValueError) as exc:
            # Not chained: some of these carry the whole address in their text.
            raise bad_answer(f"{label} does not speak HTTP ({type(exc).__name__})") from None
        return self._read(status, headers, raw)

    async def aclose(self) -> None:
        """Close the kept connection; the transport may be used again."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _exchange(self, body: bytes, cap: int) -> tuple[int, Mapping[str, str], bytes]:
        session = self._open_session()
        async with session.post(
            self.endpoint.reveal(), data=body, allow_redirects=False
        ) as response:
            parts: list[bytes] = []
            size = 0
            async for chunk in response.content.iter_chunked(_CHUNK):
                size += len(chunk)
                if size > cap:
                    response.close()
                    raise TooMuchError(f"The answer of {self.endpoint.label} exceeds {cap:,} bytes")
                parts.append(chunk)
            return response.status, response.headers, b"".join(parts)

    def _open_session(self) -> aiohttp.ClientSession:
        import aiohttp

        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._timeout),
                headers={"Content-Type": "application/json", "User-Agent": "echain-gate"},
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    def _read(self, status: int, headers: Mapping[str, str], raw: bytes) -> object:
        trouble = self._status_trouble(status, headers)
        if status == 429 and trouble is not None:
            raise trouble
        try:
            answer = quick_loads(raw)
        except ValueError as exc:
            if trouble is not None:
                raise trouble from None
            raise bad_answer(
                f"{self.endpoint.label} answered something that is not JSON; is it a node?"
            ) from exc
        # Several nodes send a proper JSON-RPC error under an HTTP error status: it says more.
        if trouble is not None and not _holds_rpc_error(answer):
            raise trouble
        return answer

    def _status_trouble(self, status: int, headers: Mapping[str, str]) -> ChainError | None:
        label = self.endpoint.label
        if 200 <= status < 300:
            return None
        if status == 429:
            pause = retry_after(headers)
            return RateLimitedError(
                f"{label} asks for fewer requests (HTTP 429)", retry_after=pause
            )
        if status == 413:
            return TooMuchError(f"{label} finds the request too large (HTTP 413)")
        if status in {408, 500, 502, 503, 504} or 520 <= status <= 530:
            return unreachable(f"{label} is not serving now (HTTP {status})")
        if status in {401, 403}:
            return RefusedError(
                f"{label} denies access (HTTP {status}); check the key in its address"
            )
        return RefusedError(f"{label} is not a JSON-RPC node (HTTP {status}); check its address")


def _holds_rpc_error(answer: object) -> bool:
    return isinstance(answer, dict) and isinstance(answer.get("error"), dict)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a ``Retry-After`` header (RFC 9110 10.2.3), None without a usable one.

    A date is taken against the answer's own ``Date``, so that this machine's clock plays no part.
    """
    value = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,6}(\.\d+)?", value):
        return float(value)
    try:
        until = parsedate_to_datetime(value)
        since = parsedate_to_datetime(headers.get("Date", ""))
        return max(0.0, (until - since).total_seconds())
    except (ValueError, TypeError):
        return None
