"""Renders the lock, the out-of-order screens and the door without staff, for looking at.

``python -m tests.ui.kiosk_gallery`` fills ``build/screenshots``: three themes, three sizes.
"""

from __future__ import annotations

import concurrent.futures
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.domain.pins import PinResult, PinState
from app.domain.restarting import EndReason
from app.domain.self_service import Phase, Visit
from app.domain.verdicts import Code, MirrorView, Verdict, severity_of
from app.runtime.sounds import SilentSounds
from app.scan.frames import SourceState
from app.ui.i18n import Words
from app.ui.lock.cover import KioskCover
from app.ui.lock.pin_sheet import PinSheet
from app.ui.lock.staff_menu import StaffMenu
from app.ui.look import Look, ThemeChoice, fitting_scale
from app.ui.out_of_order.page import OutOfOrderPage
from app.ui.out_of_order.words import Fault
from app.ui.self_service.view import SelfServiceView
from app.ui.self_service.view_model import GateViewModel
from app.ui.self_service.words import GateState
from offline_cache.records import Claim, ClaimState, JournalKind, JournalRow, ScanDraft
from offline_cache.records.openings import LooseAdmission, Opening, OpeningState
from tests.ui.samples import scene

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.ui.shells.page import Page

FOLDER = Path("build/screenshots")
SIZES = (QSize(1024, 600), QSize(1280, 800), QSize(1920, 1080))
NOW = 1_795_000_000
FAULTS = (
    *(Code.STORE_FAILED.value, Code.CLOCK_WRONG.value, Code.MIRROR_TOO_OLD.value),
    *("camera.lost", "camera.missing", "store.full", "store.busy", "store.corrupt"),
    *("keys.missing", "keys.locked", "relay.missing", "relay.failed", "printer.missing"),
    *(EndReason.CRASHED.value, EndReason.HUNG.value),
)
SORRY = (Code.ALREADY_USED, Code.CODE_EXPIRED, Code.FOR_STAFF, Code.UNREADABLE, Code.WRONG_EVENT)


def verdict(code: Code) -> Verdict:
    """Make a verdict."""
    return Verdict(code, severity_of(code), MirrorView(1_204_331, 3), token_id=136)


def loose() -> LooseAdmission:
    """Make an admission that was left in the middle."""
    nonce = b"n" * 16
    draft = ScanDraft(JournalKind.SCAN, NOW, b"e" * 32, 1, nonce, "ADMITTED", bytes(32), 136, 0)
    claim = Claim(nonce, b"e" * 32, 136, 0, ClaimState.WON, b"d" * 16, 1, NOW, 1)
    opening = Opening(nonce, OpeningState.UNKNOWN, NOW, NOW)
    return LooseAdmission(claim, JournalRow(1, bytes(16), draft, bytes(32), bytes(32)), opening)


SCANNING = GateState("Summer Sound 2026", Visit(), SourceState.RUNNING, prints=True)


def gate_states() -> Iterator[tuple[str, GateState]]:
    """Name every state of a door without staff that is worth a look."""
    good = verdict(Code.ADMITTED)
    yield "idle", SCANNING
    yield "idle-staff-wanted", replace(SCANNING, loose=(loose(),))
    yield "idle-long-name", replace(SCANNING, event_name="Kammermusik in der Alten Fabrik " * 3)
    for phase in (Phase.CHECKING, Phase.OPEN, Phase.TURNED, Phase.NOT_TURNED):
        yield phase.value.replace("_", "-"), replace(SCANNING, visit=Visit(phase, verdict=good))
    yield "sorry-door", replace(SCANNING, visit=Visit(Phase.SORRY, verdict=good, trouble="x"))
    again = replace(good, already_shown_seconds=4)
    yield "sorry-again", replace(SCANNING, visit=Visit(Phase.SORRY, verdict=again))
    for code in SORRY:
        name = f"sorry-{code.value.lower().replace('_', '-')}"
        yield name, replace(SCANNING, visit=Visit(Phase.SORRY, verdict=verdict(code)))
    for trouble in ("relay.missing", "printer.missing"):
        visit = Visit(Phase.OUT_OF_ORDER, trouble=trouble)
        yield f"out-of-order-{trouble.partition('.')[0]}", replace(SCANNING, visit=visit)


