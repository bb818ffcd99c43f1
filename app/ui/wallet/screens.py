"""The attendee's entries of the rail, put together from their ports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot

from app.ui.shells.page import Screen
from app.ui.wallet.pass_view import PassView
from app.ui.wallet.pass_view_model import PassViewModel
from app.ui.wallet.tickets_view_model import TicketsViewModel
from app.ui.wallet.view import TicketsView
from app.ui.wallet.words import TITLE

if TYPE_CHECKING:
    from app.runtime.engine import Engine
    from app.services.holdings import Holding, HoldingsService
    from app.services.ports import Clock
    from app.services.showing import PassMaker
    from app.ui.i18n import Words
    from app.ui.look import Look


@dataclass(frozen=True, slots=True)
class WalletPorts:
    """What the attendee's pages need of the rest."""

    engine: Engine
    holdings: HoldingsService
    maker: PassMaker
    clock: Clock


class TicketsPage(TicketsView):
    """The tickets, and the pass that covers the whole screen when one of them is opened.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        ports: Engine, services and clock.
    """

    def __init__(self, look: Look, tr: Words, ports: WalletPorts) -> None:
        """Look for this device's wallets at once."""
        self._pass: PassView | None = None
        tickets = TicketsViewModel(ports.engine, ports.holdings, ports.maker)
        super().__init__(look, tr, tickets)
        tickets.setParent(self)
        self._passes = PassViewModel(
            ports.engine, ports.holdings, ports.maker, ports.clock, parent=self
        )
        self.opened.connect(self.open_pass)
        tickets.start()

    @property
    def pass_view(self) -> PassView | None:
        """The pass while one is open."""
        return self._pass

    @Slot(object, int)
    def open_pass(self, tickets: tuple[Holding, ...], row: int) -> None:
        """Show a ticket's pass on the whole screen."""
        if self._pass is not None:
            return
        self._passes.open(tickets, row)
        self._pass = PassView(self._look, self._tr, self._passes, self)
        self._pass.setWindowFlag(Qt.WindowType.Window)
        self._pass.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._pass.left.connect(self.close_pass)
        self._pass.destroyed.connect(self._pass_gone)
        self._pass.setGeometry(self.screen().geometry())  # where no window manager does it
        self._pass.showFullScreen()

    @Slot()
    def close_pass(self) -> None:
        """Go back to the tickets."""
        if self._pass is not None:
            self._pass.close()

    def retranslate(self) -> None:
        """Say everything again, the open pass too."""
        super().retranslate()
        if self._pass is not None:
            self._pass.retranslate()

    def leave(self) -> None:
        """Stop looking and making codes."""
        self.close_pass()
        self._passes.close()
        super().leave()

    @Slot()
    def _pass_gone(self) -> None:
        self._pass = None
        self._passes.shut()


def screens(look: Look, tr: Words, ports: WalletPorts) -> tuple[Screen, ...]:
    """Return the attendee's entries of the rail, from top to bottom."""
    return (Screen("tickets", TITLE, "ticket", lambda: TicketsPage(look, tr, ports)),)
