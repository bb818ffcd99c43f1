"""The challenges of one door: issued for a minute, spent by the first proof that fits."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from app.domain.challenges import RANDOM_LENGTH, Challenge, challenge_bytes
from app.domain.passes import EVENT_REF_LENGTH

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.services.ports import Clock

LIFE_SECONDS: Final = 60.0


class ChallengeBook:
    """Issues challenges and remembers which may still be answered; any thread may call it.

    Args:
        event_id: The open event, 32 bytes.
        door: The door's number.
        clock: Monotonic time.
        entropy: Gives ``n`` random bytes.
    """

    def __init__(
        self, event_id: bytes, door: int, clock: Clock, entropy: Callable[[int], bytes]
    ) -> None:
        """Nothing is issued yet."""
        self._event_ref = event_id[:EVENT_REF_LENGTH]
        self._door = door
        self._clock = clock
        self._entropy = entropy
        self._lock = threading.Lock()
        self._issued: dict[bytes, float] = {}

    def issue(self) -> Challenge:
        """Make a challenge to show; it may be answered for a minute."""
        random = self._entropy(RANDOM_LENGTH)
        with self._lock:
            self._issued[challenge_bytes(random, self._door)] = self._clock.monotonic()
        return Challenge(self._event_ref, self._door, random)

    def open(self) -> tuple[bytes, ...]:
        """Return the challenges that may be answered, oldest first."""
        oldest = self._clock.monotonic() - LIFE_SECONDS
        with self._lock:
            self._issued = {key: at for key, at in self._issued.items() if at >= oldest}
            return tuple(self._issued)

    def spend(self, challenge: bytes) -> None:
        """Let a challenge answer no further scan."""
        with self._lock:
            self._issued.pop(challenge, None)
