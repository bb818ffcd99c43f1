"""``echain desk``: the organizer's window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.cli.role_window import RoleWindow
from app.cli.window_session import WindowSession
from app.door_parts import Sending
from app.ui.chooser.roles import Role

if TYPE_CHECKING:
    import argparse
    from concurrent.futures import Future

    from app.bootstrap import Device, Link
    from app.cli.output import Output
    from app.settings import Settings
    from app.ui.shells.page import Screen


def run(arguments: argparse.Namespace, settings: Settings, _output: Output) -> int:
    """Show the organizer's screens until the window is closed."""
    session = WindowSession(settings)
    return session.run(RoleWindow(session, Role.DESK).run, full_screen=arguments.full_screen)


def screens(session: WindowSession, device: Device, link: Link | None) -> tuple[Screen, ...]:
    """Make the rail: sales and queue; what waits here is sent meanwhile."""
    from app.services.sales import SalesService
    from app.ui.queue import screens as queue
    from app.ui.sales import screens as sales

    sold = sales.SalesPorts(device.engine, SalesService(device.mirror), device.clock)
    url = device.settings.profile.transaction_url
    waiting = queue.QueuePorts(device.engine, device.queue(), _sending(session, device, link), url)
    return (
        *sales.screens(session.look, session.tr, sold),
        *queue.screens(session.look, session.tr, waiting),
    )


def _sending(session: WindowSession, device: Device, link: Link | None) -> Sending | None:
    if link is None:
        return None
    sending = Sending(device, device.outbox(link, None))
    running = device.engine.keep(sending.run)
    session.program.on_close(lambda: _cancel(running))
    return sending


def _cancel(future: Future[None]) -> None:
    future.cancel()
