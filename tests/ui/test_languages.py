"""Every open page speaks the language that was chosen last, and says nothing past gettext."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QLocale, QSize, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from app.domain.verdicts import Code
from app.services.sales import SalesService
from app.ui.chooser.door_setup import DoorSetupPage
from app.ui.chooser.roles import RoleChooser
from app.ui.doors.screens import doors_page
from app.ui.first_run.ports import Joined, StepKey
from app.ui.first_run.wizard import FirstRunPage
from app.ui.first_run.wizard_model import WizardModel
from app.ui.i18n import LANGUAGES, Words
from app.ui.kiosk.sheet import Wishes
from app.ui.kiosk.view import KioskView
from app.ui.kiosk.view_model import KioskViewModel, Shown
from app.ui.kiosk.words import verdict_face
from app.ui.languages import Languages
from app.ui.lock.pin_pad import PinPad
from app.ui.policy.screens import policy_page
from app.ui.preferences.view import Choices, PreferencesView
from app.ui.sales.screens import SalesPorts, sales_page
from app.ui.shells.desktop import DesktopShell
from app.ui.shells.page import Page, Screen
from app.ui.wallet.screens import WalletPorts, screens
from app.ui.widgets.verdict import VerdictPanel
from app.ui.widgets.verdict_layout import Role
from tests.fakes.clock import FakeClock
from tests.fakes.sounds import FakeSounds
from tests.ui.new_door import NewDoor
from tests.ui.organizer import Organizer
from tests.ui.sales_gallery import fill
from tests.ui.screenshots import NOW, kiosk_states, verdict
from tests.ui.tongues import MirroredWords

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from app.domain.pins import PinResult
    from app.runtime.engine import Engine
    from app.ui.look import Look
    from tests.ui.conftest import Stage

OPEN, CLOSE = "«", "»"
MARKED = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
DATA = re.compile(
    r"0x[0-9a-fA-F…]+|EGD1|EGI1|Summer Sound 2026|Night of Glass|Internationales .*Fabrik"
    r"|Anna( Berger)?|Front camera|Door camera|English|Deutsch|Español|Demo|ETH|wei|Echain Gate"
    r"|Check the age: 18 and over|UTC|Europe/Berlin|North door|VIP|Wristband: gold"
    r"|Wheelchair: open the side rail|TOO_EARLY = Doors open at eight\.|Logitech BRIO|https?:\S+"
    r"|…[0-9a-f]{4}|Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
)
"""Texts that are data, names or units: they are the same in every language."""


class Marking(Words):
    """English, with a mark around every sentence once it is switched on."""

    on = False

    def __call__(self, sentence: str) -> str:
        # Places stay outside of the marks: what fills them is no part of the sentence.
        if not self.on or not sentence or "MMM" in sentence:
            return sentence
        parts = re.split(r"(\{[^}]*\})", sentence)
        return "".join(
            each if each.startswith("{") or not each else f"{OPEN}{each}{CLOSE}" for each in parts
        )

    def plural(self, one: str, many: str, count: int) -> str:
        return self(one if count == 1 else many)


def texts_of(page: QWidget) -> dict[str, list[str]]:
    """Return everything that a page says, by where it is said."""
    said: dict[str, list[str]] = {}
    for place, widget in enumerate([page, *page.findChildren(QWidget)]):
        name = f"{place} {type(widget).__name__}"
        texts = [widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()]
        if isinstance(widget, QLabel | QAbstractButton):
            texts.append(widget.text())
        if isinstance(widget, QLineEdit | QPlainTextEdit):
            texts.append(widget.placeholderText())
        if isinstance(widget, QComboBox):
            texts += [widget.itemText(row) for row in range(widget.count())]
        said[name] = texts
    return said


def unmarked(texts: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Return what has words that no sentence of gettext said."""
    return [
        (place, text)
        for place, several in texts.items()
        for text in several
        if re.search(r"[A-Za-zÀ-ÿ]{2,}", DATA.sub("", MARKED.sub("", text)))
    ]


