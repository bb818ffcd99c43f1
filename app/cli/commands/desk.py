"""``echain desk``: the organizer's window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.cli.role_window import RoleWindow
from app.cli.sending import keep_sending
from app.cli.window_session import WindowSession
from app.domain.invitation import MOST_NODES
from app.ui.chooser.roles import Role

if TYPE_CHECKING:
    import argparse

    from app.bootstrap import Device, Link
    from app.cli.output import Output
    from app.services.door_desk import DoorDesk
    from app.services.policy_desk import PolicyDesk
    from app.settings import Settings
    from app.ui.shells.page import Screen

BUNDLE_KEY = "bundle"
"""Id of the key that signs an event's bundles and invitations."""


def run(arguments: argparse.Namespace, settings: Settings, _output: Output) -> int:
    """Show the organizer's screens until the window is closed."""
    session = WindowSession(settings)
    return session.run(RoleWindow(session, Role.DESK).run, full_screen=arguments.full_screen)


def screens(session: WindowSession, device: Device, link: Link | None) -> tuple[Screen, ...]:
    """Make the rail: sales, doors, rules and queue; what waits here is sent meanwhile."""
    from app.services.sales import SalesService
    from app.ui.doors import screens as doors
    from app.ui.policy import screens as policy
    from app.ui.queue import screens as queue
    from app.ui.sales import screens as sales

    sold = sales.SalesPorts(device.engine, SalesService(device.mirror), device.clock)
    url = device.settings.profile.transaction_url
    waiting = queue.QueuePorts(
        device.engine, device.queue(), keep_sending(session, device, link), url
    )
    return (
        *sales.screens(session.look, session.tr, sold),
        *doors.screens(session.look, session.tr, device.engine, _doors(device, link)),
        *policy.screens(session.look, session.tr, device.engine, _rules(device)),
        *queue.screens(session.look, session.tr, waiting),
    )


def _doors(device: Device, link: Link | None) -> DoorDesk:
    from app.services.door_desk import DoorDesk
    from app.services.inviting import Inviter, Ways

    settings = device.settings
    nodes = settings.shared_nodes
    ways = Ways(nodes[:MOST_NODES], 0 if link is None else link.start_block)
    inviter = Inviter(device.signer, (BUNDLE_KEY, settings.wallet), ways, device.clock)
    return DoorDesk(device.mirror, inviter, device.calls(), device.signer, settings.wallet)


def _rules(device: Device) -> PolicyDesk:
    from app.services.policy_desk import PolicyDesk, PolicyPorts

    return PolicyDesk(
        PolicyPorts(
            mirror=device.mirror,
            journal=device.journal,
            take=device.take_bundle,
            calls=device.calls(),
            signer=device.signer,
            clock=device.clock,
            bundle_key=BUNDLE_KEY,
            wallet=device.settings.wallet,
        )
    )
