"""The doors' entry of the rail, put together from its ports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.ui.doors.view import DoorsView
from app.ui.doors.view_model import DoorsViewModel
from app.ui.doors.words import TITLE
from app.ui.shells.page import Screen

if TYPE_CHECKING:
    from app.runtime.engine import Engine
    from app.services.door_desk import DoorDesk
    from app.ui.i18n import Words
    from app.ui.look import Look


def doors_page(look: Look, tr: Words, engine: Engine, desk: DoorDesk) -> DoorsView:
    """Make the page, which looks at once."""
    model = DoorsViewModel(engine, desk)
    page = DoorsView(look, tr, model)
    model.setParent(page)
    model.start()
    return page


def screens(look: Look, tr: Words, engine: Engine, desk: DoorDesk) -> tuple[Screen, ...]:
    """Return the doors' entry of the rail."""
    return (Screen("doors", TITLE, "door-open", lambda: doors_page(look, tr, engine, desk)),)
