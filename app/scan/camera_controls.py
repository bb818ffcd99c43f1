"""Torch, exposure and focus of a camera, where its driver has them."""

from __future__ import annotations

import os
import struct
import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from app.domain.errors import CameraError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Ioctl = Callable[[int, int, bytearray], int]


class Control(StrEnum):
    """What may be set."""

    TORCH = "torch"
    EXPOSURE = "exposure"
    FOCUS = "focus"


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a control stands.

    Args:
        least: The lowest value.
        most: The highest value; of a torch 1.
        step: Between two values.
        value: Now.
        automatic: Whether the camera sets it itself now; None: it cannot.
    """

    least: int
    most: int
    step: int
    value: int
    automatic: bool | None


class CameraControls(Protocol):
    """The controls of one camera; they may wait for the device, so not on the main thread."""

    def read(self) -> Mapping[Control, Setting]:
        """Return those that the driver has; none, where nobody knows or the camera is away."""
        ...

    def set(self, control: Control, value: int | None) -> None:
        """Set a control, or leave it to the camera (None).

        Raises:
            CameraError: ``camera.control`` when the driver has no such control or refuses.
        """
        ...


class NoControls:
    """The `CameraControls` of a source that has none: a film, a stream, an unknown system."""

    def read(self) -> Mapping[Control, Setting]:
        """Return nothing."""
        return {}

    def set(self, control: Control, value: int | None) -> None:  # noqa: ARG002 - as the port has it
        """Refuse."""
        raise _not_there(control)


# Linux, include/uapi/linux/videodev2.h and v4l2-controls.h.
_QUERY: Final = 0xC0445624  # VIDIOC_QUERYCTRL, _IOWR('V', 36, 68 bytes)
_GET: Final = 0xC008561B  # VIDIOC_G_CTRL, _IOWR('V', 27, 8 bytes)
_SET: Final = 0xC008561C  # VIDIOC_S_CTRL, _IOWR('V', 28, 8 bytes)
_QUERY_FIELDS: Final = struct.Struct("=II32siiiiI8x")
_VALUE_FIELDS: Final = struct.Struct("=Ii")
_DISABLED: Final = 0x0001
_TORCH_MODE: Final = 2  # V4L2_FLASH_LED_MODE_TORCH
_MANUAL_EXPOSURE: Final = 1  # V4L2_EXPOSURE_MANUAL
_APERTURE_PRIORITY: Final = 3  # V4L2_EXPOSURE_APERTURE_PRIORITY: what USB cameras call automatic


@dataclass(frozen=True, slots=True)
class _Ids:
    """The number of a control, and of the one that leaves it to the camera with its two values."""

    value: int
    auto: int = 0
    automatic: int = 0
    manual: int = 0


_IDS: Final = (
    (Control.TORCH, _Ids(0x009C0901)),
    (Control.EXPOSURE, _Ids(0x009A0902, 0x009A0901, _APERTURE_PRIORITY, _MANUAL_EXPOSURE)),
    (Control.FOCUS, _Ids(0x009A090A, 0x009A090C, 1, 0)),
)


class V4l2Controls:
    """The controls of a video4linux device; they may be set while another thread captures.

    Args:
        device: The device file.
        ioctl: Talks to the driver.
    """

    def __init__(self, device: str, *, ioctl: Ioctl | None = None) -> None:
        """Open nothing yet."""
        self._device = device
        self._ioctl = ioctl or _system_ioctl

    def read(self) -> Mapping[Control, Setting]:
        """Return those that the driver has; none while the camera is away."""
        try:
            handle = os.open(self._device, os.O_RDWR | os.O_NONBLOCK)
        except OSError:
            return {}
        try:
            found = {control: self._setting(handle, ids) for control, ids in _IDS}
        finally:
            os.close(handle)
        return {control: setting for control, setting in found.items() if setting is not None}

    def set(self, control: Control, value: int | None) -> None:
        """Set a control; see `CameraControls.set`."""
        ids = dict(_IDS)[control]
        try:
            handle = os.open(self._device, os.O_RDWR | os.O_NONBLOCK)
        except OSError as away:
            raise _not_there(control) from away
        try:
            self._put(handle, control, ids, value)
        except OSError as refused:
            raise _not_there(control) from refused
        finally:
            os.close(handle)

    def _put(self, handle: int, control: Control, ids: _Ids, value: int | None) -> None:
        if control is Control.TORCH:
            self._write(handle, ids.value, _TORCH_MODE if value else 0)
        elif value is None:
            self._write(handle, ids.auto, ids.automatic)
        else:
            if self._query(handle, ids.auto) is not None:
                self._write(handle, ids.auto, ids.manual)
            self._write(handle, ids.value, value)

    def _setting(self, handle: int, ids: _Ids) -> Setting | None:
        span = self._query(handle, ids.value)
        if span is None:
            return None
        least, most, step = span
        try:
            value = self._value(handle, ids.value)
            if not ids.auto:
                on = value == _TORCH_MODE
                return Setting(0, 1, 1, int(on), None) if most >= _TORCH_MODE else None
            has_auto = self._query(handle, ids.auto) is not None
            automatic = self._value(handle, ids.auto) != ids.manual if has_auto else None
        except OSError:
            return None
        return Setting(least, most, max(1, step), value, automatic)

    def _query(self, handle: int, number: int) -> tuple[int, int, int] | None:
        asked = bytearray(_QUERY_FIELDS.pack(number, 0, b"", 0, 0, 0, 0, 0))
        try:
            self._ioctl(handle, _QUERY, asked)
        except OSError:
            return None
        _, _, _, least, most, step, _, flags = _QUERY_FIELDS.unpack(asked)
        return None if flags & _DISABLED else (least, most, step)

    def _value(self, handle: int, number: int) -> int:
        asked = bytearray(_VALUE_FIELDS.pack(number, 0))
        self._ioctl(handle, _GET, asked)
        return int(_VALUE_FIELDS.unpack(asked)[1])

    def _write(self, handle: int, number: int, value: int) -> None:
        self._ioctl(handle, _SET, bytearray(_VALUE_FIELDS.pack(number, value)))


def controls_of(device: str) -> CameraControls:
    """Return the controls of a camera's device file; of anything else none."""
    linux = sys.platform == "linux"
    return V4l2Controls(device) if linux and device.startswith("/dev/") else NoControls()


def _system_ioctl(handle: int, request: int, argument: bytearray) -> int:
    import fcntl

    done: int = fcntl.ioctl(handle, request, argument, True)
    return done


def _not_there(control: Control) -> CameraError:
    return CameraError(
        f"The camera's driver does not let its {control} be set; light the place instead, or use "
        "another camera.",
        code="camera.control",
    )
