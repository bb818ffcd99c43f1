"""The organizer's entries of the rail, put together from their ports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.ui.sales.view import SalesView
from app.ui.sales.view_model import SalesViewModel
from app.ui.sales.words import TITLE
from app.ui.shells.page import Screen

if TYPE_CHECKING:
    from app.runtime.engine import Engine
    from app.services.ports import Clock
    from app.services.sales import SalesService
    from app.ui.i18n import Words
    from app.ui.look import Look


@dataclass(frozen=True, slots=True)
class SalesPorts:
    """What the organizer's sales page needs of the rest."""

    engine: Engine
    sales: SalesService
    clock: Clock


def sales_page(look: Look, tr: Words, ports: SalesPorts) -> SalesView:
    """Make the page, which looks at once."""
    model = SalesViewModel(ports.engine, ports.sales, ports.clock)
    page = SalesView(look, tr, model)
    model.setParent(page)
    model.start()
    return page


def screens(look: Look, tr: Words, ports: SalesPorts) -> tuple[Screen, ...]:
    """Return the organizer's entries of the rail, from top to bottom."""
    return (Screen("sales", TITLE, "chart-column", lambda: sales_page(look, tr, ports)),)
