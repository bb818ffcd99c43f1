"""Call a node's methods by JSON-RPC 2.0, one or many in a request, over HTTP."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final, Protocol

from app.chain.answers import sequence
from app.chain.transport import ANSWER_CAP, Endpoint, HttpTransport
from app.chain.troubles import RateLimitedError, RefusedError, TooMuchError, bad_answer, classify
from app.domain.errors import ChainError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Calls = Sequence[tuple[str, Sequence[object]]]

BATCH_SIZE: Final = 100
"""Calls in one HTTP request: providers cap batches between 100 and 1,000."""


class Caller(Protocol):
    """Something that calls methods of a node, or of one of several."""

    @property
    def label(self) -> str:
        """The node's address without anything secret."""

    async def call(
        self, method: str, params: Sequence[object] = (), *, cap: int = ANSWER_CAP
    ) -> object:
        """Call one method and return its result.

        Args:
            method: Such as ``eth_call``.
            params: Its positional parameters, as JSON values.
            cap: Largest answer accepted, in bytes.

        Raises:
            ChainError: Any ``rpc.*`` trouble.
        """

    async def batch(self, calls: Calls) -> list[object | ChainError]:
        """Call many methods; each result or trouble in its place.

        Raises:
            ChainError: When a whole request failed.
        """

    async def aclose(self) -> None:
        """Close what is open; it may be used again."""


class HttpCaller:
    """Calls one node over a kept HTTP connection.

    ``requests`` counts what was posted, ``failures`` what of it has to be posted again.

    Args:
        url: The node's address; a key in it is never shown.
        timeout: Seconds for a whole request.
    """

    def __init__(self, url: str, timeout: float) -> None:
        """Open nothing yet."""
        self._transport = HttpTransport(Endpoint(url), timeout)
        self._ids = count(1)
        self._batches = True
        self.requests = 0
        self.failures = 0

    @property
    def label(self) -> str:
        """The node's address without anything secret."""
        return self._transport.endpoint.label

    async def aclose(self) -> None:
        """Close the kept connection."""
        await self._transport.aclose()

    async def call(
        self, method: str, params: Sequence[object] = (), *, cap: int = ANSWER_CAP
    ) -> object:
        """Call one method and return its result; raises as ``Caller.call``."""
        number = next(self._ids)
        answer = await self._post(request(number, method, params), cap)
        found = self._result(answer, method, number)
        if isinstance(found, ChainError):
            raise found
        return found

    async def batch(self, calls: Calls) -> list[object | ChainError]:
        """Call many methods, ``BATCH_SIZE`` to a request; each result or trouble in its place.

        A node that refuses batches is asked one by one from then on.
        """
        results: list[object | ChainError] = []
        for start in range(0, len(calls), BATCH_SIZE):
            some = calls[start : start + BATCH_SIZE]
            if self._batches and len(some) > 1:
                try:
                    results += await self._batch(some)
                    continue
                except RefusedError:
                    self._batches = False
            results += [await self._one(method, params) for method, params in some]
        return results

    async def _one(self, method: str, params: Sequence[object]) -> object | ChainError:
        """Call one method of a batch; what it refuses is a value."""
        try:
            return await self.call(method, params)
        except RefusedError as trouble:
            return trouble

    async def _batch(self, calls: Calls) -> list[object | ChainError]:
        numbered = [(next(self._ids), method, params) for method, params in calls]
        answer = await self._post([request(*item) for item in numbered], ANSWER_CAP)
        if isinstance(answer, dict):
            # A node that refuses the batch as such answers with one object.
            trouble = self._result(answer, "a batch", answer.get("id"))
            if isinstance(trouble, ChainError):
                raise trouble
            raise bad_answer(f"{self.label} answered a batch with a single result")
        by_id: dict[object, object] = {}
        for item in sequence(answer, f"{self.label}: the answer to a batch"):
            if isinstance(item, dict) and isinstance(item.get("id"), int):
                by_id[item["id"]] = item
        return [self._result(by_id.get(number), method, number) for number, method, _ in numbered]

    async def _post(self, body: object, cap: int) -> object:
        """Post, and count: ``failures`` are requests that somebody has to make again."""
        self.requests += 1
        try:
            return await self._transport.post(body, cap=cap)
        except ChainError:
            self.failures += 1
            raise

    def _result(self, answer: object, method: str, number: object) -> object | ChainError:
        found = result(answer, method, number, self.label, self._transport.endpoint.clean)
        self.failures += isinstance(found, RateLimitedError | TooMuchError)
        return found


def request(number: int, method: str, params: Sequence[object]) -> dict[str, object]:
    """Return the JSON-RPC request of a call."""
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}


def result(
    answer: object,
    method: str,
    number: object,
    label: str,
    clean: Callable[[str], str],
) -> object | ChainError:
    """Return the result of one answer, or its trouble as a value."""
    if not isinstance(answer, dict):
        raise bad_answer(f"{label} gave no JSON-RPC answer to {method}")
    error = answer.get("error")
    if isinstance(error, dict):
        return classify(error, method, label, clean)
    if error is not None or "result" not in answer:
        raise bad_answer(f"{label} gave neither result nor error to {method}")
    if answer.get("id") != number:
        raise bad_answer(f"{label} answered another request than {method}")
    found: object = answer["result"]
    return found
