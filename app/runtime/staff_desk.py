"""Does staff's work on a thread that may wait, so that neither window nor camera ever does."""

from __future__ import annotations

import concurrent.futures
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.services.search import Found
    from app.services.staff import StaffRules, StaffService

T = TypeVar("T")


class StaffDesk:
    """One thread for a door's staff: what they ask for is done in this order.

    Args:
        staff: Carries it out.
    """

    def __init__(self, staff: StaffService) -> None:
        """Start no thread before something is asked."""
        self._staff = staff
        self._thread = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="staff")
        self._finding: concurrent.futures.Future[tuple[Found, ...]] | None = None

    @property
    def rules(self) -> StaffRules:
        """What the event's policy lets staff do; never waits."""
        return self._staff.rules

    def do(self, work: Callable[[StaffService], T]) -> concurrent.futures.Future[T]:
        """Have something done; the future carries the outcome or an ``AppError``."""
        return self._thread.submit(work, self._staff)

    def find(self, text: str) -> concurrent.futures.Future[tuple[Found, ...]]:
        """Search; a search that has not begun yet is given up, since only the newest counts."""
        if self._finding is not None:
            self._finding.cancel()
        self._finding = self.do(lambda staff: staff.find(text))
        return self._finding

    def close(self) -> None:
        """Finish what is being done, give up the rest; may be called again."""
        self._thread.shutdown(wait=True, cancel_futures=True)
