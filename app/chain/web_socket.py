"""Call a node's methods over one WebSocket, and hear what it tells unasked."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Final

from app.chain.caller import request, result
from app.chain.transport import ANSWER_CAP, Endpoint
from app.chain.troubles import (
    TIMEOUT,
    UNREACHABLE,
    TooMuchError,
    bad_answer,
    timed_out,
    unreachable,
)
from app.domain.errors import ChainError
from app.domain.safe_json import loads

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import aiohttp

    from app.chain.caller import Calls

PING_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request that waits for its answer."""

    method: str
    cap: int
    answer: asyncio.Future[object]


class WebSocketCaller:
    """Calls one node over a WebSocket; connects when it is first used, and anew after a loss.

    Use it within one event loop, and close it there.

    Args:
        url: ``ws://`` or ``wss://`` address; a key in it is never shown.
        timeout: Seconds for connecting, and for each answer.
        on_notice: Told the parameters of each ``eth_subscription`` message.
    """

    def __init__(
        self,
        url: str,
        timeout: float = 10.0,
        on_notice: Callable[[Mapping[str, object]], object] = bool,
    ) -> None:
        """Open nothing yet."""
        self._endpoint = Endpoint(url, ("ws", "wss"))
        self._timeout = timeout
        self._on_notice = on_notice
        self._ids = count(1)
        self._asked: dict[int, _Asked] = {}
        self._session: aiohttp.ClientSession | None = None
        self._reader: asyncio.Task[None] | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._connecting = asyncio.Lock()

    @property
    def label(self) -> str:
        """The node's address without anything secret."""
        return self._endpoint.label

    async def call(
        self, method: str, params: Sequence[object] = (), *, cap: int = ANSWER_CAP
    ) -> object:
        """Call one method and return its result; raises as ``Caller.call``."""
        socket = await self.connect()
        number = next(self._ids)
        asked = _Asked(method, cap, asyncio.get_running_loop().create_future())
        self._asked[number] = asked
        try:
            async with asyncio.timeout(self._timeout):
                await socket.send_str(json.dumps(request(number, method, params)))
                answer = await asked.answer
        except TimeoutError as exc:
            raise timed_out(f"{self.label} did not answer within {self._timeout:g} s") from exc
        except OSError as exc:
            raise unreachable(f"{self.label} closed the connection") from exc
        finally:
            del self._asked[number]
        found = result(answer, method, number, self.label, self._endpoint.clean)
        if isinstance(found, ChainError):
            raise found
        return found

    async def batch(self, calls: Calls) -> list[object | ChainError]:
        """Call many methods at once; each result or trouble in its place."""
        await self.connect()
        found = await asyncio.gather(
            *(self.call(method, params) for method, params in calls), return_exceptions=True
        )
        results: list[object | ChainError] = []
        for one in found:
            if isinstance(one, BaseException) and not _is_of_one_call(one):
                raise one
            results.append(one)
        return results

    async def connect(self) -> aiohttp.ClientWebSocketResponse:
        """Return the connection, made if there is none.

        Raises:
            ChainError: ``rpc.unreachable`` or ``rpc.timeout``.
        """
        async with self._connecting:
            if self._socket is None or self._socket.closed:
                await self.aclose()
                self._socket = await self._open()
                self._reader = asyncio.create_task(self._read(self._socket))
            return self._socket

    async def lost(self) -> None:
        """Return once the connection is lost; at once if there is none."""
        if self._reader is not None:
            await self._reader

    async def aclose(self) -> None:
        """Close the connection; it may be used again."""
        socket, self._socket = self._socket, None
        reader, self._reader = self._reader, None
        session, self._session = self._session, None
        if socket is not None:
            await socket.close()
        if reader is not None:
            reader.cancel()
            await asyncio.wait([reader])
        if session is not None:
            await session.close()

    async def _open(self) -> aiohttp.ClientWebSocketResponse:
        import aiohttp

        self._session = aiohttp.ClientSession(
            headers={"User-Agent": "echain-gate"}, cookie_jar=aiohttp.DummyCookieJar()
        )
        try:
            async with asyncio.timeout(self._timeout):
                return await self._session.ws_connect(
                    self._endpoint.reveal(), heartbeat=PING_SECONDS, max_msg_size=ANSWER_CAP
                )
        except TimeoutError as exc:
            await self.aclose()
            raise timed_out(f"{self.label} did not answer within {self._timeout:g} s") from exc
        except (aiohttp.ClientError, OSError, ValueError) as exc:
            await self.aclose()
            # Not chained: some of these carry the whole address in their text.
            raise unreachable(f"{self.label} cannot be reached ({type(exc).__name__})") from None

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        import aiohttp

        trouble: ChainError = unreachable(f"{self.label} closed the connection")
        try:
            async for message in socket:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    trouble = bad_answer(f"{self.label} sent something that is not text")
                    break
                self._take(message.data)
        except ValueError:
            trouble = bad_answer(f"{self.label} sent something that is not JSON")
        finally:
            if socket.close_code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG:
                trouble = TooMuchError(f"The answer of {self.label} exceeds {ANSWER_CAP:,} bytes")
            for asked in self._asked.values():
                if not asked.answer.done():
                    asked.answer.set_exception(trouble)
            await socket.close()

    def _take(self, text: str) -> None:
        """Hand one message to whom it is for; strangers' messages are let go."""
        message = loads(text.encode())
        if not isinstance(message, dict):
            return
        number = message.get("id")
        asked = self._asked.get(number) if isinstance(number, int) else None
        if asked is not None and not asked.answer.done():
            if len(text) > asked.cap:
                asked.answer.set_exception(
                    TooMuchError(f"The answer of {self.label} exceeds {asked.cap:,} bytes")
                )
            else:
                asked.answer.set_result(message)
        params = message.get("params")
        if message.get("method") == "eth_subscription" and isinstance(params, dict):
            self._on_notice(params)


def _is_of_one_call(trouble: BaseException) -> bool:
    """Return whether a trouble concerns one call of a batch, and not the connection."""
    return isinstance(trouble, ChainError) and trouble.code not in {UNREACHABLE, TIMEOUT}
