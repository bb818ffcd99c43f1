"""MultiBaas as a third party: the events of our contracts that it has indexed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from app.chain.answers import hex_octets
from app.chain.hints import Hint
from app.chain.http_api import JsonApi, ThirdPartyError, part, parts, whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.chain.hints import ListedEvent

PREFIX: Final = "/api/v0"
PAGE: Final = 100
MOST_PAGES: Final = 50
BLOCK_ALIAS: Final = "block"


class MultiBaas:
    """Reads a deployment's events or a query of it; implements ``HintSource``.

    A contract must be linked there with its starting block, or nothing of it is indexed.

    Args:
        url: The deployment's address with ``PREFIX``.
        key: An API key of it.
        contracts: The contracts to hear of.
        signatures: The events to hear of, such as ``CheckedIn(uint256,…)``: they are asked for by
            a query over blocks; without any, the plain list of events is read.
        page: Rows asked for at once.
    """

    name = "MultiBaas"

    def __init__(
        self,
        url: str,
        key: str,
        contracts: Sequence[bytes],
        *,
        signatures: Sequence[str] = (),
        page: int = PAGE,
    ) -> None:
        """Open nothing yet."""
        self._api = JsonApi(url, key)
        self._contracts = [hex_octets(contract) for contract in contracts]
        self._signatures = signatures
        self._page = page

    async def hints(self, since: int) -> Sequence[Hint]:
        """Return the blocks with events of our contracts.

        Raises:
            ThirdPartyError: It is away, refuses, or answers nonsense.
        """
        if self._signatures:
            return self._hints(await self._queried("/queries", since, self._query(since)), since)
        blocks: set[int] = set()
        for contract in self._contracts:
            blocks |= await self._listed(contract)
        return self._hints(blocks, since)

    async def saved_query(self, label: str, since: int) -> Sequence[Hint]:
        """Return the blocks of a query that is saved there, which names them ``block``.

        Raises:
            ThirdPartyError: As ``hints``.
        """
        path = f"/queries/{quote(label, safe='')}/results"
        return self._hints(await self._queried(path, since, None), since)

    async def events(self) -> Sequence[ListedEvent]:
        """Return nothing: it describes no events."""
        return []

    async def aclose(self) -> None:
        """Close what is open."""
        await self._api.aclose()

    async def _listed(self, contract: str) -> set[int]:
        blocks: set[int] = set()
        for number in range(MOST_PAGES):
            query: dict[str, str | int] = {
                "contract_address": contract,
                "limit": self._page,
                "offset": number * self._page,
            }
            answer = await self._api.get("/events", query)
            rows = parts(answer, "result", self.name)
            for row in rows:
                place = part(row, "transaction", self.name)
                blocks.add(whole(place.get("blockNumber"), self.name))
            if len(rows) < self._page:
                break
        return blocks

    async def _queried(self, path: str, since: int, body: Mapping[str, object] | None) -> set[int]:
        blocks: set[int] = set()
        for number in range(MOST_PAGES):
            page: dict[str, str | int] = {"limit": self._page, "offset": number * self._page}
            if body is None:
                answer = await self._api.get(path, page)
            else:
                answer = await self._api.post(path, body, page)
            rows = parts(part(answer, "result", self.name), "rows", self.name)
            if any(BLOCK_ALIAS not in row for row in rows):
                raise ThirdPartyError(f"{self.name}: a row has no '{BLOCK_ALIAS}'", retryable=False)
            blocks |= {whole(row[BLOCK_ALIAS], self.name) for row in rows}
            if len(rows) < self._page:
                break
        return {block for block in blocks if block >= since}

    def _query(self, since: int) -> dict[str, object]:
        """Return the event query: these events, of our contracts, from a block on."""
        ours = [
            {"fieldType": "contract_address", "operator": "equal", "value": contract}
            for contract in self._contracts
        ]
        late = {
            "fieldType": "block_number",
            "operator": "greaterthanorequal",
            "value": str(since),
        }
        condition = {"rule": "and", "children": [late, {"rule": "or", "children": ours}]}
        select = [{"type": "block_number", "alias": BLOCK_ALIAS}]
        return {
            "events": [
                {"eventName": signature, "select": select, "filter": condition}
                for signature in self._signatures
            ],
            "orderBy": BLOCK_ALIAS,
            "order": "ASC",
        }

    def _hints(self, blocks: set[int], since: int) -> list[Hint]:
        return [Hint(self.name, block) for block in sorted(blocks) if block >= since]
