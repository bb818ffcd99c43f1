"""The summary of a shift on a card, and as files: CSV for spreadsheets, PDF for paper."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, Qt, Signal, Slot
from PySide6.QtGui import QPageLayout, QPageSize, QPdfWriter, QTextDocument
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QWidget

from app.domain.verdicts import Code
from app.ui import moments
from app.ui.kiosk import words
from app.ui.kiosk.sheet import Sheet
from app.ui.widgets.buttons import TouchButton
from app.ui.widgets.numbers import BigNumber, Sparkline

if TYPE_CHECKING:
    from app.services.shift import ShiftSummary
    from app.ui.i18n import Words
    from app.ui.look import Look

HOUR = 3_600
DOTS_AN_INCH = 300


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


class ShiftSheet(Sheet):
    """Shows who came and why others did not.

    Signals:
        hours_wanted (int): Sum up the last so many hours; 0: everything of this event.
        csv_wanted (bytes): Write this table.
        pdf_wanted (bytes): Write this page.
    """

    wide = 720
    tall = 480
    hours_wanted = Signal(int)
    csv_wanted = Signal(object)
    pdf_wanted = Signal(object)

    def __init__(self, look: Look, tr: Words, parent: QWidget) -> None:
        """Show nothing yet."""
        super().__init__(look, tr, _("Summary of the shift"), _("Go on"), parent)
        self._summary: ShiftSummary | None = None
        captions = (_("let in"), _("let out"), _("refused"), _("by hand"), _("taken back"))
        self.figures = [BigNumber(look, "") for _caption in captions]
        for figure, caption in zip(self.figures, captions, strict=True):
            self.say(figure.set_caption, caption)
        self.hours = Sparkline(look)
        self.say(self.hours.setAccessibleName, _("Let in, by the hour"))
        self.lines = QLabel()
        self.lines.setTextFormat(Qt.TextFormat.RichText)
        self.lines.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.said = QLabel()
        self.said.setProperty("part", "caption")
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self._lay_out(look)

    def _lay_out(self, look: Look) -> None:
        numbers = QHBoxLayout()
        for figure in self.figures:
            numbers.addWidget(figure)
        area = QScrollArea(widgetResizable=True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidget(self.lines)
        self.content.addLayout(numbers)
        self.content.addWidget(self.hours)
        self.content.addWidget(area, 1)
        self.content.addWidget(self.said)
        for place, (text, hours) in enumerate(
            ((_("Last 8 hours"), 8), (_("Last 24 hours"), 24), (_("Everything"), 0))
        ):
            button = TouchButton(look, "")
            self.say(button.set_text, text)
            button.clicked.connect(lambda _checked=False, span=hours: self.hours_wanted.emit(span))
            self.foot.insertWidget(place, button)
        for text, act in ((_("CSV"), self._as_csv), (_("PDF"), self._as_pdf)):
            button = TouchButton(look, "", icon="download")
            self.say(button.set_text, text)
            button.clicked.connect(act)
            self.foot.insertWidget(self.foot.count() - 1, button)

    def show_summary(self, summary: ShiftSummary) -> None:
        """Show a summary."""
        self._summary = summary
        counts = (
            summary.admitted,
            summary.exited,
            summary.refused,
            summary.overridden,
            summary.undone,
        )
        for figure, count in zip(self.figures, counts, strict=True):
            figure.show_value(words.number(count), exact=str(count))
        hours = _every_hour(summary)
        self.hours.show_values(list(hours.values()), self._tr(_("Let in, by the hour")))
        self.lines.setText(_table(summary, self._tr))
        self.said.setText("")

    def tell(self, sentence: str) -> None:
        """Tell where a file was written, or why it was not."""
        self.said.setText(sentence)

    @Slot()
    def _as_csv(self) -> None:
        if self._summary is not None:
            self.csv_wanted.emit(self._summary.to_csv().encode())

    @Slot()
    def _as_pdf(self) -> None:
        if self._summary is not None:
            self.pdf_wanted.emit(pdf(self._summary, self._tr))


def pdf(summary: ShiftSummary, tr: Words) -> bytes:
    """Return the summary as one page or more of A4."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(DOTS_AN_INCH)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(18, 18, 18, 18), QPageLayout.Unit.Millimeter)
    title = tr(_("Summary of the shift"))
    writer.setTitle(title)
    document = QTextDocument()
    document.setHtml(f"<h1>{html.escape(title)}</h1>{_figures(summary, tr)}{_table(summary, tr)}")
    document.print_(writer)
    buffer.close()
    return bytes(buffer.data().data())


def _every_hour(summary: ShiftSummary) -> dict[int, int]:
    """Fill the hours in which nobody came, so that the bars are a clock."""
    if not summary.by_hour:
        return {}
    first, last = min(summary.by_hour), max(summary.by_hour)
    return {hour: summary.by_hour.get(hour, 0) for hour in range(first, last + HOUR, HOUR)}


def _figures(summary: ShiftSummary, tr: Words) -> str:
    rows = (
        (_("Let in"), summary.admitted),
        (_("Let out"), summary.exited),
        (_("Refused"), summary.refused),
        (_("Let in by hand"), summary.overridden),
        (_("Taken back"), summary.undone),
    )
    return _rows("", [(tr(name), count) for name, count in rows])


def _table(summary: ShiftSummary, tr: Words) -> str:
    doors = [
        (_door(door, summary.door_names.get(door, ""), tr), count)
        for door, count in summary.by_door.items()
    ]
    hours = [(moments.day_and_time(hour, tr), count) for hour, count in summary.by_hour.items()]
    known = set(Code)
    verdicts = [
        (tr(words.SHORT[Code(code)]) if code in known else code, count)
        for code, count in summary.by_verdict.items()
    ]
    return (
        _rows(tr(_("Let in, by door")), doors)
        + _rows(tr(_("Let in, by the hour")), hours)
        + _rows(tr(_("Scans by verdict")), verdicts)
    )


def _door(number: int, name: str, tr: Words) -> str:
    named = name and name != str(number)
    return name if named else tr(_("Door {number}")).format(number=number)


def _rows(title: str, rows: list[tuple[str, int]]) -> str:
    heading = f"<h3>{html.escape(title)}</h3>" if title and rows else ""
    lines = "".join(
        f"<tr><td>{html.escape(name)}&nbsp;&nbsp;</td>"
        f"<td align='right'>{words.number(count)}</td></tr>"
        for name, count in rows
    )
    return f"{heading}<table cellpadding='3'>{lines}</table>" if rows else ""
