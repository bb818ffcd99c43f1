"""Several nodes as one: each request goes to one that works, and a foreign one is shut out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from app.chain.answers import quantity
from app.chain.breaker import Breaker, BreakerState
from app.chain.transport import ANSWER_CAP
from app.chain.troubles import (
    BAD_ANSWER,
    BEHIND,
    RATE_LIMITED,
    TIMEOUT,
    UNREACHABLE,
    WRONG_ID,
    RateLimitedError,
    RefusedError,
    unreachable,
    wrong_chain,
)
from app.domain.errors import ChainError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from app.chain.caller import Caller, Calls

T = TypeVar("T")

_PAUSE: Final = 1.0
"""Seconds that a node rests which asks for a pause without saying how long."""
DOUBT_SECONDS: Final = 30.0
"""So long a node is the last choice whose answers were old or wrong; each time twice as long."""
LONGEST_DOUBT: Final = 600.0
_CHAIN_ID: Final = "eth_chainId"


@dataclass(frozen=True, slots=True)
class EndpointHealth:
    """How one node has been doing.

    Args:
        label: Its address without anything secret.
        state: Whether it is used.
        requests: Requests made to it.
        failures: Requests that failed by its fault.
        seconds: How long an answer takes, lately; 0 before the first.
        trouble: The code of its last failure, empty after a success.
        excluded: Why it is never used, empty if it may be.
    """

    label: str
    state: BreakerState
    requests: int
    failures: int
    seconds: float
    trouble: str
    excluded: str


class _Endpoint:
    """One node, what is known of it, and whether its chain was checked."""

    def __init__(self, caller: Caller, breaker: Breaker) -> None:
        self.caller = caller
        self.breaker = breaker
        self.requests = 0
        self.failures = 0
        self.seconds = 0.0
        self.trouble = ""
        self.excluded = ""
        self.checked = False
        self.doubt = DOUBT_SECONDS
        self.doubted_until = 0.0

    def took(self, seconds: float) -> None:
        self.seconds = (self.seconds * 3 + seconds) / 4 if self.seconds else seconds

    def health(self) -> EndpointHealth:
        return EndpointHealth(
            self.caller.label,
            self.breaker.state,
            self.requests,
            self.failures,
            self.seconds,
            self.trouble,
            self.excluded,
        )


class EndpointPool:
    """Calls the first node in order that works; use it as ``RpcClient(EndpointPool(...))``.

    A node is asked for its chain id before it is used, and again after it was away: one of another
    chain is shut out for good. All requests go to the same node as long as it works, so that one
    view of the chain is read; a better one in order is taken again once its rest is over.

    Args:
        callers: The nodes, the preferred one first.
        chain_id: The chain that all of them must serve.
        clock: Seconds that never go back.
        on_excluded: Told why a node is shut out.

    Raises:
        ValueError: There is no node.
    """

    def __init__(
        self,
        callers: Sequence[Caller],
        chain_id: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        on_excluded: Callable[[str], None] | None = None,
    ) -> None:
        """Ask nothing yet."""
        if not callers:
            raise ValueError("a pool has at least one node")
        self._endpoints = [_Endpoint(caller, Breaker(clock, failures=2)) for caller in callers]
        self._chain_id = chain_id
        self._clock = clock
        self._on_excluded = on_excluded
        self._last = self._endpoints[0]

    @property
    def label(self) -> str:
        """The address of the node that answered last, without anything secret."""
        return self._last.caller.label

    def health(self) -> list[EndpointHealth]:
        """Return how each node has been doing, in their order."""
        return [endpoint.health() for endpoint in self._endpoints]

    def doubt(self, code: str) -> None:
        """Make the node that answered last the last choice for a while.

        Args:
            code: What was wrong with its answers, such as ``chain.lagging``.
        """
        doubted = self._last
        doubted.trouble = code
        doubted.failures += 1
        doubted.checked = False
        doubted.doubted_until = self._clock() + doubted.doubt
        doubted.doubt = min(LONGEST_DOUBT, doubted.doubt * 2)

    async def call(
        self, method: str, params: Sequence[object] = (), *, cap: int = ANSWER_CAP
    ) -> object:
        """Call one method at a node that works; raises as ``Caller.call``."""

        async def ask(caller: Caller) -> object:
            answer = await caller.call(method, params, cap=cap)
            if method == _CHAIN_ID:
                self._expect_chain(answer, caller.label)
            return answer

        return await self._anywhere(ask)

    async def batch(self, calls: Calls) -> list[object | ChainError]:
        """Call many methods at one node that works; raises as ``Caller.batch``."""

        async def ask(caller: Caller) -> list[object | ChainError]:
            results = await caller.batch(calls)
            for result in results:
                # Some nodes ask for a pause in the members of a batch alone.
                if isinstance(result, RateLimitedError):
                    raise result
            return results

        return await self._anywhere(ask)

    async def aclose(self) -> None:
        """Close every connection."""
        for endpoint in self._endpoints:
            await endpoint.caller.aclose()

    async def _anywhere(self, ask: Callable[[Caller], Awaitable[T]]) -> T:
        """Ask one node after the other until one answers.

        Raises:
            ChainError: The last node's trouble, or the first's that is nobody's fault but ours.
        """
        trouble: ChainError | None = None
        now = self._clock()
        for endpoint in sorted(self._endpoints, key=lambda each: each.doubted_until > now):
            if endpoint.excluded or not endpoint.breaker.allows():
                continue
            try:
                result = await self._ask(endpoint, ask)
            except ChainError as found:
                if not _elsewhere(found):
                    raise
                trouble = found if trouble is None or found.retryable else trouble
            else:
                self._last = endpoint
                return result
        raise trouble or self._nobody()

    async def _ask(self, endpoint: _Endpoint, ask: Callable[[Caller], Awaitable[T]]) -> T:
        since = self._clock()
        settled = False
        try:
            await self._check(endpoint)
            endpoint.requests += 1
            result = await ask(endpoint.caller)
            settled = True
        except ChainError as trouble:
            settled = True
            self._judge(endpoint, trouble)
            raise
        finally:
            if not settled:
                endpoint.breaker.released()
        endpoint.took(self._clock() - since)
        endpoint.trouble = ""
        endpoint.breaker.succeeded()
        return result

    async def _check(self, endpoint: _Endpoint) -> None:
        """Ask for the chain id once, and after every failure: it may be another node by now."""
        if endpoint.checked:
            return
        self._expect_chain(await endpoint.caller.call(_CHAIN_ID), endpoint.caller.label)
        endpoint.checked = True

    def _expect_chain(self, answer: object, label: str) -> None:
        """Whenever a node says which chain it serves, it must be ours."""
        found = quantity(answer, f"{label}: chain id")
        if found != self._chain_id:
            raise wrong_chain(self._chain_id, found, label)

    def _judge(self, endpoint: _Endpoint, trouble: ChainError) -> None:
        """Say what a trouble means for the node that made it."""
        if trouble.code == WRONG_ID:
            endpoint.excluded = str(trouble)
            if self._on_excluded is not None:
                self._on_excluded(endpoint.excluded)
        elif isinstance(trouble, RateLimitedError):
            endpoint.trouble = trouble.code
            endpoint.breaker.rest(_PAUSE if trouble.retry_after is None else trouble.retry_after)
        elif trouble.code == BEHIND or not _elsewhere(trouble):
            # It works: what was asked for is not there yet, or cannot be had.
            endpoint.breaker.succeeded()
        else:
            endpoint.trouble = trouble.code
            endpoint.failures += 1
            endpoint.checked = False
            endpoint.breaker.failed()

    def _nobody(self) -> ChainError:
        """Return the trouble of having no node to ask."""
        usable = [endpoint for endpoint in self._endpoints if not endpoint.excluded]
        if not usable:
            reasons = " ".join(endpoint.excluded for endpoint in self._endpoints)
            return ChainError(f"No node can be used. {reasons}", code=WRONG_ID)
        wait = min(endpoint.breaker.wait for endpoint in usable)
        if all(endpoint.trouble == RATE_LIMITED for endpoint in usable):
            return RateLimitedError("every node asks for a pause", retry_after=wait)
        return unreachable(f"no node answers; the next is tried in {wait:.0f} s")


def _elsewhere(trouble: ChainError) -> bool:
    """Return whether another node may do better."""
    if isinstance(trouble, RefusedError):
        # A status of HTTP, such as a key that is no longer good: nothing the chain said.
        return not trouble.node_message and not trouble.data and trouble.rpc_code == 0
    return trouble.code in {BAD_ANSWER, WRONG_ID, BEHIND, UNREACHABLE, TIMEOUT, RATE_LIMITED}
