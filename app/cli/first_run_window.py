"""A new door's first run on its window: from the invitation to an event that can be opened."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from app.bootstrap import record_key_id
from app.cli.invited import is_told, network_title, without_invitation
from app.cli.joining import Joining
from app.domain.door_request import DoorRequest, signed
from app.domain.errors import SettingsError
from app.ui.first_run.ports import FirstRunPorts
from app.ui.first_run.wizard import FirstRunPage
from app.ui.first_run.wizard_model import WizardModel

if TYPE_CHECKING:
    from app.bootstrap import Device
    from app.cli.window_session import WindowSession
    from app.domain.verdicts import Verdict
    from app.runtime.cameras import Cameras
    from app.runtime.sounds import Sounds
    from app.services.checkin import CheckInService
    from offline_cache.records import Event


class FirstRunWindow:
    """Leads one person through the first run of one device.

    Args:
        session: The window.
        device: The device, opened.
        cameras: Lists and opens cameras.
        sounds: Plays the verdicts.
    """

    def __init__(
        self, session: WindowSession, device: Device, cameras: Cameras, sounds: Sounds
    ) -> None:
        """Show nothing yet."""
        self._session, self._device = session, device
        self._cameras, self._sounds = cameras, sounds
        self._told = without_invitation(device.settings, session.memory.invitation)
        self._joining = Joining(device, self._told)
        self._door: CheckInService | None = None

    async def run(self) -> Event | None:
        """Show the steps; returns the event to open, None if the person chooses it by hand."""
        session, memory = self._session, self._session.memory
        with ThreadPoolExecutor(1, thread_name_prefix="first-run") as waiting:
            model = WizardModel(
                self._ports(waiting),
                step=memory.first_run,
                invitation=memory.invitation,
                camera=memory.camera,
            )
            told = is_told(self._device.settings)
            page = FirstRunPage(session.look, session.tr, model, network_title, offers_by_hand=told)
            model.setParent(page)
            answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
            model.finished.connect(partial(_settle, answered, by_hand=False))
            page.by_hand.connect(partial(_settle, answered, by_hand=True))
            session.window.show_page(page)
            try:
                by_hand = await answered
            finally:
                # The camera and the mirror are free before the door takes them.
                page.leave()
                self._joining.stop()
                waiting.submit(model.eye.join)
                waiting.submit(self._joining.wait)
                event = model.invitation.state.joined.event
                camera = model.camera.state.chosen
        return None if by_hand else self._settled(event, camera)

    def _settled(self, event: Event | None, camera: str) -> Event | None:
        device = self._device
        device.settings = replace(device.settings, camera=camera)
        self._session.settings = replace(
            self._session.settings, event=device.settings.event, door=device.settings.door
        )
        self._session.keep(
            event=device.settings.event, door=device.settings.door, camera=camera, first_run=""
        )
        return event

    def _ports(self, waiting: ThreadPoolExecutor) -> FirstRunPorts:
        device, settings = self._device, self._told
        factory = settings.factory_address
        chain = None
        if is_told(settings) and factory is not None:
            chain = (settings.profile.chain_id, factory)
        return FirstRunPorts(
            clock=device.clock,
            waiting=waiting,
            joiner=self._joining,
            cameras=self._cameras,
            sounds=self._sounds,
            pin=self._session.staff_pin,
            request=self._request,
            unlock=self._session.unlock_keys,
            judge=self._judge,
            keeper=self._session,
            chain=chain,
            network=network_title,
        )

    # ── on a thread that may wait ─────────────────────────────────────────────────────────────────

    def _request(self) -> DoorRequest:
        event, device = self._event(), self._device
        door = device.settings.door
        made = DoorRequest(
            chain_id=event.chain_id,
            factory=event.factory,
            contract=event.contract,
            number=event.number,
            door=door,
            record_key=device.record_key(event),
            made_at=device.clock.unix(),
        )
        return signed(made, partial(device.signer.sign, record_key_id(event, door)))

    def _judge(self, payload: bytes) -> Verdict:
        if self._door is None:
            self._door = self._device.door(self._event(), test=True)
        return self._door.check(payload)

    def _event(self) -> Event:
        """Return the event of the settings, which the joining has put there.

        Raises:
            SettingsError: ``invitation.waiting`` while the chain has not told of it.
        """
        named = self._device.settings.event_named
        event = None
        if isinstance(named, bytes):
            event = self._device.mirror.event_by_id(named)
        if event is None:
            raise SettingsError(
                "the chain was not read far enough to know the event", code="invitation.waiting"
            )
        return event


def _settle(answered: asyncio.Future[bool], *_: object, by_hand: bool) -> None:
    if not answered.done():
        answered.set_result(by_hand)