class Pages:
    """Makes every page on real stores; one is open at a time."""

    def __init__(self, look: Look, stage: Stage, engine: Engine, folder: Path) -> None:
        self.look, self.stage, self.engine = look, stage, engine
        self.organizer = Organizer(folder / "desk")
        self.door = NewDoor(folder)
        self._closers: list[Callable[[], None]] = [self.organizer.close, self.door.close]

    def close(self) -> None:
        for closer in self._closers:
            closer()

    def chooser(self, tr: Words) -> Page:
        return RoleChooser(self.look, tr)

    def setup(self, tr: Words) -> Page:
        page = DoorSetupPage(self.look, tr, tuple, door=1, camera="0")
        page.show_cameras(())
        page.show_events([self.door.venue.event])
        page.show_state("rpc.unreachable")
        return page

    def first_run(self, tr: Words, step: StepKey) -> Page:
        model = WizardModel(self.door.ports())
        page = FirstRunPage(self.look, tr, model, lambda _chain: "Demo", offers_by_hand=True)
        model.setParent(page)
        model.invitation.take_text(self.door.invitation().message())
        model.invitation.accept()
        self.door.chain.told(Joined(event=self.door.venue.event))
        model.show_step(step)
        self._wait(lambda: model.invitation.state.joined.event is not None)
        if step in {StepKey.KEYS, StepKey.PIN, StepKey.READY}:
            model.keys.start()
            self._wait(lambda: model.keys.state.code is not None and model.keys.state.pin > 0)
        if step in {StepKey.CAMERA, StepKey.TRIAL}:
            self._wait(lambda: model.camera.state.sees)
        return page

    def kiosk(self, tr: Words, name: str) -> Page:
        model = KioskViewModel(FakeSounds(), FakeClock(NOW))
        wishes = Wishes(_nothing, _nothing, _nothing, _nothing, None)
        page = KioskView(self.look, tr, model, wishes, 900, staffed=True)
        model.setParent(page)
        model.state = dict(kiosk_states())[name]
        model.state_changed.emit(model.state)
        return page

    def doors(self, tr: Words) -> Page:
        page = doors_page(self.look, tr, self.engine, self.organizer.doors())
        self._wait(page.invite.make.isEnabled)
        page.invite.make.click()
        self._wait(lambda: page.model.state.drawn is not None and not page.model.state.busy)
        page.request.setPlainText(self.organizer.request(9).message())
        self._wait(lambda: page.model.state.request is not None)
        return page

    def rules(self, tr: Words) -> Page:
        page = policy_page(self.look, tr, self.engine, self.organizer.rules())
        self._wait(lambda: bool(page.model.state.filled))
        page.model.edit("undo_seconds", "soon")
        return page

    def preferences(self, tr: Words) -> Page:
        return PreferencesView(self.look, tr, Choices(_nothing, _nothing))

    def sales(self, tr: Words) -> Page:
        attendee = self.organizer.attendee
        if attendee.blocks < 10:
            fill(attendee)
        ports = SalesPorts(self.engine, SalesService(attendee.mirror), attendee.clock)
        page = sales_page(self.look, tr, ports)
        self._wait(lambda: page._model.state.report is not None)
        return page

    def shell(self, tr: Words) -> Page:
        blank = Screen("blank", "Queue", "layers", Page)
        return DesktopShell(self.look, tr, "Desk", (blank,))

    def tickets(self, tr: Words) -> Page:
        attendee = self.organizer.attendee
        if attendee.blocks < 10:
            fill(attendee)
        ports = WalletPorts(self.engine, attendee.holdings, attendee.maker, attendee.clock)
        page = screens(self.look, tr, ports)[0].make()
        self._wait(lambda: bool(re.search("[0-9]", str(page.findChildren(QLabel)[1].text()))))
        return page

    def _wait(self, done: Callable[[], bool]) -> None:
        self.stage.run(self.stage.until(done))


def _nothing(*_: object) -> None:
    """Do nothing: these pages answer to nobody."""


KIOSK = (
    *("kiosk-scanning", "kiosk-offline", "kiosk-warnings", "kiosk-alone", "kiosk-exit-mode"),
    *("kiosk-test-mode", "kiosk-camera-lost", "verdict-already-used", "verdict-attention"),
)
NAMES = (
    *("chooser", "setup", "doors", "rules", "preferences", "sales", "shell", "tickets"),
    *(f"first_run:{step.value}" for step in StepKey),
    *(f"kiosk:{name}" for name in KIOSK),
)


@pytest.fixture
def pages(look: Look, stage: Stage, engine: Engine, tmp_path: Path) -> Iterator[Pages]:
    made = Pages(look, stage, engine, tmp_path)
    yield made
    made.close()


def open_page(pages: Pages, name: str, tr: Words) -> Page:
    kind, _, detail = name.partition(":")
    if kind == "first_run":
        return pages.first_run(tr, StepKey(detail))
    if kind == "kiosk":
        return pages.kiosk(tr, detail)
    made: Page = getattr(pages, kind)(tr)
    return made


def end(page: Page) -> None:
    page.leave()
    if isinstance(page, FirstRunPage):
        page.model.eye.join()
    page.close()
    page.deleteLater()
    QApplication.sendPostedEvents(None, 52)  # what is deleted later is deleted now


