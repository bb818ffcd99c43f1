"""Whose a mirror is: one chain's and one factory's, whatever the settings say today."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from offline_cache.records import MirrorIdentity

if TYPE_CHECKING:
    from app.services.sync_ports import ChainSource, MirrorWriter

_log = logging.getLogger(__name__)


async def belongs(mirror: MirrorWriter, source: ChainSource) -> bool:
    """Return whether a mirror is of the source's chain and factory; an unmarked one becomes that.

    Two factories on one chain share every block, so the hashes would not tell them apart: the
    events of the one would stay, and the past of the other would be missing.

    Raises:
        ChainError: The first block cannot be had, to mark a mirror with.
    """
    ours = (source.chain_id, source.factory)
    found = await asyncio.wrap_future(mirror.identity())
    if found is None:
        events = await asyncio.wrap_future(mirror.events())
        if all((event.chain_id, event.factory) == ours for event in events):
            first = await source.block(0)
            genesis = bytes(32) if first is None else first.hash
            await asyncio.wrap_future(mirror.set_identity(MirrorIdentity(*ours, genesis)))
            return True
    elif (found.chain_id, found.factory) == ours:
        return True
    _log.warning("the mirror is another factory's or chain's; everything is read anew")
    return False
