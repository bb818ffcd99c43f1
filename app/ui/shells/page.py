"""What a shell shows: a page, and how a shell comes by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from collections.abc import Callable


class Page(QWidget):
    """One screen of a shell; both hooks do nothing unless a page overrides them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Take the ground of a page."""
        super().__init__(parent)
        self.setProperty("page", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    def retranslate(self) -> None:
        """Say everything again, the language having changed."""

    def leave(self) -> None:
        """Cancel what the page still waits for; the window is closing. May be called again."""


@dataclass(frozen=True, slots=True)
class Screen:
    """An entry of a shell's rail.

    Args:
        key: Stable name, such as ``tickets``.
        title: The English word beside the icon; translated where it is shown.
        icon: A name of the icon family.
        make: Makes the page, when it is shown for the first time.
    """

    key: str
    title: str
    icon: str
    make: Callable[[], Page]
