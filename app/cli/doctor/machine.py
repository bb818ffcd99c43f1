"""The machine: Python, the libraries with native parts, the embedded chain, the camera."""

from __future__ import annotations

import platform
import sys
from typing import TYPE_CHECKING, Final

from app.cli.doctor.checks import Check, Examination, Status, failed
from app.domain.errors import KeyTrouble, NodeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.settings import Settings

LEAST_PYTHON: Final = (3, 11)
CAMERA_SECONDS: Final = 15.0
FRAME_TRIES: Final = 20
FRAME_WAIT: Final = 0.5
_SAMPLE: Final = b"ECHAIN"
_REINSTALL: Final = "Run make demo once, or install the packages of requirements.txt again."


def examinations(settings: Settings, *, with_camera: bool) -> Iterator[Examination]:
    """Give what is to be looked at; the camera only if it was named: opening it may disturb."""
    yield Examination("python", _python)
    yield Examination("signatures", _signatures)
    yield Examination("decoder", _decoder, 20.0)
    yield Examination("anvil", _anvil)
    if with_camera:
        yield Examination("camera", lambda: _camera(settings.camera), CAMERA_SECONDS)


def _python() -> Iterator[Check]:
    found = platform.python_version()
    if sys.version_info[:2] < LEAST_PYTHON:
        yield Check("python", Status.FAIL, f"Python {found} is too old.", "Install 3.11 or newer.")
    else:
        yield Check("python", Status.OK, f"Python {found} on {platform.platform(terse=True)}.")


def _signatures() -> Iterator[Check]:
    try:
        from app.domain.eip712 import assert_native_backend

        assert_native_backend()
    except ImportError as missing:
        yield Check("signatures", Status.FAIL, f"coincurve does not load ({missing}).", _REINSTALL)
    except KeyTrouble as trouble:
        yield failed("signatures", trouble)
    else:
        yield Check("signatures", Status.OK, "coincurve checks signatures natively, and rightly.")


def _decoder() -> Iterator[Check]:
    try:
        import numpy as np
        import segno

        from app.scan.decoder import Decoder
    except ImportError as missing:
        yield Check("decoder", Status.FAIL, f"A library does not load ({missing}).", _REINSTALL)
        return
    modules = np.array(segno.make(_SAMPLE, micro=False).matrix, dtype=np.uint8)
    quiet = np.pad(modules, 4)
    picture = np.kron(255 * (1 - quiet), np.ones((6, 6), dtype=np.uint8)).astype(np.uint8)
    decoder = Decoder()
    if decoder(picture) == [_SAMPLE]:
        yield Check("decoder", Status.OK, "zxing-cpp reads a sample code.")
    else:
        yield Check("decoder", Status.FAIL, "A sample code is not read.", _REINSTALL)
    if decoder.has_zbar:
        yield Check("zbar", Status.OK, "pyzbar and libzbar stand behind it.")
    else:
        yield Check(
            "zbar",
            Status.WARN,
            "libzbar is not installed; zxing-cpp reads alone.",
            "Install the system's package libzbar0.",
        )


def _anvil() -> Iterator[Check]:
    from app.chain.node import find_anvil

    try:
        found = find_anvil()
    except NodeError as trouble:
        # Only demo, node and tests need it.
        yield failed("anvil", trouble, Status.WARN)
    else:
        yield Check("anvil", Status.OK, f"The embedded chain is installed ({found.name}).")


def _camera(spec: str) -> Iterator[Check]:
    from app.scan.sources import open_source

    source = open_source(spec)
    try:
        for _ in range(FRAME_TRIES):
            if source.exhausted:
                break
            frame = source.read(FRAME_WAIT)
            if frame is not None:
                height, width = frame.image.shape[:2]
                yield Check("camera", Status.OK, f"{source.name} gives {width} x {height} pixels.")
                return
    finally:
        source.close()
    yield Check(
        "camera", Status.FAIL, f"{source.name} gives no picture.", "Check its cable and lens."
    )
