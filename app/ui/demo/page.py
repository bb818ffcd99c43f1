"""The demo's page: the screens of all three roles behind one rail, and a bar that explains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout

from app.ui.demo import words
from app.ui.shells.page import Page
from app.ui.theme import Size
from app.ui.widgets.buttons import TouchButton
from app.ui.widgets.numbers import BigNumber
from app.ui.widgets.surfaces import CaptionBar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.ui.i18n import Words
    from app.ui.look import Look
    from app.ui.shells.desktop import DesktopShell

COLUMNS = 3


class DemoPage(Page):
    """Holds the shell and, under it, the caption with pause and step.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        shell: The rail with kiosk, tickets and sales.

    Signals:
        paused (bool): Nobody shall come, or go on.
        stepped (): One guest shall come.
    """

    paused = Signal(bool)
    stepped = Signal()

    def __init__(self, look: Look, tr: Words, shell: DesktopShell) -> None:
        """Go on, with no caption."""
        super().__init__()
        self._tr = tr
        self.shell = shell
        self._is_paused = False
        self._caption = CaptionBar(look)
        self._pause = TouchButton(look, tr(words.PAUSE), icon="pause")
        self._step = TouchButton(look, tr(words.NEXT), icon="step-forward")
        self._step.setEnabled(False)
        self._pause.clicked.connect(self._toggle)
        self._step.clicked.connect(self.stepped)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(shell, 1)
        bar = QFrame()
        bar.setProperty("part", "bar")
        row = QHBoxLayout(bar)
        row.setContentsMargins(*(look.theme.space(1),) * 4)
        row.setSpacing(look.theme.space(1))
        row.addWidget(self._caption, 1)
        row.addWidget(self._pause)
        row.addWidget(self._step)
        column.addWidget(bar)

    @Slot(str, str)
    def explain(self, sentence: str, aside: str = "") -> None:
        """Show a caption and where in the evening it is."""
        self._caption.show_caption(sentence, aside)

    def retranslate(self) -> None:
        """Say everything again; the caption with the next guest."""
        self.shell.retranslate()
        self._pause.set_text(self._tr(words.GO_ON if self._is_paused else words.PAUSE))
        self._step.set_text(self._tr(words.NEXT))

    def end(self) -> None:
        """Nobody comes any more: take pause and step away."""
        self._pause.hide()
        self._step.hide()

    def leave(self) -> None:
        """Let the shell's pages go."""
        self.shell.leave()

    @Slot()
    def _toggle(self) -> None:
        self._is_paused = not self._is_paused
        self._pause.set_text(self._tr(words.GO_ON if self._is_paused else words.PAUSE))
        self._pause.set_icon("play" if self._is_paused else "pause")
        self._step.setEnabled(self._is_paused)
        self.paused.emit(self._is_paused)


class SummaryPage(Page):
    """The account at the end: the door's figures beside the chain's."""

    def __init__(self, look: Look, tr: Words) -> None:
        """Be empty until the account is read."""
        super().__init__()
        self._tr = tr
        self._agrees: bool | None = None
        self._title = QLabel()
        self._title.setProperty("part", "head")
        self._note = QLabel("")
        self._note.setProperty("part", "lead")
        self._figures = {name: BigNumber(look, "", size=Size.DISPLAY) for name in words.FIGURES}
        grid = QGridLayout()
        grid.setHorizontalSpacing(look.theme.space(4))
        grid.setVerticalSpacing(look.theme.space(5))
        for place, figure in enumerate(self._figures.values()):
            grid.addWidget(figure, place // COLUMNS, place % COLUMNS)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(look.theme.space(5),) * 4)
        column.setSpacing(look.theme.space(3))
        column.addStretch(1)
        column.addWidget(self._title)
        column.addWidget(self._note)
        column.addSpacing(look.theme.space(2))
        column.addLayout(grid)
        column.addStretch(2)
        self.retranslate()

    def retranslate(self) -> None:
        """Say everything again."""
        tr, agrees = self._tr, self._agrees
        known = words.AGREES if agrees else words.DISAGREES
        self._title.setText(tr(words.SETTLING if agrees is None else known))
        self._note.setText("" if agrees is None else tr(words.READ_FROM_CHAIN))
        for name, caption in words.FIGURES.items():
            self._figures[name].set_caption(tr(caption))

    def show_account(self, figures: Mapping[str, int], *, agrees: bool) -> None:
        """Show the figures, named as in ``words.FIGURES``."""
        self._agrees = agrees
        self.retranslate()
        for name, figure in self._figures.items():
            figure.show_value(str(figures[name]))
