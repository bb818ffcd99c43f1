"""The step of the keys: the door's own key, to be granted by the organizer, and the staff PIN."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.domain.errors import KeyTrouble
from app.domain.pins import PinResult, PinState, check_new_pin
from app.domain.qr_code import QrCode, draw
from app.runtime.courier import Courier

if TYPE_CHECKING:
    from app.domain.door_request import DoorRequest
    from app.ui.first_run.ports import FirstRunPorts

LOCKED, DIFFER = "keys.locked", "keys.passphrases_differ"


class PinStage(IntEnum):
    """How far the staff PIN is."""

    UNKNOWN = 0
    CHOOSE = 1
    AGAIN = 2
    SET = 3


@dataclass(frozen=True, slots=True)
class KeysState:
    """Everything the step shows.

    Args:
        request: What the organizer is asked to grant; None while the key is being made.
        code: The same as a QR code.
        trouble: Code of why there is no key; empty: none.
        locked: Whether a passphrase is wanted.
        pin: How far the staff PIN is.
    """

    request: DoorRequest | None = None
    code: QrCode | None = None
    trouble: str = ""
    locked: bool = False
    pin: PinStage = PinStage.UNKNOWN


class KeysModel(QObject):
    """Makes the door's key and sets the staff PIN; keys and PINs stay where they belong.

    Args:
        ports: What it needs.
        parent: Owns it.

    Signals:
        state_changed (KeysState): The whole new state.
    """

    state_changed = Signal(object)

    def __init__(self, ports: FirstRunPorts, parent: QObject | None = None) -> None:
        """Make nothing yet."""
        super().__init__(parent)
        self.state = KeysState()
        self._ports = ports
        self._courier = Courier(self)
        self._first = ""

    @Slot()
    def start(self) -> None:
        """Make the key where there is none, and look whether there is a PIN; again: try again."""
        self._change(trouble="")
        waiting = self._ports.waiting
        self._courier.follow(waiting.submit(self._made), self._take_request, self._take_trouble)
        if self.state.pin in {PinStage.UNKNOWN, PinStage.SET}:
            there = waiting.submit(self._ports.pin.is_set)
            self._courier.follow(there, self._take_pin_state, self._take_trouble)

    def unlock(self, passphrase: str, again: str) -> None:
        """Open the key store, or seal a new one, with a passphrase that was entered twice."""
        if passphrase != again:
            self._change(trouble=DIFFER, locked=True)
            return
        opening = self._ports.waiting.submit(self._ports.unlock, passphrase)
        self._courier.follow(opening, lambda _none: self.start(), self._not_unlocked)

    def ask(self, pin: str) -> Future[PinResult]:
        """Take a PIN from the pad: at first it is chosen, then it must be the same again.

        The future fails with ``keys.pin_weak`` or ``keys.pin_differs``.
        """
        answer: Future[PinResult] = Future()
        try:
            check_new_pin(pin)
            if self.state.pin is PinStage.AGAIN:
                self._expect_same(pin)
                return self._ports.waiting.submit(self._set, pin)
        except KeyTrouble as trouble:
            answer.set_exception(trouble)
            return answer
        self._first = pin
        answer.set_result(PinResult(PinState.ACCEPTED))
        return answer

    @Slot()
    def pin_taken(self) -> None:
        """Go on: a chosen PIN is entered again, one that was entered twice is set."""
        stage = PinStage.SET if self.state.pin is PinStage.AGAIN else PinStage.AGAIN
        if stage is PinStage.SET:
            self._first = ""
        self._change(pin=stage)

    @Slot()
    def choose_again(self) -> None:
        """Forget the PIN that was chosen, and begin anew."""
        self._first = ""
        self._change(pin=PinStage.CHOOSE)

    def close(self) -> None:
        """Hear nothing more; may be called again."""
        self._first = ""
        self._courier.close()

    def _made(self) -> tuple[DoorRequest, QrCode]:
        request = self._ports.request()
        return request, draw(request.text())

    def _set(self, pin: str) -> PinResult:
        self._ports.pin.set(pin)
        return PinResult(PinState.ACCEPTED)

    def _expect_same(self, pin: str) -> None:
        if pin != self._first:
            raise KeyTrouble("the two PINs differ", code="keys.pin_differs")

    def _take_request(self, made: tuple[DoorRequest, QrCode]) -> None:
        self._change(request=made[0], code=made[1], trouble="", locked=False)

    def _take_pin_state(self, there: bool) -> None:
        self._change(pin=PinStage.SET if there else PinStage.CHOOSE)

    def _take_trouble(self, code: str) -> None:
        self._change(trouble=code, locked=code == LOCKED)

    def _not_unlocked(self, code: str) -> None:
        self._change(trouble=code, locked=True)

    def _change(self, **changes: object) -> None:
        state = replace(self.state, **changes)  # type: ignore[arg-type]  # names are checked by replace
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)
