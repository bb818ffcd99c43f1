"""Cards, empty pages and the demo's captions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.ui.theme import Size
from app.ui.widgets.buttons import PrimaryButton
from app.ui.widgets.painted import RIGHT, Painted, stand_upright, write

if TYPE_CHECKING:
    from app.ui.look import Look

_MIDDLE = Qt.AlignmentFlag.AlignHCenter


class Card(QFrame):
    """A surface with a hairline; put content into ``column``."""

    def __init__(self, look: Look, title: str = "", parent: QWidget | None = None) -> None:
        """Make an empty card, with a title if there is one."""
        super().__init__(parent)
        self._look = look
        self.setProperty("part", "card")
        self.setAccessibleName(title)
        self.column = QVBoxLayout(self)
        self.title = QLabel(title)
        self.title.setProperty("part", "title")
        self.title.setVisible(bool(title))
        self.title.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.column.addWidget(self.title)
        look.changed.connect(self._measure)
        self._measure()

    def set_title(self, title: str) -> None:
        """Change the title."""
        self.title.setText(title)
        self.title.setVisible(bool(title))
        self.setAccessibleName(title)

    @Slot()
    def _measure(self) -> None:
        pad = self._look.theme.space(2)
        self.column.setContentsMargins(pad, pad, pad, pad)
        self.column.setSpacing(self._look.theme.space(1))


class _Picture(Painted):
    """An icon as big as a figure."""

    def __init__(self, look: Look, icon: str, parent: QWidget) -> None:
        super().__init__(look, parent)
        self._icon = icon

    def sizeHint(self) -> QSize:
        return QSize(self.theme.px(Size.DISPLAY), self.theme.px(Size.DISPLAY))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        with self.painting() as painter:
            self.look.icons.paint(painter, self._icon, QRectF(self.rect()), self.theme.muted)


class EmptyState(QWidget):
    """A page with nothing on it yet: what is, what to do, and the button that does it.

    Signals:
        asked(): The button was pressed.
    """

    asked = Signal()

    def __init__(
        self,
        look: Look,
        icon: str,
        sentence: str,
        what_to_do: str,
        *,
        action: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """Show icon, sentences and, where there is an action, its button."""
        super().__init__(parent)
        self._look = look
        self._column = QVBoxLayout(self)
        self._column.addStretch(2)
        self._column.addWidget(_Picture(look, icon, self), 0, _MIDDLE)
        self._sentence = self._label("title")
        self._what_to_do = self._label("lead")
        self._button = PrimaryButton(look, action)
        self._button.clicked.connect(self.asked)
        self._column.addWidget(self._button, 0, _MIDDLE)
        self._column.addStretch(3)
        look.changed.connect(self._measure)
        self._measure()
        self.show_words(sentence, what_to_do, action)

    def show_words(self, sentence: str, what_to_do: str, action: str = "") -> None:
        """Say something else, or the same in another language."""
        self._sentence.setText(sentence)
        self._what_to_do.setText(what_to_do)
        self._button.set_text(action)
        self._button.setVisible(bool(action))
        self.setAccessibleName(f"{sentence} {what_to_do}".strip())

    def _label(self, part: str) -> QLabel:
        label = QLabel()
        label.setProperty("part", part)
        label.setWordWrap(True)
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._column.addWidget(label)
        return label

    @Slot()
    def _measure(self) -> None:
        pad = self._look.theme.space(3)
        self._column.setContentsMargins(pad, pad, pad, pad)
        self._column.setSpacing(self._look.theme.space(2))


class CaptionBar(Painted):
    """One line that explains what happens on screen, with where in the story it is."""

    mirrors = True

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        """Show nothing until ``show_caption``."""
        super().__init__(look, parent)
        self._text, self._aside = "", ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_caption(self, text: str, aside: str = "") -> None:
        """Show a sentence and, at the right, such as "3 / 12"."""
        self._text, self._aside = text, aside
        self.setAccessibleName(f"{text} {aside}".strip())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return a bar of two lines of words at most."""
        return QSize(self.theme.px(320), self.theme.px(72))

    def minimumSizeHint(self) -> QSize:
        """Keep the height."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the sentence on the accent's soft ground."""
        theme, pad = self.theme, self.theme.space(2)
        with self.painting() as painter:
            painter.fillRect(self.rect(), QColor(theme.accent_soft))
            painter.fillRect(0, 0, theme.px(4), self.height(), QColor(theme.accent_text))
            aside_font = theme.font(Size.BODY, tabular=True)
            wide = QFontMetricsF(aside_font).horizontalAdvance(self._aside) + 1
            right = self.width() - pad
            aside = QRectF(right - wide, 0, wide, self.height())
            write(painter, aside, self._aside, aside_font, theme.muted, RIGHT)
            left = pad + theme.px(4)
            room = QRectF(left, 0, right - wide - pad - left, self.height())
            stand_upright(painter, room)
            painter.setFont(theme.font(Size.LEAD))
            painter.setPen(QColor(theme.text))
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(room, int(flags), self._text)
