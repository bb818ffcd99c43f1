"""The rules' entry of the rail, put together from its ports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.ui.policy.view import PolicyView
from app.ui.policy.view_model import PolicyViewModel
from app.ui.policy.words import TITLE
from app.ui.shells.page import Screen

if TYPE_CHECKING:
    from app.runtime.engine import Engine
    from app.services.policy_desk import PolicyDesk
    from app.ui.i18n import Words
    from app.ui.look import Look


def policy_page(look: Look, tr: Words, engine: Engine, desk: PolicyDesk) -> PolicyView:
    """Make the page, which looks at once."""
    model = PolicyViewModel(engine, desk)
    page = PolicyView(look, tr, model)
    model.setParent(page)
    model.start()
    return page


def screens(look: Look, tr: Words, engine: Engine, desk: PolicyDesk) -> tuple[Screen, ...]:
    """Return the rules' entry of the rail."""
    return (Screen("rules", TITLE, "list", lambda: policy_page(look, tr, engine, desk)),)
