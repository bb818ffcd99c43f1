"""Renders every widget in three themes into ``build/gallery``: ``python -m tests.ui.gallery``.

For looking at, not for comparing: a font engine's smallest change would break such a test.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from app.domain.qr_code import draw
from app.domain.verdicts import Severity
from app.ui.look import Look, ThemeChoice
from app.ui.theme import Size, State
from app.ui.widgets.buttons import DangerButton, PrimaryButton, RailButton, TouchButton
from app.ui.widgets.countdown import CountdownRing
from app.ui.widgets.numbers import BigNumber, Sparkline
from app.ui.widgets.preview import PreviewView, Remedy
from app.ui.widgets.qr_card import QrCard
from app.ui.widgets.rows import RowList
from app.ui.widgets.status import StatusItem
from app.ui.widgets.surfaces import CaptionBar, Card, EmptyState
from app.ui.widgets.verdict import VerdictBand, VerdictPanel
from tests.ui.samples import FACES, GERMAN, ROWS, scene

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path("build/gallery")
BARS = (3, 5, 9, 14, 11, 19, 23, 21, 26, 18, 23)


def pictures(look: Look) -> Iterator[tuple[str, QWidget, QSize]]:
    """Give every widget with its name and size, in the look in force."""
    for severity, face in FACES.items():
        panel = VerdictPanel(look)
        panel.show_face(face)
        yield f"verdict-{severity}", panel, QSize(1024, 600)
    for severity, face in GERMAN.items():
        panel = VerdictPanel(look)
        panel.show_face(face)
        yield f"german-{severity}", panel, QSize(1024, 600)
    yield "kiosk", kiosk(look), QSize(1024, 600)
    yield "kiosk-large", kiosk(look), QSize(1920, 1080)
    yield "parts", parts(look), QSize(1024, 760)
    yield "no-camera", no_camera(look), QSize(704, 400)
    yield "pass", a_pass(look), QSize(560, 560)
    empty = EmptyState(
        look,
        "ticket",
        "No tickets yet",
        "Tickets you buy or receive appear here within a minute.",
        action="Add an account",
    )
    empty.setProperty("page", True)
    yield "empty", empty, QSize(704, 480)


def kiosk(look: Look) -> QWidget:
    """Lay the kiosk's parts out as its window will."""
    page = QWidget()
    page.setProperty("page", True)
    theme = look.theme
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    status = QHBoxLayout()
    status.setContentsMargins(theme.space(2), theme.space(1), theme.space(1), theme.space(1))
    status.setSpacing(theme.space(3))
    title = QLabel("Summer Sound 2026 · North door")
    title.setProperty("part", "title")
    status.addWidget(title)
    status.addStretch(1)
    for text, state in (
        ("Online", State.OK),
        ("Block 1 204 331 · 3 s", State.WARN),
        ("No sound", State.BAD),
    ):
        status.addWidget(StatusItem(look, text, state))
    status.addWidget(TouchButton(look, "", icon="settings", spoken="Settings"))
    column.addLayout(status)
    band = VerdictBand(look)
    band.show_face(FACES[Severity.REFUSE], "20:55:01")
    column.addWidget(band)
    middle = QHBoxLayout()
    preview = PreviewView(look)
    preview.set_image(scene(1280, 720))
    middle.addWidget(preview, 7)
    side = QVBoxLayout()
    side.setContentsMargins(theme.space(2), theme.space(2), theme.space(2), 0)
    side.setSpacing(theme.space(1))
    number = BigNumber(look, "in, everywhere")
    number.show_value("412", "of 1 500")
    side.addWidget(number)
    bars = Sparkline(look)
    bars.show_values(BARS)
    side.addWidget(bars)
    rows = RowList(look)
    rows.set_rows(ROWS)
    side.addWidget(rows, 1)
    middle.addLayout(side, 3)
    column.addLayout(middle, 1)
    column.addLayout(_actions(look))
    return page


def _actions(look: Look) -> QHBoxLayout:
    theme = look.theme
    row = QHBoxLayout()
    row.setContentsMargins(*(theme.space(1),) * 4)
    row.setSpacing(theme.space(1))
    for text, icon in (
        ("Find ticket", "search"),
        ("Group", "users"),
        ("Exit mode", "log-out"),
        ("Undo", "undo-2"),
    ):
        row.addWidget(TouchButton(look, text, icon=icon))
    row.addStretch(1)
    row.addWidget(TouchButton(look, "Can't read?", icon="circle-question-mark"))
    return row


