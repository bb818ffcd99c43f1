"""The row in which a guest chooses a language."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QWidget

from app.ui.i18n import LANGUAGES
from app.ui.widgets.buttons import TouchButton

if TYPE_CHECKING:
    from app.ui.look import Look


class LanguageRow(QWidget):
    """One button for each language, each in its own words.

    Signals:
        chosen (str): The code of a language.
    """

    chosen = Signal(str)

    def __init__(self, look: Look) -> None:
        """Show none as chosen."""
        super().__init__()
        self.buttons: dict[str, TouchButton] = {}
        group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(look.theme.space(1))
        for language in LANGUAGES:
            button = TouchButton(look, language.name)
            button.setCheckable(True)
            button.clicked.connect(partial(self._choose, language.code))
            group.addButton(button)
            row.addWidget(button)
            self.buttons[language.code] = button

    def show_chosen(self, code: str) -> None:
        """Mark a language."""
        button = self.buttons.get(code.partition("-")[0])
        if button is not None:
            button.setChecked(True)

    def _choose(self, code: str, _checked: object = None) -> None:
        self.chosen.emit(code)
