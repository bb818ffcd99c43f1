from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from app.domain.errors import AppError, CameraError
from app.runtime.intake import Intake, IntakeHooks
from tests.unit.scan.pdfs_for_tests import pdf
from tests.unit.scan.pictures_for_tests import code

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.scan.frames import Frame

PATIENCE = 30.0


class Ear:
    """Keeps what an intake tells."""

    def __init__(self) -> None:
        self.heard: queue.Queue[tuple[bytes, str] | str | AppError] = queue.Queue()
        self.refuse = False

    def on_payload(self, payload: bytes, frame: Frame) -> None:
        if self.refuse:
            raise CameraError("no room", code="camera.unreadable")
        self.heard.put((payload, frame.origin))

    def next(self) -> tuple[bytes, str] | str | AppError:
        return self.heard.get(timeout=PATIENCE)


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def intake(ear: Ear) -> Iterator[Intake]:
    opened = Intake(IntakeHooks(ear.on_payload, ear.heard.put, ear.heard.put))
    opened.start()
    yield opened
    assert opened.stop(PATIENCE)


def test_texts_are_delivered_in_order_with_their_origin(intake: Intake, ear: Ear) -> None:
    assert intake.give_text(b"EG1:A", "left gun")
    assert intake.give_text(b"EG1:B", "right gun")
    assert ear.next() == (b"EG1:A", "left gun")
    assert ear.next() == (b"EG1:B", "right gun")


def test_a_picture_and_every_page_are_read_under_their_bare_names(
    intake: Intake, ear: Ear, tmp_path: Path
) -> None:
    cv2.imwrite(str(tmp_path / "ticket.png"), code("EG1:PICTURE"))
    (tmp_path / "all.pdf").write_bytes(pdf([code("EG1:ONE", scale=6), code("EG1:TWO", scale=6)]))
    assert intake.give_file(tmp_path / "ticket.png")
    assert intake.give_file(tmp_path / "all.pdf")
    assert ear.next() == (b"EG1:PICTURE", "ticket.png")
    assert ear.next() == (b"EG1:ONE", "all.pdf")
    assert ear.next() == (b"EG1:TWO", "all.pdf")


def test_nothing_and_trouble_are_told_and_the_next_file_is_read(
    intake: Intake, ear: Ear, tmp_path: Path
) -> None:
    cv2.imwrite(str(tmp_path / "white.png"), np.full((80, 80), 255, dtype=np.uint8))
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 but no more")
    intake.give_file(tmp_path / "white.png")
    intake.give_file(tmp_path / "broken.pdf")
    intake.give_file(tmp_path / "gone.png")
    intake.give_picture(code("EG1:PASTED"), "clipboard")
    assert ear.next() == "white.png"
    broken, gone = ear.next(), ear.next()
    assert isinstance(broken, AppError)
    assert isinstance(gone, AppError)
    assert (broken.code, gone.code) == ("camera.unreadable", "camera.missing")
    assert ear.next() == (b"EG1:PASTED", "clipboard")


def test_trouble_of_the_listener_does_not_end_it(intake: Intake, ear: Ear) -> None:
    ear.refuse = True
    intake.give_text(b"EG1:A", "gun")
    assert isinstance(ear.next(), AppError)
    ear.refuse = False
    intake.give_text(b"EG1:B", "gun")
    assert ear.next() == (b"EG1:B", "gun")


def test_what_does_not_fit_is_refused_and_not_kept_waiting(ear: Ear) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(payload: bytes, frame: Frame) -> None:
        begun.set()
        go_on.wait(PATIENCE)
        ear.on_payload(payload, frame)

    intake = Intake(IntakeHooks(slow))
    intake.start()
    assert intake.give_text(b"first", "gun")
    assert begun.wait(PATIENCE)
    taken = sum(intake.give_text(b"more", "gun") for _ in range(200))
    assert 0 < taken < 200
    go_on.set()
    assert intake.stop(PATIENCE)


def test_a_stopped_intake_takes_nothing_up(ear: Ear) -> None:
    intake = Intake(IntakeHooks(ear.on_payload))
    assert intake.stop()
    intake.start()
    intake.give_text(b"late", "gun")
    assert intake.stop()
    assert ear.heard.empty()
