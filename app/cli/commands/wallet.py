"""``echain wallet``: the attendee's window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.cli.role_window import RoleWindow
from app.cli.sending import keep_sending
from app.cli.window_session import WindowSession
from app.ui.chooser.roles import Role

if TYPE_CHECKING:
    import argparse

    from app.bootstrap import Device, Link
    from app.cli.output import Output
    from app.settings import Settings
    from app.ui.shells.page import Screen


def run(arguments: argparse.Namespace, settings: Settings, _output: Output) -> int:
    """Show the attendee's screens until the window is closed."""
    session = WindowSession(settings)
    return session.run(RoleWindow(session, Role.WALLET).run, full_screen=arguments.full_screen)


def screens(session: WindowSession, device: Device, link: Link | None) -> tuple[Screen, ...]:
    """Make the rail: tickets; what was asked of the contracts here is sent meanwhile."""
    from app.services.holdings import HoldingsService
    from app.services.showing import PassMaker
    from app.services.wallet import WalletService
    from app.ui.wallet import screens as wallet

    keep_sending(session, device, link)
    clock, signer = device.clock, device.signer
    ports = wallet.WalletPorts(
        engine=device.engine,
        holdings=HoldingsService(device.mirror, clock),
        maker=PassMaker(WalletService(signer, clock), signer, clock, (device.settings.wallet,)),
        clock=clock,
    )
    return wallet.screens(session.look, session.tr, ports)
