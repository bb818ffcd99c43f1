"""Days and times as people read them, in the language in force and this computer's time zone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, QLocale

if TYPE_CHECKING:
    from app.ui.i18n import Words

SAME_NIGHT_SECONDS = 18 * 3_600


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


# Translators: how a day and a time are written; the letters are those of Qt, never translate them.
_DAY_AND_TIME = _("ddd d MMM yyyy · HH:mm")
# Translators: how a day is written; the letters are those of Qt.
_DAY = _("d MMM yyyy")
# Translators: how a day without its year is written; the letters are those of Qt.
_DAY_OF_MONTH = _("d MMM")
# Translators: how a time of day is written; the letters are those of Qt.
_TIME = _("HH:mm")


def day_and_time(unix: int, tr: Words) -> str:
    """Return a moment such as ``Sat 21 Nov 2026 · 20:00``."""
    return _say(unix, tr, _DAY_AND_TIME)


def day(unix: int, tr: Words) -> str:
    """Return a day such as ``21 Nov 2026``."""
    return _say(unix, tr, _DAY)


def day_of_month(unix: int, tr: Words) -> str:
    """Return a day without its year, such as ``21 Nov``."""
    return _say(unix, tr, _DAY_OF_MONTH)


def utc_offset(unix: int) -> int:
    """Return how many seconds this computer's time zone is ahead of UTC at a moment."""
    return QDateTime.fromSecsSinceEpoch(unix).offsetFromUtc()


def time_of(unix: int, tr: Words) -> str:
    """Return a time of day such as ``20:31``."""
    return _say(unix, tr, _TIME)


def time_near(unix: int, beside: int, tr: Words) -> str:
    """Return a time of day, with its day where that is not plain from a moment shown beside it."""
    near = abs(unix - beside) <= SAME_NIGHT_SECONDS
    return time_of(unix, tr) if near else day_and_time(unix, tr)


def _say(unix: int, tr: Words, pattern: str) -> str:
    return QLocale(tr.language).toString(QDateTime.fromSecsSinceEpoch(unix), tr(pattern))
