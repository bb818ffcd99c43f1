"""A pad of digits for the staff PIN, by touch and by keyboard; it never shows what was entered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from app.domain.pins import LONGEST, SHORTEST, PinState
from app.runtime.courier import Courier
from app.ui import texts
from app.ui.lock import words
from app.ui.widgets.buttons import PrimaryButton, TouchButton
from app.ui.widgets.painted import Painted

if TYPE_CHECKING:
    from app.domain.pins import PinResult
    from app.runtime.pin_desk import PinAsker
    from app.ui.i18n import Words
    from app.ui.look import Look

KEY = 72
TICK_MS = 1_000


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


class PinDots(Painted):
    """One dot for each digit entered, in a row."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        """Show no digit."""
        super().__init__(look, parent)
        self.count = 0

    def show_count(self, count: int) -> None:
        """Show so many dots."""
        self.count = count
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for the longest PIN."""
        return QSize(self.theme.px(24 * LONGEST), self.theme.px(32))

    def minimumSizeHint(self) -> QSize:
        """Keep the height."""
        return QSize(self.theme.px(24 * SHORTEST), self.theme.px(32))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw full dots for digits, hollow ones up to the shortest PIN."""
        theme, size, step = self.theme, self.theme.px(12), self.theme.px(24)
        shown = max(self.count, SHORTEST)
        left = (self.width() - shown * step) / 2 + (step - size) / 2
        with self.painting() as painter:
            for place in range(shown):
                box = QRectF(left + place * step, (self.height() - size) / 2, size, size)
                painter.setPen(QColor(theme.text if place < self.count else theme.control))
                full = place < self.count
                painter.setBrush(QColor(theme.text) if full else Qt.BrushStyle.NoBrush)
                painter.drawEllipse(box)


class PinPad(QWidget):
    """Asks for the staff PIN and says what became of it.

    Digits, Backspace, Enter and Escape work from the keyboard wherever the focus is inside.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        ask: Looks at a PIN elsewhere; see `app.runtime.pin_desk.PinDesk.ask`.
        cancel: Words of the way back; empty: there is none.
        parent: The widget it lies in.

    Signals:
        accepted (): The PIN was right.
        cancelled (): The person gave up.
    """

    accepted = Signal()
    cancelled = Signal()

    def __init__(
        self,
        look: Look,
        tr: Words,
        ask: PinAsker,
        *,
        cancel: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """Be empty and ready."""
        super().__init__(parent)
        self._look, self._tr, self._ask, self._cancel_words = look, tr, ask, cancel
        self._pin, self._left, self._busy = "", 0.0, False
        self._courier = Courier(self)
        self._tick = QTimer(self, interval=TICK_MS)
        self._tick.timeout.connect(self._second_passed)
        self.dots = PinDots(look)
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.keys = {digit: TouchButton(look, digit) for digit in "1234567890"}
        for key in self.keys.values():
            key.setProperty("part", "digit")
        self.back = TouchButton(look, "", icon="delete", spoken=tr(_("Delete the last digit")))
        self.enter = PrimaryButton(look, "", icon="check", spoken=tr(_("Enter")))
        self.cancel = TouchButton(look, tr(cancel) if cancel else "")
        self.cancel.setVisible(bool(cancel))
        self._lay_out()
        self._connect()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._show()

    def reset(self) -> None:
        """Forget what was entered; a wait that runs goes on."""
        self._pin = ""
        if not self._tick.isActive() and not self._busy:
            self._say("")
        self._show()
        self.setFocus()

    def close_pad(self) -> None:
        """Hear no more answers and forget everything; may be called again."""
        self._tick.stop()
        self._courier.close()
        self._pin = ""

    def retranslate(self) -> None:
        """Say everything again in the language in force."""
        self.setAccessibleName(self._tr(_("Staff PIN")))
        self.cancel.set_text(self._tr(self._cancel_words) if self._cancel_words else "")
        self.back.setAccessibleName(self._tr(_("Delete the last digit")))
        self.enter.setAccessibleName(self._tr(_("Enter")))
        self._show()

    # ── what is entered ───────────────────────────────────────────────────────────────────────────

    def add(self, digit: str) -> None:
        """Take one digit."""
        if self._takes_digits and len(self._pin) < LONGEST:
            self._pin += digit
            self._say("")
            self._show()

    @Slot()
    def remove(self) -> None:
        """Take the last digit back."""
        self._pin = self._pin[:-1]
        self._show()

    @Slot()
    def submit(self) -> None:
        """Have the PIN looked at."""
        if not self._takes_digits or len(self._pin) < SHORTEST:
            return
        pin, self._pin, self._busy = self._pin, "", True
        self._say(self._tr(_("Checking …")))
        self._show()
        self._courier.follow(self._ask(pin), self._answered, self._failed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take digits and the keys that go with them."""
        text, key = event.text(), event.key()
        if len(text) == 1 and text in self.keys:
            if not event.isAutoRepeat():
                self.add(text)
        elif key == Qt.Key.Key_Backspace:
            self.remove()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.submit()
        elif key == Qt.Key.Key_Escape and self._cancel_words:
            self._give_up()
        else:
            super().keyPressEvent(event)

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    @property
    def _takes_digits(self) -> bool:
        return not self._busy and not self._tick.isActive()

    def _answered(self, result: PinResult) -> None:
        self._busy = False
        self._say(words.answer(result, self._tr))
        if result.state is PinState.LOCKED:
            self._left = result.wait_seconds
            self._tick.start()
        self._show()
        if result.accepted:
            self.accepted.emit()

    def _failed(self, code: str) -> None:
        self._busy = False
        text = texts.trouble(code)
        self._say(f"{self._tr(text.says)} {self._tr(text.do)}")
        self._show()

    @Slot()
    def _second_passed(self) -> None:
        # For the eyes only: whether the wait is over is decided where the PIN is looked at.
        self._left -= TICK_MS / 1_000
        if self._left > 0:
            self._say(words.locked(self._left, self._tr))
            return
        self._tick.stop()
        self._say("")
        self._show()

    @Slot()
    def _give_up(self) -> None:
        self.reset()
        self.cancelled.emit()

    def _say(self, sentence: str) -> None:
        self.message.setText(sentence)
        self.setAccessibleDescription(sentence)

    def _show(self) -> None:
        free = self._takes_digits
        self.dots.show_count(len(self._pin))
        self.dots.setAccessibleName(words.entered(len(self._pin), self._tr))
        for key in self.keys.values():
            key.setEnabled(free)
        self.back.setEnabled(bool(self._pin))
        self.enter.setEnabled(free and len(self._pin) >= SHORTEST)

    def _lay_out(self) -> None:
        space = self._look.theme.space
        grid = QGridLayout()
        grid.setSpacing(space(1))
        places = [*"123456789", "back", "0", "enter"]
        for place, name in enumerate(places):
            button = {"back": self.back, "enter": self.enter}.get(name) or self.keys[name]
            button.setMinimumWidth(self._look.theme.px(KEY))
            # What the keyboard says goes to the pad, which stays the one place that has the focus.
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            grid.addWidget(button, place // 3, place % 3)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(space(1.5))
        column.addWidget(self.dots)
        self.message.setMinimumHeight(self._look.theme.px(40))
        column.addWidget(self.message)
        column.addLayout(grid)
        column.addWidget(self.cancel)
        self.setAccessibleName(self._tr(_("Staff PIN")))

    def _connect(self) -> None:
        for digit, key in self.keys.items():
            key.clicked.connect(lambda _checked=False, digit=digit: self.add(digit))
        self.back.clicked.connect(self.remove)
        self.enter.clicked.connect(self.submit)
        self.cancel.clicked.connect(self._give_up)
