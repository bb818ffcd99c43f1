"""web3.py over our own client: its contracts, our connection, masking and error codes."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Any

from app.domain.safe_json import kept_recursion_limit

if TYPE_CHECKING:
    from web3 import AsyncWeb3
    from web3.types import RPCEndpoint, RPCResponse

    from app.chain.rpc import RpcClient


def _load() -> None:
    with kept_recursion_limit():
        import_module("web3")


async def open_web3(rpc: RpcClient) -> AsyncWeb3[Any]:
    """Return an ``AsyncWeb3`` that speaks through a client of ours.

    Every trouble rises as our ``ChainError``, never as one of web3's own. Close the client, not
    this. Loading web3 takes about a second the first time, on a worker thread.
    """
    await asyncio.to_thread(_load)
    from web3 import AsyncWeb3
    from web3.providers import AsyncBaseProvider

    class ClientProvider(AsyncBaseProvider):
        """Hands each request to the client."""

        async def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:  # noqa: ANN401 - web3's own signature
            """Return the answer in the envelope that web3 expects."""
            return {"jsonrpc": "2.0", "id": 1, "result": await rpc.call(method, list(params))}

    return AsyncWeb3(ClientProvider())
