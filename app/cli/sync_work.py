"""What ``echain sync`` does on the engine, and how it tells of it once a second."""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypedDict

from app.cli.output import printable
from app.domain.errors import ChainError
from app.services.ports import TROUBLE
from app.services.sync import BACKOFF_SECONDS, DOUBTFUL

if TYPE_CHECKING:
    from concurrent.futures import Future

    from app.cli.mirrors import Syncing
    from app.domain.errors import AppError
    from app.services.sync import SyncService
    from offline_cache.errors import StoreError

TELL_SECONDS: Final = 1.0
FIRST_TRIES: Final = 3
"""Attempts before a node that never answered is given up."""
LATER_TRIES: Final = 8
"""Attempts in a row without a new block before a sync is given up that had come some way."""


class Head(TypedDict):
    """The block that the mirror reached; ``stage`` is pending where there is none."""

    number: int | None
    hash: str | None
    stage: str


class Report(TypedDict):
    """What a sync came to."""

    logs: int
    tickets: int
    checkins: int
    poaps: int
    blocks: int
    reorgs: int
    requests: int
    retries: int
    seconds: float
    logs_per_second: float
    head: Head
    source: str


@dataclass(frozen=True, slots=True)
class Goal:
    """How far to go: to the newest block, or to ``until``; then on, if ``follow``."""

    until: int | None = None
    follow: bool = False


async def work(syncing: Syncing, service: SyncService, goal: Goal) -> None:
    """Reach the goal, or follow the chain until cancelled.

    Raises:
        AppError: Trouble that waiting does not mend, or that lasts; when following, of the first
            pass only.
        StoreError: As ``AppError``.
    """
    await _reach(syncing, service)
    if not goal.follow or _is_there(syncing, goal):
        return
    following = asyncio.ensure_future(service.run())
    try:
        while not following.done() and not _is_there(syncing, goal):
            await asyncio.wait([following], timeout=TELL_SECONDS / 4)
        if following.done():
            following.result()  # a bug rises
    finally:
        following.cancel()
        await asyncio.wait([following])


async def _reach(syncing: Syncing, service: SyncService) -> None:
    failures = 0
    while True:
        before = service.counts.blocks
        try:
            await service.step()
        except TROUBLE as trouble:
            failures = 1 if service.counts.blocks > before else failures + 1
            started = service.counts.blocks > 0
            if failures >= (LATER_TRIES if started else FIRST_TRIES):
                raise
            if not _may_pass(trouble, started=started, several=syncing.link.pool is not None):
                raise
            await asyncio.sleep(BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS)) - 1])
        else:
            return


def _may_pass(trouble: AppError | StoreError, *, started: bool, several: bool) -> bool:
    """Return whether the same may work in a moment, or at another node."""
    if several and trouble.code in DOUBTFUL:
        return True
    # A node that gave good answers may give nonsense for a moment.
    broken = started and isinstance(trouble, ChainError) and trouble.code == "rpc.bad_answer"
    return trouble.retryable or broken


def _is_there(syncing: Syncing, goal: Goal) -> bool:
    head = syncing.mirror.head()
    return goal.until is not None and head is not None and head.number >= goal.until


class Teller:
    """Tells how far a sync is, on standard error, and sums it up.

    Args:
        syncing: What is used.
        service: What works.
    """

    def __init__(self, syncing: Syncing, service: SyncService) -> None:
        """Begin to count the time."""
        self._syncing = syncing
        self._service = service
        self._since = syncing.clock.monotonic()

    def wait(self, future: Future[None]) -> None:
        """Wait for the end of the work, and say each second where it stands.

        Raises:
            AppError: As ``work``.
            StoreError: As ``work``.
            KeyboardInterrupt: Somebody wants it to end; it has ended then.
        """
        try:
            while True:
                try:
                    return future.result(TELL_SECONDS)
                except TimeoutError:
                    self.tell()
        except KeyboardInterrupt:
            future.cancel()
            try:
                future.result()
            except (CancelledError, *TROUBLE):
                pass  # what it had come to stands
            raise

    def tell(self) -> None:
        """Say where the sync stands."""
        state, counts = self._service.state, self._service.counts
        head = self._syncing.mirror.head()
        reached = "nothing yet" if head is None else f"block {head.number}"
        goal = "" if state.head is None else f" of {state.head}"
        feed = ", live" if state.live else ""
        trouble = f", {state.trouble}" if state.trouble else ""
        line = (
            f"{reached}{goal}: {counts.logs} logs, {self._pace():.0f} a second,"
            f" {self._syncing.link.source.label}{feed}{trouble}"
        )
        sys.stderr.write(printable(line) + "\n")
        sys.stderr.flush()

    def report(self) -> Report:
        """Sum up."""
        syncing, service = self._syncing, self._service
        head = syncing.mirror.head()
        totals = syncing.mirror.totals().result()
        stage = syncing.mirror.stage_of(0 if head is None else head.number)
        return {
            "logs": service.counts.logs,
            "tickets": totals.tickets,
            "checkins": totals.check_ins,
            "poaps": totals.poaps,
            "blocks": service.counts.blocks,
            "reorgs": service.state.reorgs + service.state.resyncs,
            "requests": syncing.link.requests,
            "retries": syncing.link.retries,
            "seconds": round(self._seconds(), 3),
            "logs_per_second": round(self._pace(), 1),
            "head": {
                "number": None if head is None else head.number,
                "hash": None if head is None else "0x" + head.hash.hex(),
                "stage": stage.name.lower(),
            },
            "source": syncing.link.source.label,
        }

    def _seconds(self) -> float:
        return self._syncing.clock.monotonic() - self._since

    def _pace(self) -> float:
        return self._service.counts.logs / max(self._seconds(), 1e-3)
