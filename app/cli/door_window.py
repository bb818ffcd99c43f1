"""The door's window: which event, then the kiosk, until the door or the window is closed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from app.cli.first_run_window import FirstRunWindow
from app.door_parts import door_parts
from app.runtime.cameras import Cameras
from app.runtime.door_runner import DoorHooks
from app.runtime.handover import News
from app.runtime.side_sources import SideChoices, split_sources
from app.runtime.sounds import QtSounds
from app.runtime.wedge import WedgeSettings
from app.scan.frames import SourceState
from app.services.ports import TROUBLE
from app.ui.chooser.door_setup import DoorSetupPage
from app.ui.kiosk.screen import KioskChoices, KioskScreen, verdict_sounds
from app.ui.kiosk.view_model import KioskOptions

if TYPE_CHECKING:
    from app.bootstrap import Device, Link
    from app.cli.window_session import WindowSession
    from app.runtime.sounds import Sounds
    from app.services.sync import SyncState
    from app.settings import Settings
    from app.ui.chooser.door_setup import DoorChoice
    from app.ui.look import ThemeChoice
    from offline_cache.records import Event

LOOK_SECONDS = 0.5


class DoorWindow:
    """One door on one window.

    Args:
        session: The window and what it may open.
        cameras: Lists and opens cameras; this computer's by default.
        sounds: Plays the verdicts; this computer's loudspeaker by default.
    """

    def __init__(
        self,
        session: WindowSession,
        *,
        cameras: Cameras | None = None,
        sounds: Sounds | None = None,
    ) -> None:
        """Ask nothing yet."""
        self._session = session
        self._opened = asyncio.Event()
        self._cameras = cameras or Cameras(session.window)
        self._sounds = sounds or QtSounds(verdict_sounds())

    async def run(self) -> None:
        """Open the door that is named or remembered, else ask; again whenever one is closed."""
        session = self._session
        session.settings = with_remembered(session.settings, session)
        if session.terms.handover.reason:
            await session.be_out_of_order()
        device = await session.opened()
        session.program.spawn(self._be_opened())
        session.keep(role="kiosk")
        link = await session.link(device)
        event = await self._named_event(device, link)
        while True:
            if event is None:
                event = await self._choose(device, link)
                link = await session.link(device)
            await self._scan(device, event, link)
            session.keep(event="", door=0)
            link, event = await session.link(device), None

    async def _be_opened(self) -> None:
        """Let staff open a locked kiosk, while everything is made ready behind."""
        session = self._session
        if session.lock is not None and await session.stays_closed():
            await session.lock.opened(await session.unlocking())
        self._opened.set()

    # ── which event ───────────────────────────────────────────────────────────────────────────────

    async def _named_event(self, device: Device, link: Link | None) -> Event | None:
        """Return the event that the settings name, where the mirror has it already."""
        if not device.settings.event:
            return None
        factory = bytes(20) if link is None else link.factory
        try:
            return await self._session.wait_for(partial(device.event, factory))
        except TROUBLE:
            return None

    async def _choose(self, device: Device, link: Link | None) -> Event:
        """Lead a new door through its first run, or let a person choose, until it has an event."""
        by_hand = link is not None and not self._session.memory.first_run
        while True:
            if by_hand:
                event = await self._ask(device, link)
            else:
                session = self._session
                event = await FirstRunWindow(session, device, self._cameras, self._sounds).run()
            if event is not None:
                return event
            by_hand = not by_hand
            link = await self._session.link(device)

    async def _ask(self, device: Device, link: Link | None) -> Event | None:
        """Let a person choose among the mirror's events, which is brought up to date meanwhile.

        Returns:
            The event, or None if the person has an invitation instead.
        """
        session, settings = self._session, device.settings
        page = DoorSetupPage(
            session.look,
            session.tr,
            lambda: self._cameras.known,
            door=settings.door,
            camera=settings.camera,
        )
        self._cameras.watch()
        page.look_again()
        self._cameras.changed.connect(page.look_again)
        filling = asyncio.ensure_future(_fill(page, device, link))
        try:
            choice: DoorChoice | None = await session.ask(page, page.chosen)
        finally:
            filling.cancel()
            await asyncio.gather(filling, return_exceptions=True)
        if choice is None:
            return None
        device.settings = replace(
            settings, event=choice.event, door=choice.door, camera=choice.camera
        )
        session.keep(event=choice.event, door=choice.door, camera=choice.camera)
        factory = bytes(20) if link is None else link.factory
        event = await session.insist(partial(device.event, factory))
        session.program.spawn(session.wait_for(partial(_make_record_key, device, event)))
        return event

    # ── scanning ──────────────────────────────────────────────────────────────────────────────────

    async def _scan(self, device: Device, event: Event, link: Link | None) -> None:
        """Run the kiosk until its door is closed."""
        session, memory = self._session, self._session.memory
        parts = door_parts(device, event, link)
        bundle = await session.wait_for(partial(device.bundle, event))
        left, lock = asyncio.Event(), session.lock
        screen = KioskScreen(
            parts,
            session.look,
            session.tr,
            device.clock,
            sounds=self._sounds,
            cameras=self._cameras,
            choices=KioskChoices(
                camera=device.settings.camera,
                mirrored=memory.mirrored,
                options=KioskOptions(memory.admit_seconds, memory.refuse_seconds),
                amber_seconds=bundle.policy.mirror_amber_seconds,
                side=side_choices(device.settings),
            ),
            keeper=_Keeper(session),
            full_screen=session.window.toggle_full_screen,
            ask=session.pins.ask,
            exports=device.settings.data / "exports",
            leave=left.set if lock is None else lock.ask_way_out,
            listener=DoorHooks(
                on_verdict=lambda _verdict, _frame: None, on_camera_state=self._tell_supervisor
            ),
        )
        screen.view.settings.offer_languages(lambda code, *_: session.use_language(code))
        session.on_bug = screen.model.note_bug
        session.program.on_close(screen.close)
        session.window.show_page(screen.view)
        if lock is not None:
            lock.other_door = left.set
        screen.runner.pause(paused=not self._opened.is_set())
        screen.start()
        session.program.spawn(self._go_on(screen))
        await left.wait()
        if lock is not None:
            lock.other_door = None
        session.on_bug = lambda: None
        await session.wait_for(screen.runner.stop)
        screen.close()

    async def _go_on(self, screen: KioskScreen) -> None:
        """Judge once staff has opened the kiosk."""
        if self._opened.is_set():
            return
        await self._opened.wait()
        screen.runner.pause(paused=screen.model.state.paused)
        self._tell_supervisor(screen.model.state.camera_state)

    def _tell_supervisor(self, state: SourceState | None) -> None:
        """Say that guests are let in; any thread may."""
        if state is SourceState.RUNNING and self._opened.is_set():
            self._session.terms.tell(News(scanning=True))


class _Keeper:
    """Remembers what is chosen at the door."""

    def __init__(self, session: WindowSession) -> None:
        self._session = session

    def camera(self, spec: str) -> None:
        self._session.keep(camera=spec)

    def mirrored(self, *, mirrored: bool) -> None:
        self._session.keep(mirrored=mirrored)

    def theme(self, choice: ThemeChoice) -> None:
        self._session.keep(theme=choice.value)


def side_choices(settings: Settings) -> SideChoices:
    """Return what reads beside the camera, as it was set."""
    gun = WedgeSettings(settings.gun_prefix, settings.gun_suffix, settings.gun_pace)
    return SideChoices(split_sources(settings.also), gun if settings.gun == "auto" else None)


def with_remembered(settings: Settings, session: WindowSession) -> Settings:
    """Fill in the door of the last run where the settings name none; what they name wins."""
    memory, blank = session.memory, type(settings)(data=settings.data)
    if settings.event or not memory.event:
        camera = memory.camera if settings.camera == blank.camera else settings.camera
        return replace(settings, camera=camera or settings.camera)
    return replace(
        settings,
        event=memory.event,
        door=memory.door if settings.door == blank.door and memory.door else settings.door,
        camera=memory.camera
        if settings.camera == blank.camera and memory.camera
        else settings.camera,
    )


async def _fill(page: DoorSetupPage, device: Device, link: Link | None) -> None:
    """Show the mirror's events, and what the sync says, until cancelled."""
    states: list[SyncState] = []
    syncing = None
    if link is not None:
        sync = device.sync(link, on_state=states.append)
        syncing = device.engine.keep(sync.run)
    try:
        while True:
            events: list[Event] = await asyncio.wrap_future(device.mirror.events())
            page.show_events(events)
            trouble = states[-1].trouble if states else ""
            page.show_state("settings.missing" if link is None else trouble)
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        if syncing is not None and link is not None:
            syncing.cancel()
            await asyncio.wrap_future(device.engine.submit(link.aclose()))


def _make_record_key(device: Device, event: Event) -> None:
    """Have the door's key ready for the organizer to grant; without a key store, later."""
    try:
        device.record_key(event)
    except TROUBLE:
        return
