"""Renders staff's cards over the kiosk in three themes and two sizes, for looking at."""

from __future__ import annotations

import os
import sys
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication

from app.domain.pins import PinResult, PinState
from app.domain.rules import USUAL_OVERRIDES
from app.domain.situation import UNUSED, Uses
from app.domain.verdicts import Code, FirstUse, MirrorView, UseSource, Verdict, severity_of
from app.runtime.sounds import SilentSounds
from app.scan.frames import SourceState
from app.services.door_status import DeviceHealth, DoorStatus
from app.services.search import Found
from app.services.shift import summed
from app.services.staff import Needs, StaffRules
from app.services.sync import LinkState
from app.ui.i18n import Words
from app.ui.kiosk import staff_words
from app.ui.kiosk.explanations import Topic, explain
from app.ui.kiosk.sheet import Wishes
from app.ui.kiosk.staff_model import Search, StaffViewModel
from app.ui.kiosk.staff_view import StaffView
from app.ui.kiosk.view import KioskView
from app.ui.kiosk.view_model import KioskState, KioskViewModel, Shown
from app.ui.look import Look, ThemeChoice
from offline_cache.records import (
    Claim,
    ClaimState,
    Guest,
    JournalKind,
    JournalRow,
    ScanDraft,
    Ticket,
    TicketStatus,
)
from offline_cache.records.evening import Admission, TallyLine
from tests.fakes.clock import FakeClock
from tests.ui.samples import scene

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FOLDER = Path("build/screenshots")
SIZES = (QSize(1280, 800), QSize(1920, 1080), QSize(1024, 600))
NOW = 1_795_000_000
EVENT_ID = b"\x07" * 32
TIERS = {0: "Floor", 1: "Balcony"}
FIRST = FirstUse(NOW - 1_500, 2, UseSource.PEER)
INSIDE = Uses(FIRST, 1, inside=True, next_entry=1, entered=(FIRST.at,))
REFUSED = Verdict(
    Code.TOO_EARLY,
    severity_of(Code.TOO_EARLY),
    MirrorView(1_204_331, 3),
    event_id=EVENT_ID,
    token_id=136,
    detail=str(NOW + 3_600),
)


def turns(*steps: Callable[[], object]) -> Callable[[], None]:
    """Return what takes steps one after another."""

    def take() -> None:
        for step in steps:
            step()

    return take


class QuietDesk:
    """A desk that is never asked anything: the pictures show what is put into the cards."""

    rules = StaffRules(Needs.PIN, frozenset(USUAL_OVERRIDES), TIERS)

    def do(self, work: object) -> Future[object]:
        assert work is not None
        return Future()

    def find(self, text: str) -> Future[tuple[Found, ...]]:
        assert text
        return Future()

    def payload_of(self, verdict: Verdict) -> bytes | None:
        assert verdict is not None
        return None

    def look_again(self) -> None:
        """Look at nothing."""

    def close(self) -> None:
        """Nothing was opened."""


def ticket(number: int, tier: int = 0, status: TicketStatus = TicketStatus.VALID) -> Ticket:
    return Ticket(b"\xc0" * 20, number, bytes([number % 250]) * 20, 1, 1, tier, status)


def found() -> tuple[Found, ...]:
    return (
        Found(ticket(136), (Guest("Ana Lovelace", "ORD-0471", "A12-34", "", 136),), UNUSED),
        Found(ticket(137, 1), (Guest("Anabel Cruz de la Torre", "ORD-0472", "", "", 137),), INSIDE),
        Found(ticket(138), (), UNUSED),
        Found(ticket(139, 0, TicketStatus.VOID), (Guest("Anton", "", "", "", 139),), UNUSED),
        Found(None, (Guest("Ana Nobody", "ORD-0999", "", "on the list", None),), UNUSED),
    )


def admission(number: int) -> Admission:
    draft = ScanDraft(
        kind=JournalKind.SCAN,
        at=NOW - 40 * number,
        event_id=EVENT_ID,
        door=1,
        nonce=bytes([number]) * 16,
        code="ADMITTED",
        pass_hash=bytes(32),
        token_id=135 + number,
        entry=0,
    )
    row = JournalRow(number, bytes(16), draft, bytes(32), bytes(32))
    claim = Claim(draft.nonce, EVENT_ID, 135 + number, 0, ClaimState.WON, b"", 1, draft.at, number)
    return Admission(claim, row)


def tally() -> list[TallyLine]:
    hour = NOW - NOW % 3_600
    arrivals = (12, 64, 212, 307, 118, 23)
    lines = [
        TallyLine(door, hour - 3_600 * (6 - place), "scan", "ADMITTED", count * (3 - door))
        for place, count in enumerate(arrivals)
        for door in (1, 2)
    ]
    others = (("ALREADY_USED", 14), ("CODE_EXPIRED", 9), ("WRONG_TIER", 6), ("TOO_EARLY", 3))
    lines += [TallyLine(1, hour - 7_200, "scan", code, count) for code, count in others]
    lines.append(TallyLine(1, hour, "undo", "UNDONE", 2))
    lines.append(TallyLine(1, hour, "override", "ADMITTED", 5))
    lines.append(TallyLine(2, hour, "exit", "EXITED", 41))
    return lines


