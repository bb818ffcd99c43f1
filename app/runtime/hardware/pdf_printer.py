"""Slips as PDF files in a folder, for whatever prints files there."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFont, QPageLayout, QPageSize, QPainter, QPdfWriter

from app.domain.errors import HardwareTrouble

if TYPE_CHECKING:
    from app.domain.hardware import PdfPrinter
    from app.domain.slips import Slip

BADGE_MM: Final = QSizeF(90, 60)
MARGIN_MM: Final = 5.0
DPI: Final = 300
_UNFIT: Final = re.compile(r"[^A-Za-z0-9-]+")


class PdfSlips:
    """Writes each slip as a PDF of 90 x 60 mm, the size of a name badge.

    Args:
        spec: The folder; it is made if it is not there.
        family: The typeface.
    """

    def __init__(self, spec: PdfPrinter, family: str = "Inter") -> None:
        """Write nothing yet."""
        self._folder = Path(spec.folder).expanduser()
        self._family = family

    def print(self, slip: Slip) -> None:
        """Write one file, whole or not at all; one of the same number is written anew."""
        self.check()
        name = _UNFIT.sub("-", slip.number).strip("-") or "slip"
        unfinished, file = self._folder / f".{name}.part", self._folder / f"{name}.pdf"
        if not self._paint(slip, unfinished):
            raise self._failed("it cannot be painted")
        try:
            os.replace(unfinished, file)  # noqa: PTH105 - says in one word that it is atomic
        except OSError as trouble:
            raise self._failed(str(trouble.strerror)) from None

    def check(self) -> None:
        """Raise ``printer.missing`` if the folder takes no files."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            raise self._missing() from None
        if not os.access(self._folder, os.W_OK):
            raise self._missing()

    def release(self) -> None:
        """Give nothing free."""

    def _paint(self, slip: Slip, file: Path) -> bool:
        writer = QPdfWriter(str(file))
        writer.setResolution(DPI)
        writer.setTitle(slip.title)
        page = QPageSize(BADGE_MM, QPageSize.Unit.Millimeter)
        margins = QMarginsF(MARGIN_MM, MARGIN_MM, MARGIN_MM, MARGIN_MM)
        upright = QPageLayout.Orientation.Portrait
        writer.setPageLayout(QPageLayout(page, upright, margins, QPageLayout.Unit.Millimeter))
        painter = QPainter()
        if not painter.begin(writer):
            return False
        try:
            self._lay_out(painter, slip, QRectF(0, 0, writer.width(), writer.height()))
        finally:
            ended = painter.end()
        return bool(ended) and file.is_file()

    def _lay_out(self, painter: QPainter, slip: Slip, room: QRectF) -> None:
        lines = [(slip.title, 11, True), *([(slip.name, 22, True)] if slip.name else [])]
        lines += [(line, 9, False) for line in slip.lines]
        top = room.top()
        flags = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        flags |= int(Qt.TextFlag.TextWordWrap)
        for text, points, strong in lines:
            font = QFont(self._family, points)
            font.setBold(strong)
            # Letters that depend on their neighbours are drawn well and copied wrongly.
            font.setFeature(QFont.Tag("calt"), 0)
            painter.setFont(font)
            left = QRectF(room.left(), top, room.width(), room.bottom() - top)
            if left.height() <= 0:
                return
            painter.setClipRect(room)
            painter.drawText(left, flags, text)
            top += painter.boundingRect(left, flags, text).height() * 1.25

    def _missing(self) -> HardwareTrouble:
        return HardwareTrouble(
            f"slips cannot be written into {self._folder}", code="printer.missing"
        )

    def _failed(self, why: str) -> HardwareTrouble:
        return HardwareTrouble(
            f"a slip could not be written into {self._folder} ({why})", code="printer.failed"
        )
