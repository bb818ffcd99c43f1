from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import zxingcpp
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.domain.qr_code import draw
from app.domain.verdicts import Severity
from app.ui.look import Look, ThemeChoice
from app.ui.theme import State
from app.ui.widgets.buttons import DangerButton, PrimaryButton, RailButton, TouchButton
from app.ui.widgets.countdown import CountdownRing
from app.ui.widgets.numbers import BigNumber, Sparkline
from app.ui.widgets.preview import PreviewView, Remedy
from app.ui.widgets.qr_card import QrCard
from app.ui.widgets.rows import RowList, RowModel, ScanRow
from app.ui.widgets.status import StatusDot, StatusItem
from app.ui.widgets.surfaces import CaptionBar, Card, EmptyState
from tests.ui import gallery
from tests.ui.colour_science import contrast
from tests.ui.model_check import checked_model
from tests.ui.pixels import colour, farthest, ink, of_image, render
from tests.ui.samples import ROWS, scene

if TYPE_CHECKING:
    from numpy.typing import NDArray

THEMES = pytest.mark.parametrize(
    "choice", [ThemeChoice.LIGHT, ThemeChoice.DARK, ThemeChoice.CONTRAST]
)
PASS = "EG1:6BFOXN%TS3DH0YOJ58S S-W5HDC *M0II5XHC9B5G2" * 5


def on_page(widget: QWidget) -> QWidget:
    """Lay a widget on a page, so that its own ground is known."""
    page = QWidget()
    page.setProperty("page", True)
    page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    column = QVBoxLayout(page)
    column.setContentsMargins(8, 8, 8, 8)
    column.addWidget(widget)
    return page


def clipped(pixels: NDArray[np.uint8], ground: str) -> bool:
    """Whether ink touches the edge."""
    seen = ink(pixels, ground)
    return bool(seen[0].any() or seen[-1].any() or seen[:, 0].any() or seen[:, -1].any())


# ── preview ──────────────────────────────────────────────────────────────────────────────────────


def test_a_picture_keeps_its_proportions(look: Look) -> None:
    view = PreviewView(look)
    view.set_image(scene(1280, 720))
    view.resize(1000, 400)
    box = view.picture_box()
    assert (box.height(), box.width()) == (400, 711)
    assert abs(box.center().x() - 500) <= 1


def test_a_mirrored_picture_is_mirrored(look: Look) -> None:
    view = PreviewView(look)
    view.set_aiming(shown=False)
    view.set_image(scene(640, 360))
    plain = render(view, 640, 360).astype(int)
    view.set_mirrored(mirrored=True)
    mirrored = render(view, 640, 360).astype(int)
    assert np.abs(plain[:, ::-1] - mirrored).mean() < 2
    assert np.abs(plain - mirrored).mean() > 2


def test_the_aiming_frame_is_seen_on_white_and_on_black(look: Look) -> None:
    for fill in (Qt.GlobalColor.white, Qt.GlobalColor.black):
        image = scene(640, 360)
        image.fill(fill)
        view = PreviewView(look)
        view.set_image(image)
        pixels = render(view, 640, 360)
        assert ink(pixels, colour(pixels[180, 320]), 200).sum() > 300


@THEMES
def test_no_camera_says_what_to_do(look: Look, choice: ThemeChoice) -> None:
    look.choose(choice)
    view = PreviewView(look)
    view.set_image(scene(640, 360))
    words = "Die Kamera sendet keine Bilder mehr, vermutlich wurde die Verbindung getrennt."
    view.set_remedy(Remedy("camera-off", words, "Wieder einstecken; es geht dann weiter."))
    pixels = render(view, 420, 300)
    assert not clipped(pixels, look.theme.preview)
    assert contrast(farthest(pixels, look.theme.preview), look.theme.preview) >= 7
    assert words in view.accessibleDescription()
    view.set_image(scene(640, 360))
    assert colour(render(view, 420, 300)[150, 5]) != look.theme.preview


# ── status ───────────────────────────────────────────────────────────────────────────────────────


@THEMES
def test_states_differ_by_shape_too(look: Look, choice: ThemeChoice) -> None:
    look.choose(choice)
    shapes = []
    for state in State:
        pixels = render(on_page(StatusDot(look, state)), 36, 36)
        assert contrast(farthest(pixels, look.theme.window), look.theme.window) >= 3
        shapes.append(ink(pixels, look.theme.window, 60))
    for n, one in enumerate(shapes):
        for other in shapes[n + 1 :]:
            assert (one ^ other).sum() > 15


def test_a_status_asks_for_the_room_of_its_words(look: Look) -> None:
    item = StatusItem(look, "Online", State.OK)
    short = item.sizeHint().width()
    item.show_state(State.BAD, "Block 1 204 331 · 3 s", explanation="The node is behind.")
    assert item.sizeHint().width() > short
    assert item.accessibleName() == "Block 1 204 331 · 3 s"
    assert item.toolTip() == item.accessibleDescription() == "The node is behind."


