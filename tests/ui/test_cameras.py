from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import CameraError
from app.runtime.cameras import CameraInfo, Cameras, cameras_in_sysfs

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication


def plug_in(sysfs: Path, node: str, name: str, index: str = "0") -> None:
    folder = sysfs / node
    folder.mkdir(parents=True)
    (folder / "name").write_text(name + "\n")
    (folder / "index").write_text(index + "\n")


def test_cameras_have_their_names_and_twins_are_told_apart(tmp_path: Path) -> None:
    plug_in(tmp_path, "video10", "BRIO")
    plug_in(tmp_path, "video2", "BRIO")
    plug_in(tmp_path, "video3", "BRIO", index="1")  # metadata of the one before
    plug_in(tmp_path, "video0", "Lid")
    assert cameras_in_sysfs(tmp_path) == (
        CameraInfo("Lid", "/dev/video0"),
        CameraInfo("BRIO", "/dev/video2"),
        CameraInfo("BRIO (2)", "/dev/video10"),
    )


def test_a_system_without_cameras_has_none(tmp_path: Path) -> None:
    assert cameras_in_sysfs(tmp_path / "nothing") == ()


@pytest.mark.skipif(sys.platform != "linux", reason="device files")
def test_a_camera_is_opened_by_its_name_where_it_is_now(qt: QApplication, tmp_path: Path) -> None:
    assert qt is not None
    cameras = Cameras(sysfs=tmp_path)
    with pytest.raises(CameraError) as away:
        cameras.open("Lobby")
    assert (away.value.code, away.value.retryable) == ("camera.missing", True)
    plug_in(tmp_path, "video97", "Lobby")  # plugged in after the program looked
    with pytest.raises(CameraError, match="/dev/video97"):
        cameras.open("Lobby")


def test_a_camera_s_spec_names_it_after_a_replug() -> None:
    assert CameraInfo("Lobby", "/dev/video4").spec == "camera:Lobby"
