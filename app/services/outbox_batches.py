"""Puts waiting check-in records into transactions; a bad record never stands in another's way."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from app.domain.addresses import checksum
from app.domain.batching import (
    RECORD_GAS,
    BatchRules,
    Cost,
    gas_for,
    is_due,
    measured,
    most_records,
)
from app.domain.check_in import recover_recorder
from app.domain.errors import AppError, ChainError
from app.domain.outbox import card_of, holds
from app.domain.transacting import Call
from offline_cache.records import DoorState, RecordState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from app.services.ports import ChainWriter, Clock, OutboxStore
    from app.services.transactor import Transactor
    from offline_cache.records import CheckInRecord, Door

READ_AT_ONCE = 1_000
JUDGED_TOGETHER = 25
ASIDE_SECONDS = 60.0
"""How long a record rests that the contract would not take even alone."""
REFUSED = "rpc.refused"
DIVISIBLE = frozenset({REFUSED, "chain.too_much_gas", "chain.malformed_record"})
"""What may be the fault of one record, or of too many: tried again in halves."""


@dataclass(slots=True)
class _Pass:
    """What one pass came to: records sent, records the contract refuses alone, the first trouble.

    ``blocked``: a transaction could not be handed over, so nothing is signed behind it.
    """

    sent: int = 0
    bad: list[tuple[CheckInRecord, ChainError]] = field(default_factory=list)
    trouble: AppError | None = None
    blocked: bool = False

    def note(self, trouble: AppError | None) -> None:
        self.trouble = self.trouble or trouble


class Batcher:
    """Makes batches of what may be sent and is not on chain yet.

    Args:
        store: The journal's outbox tables.
        chain: The node.
        transactor: Stores and sends transactions.
        clock: Wall and monotonic time.
        wallet_key: Key id of the wallet that pays.
        doors: The doors of a contract as the mirror has them, by index; none for a contract that
            the mirror does not know.
        rules: What waiting for a fuller batch is worth.
    """

    def __init__(  # noqa: PLR0913 - each is one port of the batches
        self,
        *,
        store: OutboxStore,
        chain: ChainWriter,
        transactor: Transactor,
        clock: Clock,
        wallet_key: str,
        doors: Callable[[bytes], Mapping[int, Door]],
        rules: BatchRules | None = None,
    ) -> None:
        """Keep the ports."""
        self._rules = rules or BatchRules()
        self._store = store
        self._chain = chain
        self._transactor = transactor
        self._clock = clock
        self._wallet_key = wallet_key
        self._doors = doors
        self._shrunk = 0
        self._record_gas: dict[bytes, int] = {}
        self._block_gas = 0
        self._aside: dict[bytes, tuple[float, ChainError]] = {}
        self._kept_back = 0

    async def shrink(self, records: Sequence[CheckInRecord]) -> None:
        """Learn from a batch that cost gas and failed: the next are smaller."""
        self._shrunk = max(1, len(records) // 2)
        # What it costs is not as was thought: the next batch is estimated again.
        self._record_gas.pop(records[0].contract, None)
        if len(records) == 1:
            trouble = ChainError("its transaction was mined but failed", code="chain.reverted")
            self._rest(records[0], trouble)
            await self._card(records[0], "rejected")

    def grow(self) -> None:
        """Learn from a batch that succeeded."""
        self._shrunk *= 2

    def wake(self, claim_id: bytes) -> None:
        """Let a record that rests be tried again at once."""
        self._aside.pop(claim_id, None)

    async def send(self, *, at_once: bool = False) -> AppError | None:
        """Send everything that should be sent now.

        Args:
            at_once: Wait for no fuller batch.

        Returns:
            The first trouble that kept some of it back.

        Raises:
            AppError: The node is away, or the wallet cannot pay.
        """
        result = _Pass()
        waiting = await self._waiting()
        self._kept_back = 0
        if waiting:
            self._block_gas = await self._chain.gas_limit()
        for contract, records in waiting.items():
            try:
                await self._send_all(contract, records, result, at_once=at_once)
            except ChainError as trouble:
                if trouble.retryable:
                    raise
                result.note(trouble)  # this contract's trouble is not the others'
            if result.blocked:
                break
        for _, why in self._aside.values():
            result.note(why)
        return result.trouble

    async def _waiting(self) -> Mapping[bytes, list[CheckInRecord]]:
        now = self._clock.monotonic()
        self._aside = {claim: rest for claim, rest in self._aside.items() if rest[0] > now}
        # What cannot go now must not hide what can.
        limit = READ_AT_ONCE + len(self._aside) + self._kept_back
        found = await asyncio.wrap_future(self._store.sendable(self._clock.unix(), limit))
        by_contract: defaultdict[bytes, list[CheckInRecord]] = defaultdict(list)
        for record in found:
            if record.claim_id not in self._aside:
                by_contract[record.contract].append(record)
        return by_contract

    async def _send_all(
        self, contract: bytes, records: Sequence[CheckInRecord], result: _Pass, *, at_once: bool
    ) -> None:
        doors = self._doors(contract)
        granted = self._granted(contract, records, doors, result)
        start = 0
        while start < len(granted) and not result.blocked:
            size = self._full(contract)
            batch = granted[start : start + size]
            start += len(batch)
            if not at_once and not await self._is_due(batch, size):
                return
            missing = await self._not_there(contract, await self._signed_by_door(batch, doors))
            if missing:
                await self._send_batch(contract, missing, result)

    def _full(self, contract: bytes) -> int:
        """Return how many records the next batch may hold, as measured."""
        most = most_records(self._record_gas.get(contract, RECORD_GAS), self._block_gas)
        if not 0 < self._shrunk < most:
            self._shrunk = 0
            return most
        return self._shrunk

    async def _is_due(self, batch: Sequence[CheckInRecord], full: int) -> bool:
        oldest = self._clock.unix() - batch[0].sendable_at
        if len(batch) >= full or oldest >= self._rules.wait_seconds:
            return True
        fees = await self._chain.fees()
        bare = await self._chain.data_fee(Call(batch[0].contract, b""))
        cost = Cost(fees.max_fee_per_gas, bare)
        return is_due(len(batch), full, oldest, cost, self._rules)

    # ── what may go ───────────────────────────────────────────────────────────────────────────────

    def _granted(
        self,
        contract: bytes,
        records: Sequence[CheckInRecord],
        doors: Mapping[int, Door],
        result: _Pass,
    ) -> list[CheckInRecord]:
        """Keep back what the contract would drop without a word: doors it does not know yet."""
        known, unknown = [], set()
        for record in records:
            door = doors.get(record.door)
            if door is None or door.state is DoorState.NONE:
                unknown.add(record.door)
                self._kept_back += 1
            else:
                known.append(record)
        if unknown:
            result.note(_no_grant(contract, unknown))
        return known

    async def _signed_by_door(
        self, records: Sequence[CheckInRecord], doors: Mapping[int, Door]
    ) -> list[CheckInRecord]:
        """Refuse what the door's key did not sign; a door has one key for ever."""
        chain_id = self._chain.chain_id

        def judge(part: Sequence[CheckInRecord]) -> list[bool]:
            return [_recorder(chain_id, record) == doors[record.door].record_key for record in part]

        verdicts: list[bool] = []
        # In small parts: a scan that comes meanwhile waits for none of them.
        for start in range(0, len(records), JUDGED_TOGETHER):
            part = records[start : start + JUDGED_TOGETHER]
            verdicts += await asyncio.to_thread(judge, part)
        for record, good in zip(records, verdicts, strict=True):
            if not good:
                await self._card(record, "wrong-key")
                await self._move([record], RecordState.REFUSED, "wrong-key")
        return [record for record, good in zip(records, verdicts, strict=True) if good]

    async def _not_there(
        self, contract: bytes, records: Sequence[CheckInRecord]
    ) -> list[CheckInRecord]:
        """Leave out what another submitter, or an earlier sending, has brought on chain."""
        uses = await self._chain.check_ins_of(contract, [record.token_id for record in records])
        there = [record for record in records if holds(uses, record)]
        if there:
            await self._move(there, RecordState.MINED)
        return [record for record in records if not holds(uses, record)]

    # ── sending ───────────────────────────────────────────────────────────────────────────────────

    async def _send_batch(
        self, contract: bytes, records: Sequence[CheckInRecord], result: _Pass
    ) -> None:
        bad_before, sent_before = len(result.bad), result.sent
        await self._send_in_halves(contract, records, result)
        for record, trouble in result.bad[bad_before:]:
            self._rest(record, _rejected(record, trouble))
            # Where others were taken, it is this record's own fault: a person should look.
            if result.sent > sent_before:
                await self._card(record, "rejected")

    async def _send_in_halves(
        self, contract: bytes, records: Sequence[CheckInRecord], result: _Pass
    ) -> None:
        """Send a batch; if the contract would refuse it, find the record that it refuses."""
        if result.blocked:
            return
        try:
            await self._submit(contract, records, result)
        except ChainError as trouble:
            if trouble.code not in DIVISIBLE:
                raise
            if trouble.code == REFUSED:  # perhaps for want of gas: the halves are estimated
                self._record_gas.pop(contract, None)
            if len(records) == 1:
                result.bad.append((records[0], trouble))
                return
            half = len(records) // 2
            await self._send_in_halves(contract, records[:half], result)
            await self._send_in_halves(contract, records[half:], result)

    async def _submit(
        self, contract: bytes, records: Sequence[CheckInRecord], result: _Pass
    ) -> None:
        claim_ids = [record.claim_id for record in records]
        earlier = await asyncio.wrap_future(self._store.batches_of(claim_ids[0]))
        call = await self._measured(Call(contract, self._calldata(records)), len(records))
        # Storing the transaction moves its records to "sent" in the same commit.
        progress = await self._transactor.submit(
            _intent(claim_ids, earlier), self._wallet_key, call, claim_ids
        )
        if progress is None:  # a record was undone since: the next pass makes another batch
            return
        result.sent += len(records)
        result.note(progress.trouble)
        result.blocked = progress.blocks

    async def _measured(self, call: Call, records: int) -> Call:
        """Give a batch its gas: estimated once for a contract, then by what was measured.

        An estimate runs a batch a dozen times, a rehearsal (the transactor's) once.
        """
        if call.to not in self._record_gas:
            sender = self._transactor.use_key(self._wallet_key)
            estimate = await self._chain.estimate_gas(sender, call)
            self._record_gas[call.to] = measured(estimate, records)
            return replace(call, gas=max(estimate, gas_for(records, self._record_gas[call.to])))
        return replace(call, gas=gas_for(records, self._record_gas[call.to]))

    def _calldata(self, records: Sequence[CheckInRecord]) -> bytes:
        try:
            return self._chain.check_in_batch(records)
        except ValueError as error:
            raise ChainError(
                f"a record of this batch fits into no call: {error}", code="chain.malformed_record"
            ) from error

    # ── bookkeeping ───────────────────────────────────────────────────────────────────────────────

    def _rest(self, record: CheckInRecord, trouble: ChainError) -> None:
        self._aside[record.claim_id] = (self._clock.monotonic() + ASIDE_SECONDS, trouble)

    async def _card(self, record: CheckInRecord, reason: str) -> None:
        conflict = card_of(record, reason, self._clock.unix())
        await asyncio.wrap_future(self._store.put_conflict(conflict))

    async def _move(
        self, records: Sequence[CheckInRecord], state: RecordState, reason: str = ""
    ) -> None:
        moving = [record.claim_id for record in records]
        await asyncio.wrap_future(self._store.set_record_states(moving, state, reason))


def _recorder(chain_id: int, record: CheckInRecord) -> bytes | None:
    try:
        return recover_recorder(chain_id, record)
    except ValueError:  # a number that fits into no record
        return None


def _no_grant(contract: bytes, doors: set[int]) -> ChainError:
    names = ", ".join(str(door) for door in sorted(doors))
    return ChainError(
        f"The contract {checksum(contract)} does not know door {names} yet; the organizer must"
        " grant it. Its check-ins wait",
        code="chain.door_unknown",
        retryable=True,
    )


def _rejected(record: CheckInRecord, trouble: ChainError) -> ChainError:
    return ChainError(
        f"The contract would not take the check-in of ticket {record.token_id} at door"
        f" {record.door}: {trouble}",
        code="chain.record_rejected",
    )


def _intent(claim_ids: Sequence[bytes], earlier: int) -> str:
    """Name a batch by its records and by how often the first of them was batched before."""
    content = sha256(b"".join(sorted(claim_ids))).hexdigest()
    return f"check-in:{content}:{earlier}"
