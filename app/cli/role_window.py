"""The desktop window of organizer and attendee: a rail of screens on one device."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, cast

from app.ui.chooser.roles import ROLES
from app.ui.preferences import view as preferences
from app.ui.shells.desktop import DesktopShell

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from app.bootstrap import Device, Link
    from app.cli.window_session import WindowSession
    from app.ui.chooser.roles import Role
    from app.ui.shells.page import Screen

    Screens = Callable[[WindowSession, Device, Link | None], tuple[Screen, ...]]


class RoleWindow:
    """Shows the screens of a role; the mirror follows the chain meanwhile.

    Args:
        session: The window and what it may open.
        role: Desk or wallet; its screens are made by ``screens`` in its command's module.
    """

    def __init__(self, session: WindowSession, role: Role) -> None:
        """Open nothing yet."""
        self._session = session
        self._role = role

    async def run(self) -> None:
        """Open the device and show the screens until the window is closed."""
        session = self._session
        device = await session.opened()
        session.keep(role=self._role.value)
        link = await session.link(device)
        if link is not None:
            syncing = device.engine.keep(device.sync(link).run)
            session.program.on_close(lambda: _end(device, link))
            session.program.on_close(lambda: _cancel(syncing))
        module = import_module(f"app.cli.commands.{self._role.value}")
        screens = cast("Screens", module.screens)(session, device, link)
        choices = preferences.Choices(session.use_language, session.use_theme)
        screens += preferences.screens(session.look, session.tr, choices)
        title = ROLES[self._role].title
        session.window.show_page(DesktopShell(session.look, session.tr, title, screens))
        await asyncio.Event().wait()


def _cancel(future: Future[None]) -> None:
    future.cancel()


def _end(device: Device, link: Link) -> None:
    device.engine.submit(link.aclose()).result(5)
