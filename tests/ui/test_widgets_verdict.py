from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtTest import QTest

from app.domain.verdicts import Severity
from app.ui.look import Look, ThemeChoice
from app.ui.theme import ThemeName
from app.ui.widgets.verdict import VerdictBand, VerdictFace, VerdictPanel
from app.ui.widgets.verdict_layout import Role
from tests.ui.colour_science import Sight, contrast, distance, lab
from tests.ui.pixels import colour, cut, farthest, ink, render
from tests.ui.samples import FACES, GERMAN

CHOICES = (ThemeChoice.LIGHT, ThemeChoice.DARK, ThemeChoice.CONTRAST)
SIZES = ((1024, 600), (1280, 720), (1920, 1080), (3840, 2160), (800, 1280))


def panel(look: Look, face: VerdictFace) -> VerdictPanel:
    made = VerdictPanel(look)
    made.show_face(face)
    return made


def ground(look: Look, severity: Severity) -> str:
    return look.theme.severities[severity].fill.lower()


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("severity", Severity)
def test_painted_words_are_legible(look: Look, choice: ThemeChoice, severity: Severity) -> None:
    look.choose(choice)
    shown = panel(look, FACES[severity])
    pixels = render(shown, 1280, 720)
    placed = shown.arrangement()
    assert placed is not None
    least = 7.0 if look.theme.name is ThemeName.CONTRAST else 4.5
    painted = colour(pixels[int(placed.shape.top()) - 4, 640])
    assert painted == ground(look, severity)
    for part in placed.parts:
        assert contrast(farthest(cut(pixels, part.box), painted), painted) >= least, part.role
    shape = farthest(cut(pixels, placed.shape), painted)
    assert contrast(shape, painted) >= least


@pytest.mark.parametrize("choice", CHOICES)
def test_painted_severities_stay_apart_for_every_kind_of_sight(
    look: Look, choice: ThemeChoice
) -> None:
    look.choose(choice)
    painted = {}
    for severity, face in FACES.items():
        shown = panel(look, face)
        pixels = render(shown, 1024, 600)
        placed = shown.arrangement()
        assert placed is not None
        painted[severity] = colour(pixels[int(placed.shape.top()) - 4, 512])
    for sight, (one, other) in itertools.product(Sight, itertools.combinations(Severity, 2)):
        apart = distance(lab(painted[one], sight), lab(painted[other], sight))
        assert apart >= 20, (sight, one, other)


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("severity", Severity)
@pytest.mark.parametrize("size", SIZES[:4])
def test_the_capitals_of_the_word_are_an_eighth_of_the_height(
    look: Look, choice: ThemeChoice, severity: Severity, size: tuple[int, int]
) -> None:
    look.choose(choice)
    shown = panel(look, FACES[severity])
    pixels = render(shown, *size)
    placed = shown.arrangement()
    assert placed is not None
    word = next(part for part in placed.parts if part.role is Role.WORD)
    rows = ink(cut(pixels, word.box), ground(look, severity), 100).any(axis=1)
    assert rows.sum() >= size[1] / 8


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("choice", [ThemeChoice.LIGHT, ThemeChoice.CONTRAST])
@pytest.mark.parametrize("severity", Severity)
def test_long_german_is_whole_at_every_size(
    look: Look, size: tuple[int, int], choice: ThemeChoice, severity: Severity
) -> None:
    look.choose(choice)
    shown = panel(look, GERMAN[severity])
    pixels = render(shown, *size)
    placed = shown.arrangement()
    assert placed is not None
    assert placed.fits
    frame = 0.04 * min(size) if look.theme.patterns else 0
    room = QRectF(frame, frame, size[0] - 2 * frame, size[1] - 2 * frame)
    assert room.contains(placed.shape)
    for part in placed.parts:
        assert room.contains(part.box)
        seen = ink(cut(pixels, part.box), ground(look, severity))
        assert seen.any()
        # Letters that end before the box does are not cut off by it.
        assert not seen[:, :2].any()
        assert not seen[:, -2:].any()
    for above, below in itertools.pairwise(placed.parts):
        assert above.box.bottom() <= below.box.top() + 0.5


@pytest.mark.parametrize(
    ("face", "part"), [(FACES[each], 0.4) for each in Severity] + [(GERMAN[Severity.ADMIT], 0.4)]
)
def test_the_shape_has_two_fifths_of_the_height(look: Look, face: VerdictFace, part: float) -> None:
    shown = panel(look, face)
    shown.resize(1024, 600)
    placed = shown.arrangement()
    assert placed is not None
    assert placed.shape.height() == pytest.approx(part * 600)


