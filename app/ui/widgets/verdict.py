"""The verdict, as a whole window and as the slim band that stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QTransform,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.theme import SeverityLook, Size
from app.ui.widgets.hatch import frame_path, hatch
from app.ui.widgets.painted import CENTRE, RIGHT, Painted, write
from app.ui.widgets.verdict_layout import SOFT_HYPHEN, Arrangement, Part, Role, Texts, arrange

if TYPE_CHECKING:
    from app.domain.verdicts import Severity
    from app.ui.look import Look


@dataclass(frozen=True, slots=True)
class VerdictFace:
    """A verdict in words, ready to be shown.

    Attributes:
        severity: Chooses ground, shape and hatch.
        word: The word read at arm's length.
        reason: One sentence.
        details: Lines of facts: name, tier and seat; door and time of the first use.
        next_step: What to do now.
        note: What must be seen: a note on the ticket, "already shown 4 s ago".
        icon: A Lucide icon in place of the severity's shape, for a look of its own.
    """

    severity: Severity
    word: str
    reason: str = ""
    details: tuple[str, ...] = ()
    next_step: str = ""
    note: str = ""
    icon: str = ""

    def spoken(self) -> str:
        """Return everything as one text for a screen reader."""
        parts = (self.word, self.reason, self.note, *self.details, self.next_step)
        spoken = ". ".join(part.rstrip(".") for part in parts if part)
        return spoken.replace(SOFT_HYPHEN, "")


class VerdictPanel(Painted):
    """Fills the window with one verdict.

    Signals:
        touched(): A person touched it or pressed Enter, Space or Escape.
    """

    touched = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        """Show nothing until ``show_face``."""
        super().__init__(look, parent)
        self._face: VerdictFace | None = None
        self._arrangement: Arrangement | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    @property
    def face(self) -> VerdictFace | None:
        """What is shown."""
        return self._face

    def show_face(self, face: VerdictFace) -> None:
        """Show a verdict at once, and say it to a screen reader."""
        self._face = face
        self._arrangement = None
        self.setAccessibleName(face.spoken())
        self.update()
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def arrangement(self) -> Arrangement | None:
        """Return where the parts lie now; None while nothing is shown."""
        if self._face is None:
            return None
        if self._arrangement is None:
            face = self._face
            self._arrangement = arrange(
                Texts(face.word, face.reason, face.note, face.details, face.next_step),
                QSizeF(self.size()),
                self._margin(),
            )
        return self._arrangement

    def forget_measures(self) -> None:
        """Place everything again."""
        self._arrangement = None

    def sizeHint(self) -> QSize:
        """Return the smallest window that is supported."""
        return QSize(1024, 600)

    def resizeEvent(self, _event: object) -> None:
        """Place everything again."""
        self._arrangement = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tell of the keys that mean "seen"."""
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_Escape)
        if event.key() in keys:
            self.touched.emit()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Tell of a touch."""
        event.accept()
        self.touched.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw ground, hatch, shape and words."""
        with self.painting() as painter:
            face, placed = self._face, self.arrangement()
            if face is None or placed is None:
                painter.fillRect(self.rect(), QColor(self.theme.window))
                return
            look = self.theme.severities[face.severity]
            painter.fillRect(self.rect(), QColor(look.fill))
            self._paint_hatch(painter, look)
            paint_sign(self.look, painter, face, placed.shape)
            for part in placed.parts:
                _paint_part(painter, part, look)

    def changeEvent(self, event: QEvent) -> None:
        """Place everything again when the language or the font changed."""
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.LanguageChange):
            self._arrangement = None
        super().changeEvent(event)

    def _margin(self) -> float:
        part = 0.055 if self.theme.patterns else 0.03
        return max(self.theme.space(2), part * min(self.height(), self.width()))

    def _paint_hatch(self, painter: QPainter, look: SeverityLook) -> None:
        if not self.theme.patterns:
            return
        thick = 0.04 * min(self.height(), self.width())
        tile = max(4, round(thick))
        brush = hatch(look.pattern, look.on, tile)
        # Stretched by a hair, so that whole tiles fill the window and both edges look alike.
        across, down = (
            side / (max(1, round(side / tile)) * tile) for side in self.size().toTuple()
        )
        brush.setTransform(QTransform.fromScale(across, down))
        painter.fillPath(frame_path(QRectF(self.rect()), thick, thick / 2), brush)


def paint_sign(look: Look, painter: QPainter, face: VerdictFace, box: QRectF) -> None:
    """Draw a verdict's shape: its severity's, or its own."""
    severity = look.theme.severities[face.severity]
    if face.icon:
        look.icons.paint(painter, face.icon, box, severity.on)
    else:
        look.icons.paint_shape(painter, face.severity, box, severity.on, severity.fill)


