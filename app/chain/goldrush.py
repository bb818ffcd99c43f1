"""GoldRush (Covalent) as a third party: which blocks hold logs of our contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.chain.answers import hex_octets
from app.chain.hints import Hint
from app.chain.http_api import JsonApi, ThirdPartyError, part, parts, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.chain.hints import ListedEvent

URL: Final = "https://api.covalenthq.com/v1"
PAGE: Final = 100
MOST_PAGES: Final = 50


class GoldRush:
    """Reads the logs of addresses; implements ``HintSource``.

    Its rows carry no block hash, so nothing of them but the block's number is used.

    Args:
        key: An API key.
        chain: The chain's name there, such as ``base-mainnet``.
        contracts: The contracts to hear of.
        url: Where the API begins.
        page: Rows asked for at once.
    """

    name = "GoldRush"

    def __init__(
        self,
        key: str,
        chain: str,
        contracts: Sequence[bytes],
        *,
        url: str = URL,
        page: int = PAGE,
    ) -> None:
        """Open nothing yet."""
        self._api = JsonApi(url, key)
        self._chain = chain
        self._contracts = contracts
        self._page = page

    async def hints(self, since: int) -> Sequence[Hint]:
        """Return the blocks with logs of our contracts.

        Raises:
            ThirdPartyError: It is away, refuses, or answers nonsense.
        """
        blocks: set[int] = set()
        for contract in self._contracts:
            blocks |= await self._blocks(hex_octets(contract), since)
        return [Hint(self.name, block) for block in sorted(blocks) if block >= since]

    async def events(self) -> Sequence[ListedEvent]:
        """Return nothing: it describes no events."""
        return []

    async def aclose(self) -> None:
        """Close what is open."""
        await self._api.aclose()

    async def _blocks(self, contract: str, since: int) -> set[int]:
        blocks: set[int] = set()
        for number in range(MOST_PAGES):
            query: dict[str, str | int] = {
                "starting-block": since,
                "ending-block": "latest",
                "page-size": self._page,
                "page-number": number,
            }
            answer = await self._api.get(f"/{self._chain}/events/address/{contract}/", query)
            if answer.get("error") is True:
                words = str(answer.get("error_message"))[:200]
                raise ThirdPartyError(f"{self.name} refuses: {words}")
            data = part(answer, "data", self.name)
            rows = parts(data, "items", self.name)
            blocks |= {whole(row.get("block_height"), self.name) for row in rows}
            pagination = data.get("pagination")
            if not isinstance(pagination, dict) or pagination.get("has_more") is not True:
                break
        return blocks
