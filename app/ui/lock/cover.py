"""What lies over a locked kiosk until staff opens it: the PIN, and the passphrase of its keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from app.runtime.courier import Courier
from app.ui import texts
from app.ui.lock.pin_pad import PinPad
from app.ui.shells.page import Page
from app.ui.widgets.buttons import PrimaryButton, TouchButton
from app.ui.widgets.surfaces import Card

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from PySide6.QtGui import QResizeEvent

    from app.runtime.pin_desk import PinAsker
    from app.ui.i18n import Words
    from app.ui.look import Look

    Unlock = Callable[[str], Future[None]]
    """Opens the sealed keys; the future fails with a ``KeyTrouble``."""

_WIDEST = 480


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


class _Passphrase(QWidget):
    """Asks for the passphrase of the sealed keys; it may wait."""

    done = Signal()

    def __init__(self, look: Look, tr: Words, unlock: Unlock) -> None:
        super().__init__()
        self._tr, self._unlock = tr, unlock
        self._courier = Courier(self)
        self.field = QLineEdit()
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setMinimumHeight(look.theme.px(56))
        self.why, self.message = QLabel(), QLabel()
        for label in (self.why, self.message):
            label.setWordWrap(True)
        self.open = PrimaryButton(look, "", icon="key-round")
        self.later = TouchButton(look, "")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.theme.space(1.5))
        for widget in (self.why, self.field, self.message, self.open, self.later):
            column.addWidget(widget)
        self.open.clicked.connect(self._try)
        self.field.returnPressed.connect(self._try)
        self.later.clicked.connect(self._finish)
        self.retranslate()

    def retranslate(self) -> None:
        tr = self._tr
        self.why.setText(
            tr(
                _(
                    "Check-ins are signed with keys that a passphrase seals. Without it guests are"
                    " let in all the same, and the check-ins wait."
                )
            )
        )
        self.field.setAccessibleName(tr(_("Passphrase")))
        self.field.setPlaceholderText(tr(_("Passphrase")))
        self.open.set_text(tr(_("Open the keys")))
        self.later.set_text(tr(_("Later")))

    def close_page(self) -> None:
        self._courier.close()
        self.field.clear()

    @Slot()
    def _try(self) -> None:
        words = self.field.text()
        if not words:
            return
        self.field.clear()
        self._enable(usable=False)
        self.message.setText(self._tr(_("Checking …")))
        self._courier.follow(self._unlock(words), lambda _opened: self._finish(), self._failed)

    def _failed(self, code: str) -> None:
        text = texts.trouble(code)
        self.message.setText(f"{self._tr(text.says)} {self._tr(text.do)}")
        self._enable(usable=True)
        self.field.setFocus()

    @Slot()
    def _finish(self) -> None:
        self._enable(usable=True)
        self.message.clear()
        self.done.emit()

    def _enable(self, *, usable: bool) -> None:
        for widget in (self.field, self.open, self.later):
            widget.setEnabled(usable)


class KioskCover(Page):
    """Lies over the whole kiosk, which is ready behind it, until staff has opened it.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        ask: Looks at a PIN elsewhere.
        parent: What it lies over.
        unlock: Opens the sealed keys; None: nothing has to be opened.

    Signals:
        opened (): Staff has opened the kiosk; the cover is gone.
    """

    opened = Signal()

    def __init__(
        self,
        look: Look,
        tr: Words,
        ask: PinAsker,
        parent: QWidget,
        *,
        unlock: Unlock | None = None,
    ) -> None:
        """Lie there at once."""
        super().__init__(parent)
        self._tr, self._below = tr, parent
        self.title, self.what = QLabel(), QLabel()
        self.title.setProperty("part", "head")
        self.what.setProperty("part", "lead")
        for label in (self.title, self.what):
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.pad = PinPad(look, tr, ask)
        self.passphrase = _Passphrase(look, tr, unlock) if unlock is not None else None
        self._steps = QStackedWidget()
        self._steps.addWidget(self.pad)
        self.pad.accepted.connect(self._pin_was_right)
        if self.passphrase is not None:
            self._steps.addWidget(self.passphrase)
            self.passphrase.done.connect(self._finish)
        self._lay_out(look)
        parent.installEventFilter(self)
        self.retranslate()
        self.setGeometry(parent.rect())
        self.show()
        self.raise_()
        self.pad.setFocus()

    def retranslate(self) -> None:
        """Say everything again."""
        self.title.setText(self._tr(_("This door is ready")))
        self.what.setText(self._tr(_("Enter the staff PIN to begin scanning.")))
        self.pad.retranslate()
        if self.passphrase is not None:
            self.passphrase.retranslate()

    def leave(self) -> None:
        """Hear no more answers."""
        self.pad.close_pad()
        if self.passphrase is not None:
            self.passphrase.close_page()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as big as the parent, and above what it shows."""
        if watched is self._below and event.type() in (
            QEvent.Type.Resize,
            QEvent.Type.LayoutRequest,
        ):
            self.setGeometry(self._below.rect())
            self.raise_()
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what small windows have no room for."""
        super().resizeEvent(event)
        self.what.setVisible(self.height() >= self._look_height)

    def _lay_out(self, look: Look) -> None:
        theme = look.theme
        self._look_height = theme.px(600)
        card = Card(look)
        card.setMaximumWidth(theme.px(_WIDEST))
        card.column.addWidget(self._steps)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(card, 3)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.space(2),) * 4)
        column.setSpacing(theme.space(1))
        column.addStretch(1)
        column.addWidget(self.title)
        column.addWidget(self.what)
        column.addLayout(row)
        column.addStretch(2)

    @Slot()
    def _pin_was_right(self) -> None:
        if self.passphrase is None:
            self._finish()
            return
        self.what.setText("")
        self._steps.setCurrentWidget(self.passphrase)
        self.passphrase.field.setFocus()

    @Slot()
    def _finish(self) -> None:
        self.leave()
        self.hide()
        self.opened.emit()
