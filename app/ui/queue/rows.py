"""The list of check-ins on their way: state by shape, the ticket, and the reason in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.domain.standing import Action
from app.ui.moments import time_near
from app.ui.queue import words
from app.ui.theme import Size, State
from app.ui.widgets.painted import RIGHT, turn, write
from offline_cache.records import RecordState

if TYPE_CHECKING:
    from app.services.queue import QueueLook, RecordLine
    from app.ui.i18n import Words
    from app.ui.look import Look

Index = QModelIndex | QPersistentModelIndex
LINE_ROLE = Qt.ItemDataRole.UserRole + 1
_NOWHERE = QModelIndex()
_ROW = 60
_ICONS = {
    RecordState.QUEUED: "clock",
    RecordState.SENT: "arrow-right",
    RecordState.MINED: "check",
    RecordState.SAFE: "check",
    RecordState.FINAL: "circle-check",
    RecordState.REFUSED: "circle-x",
}


@dataclass(frozen=True, slots=True)
class RowFace:
    """A record as its row shows it."""

    icon: str
    state: State
    name: str
    word: str
    reason: str

    def spoken(self) -> str:
        """Return everything as one text for a screen reader."""
        return f"{self.name}. {self.word}. {self.reason}"


def row_face(line: RecordLine, at: int, tr: Words) -> RowFace:
    """Say a record in a row.

    Args:
        line: The record and where it stands.
        at: Now, in unix seconds.
        tr: Words of the language in force.
    """
    record = line.record
    name = tr("Ticket {ticket} · door {door} · {time}").format(
        ticket=record.token_id, door=record.door, time=time_near(record.scanned_at, at, tr)
    )
    icon, state = _ICONS[record.state], State.NEUTRAL
    if record.state is RecordState.REFUSED:
        state = State.BAD
    elif line.standing.right in {Action.GRANT, Action.SPEED_UP}:
        icon, state = "triangle-alert", State.WARN
    elif record.state is RecordState.FINAL:
        state = State.OK
    reason = tr(words.reason_of(line.standing.why).says)
    return RowFace(icon, state, name, tr(words.STATES[record.state]), reason)


class QueueModel(QAbstractListModel):
    """One row a record; rows stay where they are while the same records are listed.

    Args:
        tr: Words of the language in force.
    """

    def __init__(self, tr: Words, parent: QObject | None = None) -> None:
        """Hold nothing."""
        super().__init__(parent)
        self._tr = tr
        self._lines: tuple[RecordLine, ...] = ()
        self._faces: tuple[RowFace, ...] = ()

    def show_lines(self, lines: tuple[RecordLine, ...], look: QueueLook) -> None:
        """Take a look's records."""
        faces = tuple(row_face(line, look.at, self._tr) for line in lines)
        same = [_key(line) for line in lines] == [_key(line) for line in self._lines]
        if not same:
            self.beginResetModel()
        changed = [row for row, face in enumerate(faces) if same and face != self._faces[row]]
        self._lines, self._faces = lines, faces
        if not same:
            self.endResetModel()
        for row in changed:
            self.dataChanged.emit(self.index(row), self.index(row))

    def line(self, row: int) -> RecordLine | None:
        """Return a row's record."""
        return self._lines[row] if 0 <= row < len(self._lines) else None

    def row_of(self, claim_id: bytes) -> int:
        """Return where a record is listed, -1 where it is not."""
        ids = [line.record.claim_id for line in self._lines]
        return ids.index(claim_id) if claim_id in ids else -1

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return how many records there are; a record has none below it."""
        return 0 if parent.isValid() else len(self._lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a record's name, what a screen reader says, or its face."""
        if not index.isValid() or not 0 <= index.row() < len(self._faces):
            return None
        face = self._faces[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return face.name
            case Qt.ItemDataRole.AccessibleTextRole:
                return face.spoken()
            case Qt.ItemDataRole.ToolTipRole:
                return face.reason
            case _ if role == LINE_ROLE:
                return face
        return None


class QueueDelegate(QStyledItemDelegate):
    """Paints a record's row."""

    def __init__(self, look: Look, parent: QObject) -> None:
        """Follow the look."""
        super().__init__(parent)
        self._look = look

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Return a finger's height."""
        return QSize(self._look.theme.px(240), self._look.theme.px(_ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint shape, name and reason, and the state's word at the right."""
        face = index.data(LINE_ROLE)
        if not isinstance(face, RowFace):
            return
        theme, box = self._look.theme, QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inner = box.adjusted(theme.px(2), theme.px(2), -theme.px(2), -theme.px(2))
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.accent_soft))
            painter.drawRoundedRect(inner, theme.space(1), theme.space(1))
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(theme.focus), max(2, theme.px(2))))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(inner, theme.space(1), theme.space(1))
        turn(painter, inner, option.direction)
        self._paint_face(painter, face, inner)
        painter.restore()

    def _paint_face(self, painter: QPainter, face: RowFace, box: QRectF) -> None:
        theme, pad = self._look.theme, self._look.theme.space(1.5)
        side = theme.px(20)
        icon = QRectF(box.left() + pad, box.center().y() - side / 2, side, side)
        self._look.icons.paint(painter, face.icon, icon, theme.states[face.state])
        strong, body = theme.font(Size.BODY, strong=True, tabular=True), theme.font(Size.BODY)
        wide = QFontMetricsF(body).horizontalAdvance(face.word) + 2
        left, half, edge = icon.right() + pad, box.height() / 2, theme.space(0.5)
        word = QRectF(box.right() - pad - wide, box.top() + edge, wide, half - edge)
        write(painter, word, face.word, body, theme.muted, RIGHT)
        above = QRectF(left, word.top(), word.left() - pad - left, word.height())
        write(painter, above, face.name, strong, theme.text)
        below = QRectF(left, box.top() + half, box.right() - pad - left, half - edge)
        write(painter, below, face.reason, body, theme.muted)


class QueueList(QListView):
    """Shows the records; arrows move, and the one chosen is told of beside the list.

    Args:
        look: The look in force.
        model: The records.
    """

    def __init__(self, look: Look, model: QueueModel) -> None:
        """Show the model's rows."""
        super().__init__()
        self.setModel(model)
        self.setItemDelegate(QueueDelegate(look, self))
        self.setProperty("part", "plain")
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        look.changed.connect(self.scheduleDelayedItemsLayout)


def _key(line: RecordLine) -> bytes:
    return line.record.claim_id
