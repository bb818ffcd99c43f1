from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from app.domain.errors import AppError, CameraError
from app.scan.decoder import Decoder
from app.scan.frames import SourceHooks, SourceState, frames
from app.scan.pictures import PictureSource, natural_key, pictures_in, read_picture
from app.scan.sources import SourceOptions, open_source
from tests.unit.scan.pictures_for_tests import code


def write(
    path: Path, image: np.ndarray[tuple[int, ...], np.dtype[np.integer[Any] | np.floating[Any]]]
) -> Path:
    assert cv2.imwrite(str(path), image)
    return path


def png(width: int, height: int, *, rows: int) -> bytes:
    """Give a black PNG that promises a size and holds so many rows."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = b"IDAT" + zlib.compress(b"\0" * (width + 1) * rows)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
        for chunk in (head, body, b"IEND")
    )


def test_a_folder_gives_its_pictures_in_the_order_people_count(tmp_path: Path) -> None:
    for name in ["scan10.png", "scan2.jpg", "Scan1.bmp", "scan3.webp"]:
        write(tmp_path / name, code(f"EG1:{Path(name).stem.upper()}", scale=6))
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / ".hidden.png").write_bytes(b"")
    states: list[SourceState] = []
    hooks = SourceHooks(on_state=states.append)
    source = open_source(str(tmp_path), SourceOptions(hooks=hooks, clock=lambda: 12.5))
    taken = list(frames(source))
    assert [Decoder()(frame.image) for frame in taken] == [
        [f"EG1:SCAN{number}".encode()] for number in (1, 2, 3, 10)
    ]
    assert [Path(frame.origin).name for frame in taken] == [
        "Scan1.bmp",
        "scan2.jpg",
        "scan3.webp",
        "scan10.png",
    ]
    assert [frame.index for frame in taken] == [0, 1, 2, 3]
    assert {frame.captured_at for frame in taken} == {12.5}
    assert states == [SourceState.RUNNING, SourceState.ENDED]
    assert not source.live


def test_natural_order_survives_names_without_numbers_and_odd_digits() -> None:
    names = ["b", "a10", "a2", "A1", "10", "9", "²", "a٣", ""]
    assert sorted(names, key=natural_key)[:4] == ["", "9", "10", "A1"]


def test_a_single_file_is_a_source_of_one_frame(tmp_path: Path) -> None:
    path = write(tmp_path / "Größe €.png", code("EG1:ONE"))
    assert [Decoder()(frame.image) for frame in frames(open_source(str(path)))] == [[b"EG1:ONE"]]


def test_a_broken_picture_is_told_and_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "1.png", code("EG1:A"))
    (tmp_path / "2.png").write_bytes(b"no picture at all")
    write(tmp_path / "3.png", code("EG1:B"))
    troubles: list[AppError] = []
    options = SourceOptions(hooks=SourceHooks(on_trouble=troubles.append))
    taken = list(frames(open_source(str(tmp_path), options)))
    assert [Path(frame.origin).name for frame in taken] == ["1.png", "3.png"]
    assert [trouble.code for trouble in troubles] == ["camera.unreadable"]
    assert "2.png" in str(troubles[0])


def test_when_no_picture_can_be_read_that_is_raised(tmp_path: Path) -> None:
    for name in ("1.png", "2.png"):
        (tmp_path / name).write_bytes(b"x")
    source = open_source(str(tmp_path))
    with pytest.raises(CameraError, match=r"2\.png") as raised:
        list(frames(source))
    assert raised.value.code == "camera.unreadable"
    assert source.exhausted


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("hello")
    with pytest.raises(CameraError, match="put PNG") as raised:
        open_source(str(tmp_path))
    assert raised.value.code == "camera.empty"


def test_a_folder_that_vanished_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match="cannot be listed") as raised:
        pictures_in(tmp_path / "gone")
    assert raised.value.code == "camera.unreadable"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 5000,
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"%PDF-1.7",
        png(60_000, 60_000, rows=1),
        png(0, 0, rows=1),
    ],
    ids=["empty", "zeros", "only a signature", "torn gif", "pdf", "a promise", "no size"],
)
def test_what_is_no_picture_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.png"
    path.write_bytes(content)
    with pytest.raises(CameraError, match=r"bad\.png") as raised:
        read_picture(path)
    assert raised.value.code == "camera.unreadable"


def test_a_picture_of_too_many_pixels_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png(9000, 9000, rows=9000))
    assert path.stat().st_size < 200_000
    with pytest.raises(CameraError, match="64 megapixels"):
        read_picture(path)


def test_a_file_too_large_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    with path.open("wb") as sparse:
        sparse.truncate(80 << 20)
    with pytest.raises(CameraError, match="larger than 64 MB"):
        read_picture(path)


def test_a_torn_jpeg_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    whole = write(tmp_path / "whole.jpg", code("EG1:" + "C" * 132)).read_bytes()
    torn = tmp_path / "torn.jpg"
    torn.write_bytes(whole[: len(whole) // 3])
    with pytest.raises(CameraError, match="damaged"):
        read_picture(torn)
    assert capfd.readouterr() == ("", "")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match="check the name") as raised:
        read_picture(tmp_path / "none.png")
    assert raised.value.code == "camera.missing"


def test_a_folder_with_a_picture_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "trap.png").mkdir()
    with pytest.raises(CameraError, match="check its permissions"):
        read_picture(tmp_path / "trap.png")


def test_a_code_on_transparent_ground_is_read(tmp_path: Path) -> None:
    drawn = code("EG1:CLEAR")
    image = np.zeros((*drawn.shape, 4), dtype=np.uint8)
    image[:, :, 3] = 255 - drawn  # black ink, nothing behind
    assert Decoder()(read_picture(write(tmp_path / "clear.png", image))) == [b"EG1:CLEAR"]


def test_sixteen_bits_and_floats_are_brought_to_eight(tmp_path: Path) -> None:
    drawn = code("EG1:DEEP")
    deep = write(tmp_path / "deep.png", drawn.astype(np.uint16) * 257)
    floats = write(tmp_path / "float.tiff", (drawn / 255).astype(np.float32))
    assert Decoder()(read_picture(deep)) == [b"EG1:DEEP"]
    assert Decoder()(read_picture(floats)) == [b"EG1:DEEP"]


def test_closing_ends_the_folder(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{number}.png", code("EG1:X")) for number in range(3)]
    source = PictureSource("three", paths)
    assert source.read(0) is not None
    source.close()
    source.close()
    assert source.exhausted
    assert source.read(0) is None