STATUS = DoorStatus(
    event_name="Summer Sound 2026",
    door=1,
    link=LinkState.OFFLINE,
    block=1_204_331,
    mirror_age=5_400,
    waiting=231,
    on_chain=395,
    refused=2,
    conflicts=2,
    trouble="",
    admitted_here=412,
    used_everywhere=873,
    tickets=1_480,
    capacity=1_500,
    scans_a_minute=(3, 5, 8, 12, 18, 22, 25, 23, 26, 24, 19, 21, 23, 25, 23),
    recent=(),
    exited_here=31,
    by_door={1: 395, 2: 478},
    health=DeviceHealth(135, 90 * 2**20, 9, charging=False),
)
STATE = KioskState(
    status=STATUS,
    camera="Logitech BRIO",
    camera_state=SourceState.RUNNING,
    sound=True,
    last=Shown(REFUSED, NOW),
    overridable=True,
    tiers=TIERS,
)


class Studio:
    """Opens each card and saves it."""

    def __init__(self, look: Look, folder: Path = FOLDER) -> None:
        """Make the kiosk with staff."""
        self._folder = folder / look.theme.name
        self._folder.mkdir(parents=True, exist_ok=True)
        clock = FakeClock(NOW)
        self.model = KioskViewModel(SilentSounds(), clock)
        wishes = Wishes(_nothing, _nothing, _nothing, _nothing, None, _nothing)
        self.view = KioskView(look, Words(), self.model, wishes, 900, staffed=True)
        desk = QuietDesk()
        self.staff = StaffView(
            look,
            Words(),
            self.model,
            StaffViewModel(desk, desk),  # type: ignore[arg-type]  # answers nothing
            clock=clock,
            exports=Path("exports"),
            ask=_asked,
            say=self.view.say,
            below=self.view,
        )
        self.view.take_staff(self.staff)
        self.model.state = STATE
        self.model.state_changed.emit(STATE)
        self.view.preview.set_image(scene(1280, 720))

    def save(self) -> None:
        """Save every card in every size."""
        self.view.show()
        for name, show in self.cards():
            for size in SIZES:
                self.view.resize(size)
                QApplication.sendPostedEvents()
                show()
                QApplication.sendPostedEvents()
                QApplication.processEvents()
                self.view.grab().save(str(self._folder / f"staff-{name}-{size.width()}.png"))
            self.put_away()
        self.close()

    def put_away(self) -> None:
        """Close every card."""
        for sheet in (*self.staff.sheets, self.view.explain, self.view.settings):
            sheet.put_away()
        assert self.staff.reason.pin is not None
        self.staff.reason.pin.hide()

    def close(self) -> None:
        """Give everything back."""
        self.staff.close()
        self.view.close()
        self.model.close()

    def cards(self) -> Iterator[tuple[str, Callable[[], object]]]:
        """Name every card and say how it is opened."""
        staff = self.staff
        finding = staff.finding
        yield "find", turns(staff.find, lambda: finding.show_search(Search("ana", found())))
        yield "find-nothing", turns(staff.find, lambda: finding.show_search(Search("zz")))
        yield "reason", lambda: staff._found(found()[0])
        yield "override", staff.override
        pin = staff.reason.pin
        assert pin is not None
        yield "pin", turns(staff.override, lambda: pin.open_over("Let in anyway"))
        rows = tuple(map(admission, range(1, 7)))
        yield "undo", turns(staff.undo, lambda: staff.undoing.show_admissions(rows))
        yield "undo-nothing", turns(staff.undo, lambda: staff.undoing.show_admissions(()))
        group = (found()[1], *(Found(ticket(number), (), UNUSED) for number in range(7, 11)))
        yield "group", turns(staff.group.open_over, lambda: staff.group.show_group(group))
        alone = group[:1]
        yield "group-alone", turns(staff.group.open_over, lambda: staff.group.show_group(alone))
        summary = summed(tally(), NOW - 86_400, NOW, lambda door: {1: "North"}.get(door, str(door)))
        yield "shift", turns(lambda: staff.shift.show_summary(summary), staff.shift.open_over)
        yield "settings", self.view._open_settings
        for topic in Topic:
            card = explain(topic, replace(STATE, trouble="store.full"), Words())
            yield f"explain-{topic}", partial(self.view.explain.explain, card)
        said = staff_words.UNDO_OUTCOMES
        yield "said", lambda: self.view.say("Take an admission back", next(iter(said.values())))


def _asked(_pin: str) -> Future[PinResult]:
    answer: Future[PinResult] = Future()
    answer.set_result(PinResult(PinState.REFUSED, 4))
    return answer


def _nothing(*_: object) -> None:
    """Do nothing: a picture answers to nobody."""


def main(app: QApplication) -> None:
    """Fill the folder."""
    for choice in (ThemeChoice.LIGHT, ThemeChoice.DARK, ThemeChoice.CONTRAST):
        Studio(Look(app, choice)).save()


if __name__ == "__main__":
    main(QApplication(sys.argv[:1]))
