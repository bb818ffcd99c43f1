"""The first screen: a door, the desk, or my tickets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPen
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout

from app.ui.i18n import LANGUAGES, Said
from app.ui.shells.page import Page
from app.ui.theme import Size
from app.ui.widgets.buttons import TouchButton
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

    def set_words(self, title: str, sentence: str) -> None:
        """Say the same in another language."""
        self._title, self._sentence = title, sentence
        self.setAccessibleName(title)
        self.setAccessibleDescription(sentence)
        self.update()

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
    """Asks once what this computer is for, and in which language.

    Args:
        look: The look in force.
        tr: Words of the language in force.

    Signals:
        chosen (str): A role's value.
        language_chosen (str): A language's code.
    """

    chosen = Signal(str)
    language_chosen = Signal(str)

    def __init__(self, look: Look, tr: Words) -> None:
        """Offer the roles."""
        super().__init__()
        self._look, self._tr = look, tr
        self._say = Said(tr)
        self.cards = {role: RoleCard(look, words.icon, "", "") for role, words in ROLES.items()}
        self.languages = {each.code: TouchButton(look, each.name) for each in LANGUAGES}
        self._lay_out()
        self.setFocusProxy(self.cards[Role.DOOR])
        self.retranslate()

    def retranslate(self) -> None:
        """Say everything again, the language having changed."""
        self._say.again()
        for role, words in ROLES.items():
            self.cards[role].set_words(self._tr(words.title), self._tr(words.sentence))
        for code, button in self.languages.items():
            button.setChecked(code == self._tr.language)

    def _lay_out(self) -> None:
        space = self._look.theme.space
        row = QHBoxLayout()
        row.setSpacing(space(3))
        for role, card in self.cards.items():
            card.chosen.connect(lambda role=role: self.chosen.emit(role.value))
            card.setMaximumWidth(self._look.theme.px(360))
            row.addWidget(card)
        languages, group = QHBoxLayout(), QButtonGroup(self)
        languages.addStretch(1)
        for code, button in self.languages.items():
            button.setCheckable(True)
            group.addButton(button)
            button.clicked.connect(lambda _on=False, code=code: self.language_chosen.emit(code))
            languages.addWidget(button)
        languages.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(space(4), space(4), space(4), space(4))
        column.setSpacing(space(3))
        column.addStretch(2)
        column.addWidget(self._line("head", _("What is this computer for?")))
        column.addLayout(row)
        column.addWidget(
            self._line("muted", _("It is remembered; the command line can open another one."))
        )
        column.addStretch(3)
        column.addLayout(languages)

    def _line(self, part: str, sentence: str) -> QLabel:
        line = QLabel()
        line.setProperty("part", part)
        line.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._say(line.setText, sentence)
        return line
