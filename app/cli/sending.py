"""Keeps a window's outbox at work while it is open: what is asked for is sent, and backed up."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.door_parts import Sending

if TYPE_CHECKING:
    from concurrent.futures import Future

    from app.bootstrap import Device, Link
    from app.cli.window_session import WindowSession


def keep_sending(session: WindowSession, device: Device, link: Link | None) -> Sending | None:
    """Drain the device's outbox, and copy its journal, until the window is closed.

    Returns:
        What the queue's page acts with; None where no chain is known.
    """
    if link is None:
        return None
    sending = Sending(device, device.outbox(link, None))
    for work in (sending.run, device.backups().run):
        running = device.engine.keep(work)
        session.program.on_close(partial(_cancel, running))
    return sending


def _cancel(future: Future[None]) -> None:
    future.cancel()