@pytest.mark.parametrize(
    ("word", "lines"),
    [
        ("STOP", ("STOP",)),
        ("EINLASSKONTROLLE UNTERBROCHEN", ("EINLASSKONTROLLE", "UNTERBROCHEN")),
        ("KONTROLL\u00adUNTERBRECHUNG", ("KONTROLL-", "UNTERBRECHUNG")),
        ("AUS\u00adWEIS", ("AUSWEIS",)),
        ("BENUTZUNGSUNTERBRECHUNG", ("BENUTZUNGSUNTERBRECHUNG",)),
    ],
)
def test_a_long_word_breaks_only_where_it_may(
    look: Look, word: str, lines: tuple[str, ...]
) -> None:
    shown = panel(look, VerdictFace(Severity.STOP, word))
    shown.resize(1024, 600)
    placed = shown.arrangement()
    assert placed is not None
    assert tuple(part.text for part in placed.parts) == lines
    assert placed.fits


def test_each_severity_has_its_own_shape(look: Look) -> None:
    shapes = {}
    for severity in Severity:
        shown = panel(look, VerdictFace(severity, "I"))
        pixels = render(shown, 600, 600)
        placed = shown.arrangement()
        assert placed is not None
        shapes[severity] = ink(cut(pixels, placed.shape), ground(look, severity))
    for one, other in itertools.combinations(Severity, 2):
        assert (shapes[one] ^ shapes[other]).mean() > 0.08, (one, other)


def test_each_severity_has_its_own_hatch_in_high_contrast(look: Look) -> None:
    look.choose(ThemeChoice.CONTRAST)
    frames = {}
    for severity in Severity:
        pixels = render(panel(look, FACES[severity]), 1000, 600)
        edge = ink(pixels, ground(look, severity))[:24]
        assert 0.1 < edge.mean() < 0.9
        frames[severity] = edge
    for one, other in itertools.combinations(Severity, 2):
        assert (frames[one] ^ frames[other]).mean() > 0.1, (one, other)


def test_there_is_no_hatch_elsewhere(look: Look) -> None:
    pixels = render(panel(look, FACES[Severity.STOP]), 1000, 600)
    assert not ink(pixels, ground(look, Severity.STOP))[:17].any()


def test_everything_is_said_to_a_screen_reader(look: Look) -> None:
    face = replace(FACES[Severity.REFUSE], word="AUS\u00adWEIS")
    spoken = panel(look, face).accessibleName()
    assert spoken.startswith("AUSWEIS. This ticket is already in. Already shown 4 s ago. Anna")
    assert "North door" in spoken
    assert "both uses" in spoken


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_Escape])
def test_keys_and_touches_mean_seen(look: Look, key: Qt.Key) -> None:
    shown = panel(look, FACES[Severity.DESK])
    shown.resize(400, 300)
    seen: list[int] = []
    shown.touched.connect(lambda: seen.append(1))
    QTest.keyClick(shown, key)
    QTest.keyClick(shown, Qt.Key.Key_A)
    QTest.mouseClick(shown, Qt.MouseButton.LeftButton)
    assert len(seen) == 2


def test_a_new_theme_repaints_the_verdict(look: Look) -> None:
    shown = panel(look, FACES[Severity.ADMIT])
    before = colour(render(shown, 600, 400)[20, 300])
    look.choose(ThemeChoice.DARK)
    assert colour(render(shown, 600, 400)[20, 300]) == ground(look, Severity.ADMIT) != before


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("severity", Severity)
def test_the_band_keeps_ground_word_and_time(
    look: Look, choice: ThemeChoice, severity: Severity
) -> None:
    look.choose(choice)
    band = VerdictBand(look, "Hold a ticket in front of the camera")
    band.show_face(GERMAN[severity], "20:55:07")
    height = band.sizeHint().height()
    pixels = render(band, 1024, height)
    fill = ground(look, severity)
    assert height >= 56
    assert colour(pixels[2, 512]) == fill
    seen = ink(pixels, fill)
    assert seen[:, 940:1008].any()
    assert not seen[:, 1010:].any()
    assert band.accessibleName().endswith("20:55:07")


def test_the_band_has_words_for_nothing(look: Look) -> None:
    band = VerdictBand(look, "Hold a ticket in front of the camera")
    band.show_face(FACES[Severity.ADMIT], "20:55:07")
    band.show_face(None)
    pixels = render(band, 800, 56)
    assert contrast(farthest(pixels, look.theme.sunken), look.theme.sunken) >= 4.5
    assert band.accessibleName() == "Hold a ticket in front of the camera"
