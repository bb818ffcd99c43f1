"""A door without staff on the screen: what guests see, in their language, and what staff sees."""

from __future__ import annotations

import os
import queue
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.cli.self_service_window import SelfServiceWindow
from app.domain.errors import HardwareTrouble
from app.domain.hardware import PdfPrinter
from app.domain.self_service import Phase, Visit
from app.domain.slips import Slip
from app.domain.verdicts import Code, MirrorView, Severity, Verdict, severity_of
from app.runtime.door_runner import DoorHooks
from app.runtime.hardware.making import make_printer
from app.runtime.sounds import SilentSounds
from app.scan.frames import Frame, SourceState
from app.scan.pictures import read_picture
from app.scan.scene import Difficulty
from app.scan.simulated import Show, SimulatedCamera
from app.services.gate_ports import GateParts
from app.ui.i18n import Words
from app.ui.self_service import words
from app.ui.self_service.screen import GateSetup, SelfServiceScreen
from app.ui.self_service.view import SelfServiceView
from app.ui.self_service.words import GateState
from tests.fakes.equipment import FakePrinter, FakeRelay
from tests.fakes.sounds import FakeSounds
from tests.ui.door_child import StillCameras
from tests.ui.test_shell_program import Program, settings
from tests.unit.scan.pictures_for_tests import code
from tests.unit.services.gate_for_tests import TIMES, unattended
from tests.venue import DOOR, Venue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.runtime.engine import Engine
    from app.runtime.scanner import SourceFactory
    from app.scan.frames import FrameSource, Pixels, SourceHooks
    from app.ui.look import Look
    from tests.ui.conftest import Stage

SLOW = replace(TIMES, turn=30.0, thanks=0.3, sorry=0.3)


class Gate:
    """A self-service screen on real stores, with a picture of a code before its camera."""

    def __init__(self, look: Look, venue: Venue, engine: Engine) -> None:
        self.venue = venue
        self.guests: queue.Queue[Show | None] = queue.Queue()
        self.relay, self.printer, self.sounds = FakeRelay(senses=True), FakePrinter(), FakeSounds()
        parts = GateParts(
            venue.journal, self.relay, self.printer, venue.event.event_id, DOOR, 0.05, SLOW, 0.1
        )
        setup = GateSetup("Summer Sound 2026", "en", guests=lambda _token: ("Ana Müller",))
        door = replace(venue.parts(engine), check=unattended(venue).check)
        self.screen = SelfServiceScreen(
            door,
            parts,
            setup,
            look,
            venue.clock,
            os.urandom,
            sounds=self.sounds,
            listener=DoorHooks(on_verdict=lambda _verdict, _frame: None),
        )
        self.view = self.screen.view
        self.view.resize(1280, 800)
        self.view.show()

    def hold(self, token_id: int) -> None:
        """Hold a ticket's code before the camera."""
        payload = self.venue.payload(token_id)
        self.guests.put(Show(payload, frames=8, gap=1, difficulty=Difficulty.CLEAN))

    def start(self) -> None:
        self.screen.start(self.source)
        self.screen.allow(allowed=True)

    def source(self, hooks: SourceHooks) -> FrameSource:
        return SimulatedCamera(self.guests, size=(640, 360), realtime=True, hooks=hooks)

    @property
    def phase(self) -> Phase:
        return self.screen.model.state.visit.phase

    @property
    def face_word(self) -> str:
        face = self.view.panel.face
        assert face is not None
        return face.word.replace("\u00ad", "")


@pytest.fixture
def gate(look: Look, venue: Venue, engine: Engine, stage: Stage) -> Iterator[Gate]:
    made = Gate(look, venue, engine)
    yield made
    made.screen.close()
    made.view.close()
    made.view.deleteLater()
    del stage


