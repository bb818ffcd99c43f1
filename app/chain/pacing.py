"""How many blocks a page asks for: by how dense the logs lie, within what the provider gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from app.chain.troubles import TooMuchError

TARGET_LOGS: Final = 600
"""Logs of a page aimed at: some 430 kB of answer."""
FIRST_SPAN: Final = 10
"""A node works a whole answer out before anybody can refuse it: long pages are earned."""
MAX_SPAN: Final = 10_000
SUSPICIOUS_COUNTS: Final = frozenset({1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000})
"""Answers of exactly so many logs look cut off at a limit that nobody told."""

_LEAST_TARGET: Final = 20
_STRIDE: Final = 10.0
_CAREFUL_STRIDE: Final = 1.5
_CALM_PAGES: Final = 4
_MARGIN: Final = 0.75


@dataclass(slots=True)
class PageSizer:
    """Learns the best length of pages from those accepted and those refused.

    The density rule: as many blocks as are likely to hold ``target`` logs. Refusals are of two
    kinds. A provider's limit of blocks is kept. An answer too large makes this page shorter, and
    lowers ``target`` to what the page must have held, so that the same density is not refused
    twice.

    Args:
        blocks: What the next page asks for.
        limit: Most blocks a page may ask for.
        target: Logs a page aims at.
    """

    blocks: int = FIRST_SPAN
    limit: int = MAX_SPAN
    target: int = TARGET_LOGS
    _logs: float = 0.0
    _spanned: float = 0.0
    _refused: int = 0
    _suggested: int = 0
    _calm: int = _CALM_PAGES

    def accepted(self, asked: int, logs: int) -> None:
        """Learn from a page of ``asked`` blocks that held ``logs`` logs."""
        self._ratchet(asked, logs)
        self._calm += 1
        # Half of what is known comes from the last page: density changes when the doors open.
        self._logs = self._logs / 2 + logs
        self._spanned = self._spanned / 2 + asked
        stride = _STRIDE if self._calm > _CALM_PAGES else _CAREFUL_STRIDE
        most = max(self.blocks + 1.0, max(self.blocks, asked) * stride)
        wanted = self.target * self._spanned / self._logs if self._logs >= 1 else most
        self.blocks = self._bounded(min(wanted, most))

    def refused(self, asked: int, trouble: TooMuchError) -> None:
        """Learn from a page of ``asked`` blocks that was too much; it may be retried at once."""
        self._calm = 0
        if trouble.max_logs is not None:
            self._aim(trouble.max_logs * _MARGIN)
        shorter = asked // 2 if trouble.structural else asked // 4
        named = trouble.max_blocks if trouble.structural else trouble.suggested
        if named is not None and named < asked:
            shorter = named
        # A proposal that does not depend on the page is the provider's limit, politely said.
        twice = named is not None and named == self._suggested == trouble.suggested
        if (trouble.structural or twice) and (named is None or named < asked):
            self.limit = max(1, min(self.limit, shorter))
        elif trouble.suggested is None:
            self._refused = asked
        self._suggested = trouble.suggested or 0
        self.blocks = self._bounded(shorter)

    def stalled(self, asked: int) -> None:
        """Take a page that was never answered for one that may have been too heavy."""
        self._calm = 0
        self.blocks = self._bounded(asked // 2)

    def _ratchet(self, asked: int, logs: int) -> None:
        if self._refused > asked and logs:
            self._aim(logs * self._refused / asked * _MARGIN)
        self._refused = 0

    def _aim(self, logs: float) -> None:
        self.target = max(_LEAST_TARGET, min(self.target, int(logs)))

    def _bounded(self, blocks: float) -> int:
        return max(1, min(self.limit, int(blocks)))
