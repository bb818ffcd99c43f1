"""What the first run needs of the rest of the program."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor
    from pathlib import Path

    from app.domain.door_request import DoorRequest
    from app.domain.invitation import Invitation
    from app.domain.verdicts import Verdict
    from app.runtime.cameras import Cameras
    from app.runtime.sounds import Sounds
    from app.services.ports import Clock
    from offline_cache.records import Event


class StepKey(StrEnum):
    """The steps in their order; the value is what is remembered between two runs."""

    INVITATION = "invitation"
    CAMERA = "camera"
    SOUND = "sound"
    KEYS = "keys"
    PIN = "pin"
    TRIAL = "trial"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class Joined:
    """How far a door has come with its invitation.

    Args:
        event: What the chain says of the event, once the door knows it and trusts the invitation.
        trouble: Code of what keeps it from knowing, or from taking the event's bundle; empty:
            nothing.
        refused: Whether the invitation itself is the trouble: waiting will not help.
    """

    event: Event | None = None
    trouble: str = ""
    refused: bool = False


class Joiner(Protocol):
    """Brings a device to the chain and the event of an invitation."""

    def join(self, invitation: Invitation, told: Callable[[Joined], None]) -> None:
        """Begin; ``told`` is called on any thread, whenever something changed."""

    def stop(self) -> None:
        """Stop what ``join`` began; may be called again."""

    def take_bundle(self, file: Path) -> None:
        """Fill the mirror from the event's bundle, for a venue without a network; blocks.

        May raise ``BundleError`` or ``SettingsError``.
        """


class PinKeeper(Protocol):
    """The staff PIN, as far as a first run touches it; both block."""

    def is_set(self) -> bool:
        """Tell whether there is one."""

    def set(self, pin: str) -> None:
        """Set it; may raise ``KeyTrouble`` or ``StoreTrouble``."""


class Keeper(Protocol):
    """Remembers where the person is, so that a crash costs one step at most."""

    def keep(self, **changes: Any) -> None:  # noqa: ANN401 - fields of Remembered
        """Remember some of the fields of ``app.remembered.Remembered``."""


@dataclass(frozen=True, slots=True)
class FirstRunPorts:
    """Everything together.

    Args:
        clock: Wall time.
        waiting: Runs what may block.
        joiner: Brings the device to the event.
        cameras: Lists and opens cameras.
        sounds: Plays the verdicts.
        pin: The staff PIN.
        request: Makes the door's key and what the organizer is asked; blocks.
        unlock: Opens or makes the sealed keys with a passphrase; blocks.
        judge: Judges a code without letting anybody in; blocks.
        keeper: Remembers where the person is.
        chain: Chain id and factory that this device already works on; None: still free.
        network: Names a chain by its id, in English.
    """

    clock: Clock
    waiting: Executor
    joiner: Joiner
    cameras: Cameras
    sounds: Sounds
    pin: PinKeeper
    request: Callable[[], DoorRequest]
    unlock: Callable[[str], None]
    judge: Callable[[bytes], Verdict]
    keeper: Keeper
    chain: tuple[int, bytes] | None = None
    network: Callable[[int], str] = str