def test_a_guest_scans_goes_through_and_the_language_is_forgotten(gate: Gate, stage: Stage) -> None:
    gate.hold(3)

    async def script() -> None:
        QTest.mouseClick(gate.view.languages.buttons["de"], Qt.MouseButton.LeftButton)
        assert gate.screen.words.language == "de"
        assert gate.view.languages.buttons["de"].isChecked()
        gate.start()
        await stage.until(lambda: gate.phase is Phase.OPEN)
        assert gate.view._stack.currentWidget() is gate.view.panel
        assert gate.view.panel.face is not None
        assert gate.view.panel.face.severity is Severity.ADMIT
        await stage.until(lambda: bool(gate.printer.slips))
        gate.relay.turned()
        await stage.until(lambda: gate.phase is Phase.TURNED)
        await stage.until(lambda: gate.screen.words.language == "en")
        assert gate.view.title.text() == "Show your ticket"

    stage.run(script())
    assert gate.relay.opened == 1
    assert gate.printer.slips[0].name == "Ana Müller"
    assert gate.sounds.played == [Severity.ADMIT]


def test_no_code_is_judged_before_staff_has_opened_the_kiosk(gate: Gate, stage: Stage) -> None:
    async def script() -> None:
        gate.screen.start(gate.source)
        await stage.until(lambda: gate.phase is Phase.IDLE)
        await stage.until(lambda: gate.screen.model.state.camera_state is SourceState.RUNNING)
        gate.hold(3)
        await stage.until(gate.guests.empty)
        await stage.pause(0.5)
        assert gate.venue.journal.head() is None
        gate.hold(4)
        gate.screen.allow(allowed=True)
        await stage.until(lambda: gate.phase is Phase.OPEN)

    stage.run(script())


def test_a_scanner_gun_opens_as_the_camera_does(gate: Gate, stage: Stage) -> None:
    async def script() -> None:
        gate.start()
        await stage.until(lambda: gate.phase is Phase.IDLE)
        gate.screen.sources.wedge.scanned.emit(gate.venue.payload(7))
        await stage.until(lambda: gate.phase is Phase.OPEN)

    stage.run(script())


def test_a_missing_relay_is_an_out_of_order_screen_that_names_it(gate: Gate, stage: Stage) -> None:
    gate.relay.missing = HardwareTrouble("gone", code="relay.missing")

    async def script() -> None:
        gate.start()
        await stage.until(lambda: gate.screen.model.state.fault == "relay.missing")
        await stage.until(lambda: gate.view._stack.currentWidget() is gate.view.panel)
        assert gate.face_word == "OUT OF ORDER"
        assert gate.view.panel.face is not None
        said = gate.view.panel.face.spoken()
        assert "use another door" in said
        assert "The relay that opens the door is not there." in said
        gate.relay.missing = None
        await stage.until(lambda: gate.screen.model.state.fault == "")

    stage.run(script())


# ── words ─────────────────────────────────────────────────────────────────────────────────────────


def verdict(of: Code, shown: int | None = None) -> Verdict:
    return Verdict(of, severity_of(of), MirrorView(1, 2), token_id=3, already_shown_seconds=shown)


@pytest.mark.parametrize("of", list(Code))
def test_every_verdict_tells_a_guest_what_to_do(of: Code) -> None:
    face = words.face(GateState(visit=Visit(Phase.SORRY, verdict=verdict(of))), Words())
    assert face is not None
    assert face.reason.endswith(".")
    assert face.next_step.startswith(("Please", "Open", "Show", "Turn", "Take")), (
        "a guest must know what to do"
    )
    assert "guest" not in face.spoken().lower()  # words for staff


def test_what_was_shown_already_is_sent_to_the_desk() -> None:
    face = words.face(
        GateState(visit=Visit(Phase.SORRY, verdict=verdict(Code.ADMITTED, 4))), Words()
    )
    assert face is not None
    assert face.severity is Severity.DESK
    assert "a moment ago" in face.reason


