"""The frame of every desk page: title, one primary action, filters in one row, a note, content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from app.ui import texts
from app.ui.shells.page import Page

if TYPE_CHECKING:
    from app.ui.i18n import Words
    from app.ui.look import Look


class FramedPage(Page):
    """A page with the desk's frame; fill ``top_row``, ``filters`` and ``middle``.

    Args:
        look: The look in force.
    """

    def __init__(self, look: Look) -> None:
        """Lay an empty frame out."""
        super().__init__()
        space = look.theme.space
        self.title, self.note = plain_label("head", wrap=False), plain_label("muted")
        self.note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.note.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.note.hide()
        self.top_row, self.filters = QHBoxLayout(), QHBoxLayout()
        self.top_row.setSpacing(space(1))
        self.filters.setSpacing(space(2))
        self.middle = QStackedWidget()
        top = QHBoxLayout()
        top.addWidget(self.title)
        top.addStretch(1)
        top.addLayout(self.top_row)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(space(4), space(3), space(4), space(3))
        self.column.setSpacing(space(2))
        self.column.addLayout(top)
        self.column.addLayout(self.filters)
        self.column.addWidget(self.note)
        self.column.addWidget(self.middle, 1)

    def show_note(self, words: str) -> None:
        """Say something under the filters; nothing: no line."""
        self.note.setText(words)
        self.note.setVisible(bool(words))

    def show_trouble(self, code: str, tr: Words, detail: str = "") -> None:
        """Say environment trouble by its code, empty: none."""
        text = texts.trouble(code) if code else None
        said = "" if text is None else f"{tr(text.says)} {tr(text.do)}"
        self.show_note(f"{said}\n{detail}" if said and detail else said)


def plain_label(part: str = "", *, wrap: bool = True) -> QLabel:
    """Make a label for plain text, whose look is its part's."""
    made = QLabel()
    made.setProperty("part", part)
    made.setWordWrap(wrap)
    made.setTextFormat(Qt.TextFormat.PlainText)
    return made


def side_by_side(look: Look, *widgets: tuple[QWidget, int]) -> QWidget:
    """Put widgets into one row, each with its stretch."""
    content = QWidget()
    row = QHBoxLayout(content)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(look.theme.space(2))
    for widget, stretch in widgets:
        row.addWidget(widget, stretch)
    return content
