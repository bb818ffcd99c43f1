"""The kiosk's right column: how many are in, the pace, the queue, and the last scans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QVBoxLayout

from app.ui.kiosk import words
from app.ui.kiosk.explanations import Topic
from app.ui.kiosk.status_button import StatusButton
from app.ui.theme import Size, State
from app.ui.widgets.numbers import BigNumber, Sparkline
from app.ui.widgets.rows import RowList, ScanRow

if TYPE_CHECKING:
    from app.services.door_status import DoorStatus
    from app.ui.i18n import Words
    from app.ui.look import Look

WIDTH = 320
ROWS = 40


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


class SideColumn(QFrame):
    """Figures of one door; 320 px wide at scale 1.

    Signals:
        asked (Topic): A figure was touched.
    """

    asked = Signal(object)

    def __init__(self, look: Look, tr: Words) -> None:
        """Show dashes until the first look at the stores."""
        super().__init__()
        self.setProperty("part", "bar")
        self._look, self._tr = look, tr
        self.inside = BigNumber(look, tr(_("let in at this door")), size=Size.FIGURE)
        self.pace = Sparkline(look)
        self.pace.setAccessibleName(tr(_("Scans a minute")))
        self.pace_words = _caption("")
        self.occupancy = StatusButton(look, icon="users")
        self.queue = StatusButton(look, icon="refresh-cw")
        self.conflicts = StatusButton(look)
        self.conflicts.hide()
        for item, topic in (
            (self.occupancy, Topic.COUNTS),
            (self.queue, Topic.QUEUE),
            (self.conflicts, Topic.CONFLICTS),
        ):
            item.clicked.connect(lambda asked=topic: self.asked.emit(asked))
        self.scans = RowList(look)
        self.scans.setAccessibleName(tr(_("Last scans")))
        self.no_scan = _caption(tr(_("Nobody has come yet.")))
        self._status: DoorStatus | None = None
        self._rows: tuple[ScanRow, ...] = ()
        self._top = QVBoxLayout()
        for widget in (
            *(self.inside, self.occupancy, self.pace, self.pace_words, self.queue, self.conflicts),
        ):
            self._top.addWidget(widget)
        line = QFrame()
        line.setProperty("part", "line")
        self._top.addWidget(line)
        self._top.addWidget(self.no_scan)
        self._column = QVBoxLayout(self)
        self._column.addLayout(self._top)
        self._column.addWidget(self.scans, 1)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        look.changed.connect(self._measure)
        self._measure()
        self._show_rows(())

    def show_status(self, status: DoorStatus | None) -> None:
        """Show the newest look."""
        if status is None:
            return
        self._status = status
        tr = self._tr
        self.inside.show_value(
            words.number(status.admitted_here),
            tr(_("in · {capacity} capacity")).format(capacity=words.number(status.capacity)),
            exact=str(status.admitted_here),
        )
        self.inside.set_caption(
            tr(_("let in at this door · {count} at all doors")).format(
                count=words.number(status.everywhere)
            )
        )
        full = State.WARN if words.is_full(status) else State.NEUTRAL
        self.occupancy.show_state(full, words.occupancy_words(status, tr))
        now = words.pace(status)
        self.pace.show_values(status.scans_a_minute, words.pace_words(now, tr))
        self.pace_words.setText(words.pace_words(now, tr))
        waits = status.waiting > 0
        self.queue.show_state(State.NEUTRAL if waits else State.OK, words.queue_words(status, tr))
        self.conflicts.setVisible(bool(status.conflicts))
        self.conflicts.show_state(State.WARN, words.conflict_words(status, tr))
        self._show_rows(tuple(words.scan_row(row, tr) for row in status.recent[:ROWS]))

    def retranslate(self) -> None:
        """Say everything again."""
        tr = self._tr
        self.inside.set_caption(tr(_("let in at this door")))
        self.no_scan.setText(tr(_("Nobody has come yet.")))
        self.pace.setAccessibleName(tr(_("Scans a minute")))
        self.scans.setAccessibleName(tr(_("Last scans")))
        self.show_status(self._status)

    def _show_rows(self, rows: tuple[ScanRow, ...]) -> None:
        self.no_scan.setVisible(not rows)
        if rows != self._rows:
            self._rows = rows
            self.scans.set_rows(rows)

    @Slot()
    def _measure(self) -> None:
        theme = self._look.theme
        self.setFixedWidth(theme.px(WIDTH))
        # The rows of the list keep their own distance from the edge.
        self._column.setContentsMargins(theme.space(1), theme.space(2), theme.space(1), 0)
        self._top.setContentsMargins(theme.space(1), 0, theme.space(1), 0)
        self._top.setSpacing(theme.space(1))


def _caption(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("part", "caption")
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
