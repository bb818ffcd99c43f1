"""``echain sync``: bring a mirror up to the chain's newest block, once or for as long as wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.cli.interruption import Terminated
from app.cli.mirrors import open_syncing
from app.cli.output import Exit
from app.cli.sync_work import Goal, Teller, work
from app.domain.addresses import checksum
from app.domain.errors import ChainError
from app.ui import texts

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from app.cli.collections import Named
    from app.cli.mirrors import Syncing
    from app.cli.output import Output
    from app.cli.sync_work import Report
    from app.services.sync import SyncState
    from app.settings import Settings


def run(arguments: argparse.Namespace, settings: Settings, output: Output) -> int:
    """Sync; where it stands is told each second on standard error, and summed up at the end.

    Ended by a signal it sums up what it came to. That is how following ends; a single sync that was
    cut off has the signal's exit code.
    """
    code = int(Exit.DONE)
    goal = Goal(arguments.until, arguments.follow)
    with open_syncing(settings, arguments.mirror) as syncing:
        service = syncing.service(_told_by(output) if goal.follow else None)
        if goal.until is not None:
            service.stop_at(goal.until)
        service.collections.name({one.address: one.first_block for one in arguments.contract})
        teller = Teller(syncing, service)
        try:
            teller.wait(syncing.engine.submit(work(syncing, service, goal)))
        except KeyboardInterrupt as stop:
            if not goal.follow:
                code = stop.exit_code if isinstance(stop, Terminated) else 130
        for named in arguments.contract if code == Exit.DONE else ():
            _expect_read(syncing, named)
        report = teller.report()
        _say(syncing, report, output)
        output.result(report)
    return code


def _told_by(output: Output) -> Callable[[SyncState], None]:
    def said(state: SyncState) -> None:
        trouble = f" ({texts.trouble(state.trouble).says})" if state.trouble else ""
        by = f" by {state.source}{', live' if state.live else ''}" if state.source else ""
        output.say(f"{state.link}: block {state.block} of {state.head}{by}{trouble}")

    return said


def _expect_read(syncing: Syncing, named: Named) -> None:
    """What was asked for must be an event of the factory, or a collection that was read."""
    events = syncing.mirror.events().result()
    if any(event.contract == named.address for event in events):
        return
    if syncing.mirror.cursor(named.address).result() is None:
        raise ChainError(
            f"the contract at {named.text} is no event of this factory, up to the block that was"
            " read; check both addresses",
            code="chain.wrong_code",
        )


def _say(syncing: Syncing, report: Report, output: Output) -> None:
    head = report["head"]
    output.say(
        f"block {head['number']} ({head['stage']}) by {report['source']}: {report['logs']} logs in"
        f" {report['seconds']} seconds"
    )
    for event in syncing.mirror.events().result():
        counts = syncing.mirror.counts(event.contract).result()
        of = f" of the collection {checksum(event.collection)}" if event.collection else ""
        output.say(
            f"  {event.number}: {event.name}, {counts.total} tickets{of}, {counts.used} used"
        )
    for health in syncing.link.health:
        trouble = health.excluded or health.trouble
        output.say(
            f"  {health.label}: {health.requests} requests, {health.failures} failed"
            + (f" ({trouble})" if trouble else "")
        )