def parts(look: Look) -> QWidget:
    """Lay out everything a page is made of."""
    page = QWidget()
    page.setProperty("page", True)
    theme = look.theme
    grid = QGridLayout(page)
    grid.setContentsMargins(*(theme.space(3),) * 4)
    grid.setSpacing(theme.space(2))
    figures = Card(look, "Tonight")
    line = QHBoxLayout()
    for caption, value, beside in (
        ("sold of 1 500", "1 204", ""),
        ("revenue", "48.16", "ETH"),
        ("no show", "8.2", "%"),
    ):
        number = BigNumber(look, caption)
        number.show_value(value, beside)
        line.addWidget(number)
    figures.column.addLayout(line)
    bars = Sparkline(look)
    bars.show_values(BARS * 3)
    figures.column.addWidget(bars)
    grid.addWidget(figures, 0, 0)
    states = Card(look, "States")
    for state in State:
        states.column.addWidget(StatusItem(look, f"This is {state}", state))
    grid.addWidget(states, 0, 1)
    buttons = Card(look, "Buttons")
    buttons.column.addWidget(PrimaryButton(look, "Sell tickets", icon="ticket"))
    buttons.column.addWidget(TouchButton(look, "Find ticket", icon="search"))
    buttons.column.addWidget(DangerButton(look, "Cancel event and refund 412 tickets"))
    disabled = PrimaryButton(look, "Not now", icon="clock")
    disabled.setEnabled(False)
    buttons.column.addWidget(disabled)
    grid.addWidget(buttons, 1, 0)
    rail = Card(look, "Rail")
    for text, icon in (("Events", "calendar"), ("Sales", "chart-column"), ("Doors", "door-open")):
        button = RailButton(look, text, icon=icon)
        button.setChecked(text == "Sales")
        rail.column.addWidget(button)
    rail.column.addStretch(1)
    grid.addWidget(rail, 1, 1)
    grid.addWidget(_fields(look), 2, 0)
    rows = Card(look, "Last scans")
    scans = RowList(look)
    scans.set_rows(ROWS)
    rows.column.addWidget(scans)
    grid.addWidget(rows, 2, 1)
    story = CaptionBar(look)
    story.show_caption("A screenshot of a pass is shown: its code is two minutes old.", "3 / 12")
    grid.addWidget(story, 3, 0, 1, 2)
    return page


def _fields(look: Look) -> QWidget:
    fields = Card(look, "Fields")
    entry = QLineEdit()
    entry.setPlaceholderText("Name, wallet, token, order or seat")
    fields.column.addWidget(entry)
    choice = QComboBox()
    choice.addItems(["All tiers", "VIP"])
    fields.column.addWidget(choice)
    fields.column.addWidget(QCheckBox("Mirror the picture"))
    progress = QProgressBar()
    progress.setValue(40)
    fields.column.addWidget(progress)
    return fields


def no_camera(look: Look) -> QWidget:
    """Show a preview without a camera."""
    view = PreviewView(look)
    view.set_remedy(
        Remedy(
            "camera-off",
            "The camera stopped sending pictures.",
            "Plug it in again; scanning then goes on.",
        )
    )
    return view


def a_pass(look: Look) -> QWidget:
    """Show a pass: its code, the ring around it, and a small ring."""
    page = QWidget()
    page.setProperty("page", True)
    column = QVBoxLayout(page)
    card = QrCard(look)
    card.show_code(draw("EG1:" + "6BFOXN%TS3DH0YOJ58S S-W5HDC *M0II5XHC9B5G2" * 5))
    ring = CountdownRing(look, card)
    ring.show_left(0.7)
    column.addWidget(ring, 1)
    row = QHBoxLayout()
    small = CountdownRing(look)
    small.show_left(0.7, "11")
    row.addWidget(small)
    label = QLabel("Anna Berger · VIP")
    label.setFont(look.theme.font(Size.TITLE))
    label.setProperty("part", "title")
    row.addWidget(label)
    row.addStretch(1)
    column.addLayout(row)
    return page


def main() -> None:
    """Write all pictures."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication([])
    look = Look(app, ThemeChoice.LIGHT)
    for choice in (ThemeChoice.LIGHT, ThemeChoice.DARK, ThemeChoice.CONTRAST):
        look.choose(choice)
        folder = FOLDER / choice
        folder.mkdir(parents=True, exist_ok=True)
        for name, widget, size in pictures(look):
            widget.resize(size)
            widget.grab().save(str(folder / f"{name}.png"))
            widget.deleteLater()


if __name__ == "__main__":
    main()
