"""Sales in words and figures: pure functions from the report to what is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.money import exact_ether, grouped
from app.ui.amounts import amount, exact_amount
from app.ui.moments import day, day_of_month, time_of
from app.ui.sales.steps import DAY
from app.ui.texts import Text
from offline_cache.records import EventStatus

if TYPE_CHECKING:
    from app.services.sales import SalesReport
    from app.ui.i18n import Words
    from offline_cache.records import Event


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


TITLE = _("Sales")
EVENT = _("Event")
COPY = _("Copy exact figures")
COPIED = _("Copied")
SALES = _("Tickets sold")
ARRIVALS = _("Arrived")

NO_EVENT = Text(
    _("No event yet."), _("Once an event is on chain, its sales appear here by themselves.")
)
NOT_SYNCED = Text(
    _("The sales are not here yet."),
    _("They load by themselves as soon as the network is reached."),
)
NO_SALES = _("Nothing sold yet. The first order appears here.")
NO_ARRIVALS = _("Nobody has come in yet. Check-ins appear here once they are on chain.")


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the page: its caption, value, what stands beside it, and more about it."""

    caption: str
    value: str
    beside: str = ""
    more: str = ""

    def spoken(self) -> str:
        """Return everything as one text for a screen reader."""
        number = f"{self.caption}: {self.value} {self.beside}".rstrip()
        return f"{number}. {self.more}" if self.more else number


def event_words(event: Event, tr: Words) -> str:
    """Name an event for the chooser, with its day."""
    name = event.name or tr(_("Event {number}")).format(number=event.number)
    words = f"{name} · {day(event.start_time, tr)}"
    if event.status is EventStatus.CANCELLED:
        return tr(_("{event} · cancelled")).format(event=words)
    return words


def figures(report: SalesReport, tr: Words) -> tuple[Figure, ...]:
    """Say the report's figures, in the order of the page."""
    number, unit = amount(report.revenue, tr)
    of = tr(_("of {count}"))
    return (
        Figure(tr(_("sold")), grouped(report.sold), of.format(count=grouped(report.capacity))),
        Figure(tr(_("revenue")), number, unit, exact_amount(report.revenue, tr)),
        Figure(tr(_("orders")), grouped(report.orders)),
        Figure(
            tr(_("issued, sold or given")),
            grouped(report.issued),
            of.format(count=grouped(report.capacity)),
        ),
        Figure(
            tr(_("arrived")),
            grouped(report.arrived),
            of.format(count=grouped(report.issued)),
            doors_words(report, tr),
        ),
        Figure(tr(_("certificates")), grouped(report.poaps)),
    )


def doors_words(report: SalesReport, tr: Words) -> str:
    """Say how many came in by each door; empty before the first one came."""
    return " · ".join(
        tr(_("door {door}: {count}")).format(door=door, count=grouped(count))
        for door, count in report.arrived_by_door.items()
    )


def block_words(report: SalesReport | None, tr: Words) -> str:
    """Say how far the figures reach."""
    if report is None or report.block is None:
        return ""
    return tr(_("as of block {block}")).format(block=grouped(report.block))


def copied_figures(report: SalesReport, tr: Words) -> str:
    """Return all figures exactly, one a line, with tabs: for a mail or a sheet."""
    rows = (
        (tr(_("event")), report.event.name),
        (tr(_("block")), "" if report.block is None else str(report.block)),
        (tr(_("sold")), str(report.sold)),
        (tr(_("capacity")), str(report.capacity)),
        (tr(_("revenue in wei")), str(report.revenue)),
        (tr(_("revenue in ETH")), exact_ether(report.revenue)),
        (tr(_("orders")), str(report.orders)),
        (tr(_("issued")), str(report.issued)),
        (tr(_("arrived")), str(report.arrived)),
        (tr(_("certificates")), str(report.poaps)),
    )
    return "\n".join(f"{name}\t{value}" for name, value in rows)


def tick_words(when: int, span: int, tr: Words) -> str:
    """Say a round moment below a chart that spans so many seconds."""
    return time_of(when, tr) if span < DAY else day_of_month(when, tr)


def point_words(when: int, count: int, span: int, tr: Words) -> str:
    """Say what a chart that spans so many seconds shows at a moment."""
    time = time_of(when, tr)
    if span >= DAY:
        time = f"{day_of_month(when, tr)}, {time}"
    return f"{time} · {grouped(count)}"


def chart_words(title: str, count: int, tr: Words) -> str:
    """Say a chart's idea in one sentence for a screen reader."""
    return tr(_("{title}: {count} by now")).format(title=title, count=grouped(count))
