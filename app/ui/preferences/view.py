"""Settings of the desktop: the language and the theme, both in force at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel

from app.ui.i18n import LANGUAGES, Said
from app.ui.look import ThemeChoice
from app.ui.shells.framed_page import FramedPage, plain_label
from app.ui.shells.page import Screen
from app.ui.widgets.buttons import TouchButton
from app.ui.widgets.surfaces import Card

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.ui.i18n import Words
    from app.ui.look import Look


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


TITLE = _("Settings")
THEMES = {
    ThemeChoice.SYSTEM: _("As the system"),
    ThemeChoice.LIGHT: _("Light"),
    ThemeChoice.DARK: _("Dark"),
    ThemeChoice.CONTRAST: _("High contrast"),
}


@dataclass(frozen=True, slots=True)
class Choices:
    """What happens when a person chooses.

    Args:
        language: With a language's code.
        theme: With a theme.
    """

    language: Callable[[str], None]
    theme: Callable[[ThemeChoice], None]


class PreferencesView(FramedPage):
    """The settings page.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        choices: Puts a choice in force.
    """

    def __init__(self, look: Look, tr: Words, choices: Choices) -> None:
        """Offer languages and themes."""
        super().__init__(look)
        self._look, self._tr = look, tr
        self._say = Said(tr)
        self._say(self.title.setText, TITLE)
        self.languages = {each.code: TouchButton(look, each.name) for each in LANGUAGES}
        self.themes = {choice: TouchButton(look, "") for choice in THEMES}
        for code, button in self.languages.items():
            button.clicked.connect(lambda _on=False, code=code: choices.language(code))
        for choice, button in self.themes.items():
            self._say(button.set_text, THEMES[choice])
            button.clicked.connect(lambda _on=False, choice=choice: choices.theme(choice))
        card = Card(look)
        card.column.addWidget(self._caption(_("Language")))
        card.column.addLayout(self._row(list(self.languages.values())))
        card.column.addWidget(self._caption(_("Ctrl+Shift+L changes the language everywhere.")))
        card.column.addSpacing(look.theme.space(2))
        card.column.addWidget(self._caption(_("Theme")))
        card.column.addLayout(self._row(list(self.themes.values())))
        card.column.addStretch(1)
        self.middle.addWidget(card)
        look.changed.connect(self._show)
        self._show()

    def retranslate(self) -> None:
        """Say everything again."""
        self._say.again()
        self._show()

    @Slot()
    def _show(self) -> None:
        language, theme = self.languages.get(self._tr.language), self.themes[self._look.choice]
        for button in (language, theme):
            if button is not None:
                button.setChecked(True)

    def _row(self, buttons: list[TouchButton]) -> QHBoxLayout:
        row, group = QHBoxLayout(), QButtonGroup(self)
        for button in buttons:
            button.setCheckable(True)
            group.addButton(button)
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _caption(self, sentence: str) -> QLabel:
        label = plain_label("caption")
        self._say(label.setText, sentence)
        return label


def screens(look: Look, tr: Words, choices: Choices) -> tuple[Screen, ...]:
    """Return the settings' entry of the rail."""
    make = Screen("settings", TITLE, "settings", lambda: PreferencesView(look, tr, choices))
    return (make,)
