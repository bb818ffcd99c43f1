"""Asks for the staff PIN on a thread that may wait, so that the window never does."""

from __future__ import annotations

import concurrent.futures
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.pins import PinResult
    from app.services.ports import StaffPin

    PinAsker = Callable[[str], concurrent.futures.Future[PinResult]]
    """What a PIN pad asks: returns at once; the future carries the answer or an ``AppError``."""


class PinDesk:
    """One thread that looks at PINs, one after the other; made in the composition root.

    Args:
        pin: The device's staff PIN.
    """

    def __init__(self, pin: StaffPin) -> None:
        """Start no thread before the first PIN."""
        self._pin = pin
        self._thread = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="pin")

    def ask(self, pin: str) -> concurrent.futures.Future[PinResult]:
        """Look at a PIN; any thread may ask, and gets the future at once."""
        return self._thread.submit(self._pin.check, pin)

    def close(self) -> None:
        """Answer what was asked and end the thread; may be called again."""
        self._thread.shutdown(wait=True, cancel_futures=True)
