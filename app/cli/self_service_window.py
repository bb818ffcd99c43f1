"""The window of a door without staff: relay, printer and screen, until staff has left it."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from app.cli.door_window import DoorWindow, side_choices
from app.cli.equipment import gate_parts
from app.domain.self_service import OPERATOR
from app.door_parts import door_parts
from app.runtime.door_runner import DoorHooks
from app.services.ports import TROUBLE
from app.ui.self_service.screen import GateSetup, SelfServiceScreen

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.bootstrap import Device, Link
    from offline_cache.records import Event


class SelfServiceWindow(DoorWindow):
    """One door without staff on one window; it is chosen and opened as the others are."""

    async def _scan(self, device: Device, event: Event, link: Link | None) -> None:
        """Run the door until staff has closed it."""
        session = self._session
        device.settings = replace(device.settings, operator=OPERATOR)
        parts = door_parts(device, event, link)
        screen = SelfServiceScreen(
            parts,
            gate_parts(device, event),
            GateSetup(
                event.name,
                session.tr.language,
                mirrored=session.memory.mirrored,
                guests=await session.wait_for(partial(_names, device, event)),
                side=side_choices(device.settings),
                source=self._cameras.source,
            ),
            session.look,
            device.clock,
            os.urandom,
            sounds=self._sounds,
            listener=DoorHooks(
                on_verdict=lambda _verdict, _frame: None, on_camera_state=self._tell_supervisor
            ),
        )
        left, lock = asyncio.Event(), session.lock
        session.program.on_close(screen.close)
        session.window.show_page(screen.view)
        if lock is not None:
            lock.other_door = left.set
            lock.staff_came = screen.acknowledge
            screen.view.staff_wanted.connect(lock.ask_way_out)
        else:
            screen.view.staff_wanted.connect(screen.acknowledge)
        self._cameras.watch()
        screen.start(self._cameras.source(device.settings.camera))
        session.program.spawn(self._allow(screen))
        await left.wait()
        if lock is not None:
            lock.other_door = lock.staff_came = None
        await session.wait_for(screen.runner.stop)
        screen.close()

    async def _allow(self, screen: SelfServiceScreen) -> None:
        """Let guests come once staff has opened the kiosk."""
        await self._opened.wait()
        screen.allow(allowed=True)
        self._tell_supervisor(screen.model.state.camera_state)


def _names(device: Device, event: Event) -> Callable[[int], tuple[str, ...]]:
    """Return what tells the guests' names; nobody's where this door has no guest list."""
    try:
        book = device.guests(event)
    except TROUBLE:
        return lambda _token_id: ()
    return lambda token_id: tuple(guest.name for guest in book.of_ticket(token_id))
