"""What is handed to a door beside its camera, on the whole kiosk with real stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QByteArray, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.domain.verdicts import Code
from app.runtime.side_sources import SideChoices, SideHooks, SideSources, split_sources
from app.runtime.wedge import WedgeSettings
from app.scan.scene import Difficulty
from app.scan.simulated import Show, SimulatedCamera
from tests.ui.test_kiosk_screen import Door, door, noted
from tests.unit.scan.pdfs_for_tests import pdf
from tests.unit.scan.pictures_for_tests import code

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from app.runtime.engine import Engine
    from app.runtime.scanner import SourceFactory
    from tests.ui.conftest import Stage

__all__ = ("door", "noted")  # fixtures


def drop(target: QWidget, data: QMimeData) -> None:
    entered = QDragEnterEvent(
        QPoint(9, 9),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(target, entered)
    assert entered.isAccepted()
    dropped = QDropEvent(
        QPointF(9, 9),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(target, dropped)


def files(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def test_dropped_pictures_and_pdfs_are_judged_like_scans(
    door: Door, engine: Engine, stage: Stage, tmp_path: Path
) -> None:
    picture, document = tmp_path / "one.png", tmp_path / "two.pdf"
    cv2.imwrite(str(picture), code(door.venue.payload(1), scale=5))
    document.write_bytes(pdf([code(door.venue.payload(2), scale=6)]))

    async def play() -> None:
        screen = door.open(door.venue.parts(engine))
        await door.sees()
        drop(screen.view, files(picture, document))
        await stage.until(
            lambda: (status := screen.model.state.status) is not None and status.admitted_here == 2
        )

    stage.run(play())


def test_what_holds_no_code_or_is_broken_is_said(
    door: Door, engine: Engine, stage: Stage, tmp_path: Path
) -> None:
    white, broken = tmp_path / "white.png", tmp_path / "broken.pdf"
    cv2.imwrite(str(white), np.full((90, 90), 255, dtype=np.uint8))
    broken.write_bytes(b"%PDF-1.7")

    async def play() -> None:
        screen = door.open(door.venue.parts(engine))
        await door.sees()
        drop(screen.view, files(white))
        await stage.until(screen.view.explain.isVisible)
        screen.view.explain.put_away()
        drop(screen.view, files(broken))
        await stage.until(screen.view.explain.isVisible)

    stage.run(play())


@pytest.mark.parametrize("how", ["text", "picture"])
def test_the_clipboard_is_read(door: Door, engine: Engine, stage: Stage, how: str) -> None:
    clipboard = QGuiApplication.clipboard()
    payload = door.venue.payload(1)
    if how == "text":
        clipboard.setText(payload + "\n")
    else:
        drawn = np.ascontiguousarray(code(payload, scale=5))
        height, width = drawn.shape
        grayscale = QImage.Format.Format_Grayscale8
        clipboard.setImage(QImage(drawn.data, width, height, width, grayscale).copy())

    async def play() -> None:
        screen = door.open(door.venue.parts(engine))
        await door.sees()
        screen.handed_in.paste()
        await door.judged(Code.ADMITTED)

    stage.run(play())
    clipboard.clear()


def test_a_gun_is_judged_and_types_nowhere(door: Door, engine: Engine, stage: Stage) -> None:
    door.side = SideChoices(gun=WedgeSettings(pace_ms=10_000))

    async def play() -> None:
        screen = door.open(door.venue.parts(engine))
        await door.sees()
        screen.view.action_bar.pause.setFocus()
        QTest.keyClicks(screen.view.action_bar.pause, door.venue.payload(1))
        QTest.keyClick(screen.view.action_bar.pause, Qt.Key.Key_Return)
        await door.judged(Code.ADMITTED)
        assert not screen.model.state.paused

    stage.run(play())


def test_can_t_read_shows_what_helps_when_a_second_s_study_does_not(
    door: Door, engine: Engine, stage: Stage
) -> None:
    async def play() -> None:
        screen = door.open(door.venue.parts(engine))
        await door.sees()
        await stage.until(lambda: screen.handed_in._newest is not None)
        button = screen.view.action_bar.unreadable
        button.setFocus()
        QTest.keyClick(button, Qt.Key.Key_Space)  # by keyboard
        await stage.until(screen.view.help.isVisible)

    stage.run(play())


def test_a_second_camera_and_a_gun_that_are_away_keep_nobody_from_scanning(
    door: Door, stage: Stage
) -> None:
    assert split_sources(" camera:Left ; serial:/dev/none@9600;; ") == (
        "camera:Left",
        "serial:/dev/none@9600",
    )
    presented: list[bytes] = []
    beside = SideSources(
        SideChoices(("camera:Left", "serial:/dev/none@9600")),
        SideHooks(lambda payload, _frame: presented.append(payload)),
        door.cameras.source,
    )

    async def play() -> None:
        beside.start()
        assert beside.intake.give_text(b"EG1:A", "pasted")
        await stage.until(lambda: presented == [b"EG1:A"])

    stage.run(play())
    beside.close()
    beside.close()


def test_two_cameras_are_read_at_once_each_under_its_name(door: Door, stage: Stage) -> None:
    presented: set[tuple[bytes, str]] = set()

    def opened(spec: str) -> SourceFactory:
        shows = [Show(f"EG1:{spec[-1]}", frames=4, gap=1, difficulty=Difficulty.CLEAN, label=spec)]
        return lambda hooks: SimulatedCamera(shows, size=(640, 480), hooks=hooks)

    beside = SideSources(
        SideChoices(("camera:A", "camera:B"), gun=None),
        SideHooks(lambda payload, frame: presented.add((payload, frame.origin))),
        opened,
    )

    async def play() -> None:
        beside.start()
        wanted = {(b"EG1:A", "camera:A"), (b"EG1:B", "camera:B")}
        await stage.until(lambda: presented == wanted)

    stage.run(play())
    beside.close()
    assert door.screen is None


def test_foreign_things_on_the_clipboard_are_no_trouble(
    door: Door, engine: Engine, stage: Stage
) -> None:
    data = QMimeData()
    data.setData("application/x-unheard-of", QByteArray(b"\x00\x01"))
    QGuiApplication.clipboard().setMimeData(data)

    async def play() -> None:
        screen = door.open(door.venue.parts(engine))
        await door.sees()
        screen.handed_in.paste()
        assert screen.view.explain.isVisible()

    stage.run(play())
    QGuiApplication.clipboard().clear()
