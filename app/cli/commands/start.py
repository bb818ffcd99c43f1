"""``echain`` alone: the role of the last run, or the question which one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.cli.door_window import DoorWindow
from app.cli.role_window import RoleWindow
from app.cli.window_session import WindowSession
from app.remembered import recall
from app.ui.chooser.roles import Role, RoleChooser

if TYPE_CHECKING:
    import argparse

    from app.cli.output import Output
    from app.settings import Settings


def run(arguments: argparse.Namespace, settings: Settings, output: Output) -> int:
    """Open the window of the role that this data folder remembers, or ask."""
    remembered = recall(settings.data).role
    if remembered == Role.DOOR:
        from app.cli.commands import kiosk

        return kiosk.run(arguments, settings, output)
    session = WindowSession(settings)

    async def work() -> None:
        role = remembered
        if role not in set(Role):
            page = RoleChooser(session.look, session.tr)
            page.language_chosen.connect(session.use_language)
            role = await session.ask(page, page.chosen)
        await windows_of(session, Role(role))

    return session.run(work, full_screen=arguments.full_screen)


async def windows_of(session: WindowSession, role: Role) -> None:
    """Run the window of a role."""
    if role is Role.DOOR:
        await DoorWindow(session).run()
    else:
        await RoleWindow(session, role).run()
