"""Renders the sales page in three themes and two sizes, for looking at.

``python -m tests.ui.sales_gallery`` fills ``build/screenshots``; the small size is a door tablet's.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication

from app.runtime.engine import Engine
from app.services.sales import SalesService
from app.ui.i18n import Words
from app.ui.look import Look, ThemeChoice
from app.ui.sales.screens import SalesPorts, screens
from app.ui.sales.view import SalesView
from app.ui.shells.desktop import DesktopShell
from tests.attendee import DAY, HOUR, NOW, Attendee, event
from tests.ui.conftest import Stage

if TYPE_CHECKING:
    from app.ui.sales.view_model import SalesViewModel
    from offline_cache.records import Event

FOLDER = Path("build/screenshots")
SIZES = (QSize(1024, 600), QSize(1280, 800), QSize(1920, 1080))
SEED = 7


def fill(attendee: Attendee) -> None:
    """Sell tickets over three weeks, give some away, let people in tonight."""
    dice = random.Random(SEED)
    summer, empty = event(1), event(2, "Night of Glass", starts=NOW + 30 * DAY)
    attendee.clock.wall = NOW - 21 * DAY
    attendee.create(summer, empty)
    first = 1
    for _ in range(70):
        attendee.clock.wall += dice.expovariate(1 / (0.28 * DAY))
        attendee.clock.wall = min(attendee.clock.wall, NOW - 2 * HOUR)
        quantity = dice.choice((1, 1, 2, 2, 4))
        attendee.buy(summer, first, quantity, quantity * summer.ticket_price + dice.randrange(9))
        first += quantity
    attendee.mint(summer, range(first, first + 12))
    attendee.clock.wall = NOW - HOUR
    for token_id in dice.sample(range(1, first), 96):
        attendee.clock.wall += dice.expovariate(1 / 35)
        attendee.use(summer, token_id, door=dice.choice((1, 2, 3)))
    attendee.clock.wall = float(NOW + 3 * 60)


def main(running: QApplication | None = None) -> None:
    """Write all pictures, in the program that runs or in one made for it."""
    app = running or QApplication(sys.argv)
    engine = Engine(lambda bug: print(repr(bug)))  # noqa: T201 - a tool for looking
    engine.start()
    look, stage = Look(app, ThemeChoice.LIGHT), Stage(app)
    with tempfile.TemporaryDirectory() as folder:
        attendee = Attendee.open(Path(folder))
        fill(attendee)
        ports = SalesPorts(engine, SalesService(attendee.mirror), attendee.clock)
        for choice in (ThemeChoice.LIGHT, ThemeChoice.DARK, ThemeChoice.CONTRAST):
            look.choose(choice)
            shell = DesktopShell(look, Words(), "Desk", screens(look, Words(), ports))
            shell.show()
            _pictures(stage, shell)
            shell.leave()
            shell.deleteLater()
        attendee.close()
    engine.stop()
    stage.close()


def _pictures(stage: Stage, shell: DesktopShell) -> None:
    page = shell.page("sales")
    assert isinstance(page, SalesView)
    model = page._model
    _save(stage, page, shell, "sales")
    events = model.state.events
    assert events is not None
    for place, name in ((-1, "sales-empty"), (0, "sales-hover")):
        wanted = events[place]
        model.choose(wanted)
        stage.run(stage.until(lambda: _shows(model, wanted)))  # noqa: B023 - called at once
        page._sales.point_at(NOW - 9 * DAY)
        _save(stage, page, shell, name)


def _shows(model: SalesViewModel, event: Event) -> bool:
    return model.state.report is not None and model.state.report.event == event


def _save(stage: Stage, page: SalesView, shell: DesktopShell, name: str) -> None:
    model = page._model
    stage.run(stage.until(lambda: model.state.report is not None))
    for size in SIZES:
        shell.resize(size)
        stage.run(stage.pause(0.1))
        folder = FOLDER / page._look.theme.name
        folder.mkdir(parents=True, exist_ok=True)
        shell.grab().save(str(folder / f"{name}-{size.width()}.png"))


if __name__ == "__main__":
    main()