@pytest.mark.parametrize(
    ("state", "fault"),
    [
        (GateState(visit=Visit(), standing=Code.CLOCK_WRONG), "CLOCK_WRONG"),
        (GateState(visit=Visit(), standing=Code.MIRROR_TOO_OLD), "MIRROR_TOO_OLD"),
        (GateState(visit=Visit(), standing=Code.STORE_FAILED), "STORE_FAILED"),
        (GateState(visit=Visit(), camera_state=SourceState.LOST), "camera.lost"),
        (GateState(visit=Visit(), camera_trouble="camera.missing"), "camera.missing"),
        (GateState(visit=Visit(Phase.OUT_OF_ORDER, trouble="printer.missing")), "printer.missing"),
        (GateState(visit=Visit(Phase.OPEN), standing=Code.CLOCK_WRONG), ""),
        (GateState(), ""),
    ],
)
def test_every_stop_condition_is_a_fault_unless_a_guest_is_in_the_middle(
    state: GateState, fault: str
) -> None:
    assert state.fault == fault
    face = words.face(state, Words())
    assert (face is not None and face.severity is Severity.STOP) == bool(fault)


# ── slips ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("qt")
def test_a_slip_becomes_a_pdf_with_its_words(tmp_path: Path, look: Look) -> None:
    pdfium = pytest.importorskip("pypdfium2")
    printer = make_printer(PdfPrinter(str(tmp_path / "badges")))
    printer.check()
    slip = Slip("Summer Sound 2026", "Ana Müller", ("No. 3", "20:15"), "3/1795000000")
    printer.print(slip)
    (file,) = (tmp_path / "badges").iterdir()
    assert file.name == "3-1795000000.pdf"
    document = pdfium.PdfDocument(str(file))
    text = document[0].get_textpage().get_text_bounded()
    width, height = document[0].get_size()
    document.close()
    for word in ("Summer Sound 2026", "Ana Müller", "No. 3", "20:15"):
        assert word in text
    assert round(width / height, 2) == 1.5
    del look


def test_a_folder_that_takes_no_file_is_a_missing_printer(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(HardwareTrouble) as caught:
        make_printer(PdfPrinter(str(tmp_path / "file"))).check()
    assert caught.value.code == "printer.missing"


# ── the program ───────────────────────────────────────────────────────────────────────────────────


class Patient(StillCameras):
    """A guest holds a ticket before the camera until the door is ready to look."""

    def source(self, spec: str) -> SourceFactory:
        return lambda _hooks: Held(read_picture(Path(spec)))


class Held:
    """A live picture that does not change."""

    name, live = "held", True

    def __init__(self, picture: Pixels) -> None:
        self._picture = picture
        self._closed = threading.Event()
        self._given = 0

    @property
    def exhausted(self) -> bool:
        return self._closed.is_set()

    def read(self, timeout: float) -> Frame | None:
        if self._closed.wait(min(timeout, 0.05)):
            return None
        self._given += 1
        return Frame(self._picture, self._given - 1, time.monotonic(), self.name)

    def close(self) -> None:
        self._closed.set()


def test_the_program_opens_a_door_without_staff_from_its_settings(tmp_path: Path) -> None:
    folder, picture = tmp_path / "data", tmp_path / "guest.png"
    venue = Venue.open(folder)
    cv2.imwrite(str(picture), code(venue.payload(3)))
    venue.close()
    told = replace(
        settings(folder, event="1", camera=str(picture)), printer=f"pdf:{tmp_path / 'slips'}"
    )

    async def script(program: Program) -> None:
        session = program.session
        window = SelfServiceWindow(session, cameras=Patient(session.window), sounds=SilentSounds())
        session.program.spawn(window.run())
        view = await program.page(SelfServiceView)
        await program.until(lambda: view.model.state.visit.phase is Phase.OPEN)
        await program.until(lambda: bool(list((tmp_path / "slips").glob("*.pdf"))))

    assert Program(told).run(script) == 0
    venue = Venue.open(folder)
    rows = [row.draft for row in venue.journal.rows().result()]
    venue.close()
    assert {row.operator for row in rows} == {"self-service"}
    assert [row.code for row in rows].count("ADMITTED") == 1