# ── figures ──────────────────────────────────────────────────────────────────────────────────────


def test_a_big_number_shrinks_before_it_is_cut(look: Look) -> None:
    number = BigNumber(look, "in, everywhere")
    number.show_value("1 204 331", exact="1 204 331.000 000 1")
    page = on_page(number)
    pixels = render(page, 150, 100)
    assert not clipped(pixels, look.theme.window)
    assert number.accessibleName() == "in, everywhere: 1 204 331.000 000 1"


def test_the_newest_bar_is_in_the_accent_and_none_is_lost(look: Look) -> None:
    line = Sparkline(look)
    line.show_values([1, 0, 1000, 500])
    pixels = render(line, 160, 40)
    middle = [20, 60, 100, 140]
    heights = [int(ink(pixels[:39, x : x + 1], colour(pixels[0, 60])).sum()) for x in middle]
    assert heights[1] == 0
    assert 2 <= heights[0] < heights[3] < heights[2]
    assert colour(pixels[38, 140]) == look.theme.accent_text.lower()
    line.show_values([])
    render(line, 160, 40)


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────


def test_rows_keep_the_rules_of_qt_models() -> None:
    model = RowModel()
    with checked_model(model):
        model.set_rows(ROWS)
        model.set_rows(ROWS[:2])
        model.set_rows(())


def test_rows_are_read_and_reached(look: Look) -> None:
    rows = RowList(look)
    rows.set_rows(ROWS)
    assert rows.model().data(rows.model().index(1, 0)) == "20:55:01 Used 20:31 · North door"
    rows.resize(300, 300)
    rows.setCurrentIndex(rows.model().index(0, 0))
    QTest.keyClick(rows, Qt.Key.Key_Down)
    assert rows.currentIndex().row() == 1


def test_a_row_shows_its_severity(look: Look) -> None:
    rows = RowList(look)
    rows.set_rows([ScanRow(each, "20:55:07", "x") for each in Severity])
    pixels = render(on_page(rows), 300, 240)
    flat = {colour(pixel) for pixel in pixels[:, 8:36].reshape(-1, 3)}
    assert {look.theme.severities[each].fill.lower() for each in Severity} <= flat


# ── pass ─────────────────────────────────────────────────────────────────────────────────────────


@THEMES
@pytest.mark.parametrize("side", [200, 333, 720])
def test_a_code_is_read_back_from_the_screen(look: Look, choice: ThemeChoice, side: int) -> None:
    look.choose(choice)
    card = QrCard(look)
    code = draw(PASS)
    card.show_code(code, "Pass of Anna Berger")
    page = on_page(card)
    pixels = render(page, side + 16, side + 40)
    found = zxingcpp.read_barcodes(pixels)
    assert [each.text for each in found] == [PASS]
    assert card.module_pixels() == side // (code.side + 8)


def test_the_quiet_zone_is_white_and_modules_are_whole_pixels(look: Look) -> None:
    look.choose(ThemeChoice.DARK)
    card = QrCard(look)
    code = draw(PASS)
    card.show_code(code)
    side = (code.side + 8) * 5
    pixels = render(card, side, side)[:, :, 0]
    assert set(np.unique(pixels[20:-20, 20:-20])) == {0, 255}
    assert (pixels[20:-20, 10:20] == 255).all()
    assert (pixels[10:20, 20:-20] == 255).all()
    modules = pixels[20:-20:5, 20:-20:5]
    assert modules.shape == (code.side, code.side)
    assert (np.kron(modules, np.ones((5, 5))) == pixels[20:-20, 20:-20]).all()


def test_no_code_is_an_empty_card(look: Look) -> None:
    card = QrCard(look)
    card.show_code(draw(PASS))
    card.show_code(None)
    assert card.module_pixels() == 0
    assert (render(card, 200, 200)[20:-20, 20:-20] == 255).all()


def ring_part(look: Look, ring: CountdownRing, side: int) -> float:
    pixels = render(on_page(ring), side, side)
    accent = np.array([int(look.theme.accent_text[n : n + 2], 16) for n in (1, 3, 5)])
    rest = np.array([int(look.theme.border[n : n + 2], 16) for n in (1, 3, 5)])
    full = int((np.abs(pixels.astype(int) - accent).max(axis=2) < 8).sum())
    empty = int((np.abs(pixels.astype(int) - rest).max(axis=2) < 8).sum())
    return full / max(1, full + empty)


