"""Sends what people asked for (purchases, transfers, an organizer's calls): each once, in turn."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from app.domain.call_moves import CALL_MOVES, EXPIRED, NONCE_USED, call_outcome
from app.domain.errors import ChainError, KeyTrouble
from app.domain.outbox import CALL_INTENT
from app.domain.transacting import Call
from offline_cache.records import RecordState

if TYPE_CHECKING:
    from collections.abc import Collection

    from app.domain.errors import AppError
    from app.services.ports import Clock, OutboxStore, Signer
    from app.services.transactor import Progress, Transactor
    from offline_cache.records import QueuedCall

WOULD_FAIL = frozenset({"rpc.refused", "chain.too_much_gas"})
ON_THE_WAY = (RecordState.QUEUED, RecordState.SENT)


class CallSender:
    """Takes queued calls one after another, at most one of a wallet on its way.

    A call of a wallet waits until the one before it is mined: whether it can succeed may depend on
    that.

    Args:
        store: The journal's outbox tables.
        transactor: Stores and sends transactions.
        signer: Which wallets are here.
        clock: Wall time.
        chain_id: Calls of other chains are left alone.
    """

    def __init__(
        self,
        store: OutboxStore,
        transactor: Transactor,
        signer: Signer,
        clock: Clock,
        chain_id: int,
    ) -> None:
        """Keep the ports."""
        self._store = store
        self._transactor = transactor
        self._signer = signer
        self._clock = clock
        self._chain_id = chain_id

    async def accounts(self) -> list[str]:
        """Return the key ids of the wallets that have something on its way."""
        return sorted({call.account for call in await self._open()})

    async def waiting(self) -> int:
        """Count the calls that are not on chain yet."""
        counts = await asyncio.wrap_future(self._store.count_calls())
        return sum(counts.get(state, 0) for state in ON_THE_WAY)

    async def send(self, stuck: Collection[bytes]) -> AppError | None:
        """Send what may go now; returns the first trouble that kept something back.

        Args:
            stuck: Wallets behind whose transactions nothing is signed.

        Raises:
            ChainError: The node is away.
        """
        trouble: AppError | None = None
        busy: set[str] = set()
        for call in await self._open():
            if call.account in busy:
                continue
            if call.state is RecordState.SENT and call.reason not in NONCE_USED:
                busy.add(call.account)
            elif call.state is RecordState.QUEUED:
                found = await self._send(call, stuck)
                trouble = trouble or found
                busy.add(call.account)
        return trouble

    async def settle(self, progress: Progress) -> None:
        """Move a transaction's call; runs before its own state is stored, and may run again."""
        call = await asyncio.wrap_future(self._store.call_of(progress.transaction.id))
        if call is None:
            return
        state, reason = call_outcome(progress.state, progress.reason, safe=progress.safe)
        if call.state is RecordState.REFUSED and state is RecordState.QUEUED:
            return  # only a person lets it wait again
        if state in CALL_MOVES[call.state] or (state is call.state and reason != call.reason):
            await self._move(call, state, reason)

    async def _open(self) -> list[QueuedCall]:
        found = await asyncio.wrap_future(self._store.open_calls())
        return [call for call in found if call.chain_id == self._chain_id]

    async def _send(self, call: QueuedCall, stuck: Collection[bytes]) -> AppError | None:
        if call.valid_until and self._clock.unix() > call.valid_until:
            await self._move(call, RecordState.REFUSED, EXPIRED)
            return None
        try:
            progress = await self._submit(call, stuck)
        except KeyTrouble as trouble:
            return trouble
        except ChainError as trouble:
            return await self._refuse(call, trouble)
        return None if progress is None else progress.trouble

    async def _submit(self, call: QueuedCall, stuck: Collection[bytes]) -> Progress | None:
        if not await asyncio.to_thread(self._signer.has, call.account):
            raise _no_key(call)
        if self._transactor.use_key(call.account) in stuck:
            return None
        earlier = await asyncio.wrap_future(self._store.carriers_of(call.id))
        return await self._transactor.submit(
            f"{CALL_INTENT}{call.id}:{earlier}",
            call.account,
            Call(call.target, call.data, call.value),
            call_id=call.id,
        )

    async def _refuse(self, call: QueuedCall, trouble: ChainError) -> AppError | None:
        if trouble.code in WOULD_FAIL:
            # Nothing was signed: the contract's own words are the reason.
            await self._move(call, RecordState.REFUSED, str(trouble))
            return None
        if trouble.retryable and trouble.code.startswith("rpc."):
            raise trouble
        return trouble

    async def _move(self, call: QueuedCall, state: RecordState, reason: str) -> None:
        moving = self._store.set_call_state(call.id, call.state, state, reason)
        await asyncio.wrap_future(moving)


def _no_key(call: QueuedCall) -> KeyTrouble:
    return KeyTrouble(
        f"the wallet '{call.account}' is not on this device: what it shall send waits",
        code="keys.missing",
    )