class Gallery:
    """Makes pages in one theme and saves them in every size.

    Args:
        look: In the theme to show.
        tr: The words to say.
    """

    def __init__(self, look: Look, tr: Words) -> None:
        """Keep both."""
        self._look, self._tr = look, tr
        self._folder = FOLDER / look.theme.name
        self._folder.mkdir(parents=True, exist_ok=True)

    def save(self, name: str, make: Callable[[QSize], tuple[QWidget, Callable[[], None]]]) -> None:
        """Save a page in every size, made anew in each: a kiosk knows its size when it starts."""
        suffix = "" if self._tr.language == "en" else f"-{self._tr.language}"
        for size in SIZES:
            self._look.set_scale(fitting_scale(size.width(), size.height()))
            page, close = make(size)
            page.resize(size)
            page.show()
            QApplication.sendPostedEvents()
            page.grab().save(str(self._folder / f"{name}{suffix}-{size.width()}.png"))
            close()
            page.close()
            page.deleteLater()
        self._look.set_scale(1.0)

    def lock(self) -> None:
        """Save what asks for the PIN."""
        self.save("lock-cover", lambda size: self._cover(size, unlock=False))
        self.save("lock-passphrase", lambda size: self._cover(size, unlock=True))
        self.save("lock-sheet", lambda size: self._sheet(size, 4, None))
        refused = PinResult(PinState.REFUSED, tries_left=2)
        self.save("lock-sheet-wrong", lambda size: self._sheet(size, 0, refused))
        waiting = PinResult(PinState.LOCKED, wait_seconds=272)
        self.save("lock-sheet-waiting", lambda size: self._sheet(size, 0, waiting))
        self.save("lock-menu", self._menu)

    def out_of_order(self) -> None:
        """Save why a kiosk cannot work."""
        for code in FAULTS:
            self.save(
                f"out-of-order-{code.lower().replace('.', '-').replace('_', '-')}",
                lambda _size, code=code: self._fault(code),  # type: ignore[misc]
            )

    def self_service(self) -> None:
        """Save the door without staff in every state."""
        for name, state in gate_states():
            self.save(
                f"self-service-{name}",
                lambda _size, state=state: self._gate(state),  # type: ignore[misc]
            )

    def _cover(self, size: QSize, *, unlock: bool) -> tuple[QWidget, Callable[[], None]]:
        below = QWidget()
        below.resize(size)
        cover = KioskCover(
            self._look, self._tr, _never, below, unlock=_never_opened if unlock else None
        )
        if unlock:
            cover._pin_was_right()
        return below, cover.leave

    def _sheet(
        self, size: QSize, digits: int, result: PinResult | None
    ) -> tuple[QWidget, Callable[[], None]]:
        below, close = self._gate(SCANNING)
        below.resize(size)
        below.show()
        sheet = PinSheet(self._look, self._tr, _never, below)
        sheet.open_over(self._tr("To leave this kiosk, or to change what it does"))
        QTest.keyClicks(sheet.pad, "482915"[:digits])
        if result is not None:
            sheet.pad._answered(result)

        def end() -> None:
            sheet.close_sheet()
            close()

        return below, end

    def _menu(self, size: QSize) -> tuple[QWidget, Callable[[], None]]:
        below, close = self._gate(SCANNING)
        below.resize(size)
        below.show()
        menu = StaffMenu(self._look, self._tr, below)
        menu.open_over()
        return below, close

    def _fault(self, code: str) -> tuple[QWidget, Callable[[], None]]:
        page = OutOfOrderPage(self._look, self._tr, Fault(code), again_seconds=12)
        return page, page.leave

    def _gate(self, state: GateState) -> tuple[Page, Callable[[], None]]:
        model = GateViewModel(SilentSounds(), state.event_name, prints=True)
        model.state = state
        words = Words(self._tr.language)
        view = SelfServiceView(self._look, words, model, words.language)
        view.preview.set_image(scene(1280, 720))
        return view, view.leave


def _never(_pin: str) -> concurrent.futures.Future[PinResult]:
    return concurrent.futures.Future()


def _never_opened(_words: str) -> concurrent.futures.Future[None]:
    return concurrent.futures.Future()


def main(app: QApplication) -> None:
    """Fill the folder; one language more in the light theme."""
    for choice in (ThemeChoice.LIGHT, ThemeChoice.DARK, ThemeChoice.CONTRAST):
        gallery = Gallery(Look(app, choice), Words())
        gallery.lock()
        gallery.out_of_order()
        gallery.self_service()
    german = Gallery(Look(app, ThemeChoice.LIGHT), Words("de"))
    german.lock()
    german.self_service()
    app.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


if __name__ == "__main__":
    main(QApplication(sys.argv[:1]))
