"""Scanner guns that pretend to be keyboards: told from people by how fast they type.

Every key without Ctrl, Alt or Meta is held back for the blink of an eye. If the next one follows
at a gun's pace, it is a gun's: nothing of it reaches a field, a button or a shortcut. If not, it
was a person's and goes where it was meant to, a twentieth of a second late.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QInputMethodEvent, QKeyEvent
from shiboken6 import isValid

from app.scan.gun_text import MOST_CHARACTERS, meant

if TYPE_CHECKING:
    from collections.abc import Callable

_KEYS: Final = frozenset(
    {QEvent.Type.KeyPress, QEvent.Type.KeyRelease, QEvent.Type.ShortcutOverride}
)
_COMMANDS: Final = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)
_MODIFIERS: Final = frozenset(
    {
        *(Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta),
        *(Qt.Key.Key_AltGr, Qt.Key.Key_CapsLock, Qt.Key.Key_NumLock),
    }
)
_ENDS: Final = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab})
_GRACE_MS: Final = 5
_TRAIL_SECONDS: Final = 0.3  # after a code; an Enter within it is the gun's
_DEAD: Final = {
    Qt.Key.Key_Dead_Grave: "`",
    Qt.Key.Key_Dead_Acute: "\u00b4",
    Qt.Key.Key_Dead_Circumflex: "^",
    Qt.Key.Key_Dead_Diaeresis: "¨",
}


@dataclass(frozen=True, slots=True)
class WedgeSettings:
    """How the guns at this door are set.

    Args:
        prefix: Characters that a gun types before each code; they are taken off. They need not be
            there: a gun is known by its pace.
        suffix: Characters that it types after each code, taken off as well. Enter or Tab at the
            end are always taken; a gun that sends neither ends by falling silent.
        pace_ms: The longest pause between two of its keys, in milliseconds. People who type fast
            need 80; slow radio guns may want 60.
        least: How many characters at that pace make a gun; fewer are a person's.
    """

    prefix: str = ""
    suffix: str = ""
    pace_ms: int = 45
    least: int = 6


@dataclass(frozen=True, slots=True)
class _Held:
    """One event that was held back, and whom it was for."""

    receiver: QObject
    event: QKeyEvent | None
    text: str


class WedgeFilter(QObject):
    """Listens to all keys of the program; lives on the main thread.

    Args:
        settings: How the guns are set.
        clock: Monotonic seconds; for events without a time of their own, and for silence.

    Signals:
        scanned (str): What a gun read, with the keyboard's layout undone.
    """

    scanned = Signal(str)

    def __init__(
        self,
        settings: WedgeSettings | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        """Hear nothing before `install`."""
        super().__init__(parent)
        self.settings = settings or WedgeSettings()
        self._clock = clock
        self._held: list[_Held] = []
        self._down: set[int] = set()  # keys whose release is a gun's, too
        self._last_key = float("-inf")  # by the time of the events: the main thread may have waited
        self._last_arrival = float("-inf")
        self._delivered = float("-inf")
        self._replaying = False
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._look_again)

    def install(self) -> None:
        """Begin to listen."""
        program = QCoreApplication.instance()
        if program is not None:
            program.installEventFilter(self)

    def remove(self) -> None:
        """Stop listening, and let a person have what is held."""
        program = QCoreApplication.instance()
        if program is not None:
            program.removeEventFilter(self)
        self._timer.stop()
        self._give_back()

    # ── events ────────────────────────────────────────────────────────────────────────────────────

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hold back what may be a gun's; see `QObject.eventFilter`."""
        if self._replaying or not watched.isWidgetType():
            return False
        if isinstance(event, QInputMethodEvent):
            return self._take_composed(watched, event)
        if event.type() not in _KEYS or not isinstance(event, QKeyEvent):
            return False
        if event.type() is QEvent.Type.ShortcutOverride:
            return self._override(event)
        if event.type() is QEvent.Type.KeyRelease:
            return self._release(watched, event)
        return self._press(watched, event)

    def _override(self, event: QKeyEvent) -> bool:
        """Keep a gun's keys from shortcuts: what is accepted here comes again as a key."""
        if not (self._may_be_a_guns(event) or self._is_gun()) or event.key() in _MODIFIERS:
            return False
        event.accept()
        return True

    def _press(self, watched: QObject, event: QKeyEvent) -> bool:
        if event.key() in _MODIFIERS:
            return False
        if not self._may_be_a_guns(event):
            return self._interrupt(event)
        if event.isAutoRepeat():
            return event.key() in self._down
        if not self._goes_on(event):
            self._fell_silent()
        if _is_end_key(event):
            return self._end(event)
        self._last_key = self._time_of(event)
        self._down.add(event.key())
        self._hold(watched, event, _DEAD.get(Qt.Key(event.key()), event.text()))
        return True

    def _interrupt(self, event: QKeyEvent) -> bool:
        """Take a command (Ctrl, Alt, F1): of a gun it is a line feed in disguise, and its end."""
        if not self._is_gun():
            self._give_back()
            return False
        guns = self._goes_on(event)
        self._deliver(event)
        return guns

    def _release(self, watched: QObject, event: QKeyEvent) -> bool:
        if event.key() not in self._down or event.isAutoRepeat():
            return event.key() in self._down
        self._down.discard(event.key())
        if self._held:  # nobody knows yet whose it is
            self._hold(watched, event, "")
        return True

    def _take_composed(self, watched: QObject, event: QInputMethodEvent) -> bool:
        """Take what a dead key made of a gun's next letter."""
        if not (event.commitString() and self._held):
            return False
        self._hold(watched, None, event.commitString())
        return True

    # ── whose it is ───────────────────────────────────────────────────────────────────────────────

    def _may_be_a_guns(self, event: QKeyEvent) -> bool:
        """Whether a gun sends such a key: a character, a dead key, or an end after characters."""
        if event.modifiers() & _COMMANDS and not _is_alt_gr(event):
            return False
        if _is_end_key(event):
            return self._trails(event) or (bool(self._held) and self._goes_on(event))
        text = event.text()
        return Qt.Key(event.key()) in _DEAD or (len(text) == 1 and text.isprintable())

    def _time_of(self, event: QKeyEvent) -> float:
        return event.timestamp() / 1_000 if event.timestamp() else self._clock()

    def _goes_on(self, event: QKeyEvent) -> bool:
        return self._time_of(event) - self._last_key <= self.settings.pace_ms / 1_000

    def _trails(self, event: QKeyEvent) -> bool:
        """Whether it ends a code that was delivered just now: a second or a late Enter."""
        return 0 <= self._time_of(event) - self._delivered <= _TRAIL_SECONDS

    def _is_gun(self) -> bool:
        return len(self._text()) >= self.settings.least

    def _text(self) -> str:
        return "".join(held.text for held in self._held)

    def _hold(self, watched: QObject, event: QKeyEvent | None, text: str) -> None:
        self._held.append(_Held(watched, None if event is None else event.clone(), text))
        if len(self._held) > 3 * MOST_CHARACTERS:  # nothing that a gun reads is as long
            self._held.clear()
        self._last_arrival = self._clock()
        self._timer.start(self.settings.pace_ms + _GRACE_MS)

    def _look_again(self) -> None:
        """Let keys that wait behind the timer's event come first; then see whether it is over."""
        QTimer.singleShot(0, self, self._see_whether_silent)

    def _see_whether_silent(self) -> None:
        if not self._held or self._timer.isActive():
            return
        if self._clock() - self._last_arrival <= self.settings.pace_ms / 1_000:
            self._timer.start(self.settings.pace_ms)
        else:
            self._fell_silent()

    def _end(self, event: QKeyEvent) -> bool:
        """Take the end key of a gun; of a person, give back what was typed and let it through."""
        if self._held and not self._is_gun():
            self._give_back()
            return False
        self._down.add(event.key())
        if self._held:
            self._deliver(event)
        return True

    def _fell_silent(self) -> None:
        if self._held and self._is_gun():
            self._deliver(None)
        else:
            self._give_back()

    def _deliver(self, end: QKeyEvent | None) -> None:
        self._timer.stop()
        text, self._held = self._text(), []
        self._delivered = self._last_key if end is None else self._time_of(end)
        self._last_key = float("-inf")
        bare = text.removeprefix(self.settings.prefix).removesuffix(self.settings.suffix)
        self.scanned.emit(meant(bare))

    def _give_back(self) -> None:
        """Let a person's keys go where they were meant to."""
        self._timer.stop()
        held, self._held = self._held, []
        self._down.clear()
        self._replaying = True
        try:
            for each in held:
                if each.event is not None and isValid(each.receiver):
                    QCoreApplication.sendEvent(each.receiver, each.event)
        finally:
            self._replaying = False


def _is_end_key(event: QKeyEvent) -> bool:
    return event.key() in _ENDS


def _is_alt_gr(event: QKeyEvent) -> bool:
    """Whether Ctrl and Alt stand for AltGr, with which European keyboards type characters."""
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    return event.modifiers() & both == both and event.text().isprintable() and event.text() != ""
