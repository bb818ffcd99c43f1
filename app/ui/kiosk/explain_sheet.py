"""The card behind each thing of the status line: what it means, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QLabel, QWidget

from app.ui.kiosk.explanations import Explanation, Remedy
from app.ui.kiosk.sheet import Sheet
from app.ui.widgets.buttons import TouchButton

if TYPE_CHECKING:
    from app.ui.i18n import Words
    from app.ui.look import Look


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


class ExplainSheet(Sheet):
    """Shows one explanation.

    Signals:
        wanted (Remedy): The button that does something about it was pressed.
    """

    wide = 560
    wanted = Signal(object)

    def __init__(self, look: Look, tr: Words, parent: QWidget) -> None:
        """Explain nothing yet."""
        super().__init__(look, tr, "", _("Go on"), parent)
        self._remedy = Remedy.NONE
        self.facts = _label("lead")
        self.what_to_do = _label("lead")
        self.act = TouchButton(look, "")
        self.act.clicked.connect(self._act)
        self.content.addWidget(self.facts)
        self.content.addWidget(self.what_to_do)
        self.content.addStretch(1)
        self.foot.insertWidget(0, self.act)

    def explain(self, explanation: Explanation) -> None:
        """Open with an explanation."""
        self.set_title(explanation.title)
        self.facts.setText("\n".join(explanation.facts))
        self.facts.setVisible(bool(explanation.facts))
        self.what_to_do.setText(explanation.what_to_do)
        self.what_to_do.setVisible(bool(explanation.what_to_do))
        self._remedy = explanation.remedy
        self.act.set_text(explanation.button)
        self.act.setVisible(explanation.remedy is not Remedy.NONE)
        self.open_over()

    @Slot()
    def _act(self) -> None:
        if self._remedy is not Remedy.SOUNDS:
            self.put_away()
        self.wanted.emit(self._remedy)


def _label(part: str) -> QLabel:
    label = QLabel()
    label.setProperty("part", part)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label