@pytest.mark.parametrize("left", [1.0, 0.75, 0.5, 0.25, 0.0])
def test_a_ring_shows_how_much_is_left(look: Look, left: float) -> None:
    for ring, side in ((CountdownRing(look), 160), (CountdownRing(look, QWidget()), 400)):
        ring.show_left(left)
        assert ring_part(look, ring, side) == pytest.approx(left, abs=0.04)
    ring = CountdownRing(look)
    ring.show_left(7, "11", "11 seconds")
    assert ring.part_left == 1
    assert ring.accessibleName() == "11 seconds"


# ── buttons and surfaces ─────────────────────────────────────────────────────────────────────────


@THEMES
@pytest.mark.parametrize("scale", [1.0, 1.5])
@pytest.mark.parametrize("kind", [TouchButton, PrimaryButton, DangerButton])
def test_a_button_is_big_enough_legible_and_whole(
    look: Look, choice: ThemeChoice, scale: float, kind: type[TouchButton]
) -> None:
    look.choose(choice)
    look.set_scale(scale)
    words = "Veranstaltung absagen und 412 Eintrittskarten erstatten"
    button = kind(look, words, icon="ticket")
    page = on_page(button)
    page.resize(page.sizeHint())
    hint = button.sizeHint()
    assert min(hint.height(), hint.width()) >= 56 * scale
    pixels = of_image(button.grab().toImage())
    ground = colour(pixels[pixels.shape[0] // 2, 6])
    least = 7.0 if choice is ThemeChoice.CONTRAST else 4.5
    assert contrast(farthest(pixels[8:-8, 8:-8], ground), ground) >= least
    assert not clipped(pixels[6:-6, 10:-10], ground)
    assert button.accessibleName() == words


def test_a_button_without_words_has_a_name_to_say(look: Look) -> None:
    button = TouchButton(look, "", icon="settings", spoken="Settings")
    assert button.accessibleName() == "Settings"
    assert button.sizeHint().width() >= 56


@THEMES
def test_keyboard_focus_is_seen(look: Look, choice: ThemeChoice) -> None:
    look.choose(choice)
    for make in (TouchButton, PrimaryButton, DangerButton):
        button = make(look, "Find ticket")
        other = QPushButton("x")
        page = on_page(button)
        layout = page.layout()
        assert layout is not None
        layout.addWidget(other)
        page.resize(240, 160)
        page.show()
        page.activateWindow()
        QTest.qWaitForWindowActive(page)
        other.setFocus()
        before = of_image(button.grab().toImage()).astype(int)
        button.setFocus()
        assert button.hasFocus()
        after = of_image(button.grab().toImage()).astype(int)
        assert (np.abs(after - before).max(axis=2) > 60).sum() > 100
        page.close()


def test_one_of_a_rail_is_down(look: Look) -> None:
    page = QWidget()
    rail = [RailButton(look, name, icon="ticket", parent=page) for name in ("A", "B")]
    rail[0].setChecked(True)
    rail[1].click()
    assert [button.isChecked() for button in rail] == [False, True]


def test_an_empty_page_says_what_to_do_and_does_it(look: Look) -> None:
    page = EmptyState(look, "ticket", "No tickets yet", "Buy one.", action="Add an account")
    asked: list[int] = []
    page.asked.connect(lambda: asked.append(1))
    button = page.findChild(PrimaryButton)
    assert button is not None
    button.click()
    assert asked == [1]
    assert page.accessibleName() == "No tickets yet Buy one."
    page.show_words("Keine Tickets", "Eines kaufen.")
    assert button.isHidden()


def test_a_card_follows_the_scale(look: Look) -> None:
    card = Card(look, "Tonight")
    look.set_scale(2)
    assert card.column.contentsMargins().left() == 32
    card.set_title("")
    assert card.title.isHidden()


def test_a_caption_is_whole_in_two_lines(look: Look) -> None:
    bar = CaptionBar(look)
    bar.show_caption("Ein Bildschirmfoto eines Tickets wird gezeigt. " * 3, "12 / 12")
    pixels = render(bar, 1024, bar.sizeHint().height())
    seen = ink(pixels[:, 20:], look.theme.accent_soft)
    assert not seen[0].any()
    assert not seen[-1].any()
    assert bar.accessibleName().endswith("12 / 12")


# ── all ──────────────────────────────────────────────────────────────────────────────────────────


@THEMES
def test_every_widget_paints_in_every_theme_and_scale(look: Look, choice: ThemeChoice) -> None:
    look.choose(choice)
    for scale in (0.75, 1.0, 2.0):
        look.set_scale(scale)
        for name, widget, size in gallery.pictures(look):
            widget.resize(QSize(size.width(), size.height()))
            pixels = of_image(widget.grab().toImage())
            assert len({colour(pixel) for pixel in pixels[::7, ::7].reshape(-1, 3)}) > 2, name
            widget.deleteLater()
