"""Whether a window can be shown here, and whether anybody would see it. No Qt."""

from __future__ import annotations

import os
import sys

UNSEEN = frozenset({"offscreen", "minimal"})


def has_display() -> bool:
    """Tell whether a window can be shown here; only Linux may have no display."""
    if sys.platform != "linux":
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def can_be_seen() -> bool:
    """Tell whether a person would see a window: it is not drawn into memory alone."""
    return has_display() and os.environ.get("QT_QPA_PLATFORM") not in UNSEEN
