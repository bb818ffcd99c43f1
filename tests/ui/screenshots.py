"""Renders every screen and every verdict in three themes and two sizes, for looking at.

``make screenshots`` fills ``build/screenshots/<theme>/``.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QApplication, QWidget

from app.domain.admission import Direction
from app.domain.verdicts import (
    Code,
    FirstUse,
    MirrorView,
    UseSource,
    Verdict,
    severity_of,
)
from app.gates.port import Reach
from app.runtime.sounds import SilentSounds
from app.scan.frames import SourceState
from app.services.door_status import DeviceHealth, DoorMode, DoorStatus
from app.services.sync import LinkState
from app.ui.chooser.door_setup import DoorSetupPage
from app.ui.demo import words as demo_words
from app.ui.demo.page import SummaryPage
from app.ui.i18n import Words
from app.ui.kiosk.sheet import Wishes
from app.ui.kiosk.view import KioskView
from app.ui.kiosk.view_model import KioskState, KioskViewModel, Shown
from app.ui.look import Look, ThemeChoice
from app.ui.shells.state_screen import opening_screen, trouble_screen
from offline_cache.records import JournalKind, JournalRow, ScanDraft
from tests.fakes.clock import FakeClock
from tests.ui import (
    desk_gallery,
    kiosk_gallery,
    queue_gallery,
    sales_gallery,
    staff_gallery,
    wallet_gallery,
)
from tests.ui.samples import scene
from tests.ui.tongues import MirroredWords

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path("build/screenshots")
SIZES = (QSize(1280, 800), QSize(1920, 1080))
NOW = 1_795_000_000
EVENT_ID = b"\x07" * 32
HOLDER = bytes.fromhex("8ba1f109551bd432803012645ac136ddd64dba72")
MIRROR = MirrorView(1_204_331, 3)
DETAILS = {
    Code.ATTENTION: "Check the age: 18 and over",
    Code.RULE: "max-entries",
    Code.WRONG_TIER: "2, 4",
    Code.TOO_EARLY: str(NOW + 3_600),
    Code.TOO_LATE: str(NOW - 3_600),
}


def verdict(code: Code) -> Verdict:
    """Make a verdict as a door would give it, with all it may show."""
    used = FirstUse(NOW - 1_500, 2, UseSource.CHAIN) if code is Code.ALREADY_USED else None
    return Verdict(
        code,
        severity_of(code),
        MIRROR,
        event_id=EVENT_ID,
        token_id=136,
        holder=HOLDER,
        tier=1,
        first_use=used,
        detail=DETAILS.get(code, ""),
    )


def rows() -> tuple[JournalRow, ...]:
    """Make the last scans of an evening, newest first."""
    codes = [Code.ADMITTED, Code.ADMITTED, Code.ALREADY_USED, Code.ADMITTED, Code.CODE_EXPIRED]
    drafts = [
        ScanDraft(
            kind=JournalKind.SCAN,
            at=NOW - 7 * place,
            event_id=EVENT_ID,
            door=1,
            nonce=bytes([place]) * 16,
            code=codes[place % len(codes)],
            pass_hash=bytes(32),
            token_id=136 + 17 * place,
        )
        for place in range(14)
    ]
    return tuple(
        JournalRow(500 - place, bytes(16), draft, bytes(32), bytes(32))
        for place, draft in enumerate(drafts)
    )


STATUS = DoorStatus(
    event_name="Summer Sound 2026",
    door=1,
    link=LinkState.ONLINE,
    block=1_204_331,
    mirror_age=3,
    waiting=17,
    on_chain=395,
    refused=0,
    conflicts=0,
    trouble="",
    admitted_here=412,
    used_everywhere=873,
    tickets=1_480,
    capacity=1_500,
    scans_a_minute=(3, 5, 8, 12, 18, 22, 25, 23, 26, 24, 19, 21, 23, 25, 23),
    recent=rows(),
)
SCANNING = KioskState(
    status=STATUS, camera="Logitech BRIO", camera_state=SourceState.RUNNING, sound=True
)


def kiosk_states() -> Iterator[tuple[str, KioskState]]:
    """Name every state of the kiosk that is worth a look."""
    yield "kiosk-scanning", replace(SCANNING, last=Shown(verdict(Code.ADMITTED), NOW - 2))
    offline = replace(
        STATUS, link=LinkState.OFFLINE, mirror_age=5_400, waiting=231, trouble="rpc.unreachable"
    )
    yield "kiosk-offline", replace(SCANNING, status=offline, trouble="rpc.unreachable")
    conflicts = replace(STATUS, conflicts=3, waiting=0)
    yield "kiosk-conflicts", replace(SCANNING, status=conflicts, sound=False)
    long = replace(
        STATUS,
        event_name="Internationales Festival für zeitgenössische Kammermusik in der Alten Fabrik",
        door=65_535,
    )
    yield "kiosk-long-name", replace(SCANNING, status=long)
    for name, mode in (("exit", {"direction": Direction.EXIT}), ("test", {"test": True})):
        last = Shown(verdict(Code.EXITED if name == "exit" else Code.ADMITTED), NOW, name == "test")
        yield f"kiosk-{name}-mode", replace(SCANNING, last=last, **mode)
    alone = replace(STATUS, mode=DoorMode(reach=Reach.CUT_OFF), door_name="North door")
    yield "kiosk-alone", replace(SCANNING, status=alone)
    ill = DeviceHealth(drift_seconds=135, free_bytes=90 * 2**20, battery=9, charging=False)
    full = replace(STATUS, health=ill, used_everywhere=1_470, conflicts=2)
    yield "kiosk-warnings", replace(SCANNING, status=full)
    refused = Shown(verdict(Code.WRONG_TIER), NOW)
    yield "kiosk-overridable", replace(SCANNING, last=refused, overridable=True)
    yield "verdict-overridable", replace(SCANNING, shown=refused, last=refused, overridable=True)
    tested = Shown(verdict(Code.ATTENTION), NOW, test=True)
    yield "verdict-test", replace(SCANNING, shown=tested, last=tested, test=True)
    lost = replace(SCANNING, camera_state=SourceState.LOST, camera_trouble="camera.lost")
    yield "kiosk-camera-lost", lost
    for code in Code:
        yield (
            f"verdict-{code.lower().replace('_', '-')}",
            replace(SCANNING, shown=Shown(verdict(code), NOW), last=Shown(verdict(code), NOW)),
        )


class Studio:
    """Makes pages and saves them in every size.

    Args:
        look: In the theme to show.
        tr: The words to say.
    """

    def __init__(self, look: Look, tr: Words | None = None) -> None:
        """Keep the look, and the words: English ones by default."""
        self._look = look
        self._tr = tr or Words()
        self._suffix = "" if tr is None else f"-{tr.language}"
        self._folder = FOLDER / look.theme.name
        self._folder.mkdir(parents=True, exist_ok=True)

    def save(self, page: QWidget, name: str) -> None:
        """Save a page in every size."""
        page.show()
        for size in SIZES:
            page.resize(size)
            QApplication.sendPostedEvents()
            page.grab().save(str(self._folder / f"{name}{self._suffix}-{size.width()}.png"))

    def kiosk(self) -> None:
        """Save the kiosk in every state."""
        model = KioskViewModel(SilentSounds(), FakeClock(NOW))
        wishes = Wishes(_nothing, _nothing, _nothing, _nothing, None)
        view = KioskView(self._look, self._tr, model, wishes, 900, staffed=True)
        for name, state in kiosk_states():
            model.state = state
            model.state_changed.emit(state)
            if state.sees:
                view.preview.set_image(scene(1280, 720))
            self.save(view, name)
        view.close()
        model.close()

    def others(self) -> None:
        """Save what is seen before and after a door."""
        look, tr = self._look, self._tr
        self.save(opening_screen(look, tr), "opening")
        for code in ("store.busy", "store.too_new", "store.full", "store.corrupt"):
            page = trouble_screen(look, tr, code, again=_nothing, close=_nothing, detail="")
            self.save(page, f"state-{code.replace('.', '-').replace('_', '-')}")
        setup = DoorSetupPage(look, tr, tuple, door=1, camera="0")
        setup.show_events([])
        setup.show_state("rpc.unreachable")
        self.save(setup, "door-setup-empty")
        account = SummaryPage(look, tr)
        account.show_account(dict.fromkeys(demo_words.FIGURES, 66), agrees=True)
        self.save(account, "demo-account")


def _nothing(*_: object) -> None:
    """Do nothing: a picture answers to nobody."""


def main() -> None:
    """Fill the folder."""
    app = QApplication(sys.argv[:1])
    for choice in (ThemeChoice.LIGHT, ThemeChoice.DARK, ThemeChoice.CONTRAST):
        studio = Studio(Look(app, choice))
        studio.kiosk()
        studio.others()
    for tr in (Words("de"), Words("es"), MirroredWords()):
        app.setLayoutDirection(
            Qt.LayoutDirection.RightToLeft if tr.right_to_left else Qt.LayoutDirection.LeftToRight
        )
        Studio(Look(app, ThemeChoice.LIGHT), tr).kiosk()
    app.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    kiosk_gallery.main(app)
    staff_gallery.main(app)
    desk_gallery.main(app)
    wallet_gallery.main(app)
    sales_gallery.main(app)
    queue_gallery.main(app)


if __name__ == "__main__":
    main()
