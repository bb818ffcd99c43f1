from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import cv2
import pytest

from app.domain.errors import CameraError
from app.scan.capture import Capture, open_device, safe_url
from app.scan.decoder import Decoder
from app.scan.frames import Pixels, SourceHooks, SourceState, frames
from app.scan.sources import SourceKind, SourceOptions, open_source, parse_spec
from tests.unit.scan.pictures_for_tests import code

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("spec", "kind", "target"),
    [
        ("0", SourceKind.CAMERA, "0"),
        (" 12 ", SourceKind.CAMERA, "12"),
        ("/dev/video7", SourceKind.CAMERA, "/dev/video7"),
        ("camera:3", SourceKind.CAMERA, "3"),
        ("camera:HD Webcam C270", SourceKind.CAMERA, "HD Webcam C270"),
        ("rtsp://door.example/a", SourceKind.STREAM, "rtsp://door.example/a"),
        ("HTTP://door.example/video", SourceKind.STREAM, "HTTP://door.example/video"),
    ],
)
def test_cameras_and_streams_are_told_apart(spec: str, kind: SourceKind, target: str) -> None:
    assert parse_spec(spec) == (kind, target)


def test_paths_are_told_apart_by_what_is_there(tmp_path: Path) -> None:
    for name in ("a.PNG", "b.avi", "c"):
        (tmp_path / name).write_bytes(b"x")
    assert parse_spec(str(tmp_path)).kind is SourceKind.FOLDER
    assert parse_spec(str(tmp_path / "a.PNG")).kind is SourceKind.PICTURE
    assert parse_spec(str(tmp_path / "b.avi")).kind is SourceKind.FILM
    assert parse_spec(str(tmp_path / "c")).kind is SourceKind.FILM


@pytest.mark.parametrize(
    "spec", ["", "  ", "camera:", "no/such/folder", "ghost.png", "a\0b", "x" * 5000, "ftp://a/b"]
)
def test_what_is_not_there_is_missing(spec: str) -> None:
    with pytest.raises(CameraError) as raised:
        open_source(spec)
    assert raised.value.code == "camera.missing"
    assert str(raised.value).rstrip().endswith(".")


@pytest.mark.skipif(sys.platform != "linux", reason="cameras are files on Linux only")
@pytest.mark.parametrize("spec", ["97", "/dev/video97", "camera:97", "camera:Ghost 3000"])
def test_a_missing_camera_is_missing(spec: str, capfd: pytest.CaptureFixture[str]) -> None:
    source = open_source(spec)
    with pytest.raises(CameraError, match="plug it in") as raised:
        source.read(0.1)
    assert raised.value.code == "camera.missing"
    assert raised.value.retryable
    source.close()
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(sys.platform != "linux", reason="any file may be named as a camera on Linux")
def test_a_device_that_is_no_camera_is_unreadable(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CameraError, match="close other programs") as raised:
        open_device("/dev/null")
    assert raised.value.code == "camera.unreadable"
    assert capfd.readouterr() == ("", "")


def write_film(path: Path, pictures: list[Pixels]) -> Path:
    height, width = pictures[0].shape[:2]
    writer = cv2.VideoWriter(
        str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (width, height), isColor=True
    )
    assert writer.isOpened()
    for picture in pictures:
        writer.write(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR))
    writer.release()
    return path


def test_every_frame_of_a_film_is_given(tmp_path: Path) -> None:
    pictures = [code(f"EG1:FRAME{number}", scale=6) for number in range(7)]
    film = write_film(tmp_path / "evening %03d.avi", pictures)
    states: list[SourceState] = []
    options = SourceOptions(hooks=SourceHooks(on_state=states.append))
    source = open_source(str(film), options)
    decoder = Decoder()
    seen = [decoder(frame.image) for frame in frames(source)]
    assert seen == [[f"EG1:FRAME{number}".encode()] for number in range(7)]
    assert states == [SourceState.RUNNING, SourceState.ENDED]
    assert not source.live
    source.close()
    assert states[-1] is SourceState.CLOSED


def test_a_film_may_be_closed_in_the_middle_even_by_its_own_hook(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.avi", [code("EG1:X")] * 4)
    source = open_source(
        str(film), SourceOptions(hooks=SourceHooks(on_state=lambda _state: source.close()))
    )
    assert source.read(0) is not None
    assert source.exhausted
    assert source.read(0) is None


@pytest.mark.parametrize("content", [b"", b"not a film", b"RIFF\x00\x00\x00\x00AVI LIST"])
def test_what_is_no_film_is_refused_in_words(
    tmp_path: Path, content: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.avi"
    path.write_bytes(content)
    with pytest.raises(CameraError, match=r"bad\.avi") as raised:
        open_source(str(path)).read(0)
    assert raised.value.code == "camera.unreadable"
    assert capfd.readouterr() == ("", "")


def test_a_torn_film_gives_its_whole_frames_and_ends(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.avi", [code("EG1:TORN", scale=6)] * 30)
    torn = tmp_path / "torn.avi"
    whole = film.read_bytes()
    torn.write_bytes(whole[: len(whole) // 2])
    decoder = Decoder()
    seen = [decoder(frame.image) for frame in frames(open_source(str(torn)))]
    assert 5 <= seen.count([b"EG1:TORN"]) < 30


def test_cameras_by_name_are_opened_by_whoever_knows_them() -> None:
    class Webcam:
        def read(self) -> Pixels | None:
            return code("EG1:WEBCAM")

        def close(self) -> None:
            closed.append(True)

    closed: list[bool] = []
    asked: list[str] = []

    def open_camera(name: str) -> Capture:
        asked.append(name)
        return Webcam()

    source = open_source("camera:C270", SourceOptions(open_camera=open_camera))
    frame = source.read(0.1)
    assert frame is not None
    assert (frame.origin, source.live, asked) == ("camera C270", True, ["C270"])
    source.close()
    assert closed == [True]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://ann:secret@cam.example:554/live?token=k", "rtsp://cam.example:554/…"),
        ("http://cam.example", "http://cam.example/"),
        ("http://a@b@cam.example/", "http://cam.example/"),
    ],
)
def test_secrets_of_a_url_are_not_shown(url: str, shown: str) -> None:
    assert safe_url(url) == shown
    assert open_source(url).name == shown
