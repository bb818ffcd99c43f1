"""Calls about guest events, whose tickets are another collection's NFTs, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from app.chain import artifacts
from app.chain.contract_calls import encode_call
from app.chain.reading import read

if TYPE_CHECKING:
    from app.chain.rpc import RpcClient


@dataclass(frozen=True, slots=True)
class EntryKey:
    """A guest ticket's binding as the registry holds it; ``nonce`` is the epoch of passes.

    ``key`` is zero where there is none; the token may be somebody else's than ``owner``'s by now.
    """

    owner: bytes
    key: bytes
    expires: int
    nonce: int


def create_guest_event(
    collection: bytes, name: str, metadata_uri: str, start_time: int, end_time: int
) -> bytes:
    """Return calldata for the factory that makes an event for an existing ERC-721 collection.

    Args:
        collection: The contract whose tokens are the tickets.
        name: The event's name.
        metadata_uri: Its description.
        start_time: Unix seconds.
        end_time: Unix seconds.
    """
    times = (start_time, end_time)
    return encode_call("EventFactory", "createGuestEvent", collection, name, metadata_uri, *times)


async def entry_key(
    rpc: RpcClient, registry: bytes, event_id: bytes, collection: bytes, token_id: int
) -> EntryKey:
    """Read what was bound last to a guest ticket.

    Raises:
        ChainError: Any ``rpc.*`` trouble.
    """
    abi = artifacts.load("EntryKeyRegistry").abi
    place = (event_id, collection, token_id)
    values = await read(rpc, registry, abi, "bindingOf", *place)
    # The ABI decoder has vouched for the types already.
    return EntryKey(*cast("tuple[bytes, bytes, int, int]", values))
