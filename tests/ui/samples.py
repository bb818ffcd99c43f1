"""What the gallery and the tests show: faces of every severity, in English and long German."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter

from app.domain.verdicts import Severity
from app.ui.widgets.rows import ScanRow
from app.ui.widgets.verdict import VerdictFace

if TYPE_CHECKING:
    from collections.abc import Mapping

FACES: Mapping[Severity, VerdictFace] = {
    Severity.ADMIT: VerdictFace(
        Severity.ADMIT,
        "LET IN",
        "Ticket is good.",
        ("Anna Berger · VIP · Row 3, Seat 14",),
        "Let the guest in.",
    ),
    Severity.ADMIT_NOTE: VerdictFace(
        Severity.ADMIT_NOTE,
        "LET IN – LOOK",  # noqa: RUF001 - the dash of the words
        "Ticket is good and carries a note.",
        ("General admission · …a41f",),
        "Read the note, then let in.",
        "Wheelchair: open the side rail",
    ),
    Severity.DESK: VerdictFace(
        Severity.DESK,
        "TO THE DESK",
        "The code is newer than what this door knows.",
        ("General admission · …77c0",),
        "Try again when online, or send the guest to the desk.",
    ),
    Severity.REFUSE: VerdictFace(
        Severity.REFUSE,
        "STOP",
        "This ticket is already in.",
        (
            "Anna Berger · VIP · Row 3, Seat 14",
            "First use 20:31:07 · North door · as another door recorded",
        ),
        "Do not let in; the desk can look at both uses.",
        "Already shown 4 s ago",
    ),
    Severity.RETRY: VerdictFace(
        Severity.RETRY,
        "AGAIN",
        "The ticket code is damaged.",
        (),
        "Turn up the brightness and hold it again.",
    ),
    Severity.STOP: VerdictFace(
        Severity.STOP,
        "NOT SCANNING",
        "This device's clock is not right.",
        (),
        "Set the clock, then scan again.",
    ),
}


def _german() -> Mapping[Severity, VerdictFace]:
    """Return faces in long German; the words lie in a file that the spelling check passes over."""
    faces = json.loads(Path(__file__).with_name("german.json").read_text(encoding="utf-8"))
    return {
        Severity(severity): VerdictFace(
            Severity(severity),
            face["word"],
            face["reason"],
            tuple(face["details"]),
            face["next_step"],
            face["note"],
        )
        for severity, face in faces.items()
    }


GERMAN: Mapping[Severity, VerdictFace] = _german()

ROWS = (
    ScanRow(Severity.ADMIT, "20:55:07", "General admission · …a41f"),
    ScanRow(Severity.REFUSE, "20:55:01", "Used 20:31 · North door"),
    ScanRow(Severity.ADMIT_NOTE, "20:54:58", "VIP · …77c0 · wheelchair"),
    ScanRow(Severity.RETRY, "20:54:44", "Damaged code"),
    ScanRow(Severity.DESK, "20:54:31", "Newer than this door"),
    ScanRow(Severity.STOP, "20:54:12", "Clock is wrong"),
    ScanRow(Severity.ADMIT, "20:53:59", "General admission · …09be"),
    ScanRow(Severity.ADMIT, "20:53:50", "General admission · …c2d1"),
)


def scene(width: int, height: int) -> QImage:
    """Return a picture as a door camera might give: a dark evening and a bright phone."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    evening = QLinearGradient(0, 0, width, height)
    evening.setColorAt(0, QColor(58, 66, 84))
    evening.setColorAt(1, QColor(22, 24, 30))
    painter.fillRect(image.rect(), evening)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    side = height * 0.5
    phone = QRectF((width - side * 0.62) / 2 + side * 0.06, (height - side) / 2, side * 0.62, side)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(12, 12, 14))
    painter.drawRoundedRect(phone.adjusted(-6, -12, 6, 12), 18, 18)
    painter.fillRect(phone, Qt.GlobalColor.white)
    cell = phone.width() / 25
    painter.setBrush(Qt.GlobalColor.black)
    for n in range(21 * 21):
        x, y = n % 21, n // 21
        if (x * 7 + y * 13 + x * y) % 3 == 0:
            painter.drawRect(
                QRectF(
                    phone.left() + (x + 2) * cell, phone.top() + side * 0.2 + y * cell, cell, cell
                )
            )
    painter.end()
    return image
