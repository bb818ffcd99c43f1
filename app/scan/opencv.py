"""OpenCV's process-wide switches, set once by whoever owns a scanning thread."""

from __future__ import annotations

import os

import cv2


def settle_opencv() -> None:
    """Make OpenCV quiet and single-threaded; call it at the start of a thread that uses it.

    All three switches belong to the process, not to the thread, and setting them again changes
    nothing. One thread: a frame is small, and helper threads that wake for each filter cost more
    than they give beside the window, the store and the chain (measured with one thread). Quiet:
    OpenCV and FFmpeg write to standard error by themselves, camera URLs with their passwords
    included; what went wrong is told as a CameraError instead.
    """
    cv2.setNumThreads(1)
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    # Read by OpenCV when it first touches FFmpeg; -8 is FFmpeg's AV_LOG_QUIET.
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
