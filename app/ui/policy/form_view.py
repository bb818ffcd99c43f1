"""The form of an event's rules on the screen: a card for each section, an editor for each field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.ui.policy.editors import EDITORS, Editor
from app.ui.policy.fields import Kind
from app.ui.policy.form import SECTIONS
from app.ui.shells.framed_page import plain_label
from app.ui.widgets.surfaces import Card

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.ui.i18n import Words
    from app.ui.look import Look
    from app.ui.policy.fields import Field


class RulesForm(QWidget):
    """Every section with its fields.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        edited: Hears a field's name and its new text.
    """

    def __init__(self, look: Look, tr: Words, edited: Callable[[str, str], None]) -> None:
        """Be empty until `fill`."""
        super().__init__()
        self._look, self._tr, self._edited = look, tr, edited
        self.editors: dict[str, Editor] = {}
        self.troubles: dict[str, QLabel] = {}
        self._labels: list[tuple[QLabel, str, str]] = []
        self._sections: list[tuple[Card, str]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, look.theme.space(1), 0)
        column.setSpacing(look.theme.space(2))
        for section in SECTIONS:
            card = Card(look)
            self._sections.append((card, section.title))
            for field in section.fields:
                self._add(card, field)
            column.addWidget(card)
        column.addStretch(1)
        self.retranslate()

    def retranslate(self) -> None:
        """Say everything again; the troubles with the next state."""
        tr = self._tr
        for card, title in self._sections:
            card.set_title(tr(title))
        for label, sentence, unit in self._labels:
            label.setText(f"{tr(sentence)} ({tr(unit)})" if unit else tr(sentence))
        for editor in self.editors.values():
            editor.retranslate()

    def fill(self, filled: Mapping[str, str]) -> None:
        """Show a text in each field."""
        for name, text in filled.items():
            self.editors[name].show_text(text)

    def show_troubles(self, troubles: Mapping[str, str]) -> None:
        """Say at each field what is wrong with it, if anything is."""
        for name, label in self.troubles.items():
            trouble = troubles.get(name, "")
            label.setText(self._tr(trouble))
            label.setVisible(bool(trouble))

    def _add(self, card: Card, field: Field) -> None:
        editor = EDITORS[field.kind](self._look, self._tr, field)
        editor.setParent(self)
        editor.edited.connect(self._edited)
        self.editors[field.name] = editor
        if field.label and field.kind is not Kind.CHECK:
            label = plain_label()
            label.setBuddy(editor.widget)
            self._labels.append((label, field.label, field.unit))
            card.column.addWidget(label)
        trouble = plain_label("caption")
        trouble.hide()
        self.troubles[field.name] = trouble
        card.column.addWidget(editor.widget)
        card.column.addWidget(trouble)
