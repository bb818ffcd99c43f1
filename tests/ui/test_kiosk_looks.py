"""The kiosk's own looks as they are painted: exits, waiting, tests; legible in every theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.domain.admission import Direction
from app.domain.verdicts import Code, MirrorView, Verdict, severity_of
from app.ui.i18n import Words
from app.ui.kiosk import words
from app.ui.kiosk.mode_banner import ModeBanner
from app.ui.kiosk.view_model import Shown
from app.ui.look import Look, ThemeChoice
from app.ui.theme import ThemeName
from app.ui.widgets.verdict import VerdictFace, VerdictPanel
from tests.ui.colour_science import contrast
from tests.ui.pixels import colour, cut, farthest, render

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QWidget

CHOICES = (ThemeChoice.LIGHT, ThemeChoice.DARK, ThemeChoice.CONTRAST)
OWN = (Code.EXITED, Code.WAITING_FOR_VENUE)
SIZES = ((1024, 600), (1920, 1080))


def face_of(code: Code, *, test: bool = False, detail: str = "") -> VerdictFace:
    verdict = Verdict(code, severity_of(code), MirrorView(1, 1), token_id=7, detail=detail)
    return words.verdict_face(Shown(verdict, 0, test), Words(), {0: "Floor"})


class Frames:
    """Makes what is painted, and gives it back."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self._made: list[QWidget] = []

    def panel(self, face: VerdictFace) -> VerdictPanel:
        made = VerdictPanel(self.look)
        made.show_face(face)
        self._made.append(made)
        return made

    def banner(self, direction: Direction, *, test: bool) -> ModeBanner:
        made = ModeBanner(self.look, Words())
        made.show_mode(direction, test=test)
        self._made.append(made)
        return made

    def close(self) -> None:
        for made in self._made:
            made.close()
            made.deleteLater()
        self._made.clear()


@pytest.fixture
def frames(look: Look) -> Iterator[Frames]:
    made = Frames(look)
    yield made
    made.close()


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("code", OWN)
@pytest.mark.parametrize("size", SIZES)
def test_a_look_of_its_own_is_legible(
    frames: Frames, choice: ThemeChoice, code: Code, size: tuple[int, int]
) -> None:
    look = frames.look
    look.choose(choice)
    shown = frames.panel(face_of(code))
    pixels = render(shown, *size)
    placed = shown.arrangement()
    assert placed is not None
    least = 7.0 if look.theme.name is ThemeName.CONTRAST else 4.5
    ground = look.theme.severities[severity_of(code)].fill
    assert contrast(farthest(cut(pixels, placed.shape), ground), ground) >= least
    for part in placed.parts:
        assert contrast(farthest(cut(pixels, part.box), ground), ground) >= least, part.role


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize(
    ("own", "usual"), [(Code.EXITED, Code.ADMITTED), (Code.WAITING_FOR_VENUE, Code.DEFERRED)]
)
def test_a_look_of_its_own_is_not_taken_for_its_severitys(
    frames: Frames, choice: ThemeChoice, own: Code, usual: Code
) -> None:
    """By its shape alone: colours are the same, and words may not be read."""
    frames.look.choose(choice)
    shapes = []
    for code in (own, usual):
        shown = frames.panel(face_of(code))
        pixels = render(shown, 1280, 720)
        placed = shown.arrangement()
        assert placed is not None
        shapes.append(cut(pixels, placed.shape).astype(int))
    tall = min(shape.shape[0] for shape in shapes)
    wide = min(shape.shape[1] for shape in shapes)
    one, other = (shape[:tall, :wide] for shape in shapes)
    assert np.mean(np.abs(one - other).max(axis=2) > 60) > 0.1


@pytest.mark.parametrize("code", Code)
def test_a_test_is_marked_whatever_the_verdict(code: Code) -> None:
    detail = str(10**9) if code in (Code.TOO_EARLY, Code.TOO_LATE) else ""
    assert "TEST" in face_of(code, test=True, detail=detail).note
    assert "TEST" not in face_of(code, detail=detail).note


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize(("direction", "test"), [(Direction.EXIT, False), (Direction.ENTRY, True)])
def test_the_banner_of_a_mode_is_legible(
    frames: Frames, choice: ThemeChoice, direction: Direction, *, test: bool
) -> None:
    look = frames.look
    look.choose(choice)
    banner = frames.banner(direction, test=test)
    pixels = render(banner, 1024, 64)
    ground = colour(pixels[3, 400])
    least = 7.0 if look.theme.name is ThemeName.CONTRAST else 4.5
    assert contrast(farthest(pixels[:, 80:600], ground), ground) >= least
    block = colour(pixels[2, 2])
    assert contrast(farthest(pixels[:, :64], block), block) >= 3.0


def test_the_banners_of_both_modes_differ_without_words(frames: Frames) -> None:
    blocks = []
    for direction, test in ((Direction.EXIT, False), (Direction.ENTRY, True)):
        banner = frames.banner(direction, test=test)
        blocks.append(render(banner, 1024, 64)[:, :64].astype(int))
    assert np.mean(np.abs(blocks[0] - blocks[1]).max(axis=2) > 60) > 0.2


def test_words_for_a_note_an_override_and_the_organizers_own() -> None:
    tr = Words()
    noted = face_of(Code.ADMITTED_PROVISIONAL, detail="Wheelchair")
    assert noted.note == "Wheelchair"
    verdict = Verdict(
        Code.ADMITTED_AGAIN,
        severity_of(Code.ADMITTED_AGAIN),
        MirrorView(1, 1),
        token_id=7,
        tier=0,
        waived=Code.ALREADY_USED,
        words="Ask at the box office.",
    )
    face = words.verdict_face(Shown(verdict, 0), tr, {0: "Floor"})
    assert face.details == (
        "No. 7 · Floor · overridden: already used",
        "Ask at the box office.",
    )


def test_the_hour_of_a_refusal_is_told_by_the_events_clock() -> None:
    at = 1_795_000_000
    verdict = Verdict(
        Code.TOO_EARLY,
        severity_of(Code.TOO_EARLY),
        MirrorView(1, 1),
        detail=str(at),
        time_zone="Asia/Tokyo",
    )
    face = words.verdict_face(Shown(verdict, 0), Words())
    assert face.details == ("Opens 2026-11-18 20:06.",)
