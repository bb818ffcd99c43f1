"""On which terms a window runs: locked or not, and what its supervisor handed over. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.runtime.handover import Handover, News

if TYPE_CHECKING:
    from app.runtime.handover import Supervised


@dataclass(frozen=True, slots=True)
class KioskTerms:
    """The terms.

    Args:
        locked: Whether nobody gets out without the staff PIN.
        handover: How the supervisor wants this run to start.
        supervised: The supervisor's socket; None: nobody restarts this window.
    """

    locked: bool = False
    handover: Handover = field(default_factory=Handover)
    supervised: Supervised | None = None

    def tell(self, news: News) -> None:
        """Tell the supervisor, if there is one."""
        if self.supervised is not None:
            self.supervised.tell(news)