@pytest.mark.parametrize("name", NAMES)
def test_a_page_says_everything_by_gettext_and_again_when_the_language_changes(
    name: str, pages: Pages
) -> None:
    tr = Marking()
    page = open_page(pages, name, tr)
    before = texts_of(page)
    tr.on = True
    page.retranslate()
    after = texts_of(page)
    assert before != after
    left = unmarked(after)
    assert left == [], "\n".join(map(str, left))
    tr.on = False
    page.retranslate()
    assert texts_of(page) == before
    end(page)


@pytest.mark.parametrize(
    "name",
    ["setup", "doors", "rules", "sales", "tickets", "first_run:ready", "kiosk:kiosk-offline"],
)
def test_a_page_that_changes_its_language_says_what_a_new_one_says(name: str, pages: Pages) -> None:
    tr, language = Words(), "de"
    changed = open_page(pages, name, tr)
    tr.choose(language)
    changed.retranslate()
    said = texts_of(changed)
    end(changed)
    fresh = open_page(pages, name, Words(language))
    assert said == texts_of(fresh)
    end(fresh)


def test_the_pad_for_the_pin_changes_its_language(look: Look) -> None:
    def ask(_pin: str) -> Future[PinResult]:
        raise AssertionError

    tr = Words()
    pad = PinPad(look, tr, ask, cancel="Back")
    tr.choose("de")
    pad.retranslate()
    assert pad.cancel.text() == "Zurück"
    pad.close_pad()
    pad.deleteLater()


def test_a_language_brings_its_dates_its_direction_and_qts_own_words(qt: QApplication) -> None:
    tr = Words()
    languages = Languages(qt, tr, "de")
    heard: list[str] = []
    languages.changed.connect(lambda: heard.append(tr.language))
    assert QLocale().language() is QLocale.Language.German
    assert QApplication.translate("QPlatformTheme", "Cancel") == "Abbrechen"
    languages.choose("es")
    assert QApplication.translate("QPlatformTheme", "Cancel") == "Cancelar"
    assert languages.next() == "en"
    languages.choose("ar")
    assert qt.layoutDirection() is Qt.LayoutDirection.RightToLeft
    languages.choose("en")
    assert qt.layoutDirection() is Qt.LayoutDirection.LeftToRight
    languages.choose("en")
    assert heard == ["es", "ar", "en"]
    assert QApplication.translate("QPlatformTheme", "Cancel") == "Cancel"
    languages.choose("es")
    languages.close()
    assert QApplication.translate("QPlatformTheme", "Cancel") == "Cancel"
    languages.deleteLater()


def test_in_a_language_from_right_to_left_pages_are_mirrored_and_addresses_are_not(
    qt: QApplication, pages: Pages
) -> None:
    qt.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        page = pages.first_run(MirroredWords(), StepKey.KEYS)
        assert isinstance(page, FirstRunPage)
        page.resize(1024, 600)
        page.show()
        assert page.back.x() > page.next.x()
        assert "\N{LEFT-TO-RIGHT ISOLATE}0x" in page.keys.address.text()
        end(page)
    finally:
        qt.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


SMALLEST, SMALL_WINDOW = QSize(1024, 600), QSize(640, 400)


@pytest.mark.parametrize("language", [each.code for each in LANGUAGES])
@pytest.mark.parametrize("size", [SMALLEST, SMALL_WINDOW], ids=["tablet", "small window"])
def test_every_verdict_fits_and_its_word_is_whole(language: str, size: QSize, look: Look) -> None:
    tr, panel = Words(language), VerdictPanel(look)
    panel.resize(size)
    cut = []
    for code in Code:
        panel.show_face(verdict_face(Shown(verdict(code), NOW), tr))
        placed = panel.arrangement()
        assert placed is not None
        wide = [
            part.text
            for part in placed.parts
            if part.role is Role.WORD
            and QFontMetricsF(part.font).horizontalAdvance(part.text) > part.box.width() + 1
        ]
        if wide or not placed.fits:
            cut.append((code, wide))
    assert cut == []
    panel.deleteLater()


@pytest.mark.parametrize("language", [each.code for each in LANGUAGES])
def test_the_kiosk_and_the_first_run_fit_the_smallest_tablet(language: str, pages: Pages) -> None:
    tr = Words(language)
    kiosk = pages.kiosk(tr, "kiosk-scanning")
    assert isinstance(kiosk, KioskView)
    wide = []
    for name, state in kiosk_states():
        kiosk.model.state = state
        kiosk.model.state_changed.emit(state)
        if kiosk.minimumSizeHint().width() > SMALLEST.width():
            wide.append((name, kiosk.minimumSizeHint().width()))
    assert wide == []
    end(kiosk)
    for step in (StepKey.INVITATION, StepKey.SOUND, StepKey.READY):
        page = pages.first_run(tr, step)
        assert page.minimumSizeHint().width() <= SMALLEST.width()
        end(page)
