from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.domain.errors import CameraError
from app.scan.decoder import Decoder
from app.scan.documents import MOST_PAGES, DocumentSource, read_pages
from app.scan.frames import SourceHooks, SourceState, frames
from app.scan.sources import SourceKind, open_source, parse_spec
from tests.unit.scan.pdfs_for_tests import pdf
from tests.unit.scan.pictures_for_tests import code

if TYPE_CHECKING:
    from pathlib import Path


def written(folder: Path, content: bytes, name: str = "tickets.pdf") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_every_page_s_code_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, pdf([code(f"EG1:PAGE{number}", scale=6) for number in range(3)]))
    found = [Decoder()(page) for page in read_pages(path)]
    assert found == [[b"EG1:PAGE0"], [b"EG1:PAGE1"], [b"EG1:PAGE2"]]


def test_a_pdf_is_known_by_how_it_begins(tmp_path: Path) -> None:
    content = pdf([code("EG1:NAMELESS", scale=6)])
    nameless = written(tmp_path, content, "attachment")
    assert parse_spec(str(nameless)).kind is SourceKind.DOCUMENT
    pages = [frame.image for frame in frames(open_source(str(nameless)))]
    assert [Decoder()(page) for page in pages] == [[b"EG1:NAMELESS"]]


def test_a_source_tells_its_states_and_ends(tmp_path: Path) -> None:
    states: list[SourceState] = []
    path = written(tmp_path, pdf([code("EG1:A"), code("EG1:B")]))
    source = DocumentSource(path, hooks=SourceHooks(on_state=states.append))
    assert [frame.index for frame in frames(source)] == [0, 1]
    assert source.exhausted
    assert states == [SourceState.RUNNING, SourceState.ENDED]


def test_a_closed_source_gives_no_more_pages(tmp_path: Path) -> None:
    source = DocumentSource(written(tmp_path, pdf([code("EG1:A"), code("EG1:B")])))
    assert source.read(0.1) is not None
    source.close()
    assert source.read(0.1) is None
    assert source.exhausted


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "damaged"),
        (b"%PDF-1.7\n", "damaged"),
        (b"no PDF at all", "damaged"),
        (pdf([code("EG1:CUT")])[:600], "damaged"),
        (pdf([code("EG1:LOCKED")], encrypted=True), "password"),
        (pdf([]), "damaged|no page"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(CameraError, match=said) as refused:
        list(read_pages(written(tmp_path, content)))
    assert refused.value.code == "camera.unreadable"


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(CameraError) as refused:
        list(read_pages(tmp_path / "gone.pdf"))
    assert refused.value.code == "camera.missing"


def test_pages_as_large_as_a_wall_are_drawn_small(tmp_path: Path) -> None:
    path = written(tmp_path, pdf([code("EG1:WALL", scale=6)], points=14_400))
    (page,) = read_pages(path)
    assert page.size <= 8_100_000
    assert Decoder()(page) == [b"EG1:WALL"]


@pytest.mark.parametrize("points", [0.0, -3.0, 0.001])
def test_pages_without_a_size_do_no_harm(tmp_path: Path, points: float) -> None:
    path = written(tmp_path, pdf([code("EG1:POINT")], points=points))
    with suppress(CameraError):
        assert all(page.size <= 8_100_000 for page in read_pages(path))


def test_a_thousand_pages_end_after_so_many_and_say_so(tmp_path: Path) -> None:
    path = written(tmp_path, pdf([np.zeros((2, 2), dtype=np.uint8)] * 1_000, points=10))
    pages = read_pages(path)
    assert len(list(islice(pages, MOST_PAGES))) == MOST_PAGES
    with pytest.raises(CameraError, match="1000 pages"):
        next(pages)
