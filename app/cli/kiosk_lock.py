"""The lock of one kiosk's window: asks for the PIN, and offers the ways out behind it."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from app.runtime.awake import ScreenAwake
from app.ui.lock.cover import KioskCover
from app.ui.lock.pin_sheet import PinSheet
from app.ui.lock.staff_menu import StaffMenu
from app.ui.lock.words import AWAKE
from app.ui.look import fitting_scale
from app.ui.shells.screens import find_screen

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.runtime.awake import KeepAwake
    from app.runtime.pin_desk import PinAsker
    from app.ui.i18n import Words
    from app.ui.lock.cover import Unlock
    from app.ui.look import Look
    from app.ui.shells.kiosk_window import KioskWindow


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


WHY_OUT = _("To leave this kiosk, or to change what it does")
WHY_AWAKE = "guests are let in at this screen"


class KioskLock(QObject):
    """Keeps a kiosk's window locked until staff has left it.

    Args:
        window: The window, not shown yet.
        look: The look in force.
        tr: Words of the language in force.
        ask: Looks at a PIN elsewhere.
        leave: Ends the program.
        awake: Keeps the screen from going dark.
    """

    def __init__(
        self,
        window: KioskWindow,
        look: Look,
        tr: Words,
        ask: PinAsker,
        *,
        leave: Callable[[], None],
        awake: KeepAwake | None = None,
    ) -> None:
        """Lock nothing before `lock`."""
        super().__init__(window)
        self._window, self._look, self._tr, self._ask = window, look, tr, ask
        self._leave = leave
        self.awake: KeepAwake = awake or ScreenAwake(self)
        self.other_door: Callable[[], None] | None = None
        """Closes the door that is open, to choose another; None: none is open."""
        self.staff_came: Callable[[], None] | None = None
        """Hears that staff has entered the PIN."""
        self.sheet = PinSheet(look, tr, ask, window)
        self.menu: StaffMenu | None = None
        self.cover: KioskCover | None = None
        window.way_out_wanted.connect(self.ask_way_out)
        self.sheet.accepted.connect(self._show_menu)

    def lock(self, screen: str) -> None:
        """Cover the display, at a size that fits it, and keep it awake.

        Args:
            screen: The display's name; empty: the main one.
        """
        found = find_screen(screen)
        if found is not None:
            size = found.geometry().size()
            self._look.set_scale(fitting_scale(size.width(), size.height()))
        self._window.lock()
        self.awake.hold(WHY_AWAKE)

    async def opened(self, unlock: Unlock | None) -> None:
        """Cover everything until staff has entered the PIN."""
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.cover = KioskCover(self._look, self._tr, self._ask, self._window, unlock=unlock)
        self.cover.opened.connect(partial(_settle, answered))
        try:
            await answered
        finally:
            self.cover.leave()
            self.cover.deleteLater()
            self.cover = None

    @Slot()
    def retranslate(self) -> None:
        """Say everything again."""
        self.sheet.retranslate()
        if self.cover is not None:
            self.cover.retranslate()

    @Slot()
    def ask_way_out(self) -> None:
        """Ask for the PIN, unless somebody is asked already."""
        asked = self.sheet.isVisible() or (self.menu is not None and self.menu.isVisible())
        if self.cover is None and not asked:
            self.sheet.open_over(self._tr(WHY_OUT))

    def close(self) -> None:
        """Let the window be closed; may be called again."""
        self.awake.release()
        self.sheet.close_sheet()
        if self.cover is not None:
            self.cover.leave()
        self._window.unlock()

    @Slot()
    def _show_menu(self) -> None:
        if self.staff_came is not None:
            self.staff_came()
        if self.menu is not None:
            self.menu.deleteLater()
        self.menu = StaffMenu(self._look, self._tr, self._window)
        self.menu.exit_wanted.connect(self._go)
        self.menu.other_door_wanted.connect(self._close_door)
        self.menu.show_awake(self._tr(AWAKE[self.awake.state]))
        self.menu.offer_other_door(offered=self.other_door is not None)
        self.menu.open_over()

    @Slot()
    def _close_door(self) -> None:
        if self.other_door is not None:
            self.other_door()

    @Slot()
    def _go(self) -> None:
        self._window.unlock()
        self._leave()


def _settle(answered: asyncio.Future[None]) -> None:
    if not answered.done():
        answered.set_result(None)
