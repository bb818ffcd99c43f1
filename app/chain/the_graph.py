"""The Graph as a third party: what a subgraph lists, and whether it saw something new."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.chain.hints import Hint, ListedEvent
from app.chain.http_api import JsonApi, ThirdPartyError, part, parts, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

GATEWAY: Final = "https://gateway.thegraph.com/api"
PAGE: Final = 1_000
"""Most entities that a subgraph gives at once."""
MOST_PAGES: Final = 100

_META: Final = "_meta { block { number hash } hasIndexingErrors }"
_CHANGED: Final = (
    "query($since: Int!) {"
    " tickets(first: 1, where: {_change_block: {number_gte: $since}}) { id }"
    " events(first: 1, where: {_change_block: {number_gte: $since}}) { id }"
    f" {_META} }}"
)
_EVENTS: Final = (
    "query($after: ID!, $first: Int!) {"
    " events(first: $first, orderBy: id, where: {id_gt: $after}) {"
    " id creator title description startTime endTime maxTickets ticketPrice }"
    f" {_META} }}"
)


class TheGraph:
    """Reads a subgraph of events and tickets; implements ``HintSource``.

    Args:
        url: The subgraph's address, such as ``GATEWAY + "/subgraphs/id/…"``.
        key: The gateway's key.
        page: Entities asked for at once.
    """

    name = "The Graph"

    def __init__(self, url: str, key: str = "", *, page: int = PAGE) -> None:
        """Open nothing yet."""
        self._api = JsonApi(url, key)
        self._page = page

    async def hints(self, since: int) -> Sequence[Hint]:
        """Return the block that the subgraph has reached, if anything changed since.

        Its entities name no blocks of their own.

        Raises:
            ThirdPartyError: It is away, refuses, has errors of its own, or answers nonsense.
        """
        data = await self._query(_CHANGED, {"since": since})
        changed = parts(data, "tickets", self.name) or parts(data, "events", self.name)
        return [Hint(self.name, self._reached(data))] if changed else []

    async def events(self) -> Sequence[ListedEvent]:
        """Return every event, page by page from the last id on: skipping would be slow and racy.

        Raises:
            ThirdPartyError: As ``hints``.
        """
        found: list[ListedEvent] = []
        after = ""
        for _ in range(MOST_PAGES):
            data = await self._query(_EVENTS, {"after": after, "first": self._page})
            rows = parts(data, "events", self.name)
            found += [self._event(row) for row in rows]
            if len(rows) < self._page:
                return found
            last = found[-1].reference
            if last <= after:
                raise ThirdPartyError(f"{self.name} gives the same page again", retryable=False)
            after = last
        return found

    async def aclose(self) -> None:
        """Close what is open."""
        await self._api.aclose()

    async def _query(self, query: str, variables: dict[str, object]) -> dict[str, object]:
        """Return the data of a query; errors come with HTTP 200."""
        answer = await self._api.post("", {"query": query, "variables": variables})
        errors = answer.get("errors")
        if errors:
            first = errors[0] if isinstance(errors, list) else errors
            words = first.get("message") if isinstance(first, dict) else first
            raise ThirdPartyError(f"{self.name} refuses the query: {str(words)[:200]}")
        data = part(answer, "data", self.name)
        if part(data, "_meta", self.name).get("hasIndexingErrors") is not False:
            raise ThirdPartyError(f"{self.name}: the subgraph has indexing errors")
        return data

    def _reached(self, data: dict[str, object]) -> int:
        block = part(part(data, "_meta", self.name), "block", self.name)
        return whole(block.get("number"), self.name)

    def _event(self, row: dict[str, object]) -> ListedEvent:
        return ListedEvent(
            source=self.name,
            reference=str(row.get("id", "")),
            title=str(row.get("title", "")),
            description=str(row.get("description", "")),
            organizer=str(row.get("creator", "")),
            start_time=whole(row.get("startTime"), self.name),
            end_time=whole(row.get("endTime"), self.name),
            max_tickets=whole(row.get("maxTickets"), self.name),
            ticket_price=whole(row.get("ticketPrice"), self.name),
        )
