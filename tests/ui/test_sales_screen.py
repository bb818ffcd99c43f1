"""The sales page: what it shows is what the mirror holds, to the wei."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QWidget

from app.services.sales import SalesService
from app.ui.amounts import exact_amount
from app.ui.i18n import Words
from app.ui.look import ThemeChoice
from app.ui.sales import words
from app.ui.sales.chart import StepChart
from app.ui.sales.figures import FigureCard
from app.ui.sales.screens import SalesPorts, screens
from app.ui.sales.view import SalesView
from app.ui.sales.view_model import SalesViewModel
from tests.attendee import DAY, HOUR, NOW, Attendee, event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from app.runtime.engine import Engine
    from app.services.sales import SalesReport
    from app.ui.look import Look
    from tests.ui.conftest import Stage

SUMMER = event()
ODD = 12_345_678_901_234_567
LONG = "Internationales Festival für zeitgenössische Kammermusik und Klangkunst " * 3


@pytest.fixture
def attendee(tmp_path: Path) -> Iterator[Attendee]:
    opened = Attendee.open(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def page(
    look: Look, engine: Engine, attendee: Attendee, stage: Stage
) -> Iterator[Callable[[], SalesView]]:
    made: list[SalesView] = []

    def make() -> SalesView:
        ports = SalesPorts(engine, SalesService(attendee.mirror), attendee.clock)
        view = screens(look, Words(), ports)[0].make()
        assert isinstance(view, SalesView)
        made.append(view)
        view.resize(1280, 800)
        view.show()
        stage.run(stage.until(lambda: view._model.state.events is not None))
        return view

    yield make
    for view in made:
        view.leave()
        view.close()
        view.deleteLater()


def sell(attendee: Attendee) -> None:
    attendee.create(SUMMER)
    attendee.buy(SUMMER, 1, 3, ODD)
    attendee.clock.advance(HOUR)
    attendee.buy(SUMMER, 4, 1, 1)
    attendee.mint(SUMMER, [5, 6])
    attendee.use(SUMMER, 2, at=NOW + HOUR + 60)


def figures(page: SalesView) -> list[str]:
    card = cast("FigureCard", page.findChild(FigureCard))
    return [number.accessibleName() for number in card.numbers]


def report(page: SalesView) -> SalesReport:
    found = page._model.state.report
    assert found is not None
    return found


def texts(page: SalesView) -> str:
    labels = [each for each in page.findChildren(QLabel) if each.isVisibleTo(page)]
    return " | ".join(each.text() for each in labels)


def button(page: SalesView) -> QAbstractButton:
    return next(each for each in page.findChildren(QAbstractButton) if each.isVisibleTo(page))


def test_the_figures_are_those_of_the_mirror_to_the_wei(
    page: Callable[[], SalesView], attendee: Attendee
) -> None:
    sell(attendee)
    shown = page()
    paid = sum(each.paid for each in attendee.mirror.purchases(SUMMER.contract).result())

    assert report(shown).revenue == paid == ODD + 1
    narrow = exact_amount(paid, Words())
    assert "12\u202f345\u202f678\u202f901\u202f234\u202f568 wei" in narrow
    assert figures(shown) == [
        "sold: 4 of 200",
        f"revenue: 0.01235 ETH. {narrow}",
        "orders: 2",
        "issued, sold or given: 6 of 200",
        "arrived: 1 of 6. door 3: 1",
        "certificates: 1",
    ]
    card = cast("FigureCard", shown.findChild(FigureCard))
    assert card.numbers[1].toolTip() == narrow


def test_the_exact_figures_can_be_copied(page: Callable[[], SalesView], attendee: Attendee) -> None:
    sell(attendee)
    shown = page()

    button(shown).click()

    copied = dict(line.split("\t") for line in QGuiApplication.clipboard().text().split("\n"))
    assert copied["revenue in wei"] == str(ODD + 1)
    assert copied["revenue in ETH"] == "0.012345678901234568"
    assert (copied["sold"], copied["arrived"], copied["block"]) == ("4", "1", str(attendee.blocks))
    assert button(shown).text() == words.COPIED


def test_a_sale_appears_by_itself(
    page: Callable[[], SalesView], attendee: Attendee, stage: Stage
) -> None:
    sell(attendee)
    shown = page()
    attendee.buy(SUMMER, 7, 2, 10**18)

    stage.run(stage.until(lambda: report(shown).sold == 6))

    assert figures(shown)[0] == "sold: 6 of 200"
    assert f"as of block {attendee.blocks}" in texts(shown)


def test_without_sales_the_charts_say_what_will_come(
    page: Callable[[], SalesView], attendee: Attendee
) -> None:
    attendee.create(SUMMER)

    shown = page()

    assert words.NO_SALES in texts(shown)
    assert words.NO_ARRIVALS in texts(shown)


def test_without_an_event_the_page_says_what_to_do(page: Callable[[], SalesView]) -> None:
    shown = page()

    assert words.NO_EVENT.says in texts(shown)
    assert words.NO_EVENT.do in texts(shown)


def test_another_event_can_be_chosen(
    page: Callable[[], SalesView], attendee: Attendee, stage: Stage
) -> None:
    sell(attendee)
    other = event(2, "Night of Glass", starts=NOW + 9 * DAY)
    attendee.create(other)
    attendee.buy(other, 1, 5, 5)
    shown = page()
    assert report(shown).event.name == SUMMER.name
    field = cast("QComboBox", shown.findChild(QComboBox))

    QTest.keyClick(field, Qt.Key.Key_Down)
    stage.run(stage.until(lambda: report(shown).event.name == other.name))

    assert figures(shown)[0] == "sold: 5 of 200"
    assert "Night of Glass" in field.currentText()


def test_pointing_at_a_chart_tells_the_value_there(
    page: Callable[[], SalesView], attendee: Attendee, stage: Stage
) -> None:
    sell(attendee)
    shown = page()
    chart = shown._sales
    chart.point_at(NOW + HOUR / 2)
    assert chart.pointed_words.endswith("· 3")
    chart.point_at(NOW + HOUR)
    assert chart.pointed_words.endswith("· 4")

    middle = QPoint(chart._plot.width() // 2, chart._plot.height() // 2)
    chart._hide_hover()
    stage.run(stage.pause(0.05))
    QTest.mouseMove(chart._plot.viewport(), middle)
    stage.run(stage.until(lambda: chart.pointed_words != ""))

    assert chart.pointed_words.endswith("· 3")


def test_the_line_stands_as_high_as_the_count_in_every_theme(
    page: Callable[[], SalesView], attendee: Attendee, stage: Stage, look: Look
) -> None:
    sell(attendee)
    shown = page()
    for choice in (ThemeChoice.LIGHT, ThemeChoice.DARK, ThemeChoice.CONTRAST):
        look.choose(choice)
        stage.run(stage.pause(0.05))
        picture = photograph(shown._sales._plot)
        line = np.all(picture == colour(look.theme.accent_text), axis=2)
        filled = np.all(picture == colour(look.theme.accent_soft), axis=2)

        assert np.all(picture[0, 0] == colour(look.theme.surface))
        heights = [np.flatnonzero(column).min(initial=10**4) for column in line.T]
        inside = [height for height in heights if height < 10**4]
        # Three quarters of the way up for the three of four sold first, to a pixel or two.
        bottom = np.flatnonzero(filled.any(axis=1)).max()
        high, middle = min(inside), inside[len(inside) // 2]
        assert (bottom - middle) / (bottom - high) == pytest.approx(3 / 4, abs=0.04)


@pytest.mark.parametrize("size", [QSize(1024, 600), QSize(1280, 800), QSize(3840, 2160)])
def test_the_page_fits_with_a_long_name(
    page: Callable[[], SalesView], attendee: Attendee, stage: Stage, size: QSize
) -> None:
    attendee.create(event(1, LONG))
    shown = page()
    room = QSize(size.width() - 208, size.height())  # the rail's share

    shown.resize(room)
    stage.run(stage.pause(0.02))

    assert shown.size() == room
    for each in shown.findChildren(QWidget):
        if each.isVisibleTo(shown) and each.window() is shown:
            corner = each.mapTo(shown, QPoint(each.width(), 0))
            assert corner.x() <= room.width(), each


def test_everything_says_its_name(page: Callable[[], SalesView], attendee: Attendee) -> None:
    sell(attendee)
    shown = page()

    assert all(chart.accessibleName() for chart in shown.findChildren(StepChart))
    assert cast("QComboBox", shown.findChild(QComboBox)).accessibleName() == words.EVENT
    assert button(shown).accessibleName() == words.COPY


def test_nothing_is_looked_at_after_the_page_was_left(
    page: Callable[[], SalesView], attendee: Attendee, stage: Stage
) -> None:
    sell(attendee)
    shown = page()
    shown.leave()
    shown.leave()
    attendee.buy(SUMMER, 7, 2, 10**18)

    stage.run(stage.pause(1.2))

    assert report(shown).sold == 4


def test_the_page_asks_once_for_one_head(engine: Engine, attendee: Attendee, stage: Stage) -> None:
    sell(attendee)
    looks: list[int] = []

    class Counting(SalesService):
        async def report(self, event: object) -> SalesReport:
            looks.append(1)
            return await super().report(event)  # type: ignore[arg-type]

    model = SalesViewModel(engine, Counting(attendee.mirror), attendee.clock)
    model.start()
    stage.run(stage.until(lambda: model.state.report is not None))
    stage.run(stage.pause(2.2))
    model.close()

    assert len(looks) == 1


def test_a_report_agrees_with_the_page_after_a_reorg_cleared_the_mirror(
    page: Callable[[], SalesView], attendee: Attendee, stage: Stage
) -> None:
    sell(attendee)
    shown = page()
    attendee.mirror.clear().result()

    stage.run(stage.until(lambda: shown._model.state.report is None))

    assert words.NO_EVENT.says in texts(shown)
    assert asyncio.run(SalesService(attendee.mirror).look(None, NOW)).report is None


def colour(name: str) -> tuple[int, int, int]:
    made = QColor(name)
    return made.red(), made.green(), made.blue()


def photograph(widget: QWidget) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    picture = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    lines = np.frombuffer(picture.constBits(), np.uint8)
    lines = lines.reshape(picture.height(), picture.bytesPerLine())
    return lines[:, : picture.width() * 3].reshape(picture.height(), picture.width(), 3).copy()
