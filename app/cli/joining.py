"""Brings a device to the event of an invitation, and asks the chain whether it may be believed."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import threading
from concurrent.futures import wait
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

from app.cli.invited import invited, is_told
from app.domain.addresses import checksum
from app.domain.bundle_file import MAX_FILE_BYTES
from app.domain.errors import BundleError, InvitationError
from app.domain.invitation import expect_public, expect_vouched
from app.services.ports import TROUBLE
from app.ui.first_run.ports import Joined

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from app.bootstrap import Device
    from app.domain.invitation import Invitation
    from app.services.sync import SyncState
    from app.settings import Settings
    from offline_cache.records import Event

LOOK_SECONDS = 0.3
END_SECONDS = 30.0
FETCH_SECONDS = 20.0
FETCH_AGAIN_SECONDS = 2.0


class Joining:
    """A ``Joiner`` over a device: its settings become those of the invitation.

    Args:
        device: The device that joins; its mirror is filled.
        told: What file, environment and options said; where they name a chain, they win.
    """

    def __init__(self, device: Device, told: Settings) -> None:
        """Join nothing."""
        self._device = device
        self._settings = told
        self._work: Future[None] | None = None
        self._stopping = threading.Event()
        self._signer = b""

    def join(self, invitation: Invitation, told: Callable[[Joined], None]) -> None:
        """Begin; see ``Joiner.join``."""
        self.stop()
        self._stopping, before = threading.Event(), self._work
        self._signer = invitation.signer
        self._use(invitation)
        running = self._run(invitation, told, self._stopping, before)
        self._work = self._device.engine.spawn(running)

    def stop(self) -> None:
        """End what ``join`` began, soon; ``wait`` waits for it."""
        self._stopping.set()

    def wait(self) -> None:
        """Wait until nothing is read any more; not for the main thread."""
        if self._work is not None:
            wait((self._work,), END_SECONDS)

    def take_bundle(self, file: Path) -> None:
        """Fill the mirror from a bundle that the invitation's signer signed; blocks."""
        from app.cli.commands.bundle import take

        signer = checksum(self._signer) if any(self._signer) else None
        take(argparse.Namespace(file=file, signer=signer, force=False), self._device)

    # ── on the engine ─────────────────────────────────────────────────────────────────────────────

    async def _run(
        self,
        invitation: Invitation,
        told: Callable[[Joined], None],
        stopping: threading.Event,
        before: Future[None] | None,
    ) -> None:
        if before is not None:  # one mirror takes one sync at a time
            await asyncio.wait([asyncio.wrap_future(before)])
        device = self._device
        states: list[SyncState] = []
        link = device.link(invitation.factory, invitation.start_block)
        syncing = asyncio.ensure_future(device.sync(link, on_state=states.append).run())
        try:
            await self._watch(invitation, told, stopping, states)
        finally:
            syncing.cancel()
            await asyncio.gather(syncing, return_exceptions=True)
            await link.aclose()

    async def _watch(
        self,
        invitation: Invitation,
        told: Callable[[Joined], None],
        stopping: threading.Event,
        states: list[SyncState],
    ) -> None:
        """Tell how it goes; once the event is known its tickets are read on, until it is enough."""
        known = wanted = False
        joined = Joined()
        while not stopping.is_set():
            if not known:
                event = await self._event(invitation)
                joined = _judged(invitation, event, states[-1].trouble if states else "")
                told(joined)
                if joined.refused:
                    return
                known = event is not None
                wanted = known and bool(invitation.bundle_url)
            if wanted:
                trouble = await asyncio.to_thread(self._fetch, invitation.bundle_url)
                told(replace(joined, trouble=trouble))
                # The mirror may not reach the block yet that anchors this bundle.
                wanted = trouble == "bundle.untrusted"
            await asyncio.sleep(FETCH_AGAIN_SECONDS if wanted else LOOK_SECONDS)

    async def _event(self, invitation: Invitation) -> Event | None:
        try:
            return await asyncio.to_thread(self._device.mirror.event_by_id, invitation.event_id)
        except TROUBLE:
            return None  # the sync tells what is wrong with the stores

    def _fetch(self, url: str) -> str:
        """Take the event's bundle from where the invitation says; returns the trouble's code."""
        try:
            with tempfile.TemporaryDirectory(prefix="echain-") as folder:
                file = Path(folder) / "event.bundle"
                file.write_bytes(_downloaded(url))
                self.take_bundle(file)
        except BundleError as refusal:
            # What is here already is as good as what was fetched.
            return "" if refusal.code == "bundle.older" else refusal.code
        except (*TROUBLE, OSError, ValueError):
            return "bundle.not_fetched"
        return ""

    def _use(self, invitation: Invitation) -> None:
        told = self._settings
        settings = told if is_told(told) else invited(told, invitation)
        self._device.settings = replace(
            settings, event="0x" + invitation.event_id.hex(), door=invitation.door
        )


def _downloaded(url: str) -> bytes:
    """Return what lies at a web address, no more of it than a bundle may have."""
    # No local file comes through: the address is checked, and redirections never lead to one.
    with urlopen(expect_public(url), timeout=FETCH_SECONDS) as answer:  # noqa: S310
        data: bytes = answer.read(MAX_FILE_BYTES + 1)
    return data


def _judged(invitation: Invitation, event: Event | None, trouble: str) -> Joined:
    if event is None:
        return Joined(trouble=trouble)
    try:
        expect_vouched(invitation, event)
    except InvitationError as refusal:
        return Joined(trouble=refusal.code, refused=True)
    return Joined(event=event)
