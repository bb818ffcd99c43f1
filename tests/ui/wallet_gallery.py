"""Renders the attendee's pages in three themes and two sizes, for looking at.

``python -m tests.ui.wallet_gallery`` fills ``build/screenshots``; the small size is a tablet's.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.runtime.engine import Engine
from app.ui.i18n import Words
from app.ui.look import Look, ThemeChoice
from app.ui.shells.desktop import DesktopShell
from app.ui.wallet.pass_view import PassView
from app.ui.wallet.pass_view_model import PassViewModel
from app.ui.wallet.screens import WalletPorts, screens
from offline_cache.records import TicketStatus
from tests.attendee import DAY, HOUR, NOW, SOMEBODY, Attendee, event
from tests.ui.conftest import Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.services.holdings import Holding

FOLDER = Path("build/screenshots")
SIZES = (QSize(1024, 600), QSize(1280, 800), QSize(1920, 1080))
LONG = "Internationales Festival für zeitgenössische Kammermusik und Klangkunst in der Alten Fabrik"


def fill(attendee: Attendee) -> None:
    """Give the attendee a life: tickets of every state, and a past."""
    summer = event(1)
    night = event(2, "Night of Glass", starts=NOW + 3 * DAY)
    long = event(3, LONG, starts=NOW + 9 * DAY)
    winter = event(4, "Winter Market", starts=NOW + 40 * DAY)
    past = [
        event(5 + n, name, starts=NOW - (30 + 60 * n) * DAY)
        for n, name in enumerate(("Spring Lab", "Kino im Park", "Opening Night", "Harbour Jazz"))
    ]
    attendee.create(summer, night, long, winter, *past)
    attendee.mint(summer, [41, 42, 43])
    attendee.set_tier(summer, 42, 1)
    attendee.bind(summer, 41)
    attendee.mint(night, [7])
    attendee.set_status(night, 7, TicketStatus.LISTED)
    attendee.mint(long, [1207])
    attendee.mint(winter, [3])
    attendee.set_status(winter, 3, TicketStatus.VOID)
    for each in past:
        attendee.mint(each, [5])
        attendee.use(each, 5, at=each.start_time + HOUR)
    attendee.use(summer, 43, at=NOW - 1_200)
    attendee.mint(summer, [44], owner=SOMEBODY)


class Gallery:
    """Waits for pages to be complete and saves them."""

    def __init__(self, attendee: Attendee, engine: Engine, look: Look, stage: Stage) -> None:
        """Know where everything is."""
        self.attendee, self.engine, self.look, self.stage = attendee, engine, look, stage
        self.ports = WalletPorts(engine, attendee.holdings, attendee.maker, attendee.clock)

    def save(self, widget: QWidget, name: str, ready: Callable[[], bool]) -> None:
        """Show a widget in both sizes and save each."""
        self.stage.run(self.stage.until(ready))
        for size in SIZES:
            widget.resize(size)
            self.stage.run(self.stage.pause(0.05))
            folder = FOLDER / self.look.theme.name
            folder.mkdir(parents=True, exist_ok=True)
            widget.grab().save(str(folder / f"{name}-{size.width()}.png"))

    def shell(self, name: str, *, address: str = "") -> None:
        """Save the tickets page in its shell."""
        shell = DesktopShell(
            self.look, Words(), "My tickets", screens(self.look, Words(), self.ports)
        )
        shell.show()
        page = shell.page("tickets")
        assert page is not None
        model = page._model  # type: ignore[attr-defined]
        self.stage.run(self.stage.until(lambda: model.state.holdings is not None))
        if address:
            model.enter_address(address)
        self.save(shell, name, lambda: model.state.holdings is not None)
        if not address:
            QTest.keyClick(page._list, Qt.Key.Key_Right)  # type: ignore[attr-defined]
        shell.leave()
        shell.deleteLater()

    def a_pass(self, name: str, holding: Holding, *, leaf: int = 3) -> None:
        """Save a pass."""
        model = PassViewModel(
            self.engine, self.attendee.holdings, self.attendee.maker, self.attendee.clock
        )
        view = PassView(self.look, Words(), model)
        model.open((holding,) * leaf, 0)
        view.show()

        def ready() -> bool:
            return model.state.code is not None or model.state.refusal is not None

        self.save(view, name, ready)
        view.leave()
        view.deleteLater()


def main(running: QApplication | None = None) -> None:
    """Write all pictures, in the program that runs or in one made for it."""
    app = running or QApplication(sys.argv)
    engine = Engine(lambda bug: print(repr(bug)))  # noqa: T201 - a tool for looking
    engine.start()
    look, stage = Look(app, ThemeChoice.LIGHT), Stage(app)
    with tempfile.TemporaryDirectory() as folder:
        attendee = Attendee.open(Path(folder))
        fill(attendee)
        attendee.clock.advance(6.4)
        gallery = Gallery(attendee, engine, look, stage)
        for choice in (ThemeChoice.LIGHT, ThemeChoice.DARK, ThemeChoice.CONTRAST):
            look.choose(choice)
            gallery.shell("tickets")
            gallery.shell("tickets-empty", address="0x" + "12" * 20)
            gallery.a_pass("pass", attendee.holding(event(1), 41))
            gallery.a_pass("pass-long", attendee.holding(event(3), 1207), leaf=1)
            gallery.a_pass("pass-used", attendee.holding(event(1), 43))
            gallery.a_pass("pass-unbound", attendee.holding(event(1), 44))
        attendee.close()
    engine.stop()
    stage.close()


if __name__ == "__main__":
    main()
