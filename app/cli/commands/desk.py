"""``echain desk``: the organizer's window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.cli.role_window import RoleWindow
from app.cli.window_session import WindowSession
from app.ui.chooser.roles import Role

if TYPE_CHECKING:
    import argparse

    from app.bootstrap import Device, Link
    from app.cli.output import Output
    from app.settings import Settings
    from app.ui.shells.page import Screen


def run(arguments: argparse.Namespace, settings: Settings, _output: Output) -> int:
    """Show the organizer's screens until the window is closed."""
    session = WindowSession(settings)
    return session.run(RoleWindow(session, Role.DESK).run, full_screen=arguments.full_screen)


def screens(session: WindowSession, device: Device, _link: Link | None) -> tuple[Screen, ...]:
    """Make the rail: sales."""
    from app.services.sales import SalesService
    from app.ui.sales import screens as sales

    ports = sales.SalesPorts(device.engine, SalesService(device.mirror), device.clock)
    return sales.screens(session.look, session.tr, ports)
