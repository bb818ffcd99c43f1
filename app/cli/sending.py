"""Keeps a window's outbox at work: what is asked for in it is sent while it is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.door_parts import Sending

if TYPE_CHECKING:
    from concurrent.futures import Future

    from app.bootstrap import Device, Link
    from app.cli.window_session import WindowSession


def keep_sending(session: WindowSession, device: Device, link: Link | None) -> Sending | None:
    """Drain the device's outbox until the window is closed; None where no chain is known."""
    if link is None:
        return None
    sending = Sending(device, device.outbox(link, None))
    running = device.engine.keep(sending.run)
    session.program.on_close(lambda: _cancel(running))
    return sending


def _cancel(future: Future[None]) -> None:
    future.cancel()
