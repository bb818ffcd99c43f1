"""The single looks that the decoder takes at a picture: prepare it, then let zxing-cpp read it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import zxingcpp

from app.scan.boxes import Box, Hit
from app.scan.filters import (
    as_is,
    by_modules,
    crisp,
    evened,
    fitted,
    focused,
    median,
    sharpened,
    smoothed,
    steadied,
    steadied_along_itself,
    thresholded,
    unrolled,
)

if TYPE_CHECKING:
    from app.scan.filters import Filter
    from app.scan.frames import Pixels

STANDARD_SIDE: Final = 640
"""Pixels; one look at a region of this side costs 1."""


class Binarizer(StrEnum):
    """How zxing-cpp tells dark from light."""

    LOCAL = "local"
    GLOBAL = "global"
    FIXED = "fixed"  # for pictures that are black and white already


@dataclass(frozen=True, slots=True)
class Pass:
    """One look.

    Args:
        name: For reports.
        prepare: Gray picture in, gray picture out.
        side: What the longer side is brought to before, in pixels; 0: as it is.
        binarizer: How zxing-cpp then tells dark from light.
        invert: Whether light-on-dark codes are looked for too.
        dear: How much longer it takes than other looks at as many pixels.
    """

    name: str
    prepare: Filter = as_is
    side: int = 0
    binarizer: Binarizer = Binarizer.LOCAL
    invert: bool = True
    dear: float = 1.0

    def cost(self, gray: Pixels) -> float:
        """Return what a look at this picture costs, against one at a region of usual size."""
        longest = max(gray.shape)
        factor = min(self.side / longest, 4.0) if self.side else 1.0
        return self.dear * gray.size * factor**2 / STANDARD_SIDE**2

    def run(self, gray: Pixels) -> list[Hit]:
        """Look at a contiguous gray picture; places are those of the prepared one."""
        sized = fitted(gray, self.side) if self.side else gray
        return read_zxing(self.prepare(sized), self.binarizer, invert=self.invert)


def read_zxing(gray: Pixels, binarizer: Binarizer, *, invert: bool = True) -> list[Hit]:
    """Let zxing-cpp look for QR codes.

    Its own pyramid stays on: without it, large codes on a phone's pixel grid are lost. Micro and
    rectangular QR codes count as unread places: no ticket is one, and a damaged code is
    sometimes taken for one.

    Args:
        gray: ``(height, width)``; neither may be 0.
        binarizer: How to tell dark from light.
        invert: Whether light-on-dark codes are looked for too.
    """
    found = zxingcpp.read_barcodes(
        gray,
        formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode),
        binarizer=_zxing_name(binarizer),
        try_invert=invert,
        return_errors=True,
    )
    return [
        Hit(code.bytes if code.valid and _is_qr(code.format) else None, _box(code.position))
        for code in found
    ]


# zxing-cpp's constants are asked for at each call: kept in a module they would outlive the
# library's own clean-up, which then speaks of leaks when the program ends.


def _zxing_name(binarizer: Binarizer) -> zxingcpp.Binarizer:
    match binarizer:
        case Binarizer.LOCAL:
            return zxingcpp.Binarizer.LocalAverage
        case Binarizer.GLOBAL:
            return zxingcpp.Binarizer.GlobalHistogram
        case Binarizer.FIXED:
            return zxingcpp.Binarizer.FixedThreshold


def _is_qr(kind: zxingcpp.BarcodeFormat) -> bool:
    of = zxingcpp.BarcodeFormat
    return kind in {of.QRCode, of.QRCodeModel1, of.QRCodeModel2}


def _box(position: zxingcpp.Position) -> Box:
    corners = (
        position.top_left,
        position.top_right,
        position.bottom_right,
        position.bottom_left,
    )
    xs = [corner.x for corner in corners]
    ys = [corner.y for corner in corners]
    return Box(min(xs), min(ys), max(xs) + 1, max(ys) + 1)


BASE: Final = Pass("base")

# In the order in which they read most in the least time of what those before could not, on frames
# of every kind of trouble.
REGION_PASSES: Final = (
    Pass("small crisp", crisp(1.3, 4.0, 0.65), 320),
    Pass("large crisp", crisp(3.6, 4.0, 1.8), 900),
    Pass("median", median, 640),
    Pass("focus far", focused(4.6, 0.004), 640, dear=3.0),
    Pass("small threshold", thresholded(0.8, as_is, 12.3, 2), 320, Binarizer.FIXED),
    Pass("threshold", by_modules(32), binarizer=Binarizer.FIXED),
    Pass("focus near", focused(2.1, 0.02), 640, dear=2.0),
    Pass("sharp", sharpened(2.6, 4.0), 640),
    Pass("global", as_is, 640, Binarizer.GLOBAL),
    Pass("wide threshold", thresholded(2.1, sharpened(4.6, 3.0), 64), 640, Binarizer.FIXED),
    Pass("even", evened, 640),
    Pass("fine threshold", thresholded(1.0, sharpened(3.3, 3.0), 17.7), 460, Binarizer.FIXED),
    Pass("focus", focused(3.3, 0.004), 460, dear=2.5),
    Pass("edges", sharpened(4.6, 4.0), 640, dear=1.3),
    Pass("small edges", crisp(3.6, 3.0, 0.65), 320),
    Pass("crisp", crisp(2.6, 4.0, 1.3), 640, dear=1.3),
    Pass("steady", steadied_along_itself(12, 0.02), 640, dear=2.5),
    Pass("steady far", steadied_along_itself(15, 0.06), 460, dear=3.0),
)

STUDY_PASSES: Final = (
    *REGION_PASSES,
    *(Pass(f"crisp {side}", crisp(side / 140, 4.0, side / 500), side) for side in (320, 640, 1200)),
    *(Pass(f"smooth {sigma}", smoothed(sigma)) for sigma in (1.2, 2.0, 3.0)),
    *(Pass(f"unroll {r}", unrolled(r, upright=True), 640) for r in (0.52, 0.6, 0.8)),
    *(Pass(f"unroll flat {r}", unrolled(r, upright=False), 640) for r in (0.52, 0.6, 0.8)),
    *(Pass(f"focus {s}", focused(s, 0.004), 640) for s in (2.1, 3.2, 6.4)),
    *(
        Pass(f"steady {length} {turn}", steadied(length, turn, 0.02), 460, invert=False)
        for length in (7, 12, 18)
        for turn in (0, 45, 90, 135, 22, 67, 112, 157)
    ),
)
