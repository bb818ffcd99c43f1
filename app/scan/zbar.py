"""pyzbar as the last resort; the program works without the system's libzbar."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.scan.frames import Pixels

    ZbarReader = Callable[[Pixels], list[bytes]]

_log = logging.getLogger(__name__)


def load_zbar() -> ZbarReader | None:
    """Give a reader of QR codes in gray pictures, or None where libzbar is not installed.

    zbar guesses a character set and recodes whatever is not ASCII, so such payloads cannot be
    trusted byte for byte and are not returned; tickets are ASCII.
    """
    try:
        from pyzbar import pyzbar as zbar
    except (ImportError, OSError) as missing:  # which one says a missing library: the platform
        _log.info("libzbar is not installed, zxing-cpp reads alone: %s", missing)
        return None
    qr_only = [zbar.ZBarSymbol.QRCODE]

    def read(gray: Pixels) -> list[bytes]:
        try:
            found = zbar.decode(np.ascontiguousarray(gray), symbols=qr_only)
        except ValueError:  # of a damaged code zbar knows no orientation; pyzbar has no name for it
            return []
        return [code.data for code in found if code.data.isascii()]

    return read