def _paint_part(painter: QPainter, part: Part, look: SeverityLook) -> None:
    painter.setFont(part.font)
    painter.setPen(QColor(look.on))
    if part.role is Role.WORD:
        metrics = QFontMetricsF(part.font)
        x = part.box.center().x() - metrics.horizontalAdvance(part.text) / 2
        baseline = part.box.center().y() + metrics.capHeight() / 2
        painter.drawText(QPointF(x, baseline), part.text)
        return
    box = part.box
    if part.role is Role.NOTE:
        box = _paint_note_box(painter, part, look)
    flags = int(CENTRE | Qt.TextFlag.TextWordWrap)
    painter.drawText(box, flags, part.text)


def _paint_note_box(painter: QPainter, part: Part, look: SeverityLook) -> QRectF:
    """Frame a note, so that it is not taken for one more fact."""
    inner = part.box.adjusted(part.font.pixelSize(), 0, -part.font.pixelSize(), 0)
    flags = int(CENTRE | Qt.TextFlag.TextWordWrap)
    text = painter.boundingRect(inner, flags, part.text)
    side = part.font.pixelSize()
    frame = QRectF(text.left() - side, part.box.top(), text.width() + 2 * side, part.box.height())
    width = max(2.0, side / 12)
    painter.setPen(QPen(QColor(look.on), width))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    edge = frame.adjusted(width / 2, width / 2, -width / 2, -width / 2)
    painter.drawRoundedRect(edge, side * 0.5, side * 0.5)
    return inner


class VerdictBand(Painted):
    """The last verdict as a slim band, so that a blink is not a loss."""

    mirrors = True

    def __init__(self, look: Look, idle: str = "", parent: QWidget | None = None) -> None:
        """Show the idle words until ``show_face``."""
        super().__init__(look, parent)
        self._face: VerdictFace | None = None
        self._when = ""
        self._idle = idle
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(idle)

    def set_idle(self, words: str) -> None:
        """Change what is said while there is no verdict: the language has changed."""
        if self.accessibleName() == self._idle:
            self.setAccessibleName(words)
        self._idle = words
        self.update()

    def show_face(self, face: VerdictFace | None, when: str = "") -> None:
        """Show a verdict and its time, or the idle words again."""
        self._face, self._when = face, when
        self.setAccessibleName(self._idle if face is None else f"{face.spoken()}. {when}")
        self.update()

    def sizeHint(self) -> QSize:
        """Return the height of one touch row."""
        return QSize(self.theme.px(320), self.theme.px(56))

    def minimumSizeHint(self) -> QSize:
        """Keep the height."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw shape, word, reason and time on the severity's ground."""
        with self.painting() as painter:
            if self._face is None:
                self._paint_idle(painter)
            else:
                self._paint_face(painter, self._face)

    def _paint_idle(self, painter: QPainter) -> None:
        theme = self.theme
        pad = theme.space(2)
        painter.fillRect(self.rect(), QColor(theme.sunken))
        inner = QRectF(self.rect()).adjusted(pad, 0, -pad, 0)
        write(painter, inner, self._idle, theme.font(Size.LEAD), theme.muted)

    def _paint_face(self, painter: QPainter, face: VerdictFace) -> None:
        theme = self.theme
        box = QRectF(self.rect())
        look = theme.severities[face.severity]
        painter.fillRect(box, QColor(look.fill))
        left: float = theme.space(2)
        if theme.patterns:
            left += box.height()
            block = QRectF(0, 0, box.height(), box.height())
            painter.fillRect(block, hatch(look.pattern, look.on, theme.px(20)))
        side = box.height() * 0.6
        shape = QRectF(left, (box.height() - side) / 2, side, side)
        paint_sign(self.look, painter, face, shape)
        self._paint_words(painter, face, look, shape.right() + theme.space(1.5))

    def _paint_words(
        self, painter: QPainter, face: VerdictFace, look: SeverityLook, left: float
    ) -> None:
        theme, height, gap = self.theme, self.height(), self.theme.space(2)
        time_font = theme.font(Size.LEAD, tabular=True)
        time_width = QFontMetricsF(time_font).horizontalAdvance(self._when) + 1
        right = self.width() - gap - time_width
        time_box = QRectF(right, 0, time_width, height)
        write(painter, time_box, self._when, time_font, look.on, RIGHT)
        room = right - left - gap
        word_font = theme.font(Size.TITLE, strong=True)
        word = face.word.replace(SOFT_HYPHEN, "")
        word_width = min(room, QFontMetricsF(word_font).horizontalAdvance(word) + 1)
        write(painter, QRectF(left, 0, word_width, height), word, word_font, look.on)
        room -= word_width + gap
        if room > theme.px(48):
            reason_box = QRectF(left + word_width + gap, 0, room, height)
            write(painter, reason_box, face.note or face.reason, theme.font(Size.LEAD), look.on)
