"""The first screen: a door, the desk, or my tickets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout

from app.ui.shells.page import Page
from app.ui.theme import Size
from app.ui.widgets.painted import Painted

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent

    from app.ui.i18n import Words
    from app.ui.look import Look


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


class Role(StrEnum):
    """What this computer is used for; the value is the command that opens it."""

    DOOR = "kiosk"
    DESK = "desk"
    WALLET = "wallet"


@dataclass(frozen=True, slots=True)
class RoleWords:
    """How a role is offered."""

    icon: str
    title: str
    sentence: str


ROLES: dict[Role, RoleWords] = {
    Role.DOOR: RoleWords("scan-line", _("Door"), _("Scan tickets and let guests in.")),
    Role.DESK: RoleWords("chart-column", _("Desk"), _("Follow sales and arrivals of your events.")),
    Role.WALLET: RoleWords("ticket", _("My tickets"), _("Show your ticket's code at the door.")),
}


class RoleCard(Painted):
    """A big thing to touch: icon, title, one sentence.

    Signals:
        chosen (): It was touched, or Enter or Space pressed on it.
    """

    chosen = Signal()

    def __init__(self, look: Look, icon: str, title: str, sentence: str) -> None:
        """Offer a role."""
        super().__init__(look)
        self._icon, self._title, self._sentence = icon, title, sentence
        self._hovered = False
        self.setAccessibleName(title)
        self.setAccessibleDescription(sentence)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the size of a card."""
        return QSize(self.theme.px(280), self.theme.px(248))

    def minimumSizeHint(self) -> QSize:
        """Return the least that holds the words."""
        return QSize(self.theme.px(180), self.theme.px(248))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose on Enter and Space."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose on a touch that ends here."""
        if self.rect().contains(event.position().toPoint()):
            self.chosen.emit()

    def enterEvent(self, _event: object) -> None:  # noqa: N802 - Qt's name
        """Answer to the pointer."""
        self._hovered = True
        self.update()

    def leaveEvent(self, _event: object) -> None:  # noqa: N802 - Qt's name
        """Answer to the pointer."""
        self._hovered = False
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the card."""
        theme = self.theme
        with self.painting() as painter:
            box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
            painter.setPen(QPen(QColor(theme.control if self._hovered else theme.border), 1))
            painter.setBrush(QColor(theme.surface))
            painter.drawRoundedRect(box, theme.px(12), theme.px(12))
            side = theme.px(Size.DISPLAY)
            icon = QRectF((self.width() - side) / 2, theme.space(4), side, side)
            self.look.icons.paint(painter, self._icon, icon, theme.accent_text)
            text = box.adjusted(theme.space(2), 0, -theme.space(2), 0)
            text.setTop(icon.bottom() + theme.space(2))
            flags = int(
                Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            )
            title = theme.font(Size.HEAD, strong=True)
            painter.setFont(title)
            painter.setPen(QColor(theme.text))
            painter.drawText(text, flags, self._title)
            text.setTop(text.top() + QFontMetricsF(title).height() + theme.space(1))
            painter.setFont(theme.font(Size.LEAD))
            painter.setPen(QColor(theme.muted))
            painter.drawText(text, flags, self._sentence)
            self.paint_focus(painter, theme.px(12))


class RoleChooser(Page):
    """Asks once what this computer is for.

    Signals:
        chosen (str): A role's value.
    """

    chosen = Signal(str)

    def __init__(self, look: Look, tr: Words) -> None:
        """Offer the roles."""
        super().__init__()
        space = look.theme.space
        heading = QLabel(tr(_("What is this computer for?")))
        heading.setProperty("part", "head")
        heading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        note = QLabel(tr(_("It is remembered; the command line can open another one.")))
        note.setProperty("part", "muted")
        note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.cards = {
            role: RoleCard(look, words.icon, tr(words.title), tr(words.sentence))
            for role, words in ROLES.items()
        }
        row = QHBoxLayout()
        row.setSpacing(space(3))
        for role, card in self.cards.items():
            card.chosen.connect(lambda role=role: self.chosen.emit(role.value))
            card.setMaximumWidth(look.theme.px(360))
            row.addWidget(card)
        column = QVBoxLayout(self)
        column.setContentsMargins(space(4), space(4), space(4), space(4))
        column.setSpacing(space(3))
        column.addStretch(2)
        column.addWidget(heading)
        column.addLayout(row)
        column.addWidget(note)
        column.addStretch(3)
        self.setFocusProxy(self.cards[Role.DOOR])
