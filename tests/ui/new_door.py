"""A door on its first day: a real venue, a real PIN file, a camera that sees what is held up."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from app.domain import invitation, qr_code
from app.domain.door_request import DoorRequest, signed
from app.domain.eip712 import address_of_secret, digest, sign_digest
from app.domain.errors import KeyTrouble
from app.domain.invitation import Invitation, SealedInvitation
from app.domain.keccak import keccak
from app.runtime.cameras import CameraInfo, Cameras
from app.scan.frames import Frame, SourceHooks, SourceState
from app.services.staff_pin import PinEffort, StaffPinFile
from app.ui.first_run.ports import FirstRunPorts, Joined
from offline_cache.records import BundleSetFact
from tests.fakes.clock import FakeClock
from tests.fakes.sounds import FakeSounds
from tests.venue import CHAIN_ID, CONTRACT, FACTORY, Venue, page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from app.domain.eip712 import TypedData
    from app.domain.verdicts import Verdict
    from app.runtime.scanner import SourceFactory
    from app.scan.frames import FrameSource

ORGANIZER = keccak(b"organizer of the first day")
RECORD = keccak(b"record key of the first day")
FRONT = CameraInfo("Front camera", "/dev/nowhere0", front=True)
DOOR_CAMERA = CameraInfo("Door camera", "/dev/nowhere1")
PATIENCE = 0.02


def sign_with(secret: bytes) -> Callable[[TypedData], bytes]:
    return lambda document: sign_digest(secret, digest(document))


def picture(text: str) -> NDArray[np.uint8]:
    """Draw a code as a camera sees it right in front of it; an empty text is an empty room."""
    if not text:
        return np.full((480, 640, 3), 90, dtype=np.uint8)
    modules = np.array([list(row) for row in qr_code.draw(text).rows], dtype=np.uint8)
    white = np.pad(255 - 255 * modules, qr_code.QUIET_ZONE, constant_values=255)
    scaled = np.kron(white, np.ones((6, 6), dtype=np.uint8))
    return np.stack([scaled] * 3, axis=2)


class HeldUp:
    """A live source that shows what is held before it at the moment."""

    live = True

    def __init__(self, spec: str, cameras: HeldUpCameras, hooks: SourceHooks) -> None:
        self.name = spec
        self._cameras, self._hooks = cameras, hooks
        self._closed = threading.Event()
        self._count = 0
        hooks.on_state(SourceState.RUNNING)

    @property
    def exhausted(self) -> bool:
        return self._closed.is_set()

    def read(self, timeout: float) -> Frame | None:
        if self._closed.wait(min(timeout, PATIENCE)):
            return None
        self._count += 1
        return Frame(picture(self._cameras.held), self._count, self._count * 5.0, self.name)

    def close(self) -> None:
        self._closed.set()


class HeldUpCameras(Cameras):
    """Two cameras that are always plugged in; ``held`` is before both of them."""

    def __init__(self) -> None:
        super().__init__()
        self._known = (FRONT, DOOR_CAMERA)
        self.held = ""

    def watch(self) -> None:
        """Nothing comes or goes."""

    def source(self, spec: str) -> SourceFactory:
        def opened(hooks: SourceHooks) -> FrameSource:
            return HeldUp(spec, self, hooks)

        return opened


@dataclass
class Chain:
    """A joiner whose chain says what the test lets it say."""

    invitation: Invitation | None = None
    told: Callable[[Joined], None] = field(default=lambda _joined: None)
    stopped: bool = True

    def join(self, invitation: Invitation, told: Callable[[Joined], None]) -> None:
        self.invitation, self.told, self.stopped = invitation, told, False

    def stop(self) -> None:
        self.stopped = True

    def take_bundle(self, file: Path) -> None:
        """Read nothing: the test says what came of it."""
        if not file.exists():
            raise KeyTrouble("there is no such file", code="settings.wrong")


class NewDoor:
    """Everything a first run needs; ``kept`` is what it remembers."""

    def __init__(self, folder: Path) -> None:
        self.venue = Venue.open(folder / "venue")
        self.chain = Chain()
        self.cameras = HeldUpCameras()
        self.sounds = FakeSounds()
        self.pin = StaffPinFile(folder / "staff-pin.json", FakeClock(), PinEffort(1, 64, 1))
        self.kept: dict[str, Any] = {}
        self.locked = False
        self.waiting = ThreadPoolExecutor(1)

    def close(self) -> None:
        self.waiting.shutdown()
        self.venue.close()
        self.cameras.deleteLater()

    def keep(self, **changes: Any) -> None:  # noqa: ANN401 - as the port
        self.kept |= changes

    def ports(self, chain: tuple[int, bytes] | None = None) -> FirstRunPorts:
        return FirstRunPorts(
            clock=self.venue.clock,
            waiting=self.waiting,
            joiner=self.chain,
            cameras=self.cameras,
            sounds=self.sounds,
            pin=self.pin,
            request=self._request,
            unlock=self._unlock,
            judge=self._judge,
            keeper=self,
            chain=chain,
            network=lambda _chain_id: "Demo (this computer)",
        )

    def invitation(self, *, days: int = 7, door: int = 1) -> SealedInvitation:
        now = self.venue.clock.unix()
        said = Invitation(
            chain_id=CHAIN_ID,
            factory=FACTORY,
            contract=CONTRACT,
            number=1,
            name=self.venue.event.name,
            starts=self.venue.event.start_time,
            door=door,
            nodes=("http://127.0.0.1:9",),
            start_block=0,
            signer=address_of_secret(ORGANIZER),
            issued_at=now - 60,
            sender="Anna Berger",
        )
        return invitation.seal(said, now + days * 86_400, sign_with(ORGANIZER))

    def _request(self) -> DoorRequest:
        if self.locked:
            raise KeyTrouble("nobody gave the passphrase", code="keys.locked")
        key, now = address_of_secret(RECORD), self.venue.clock.unix()
        request = DoorRequest(CHAIN_ID, FACTORY, CONTRACT, 1, 1, key, now)
        return signed(request, sign_with(RECORD))

    def _unlock(self, words: str) -> None:
        if len(words) < 12:
            raise KeyTrouble("too short", code="keys.weak_passphrase")
        self.locked = False

    def _judge(self, payload: bytes) -> Verdict:
        return self.venue.door().check(payload)


def vouch(venue: Venue) -> None:
    """Let the chain name the organizer's key for the event's bundles."""
    fact = BundleSetFact(CONTRACT, 3, 0, 1, bytes(32), address_of_secret(ORGANIZER))
    venue.mirror.apply_page(page(3, [fact], venue.clock.unix() - 2)).result()
