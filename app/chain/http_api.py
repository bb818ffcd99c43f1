"""Ask a third party's JSON API: bounded, its key never shown, every trouble one kind of error."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from app.chain.transport import Endpoint, retry_after
from app.domain.errors import ChainError
from app.domain.safe_json import loads

if TYPE_CHECKING:
    from collections.abc import Mapping

    import aiohttp

ANSWER_CAP: Final = 8_000_000
THIRD_PARTY: Final = "chain.third_party"


class ThirdPartyError(ChainError):
    """A third party is away, refuses, or answers nonsense; nothing depends on it.

    Args:
        message: A sentence for logs.
        retryable: Whether it may work later by itself.
        retry_after: Seconds it asked for, if it did.
    """

    def __init__(
        self, message: str, *, retryable: bool = True, retry_after: float | None = None
    ) -> None:
        """Keep the pause beside the sentence."""
        super().__init__(message, code=THIRD_PARTY, retryable=retryable)
        self.retry_after = retry_after


class JsonApi:
    """Requests to one third party, authorised by a bearer token (RFC 6750).

    Use it within one event loop, and close it there.

    Args:
        url: Where the API begins.
        key: The token, never shown; empty for none.
        timeout: Seconds for a whole request.
    """

    def __init__(self, url: str, key: str = "", timeout: float = 15.0) -> None:
        """Open nothing yet."""
        self._endpoint = Endpoint(url.rstrip("/"))
        self._key = key
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None

    @property
    def label(self) -> str:
        """The address without anything secret."""
        return self._endpoint.label

    async def get(self, path: str, query: Mapping[str, str | int]) -> dict[str, object]:
        """Return the object that a path gives.

        Raises:
            ThirdPartyError: It is away, refuses, or answers no JSON object.
        """
        return await self._ask("GET", path, query, None)

    async def post(
        self, path: str, body: object, query: Mapping[str, str | int] | None = None
    ) -> dict[str, object]:
        """Return the object that a path gives for a JSON body.

        Raises:
            ThirdPartyError: It is away, refuses, or answers no JSON object.
        """
        return await self._ask("POST", path, query or {}, json.dumps(body).encode())

    async def aclose(self) -> None:
        """Close the kept connection."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _ask(
        self, method: str, path: str, query: Mapping[str, str | int], body: bytes | None
    ) -> dict[str, object]:
        import aiohttp

        try:
            status, headers, raw = await self._exchange(method, path, query, body)
        except TimeoutError as exc:
            raise ThirdPartyError(f"{self.label} did not answer in time") from exc
        except (aiohttp.ClientError, OSError, ValueError) as exc:
            # Not chained: some of these carry the whole address in their text.
            raise ThirdPartyError(
                f"{self.label} cannot be reached ({type(exc).__name__})"
            ) from None
        if not 200 <= status < 300:
            raise self._refusal(status, headers)
        try:
            answer = loads(raw)
        except ValueError as exc:
            raise ThirdPartyError(f"{self.label} answered no JSON", retryable=False) from exc
        if not isinstance(answer, dict):
            raise ThirdPartyError(f"{self.label} answered no object", retryable=False)
        return answer

    async def _exchange(
        self, method: str, path: str, query: Mapping[str, str | int], body: bytes | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        async with self._opened().request(
            method,
            self._endpoint.reveal() + path,
            params=query,
            data=body,
            allow_redirects=False,
        ) as response:
            raw = b""
            async for chunk in response.content.iter_chunked(65_536):
                raw += chunk
                if len(raw) > ANSWER_CAP:
                    response.close()
                    raise ThirdPartyError(f"{self.label} answers too much", retryable=False)
            return response.status, response.headers, raw

    def _refusal(self, status: int, headers: Mapping[str, str]) -> ThirdPartyError:
        if status == 429:
            return ThirdPartyError(
                f"{self.label} asks for fewer requests", retry_after=retry_after(headers)
            )
        if status in {401, 403}:
            return ThirdPartyError(f"{self.label} does not accept the key", retryable=False)
        later = status >= 500 or status == 408
        return ThirdPartyError(f"{self.label} refuses (HTTP {status})", retryable=later)

    def _opened(self) -> aiohttp.ClientSession:
        import aiohttp

        if self._session is None:
            headers = {"Content-Type": "application/json", "User-Agent": "echain-gate"}
            if self._key:
                headers["Authorization"] = f"Bearer {self._key}"
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._timeout),
                headers=headers,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


def part(value: object, name: str, who: str) -> dict[str, object]:
    """Return an object's member that must be an object.

    Raises:
        ThirdPartyError: It is none.
    """
    found = value.get(name) if isinstance(value, dict) else None
    if not isinstance(found, dict):
        raise ThirdPartyError(f"{who} answers without '{name}'", retryable=False)
    return found


def parts(value: object, name: str, who: str) -> list[dict[str, object]]:
    """Return an object's member that must be a list of objects.

    Raises:
        ThirdPartyError: It is none.
    """
    found = value.get(name) if isinstance(value, dict) else None
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise ThirdPartyError(f"{who} answers without a list '{name}'", retryable=False)
    return found


def whole(value: object, who: str) -> int:
    """Return a number that is not negative, as JSON number or decimal text.

    Raises:
        ThirdPartyError: It is none, or longer than 78 digits (256 bits).
    """
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 78:
        return int(value)
    raise ThirdPartyError(f"{who} answers something that is no number", retryable=False)
