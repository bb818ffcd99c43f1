"""OpenCV's captures behind one small port: films, streams and camera devices."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import cv2
import numpy as np

from app.domain.errors import CameraError

if TYPE_CHECKING:
    from app.scan.frames import Pixels

_OPEN_MS = 5_000
_READ_MS = 5_000
_WIDTH, _HEIGHT, _RATE = 1280, 720, 30


class Capture(Protocol):
    """Something opened that gives pictures."""

    def read(self) -> Pixels | None:
        """Wait for the next picture; None when no more came: the end, or the device is gone."""
        ...

    def close(self) -> None:
        """Release it; called once, never while `read` runs."""
        ...


class OpenCvCapture:
    """A `Capture` by OpenCV.

    Args:
        capture: Opened already.
    """

    def __init__(self, capture: cv2.VideoCapture) -> None:
        """Take the capture over."""
        self._capture = capture

    def read(self) -> Pixels | None:
        """Wait for the next picture, for some seconds at most."""
        try:
            there, image = self._capture.read()
        except cv2.error:  # a film damaged in the middle: what follows cannot be read
            return None
        return np.asarray(image, dtype=np.uint8) if there and image is not None else None

    def close(self) -> None:
        """Give the device or file back."""
        self._capture.release()


def open_film(path: Path) -> Capture:
    """Open a film file.

    Raises:
        CameraError: ``camera.unreadable``, when it is none or damaged.
    """
    # An absolute path cannot be taken for a URL or a numbered sequence of pictures.
    capture = cv2.VideoCapture(str(path.absolute()), cv2.CAP_FFMPEG)
    if not capture.isOpened():
        capture.release()
        raise CameraError(
            f"{path} is not a film that can be read, or is damaged; MP4, AVI, MKV and WebM work.",
            code="camera.unreadable",
        )
    return OpenCvCapture(capture)


def open_stream(url: str) -> Capture:
    """Open a network camera.

    Raises:
        CameraError: ``camera.missing`` (retryable), when nothing answers within 5 s or what
            answers is no film.
    """
    capture = cv2.VideoCapture(
        url,
        cv2.CAP_FFMPEG,
        [
            *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _OPEN_MS),
            *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, _READ_MS),
        ],
    )
    if not capture.isOpened():
        capture.release()
        raise CameraError(
            f"The stream {safe_url(url)} does not answer with a film; check the address, the name "
            "and password in it, and that the camera is on.",
            code="camera.missing",
            retryable=True,
        )
    return OpenCvCapture(capture)


def open_device(device: str) -> Capture:
    """Open a camera by number (``0``) or device file (``/dev/video0``).

    It is asked for 1280 x 720 at 30 frames a second in motion JPEG, which USB 2 can carry, and
    for the shortest queue; a driver may give something else.

    Raises:
        CameraError: ``camera.missing`` (retryable), when there is no such camera;
            ``camera.unreadable`` (retryable), when it may not be used or another program has it.
    """
    _check_device_file(device)
    backend = cv2.CAP_V4L2 if sys.platform == "linux" else cv2.CAP_ANY
    if device.isdecimal():
        capture = cv2.VideoCapture(int(device), backend)
    else:
        capture = cv2.VideoCapture(device, backend)
    if not capture.isOpened():
        capture.release()
        raise CameraError(
            f"The camera {device} cannot be opened; close other programs that use it, or plug it "
            "in again.",
            code="camera.unreadable",
            retryable=True,
        )
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, _WIDTH)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, _HEIGHT)
    capture.set(cv2.CAP_PROP_FPS, _RATE)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return OpenCvCapture(capture)


def _check_device_file(device: str) -> None:
    """Say precisely what is wrong where the system tells: Linux shows cameras as files."""
    if sys.platform != "linux":
        return
    path = Path(f"/dev/video{device}" if device.isdecimal() else device)
    if not path.exists():
        raise CameraError(
            f"There is no camera {device} ({path} does not exist); plug it in, or choose another.",
            code="camera.missing",
            retryable=True,
        )
    if not os.access(path, os.R_OK | os.W_OK):
        raise CameraError(
            f"The camera {path} may not be used by this account; add it to the group 'video' and "
            "log in again.",
            code="camera.unreadable",
            retryable=True,
        )


def safe_url(url: str) -> str:
    """Give what of a URL may be shown: scheme and host. The rest often carries secrets."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}/" + ("…" if parts.path.strip("/") or parts.query else "")
