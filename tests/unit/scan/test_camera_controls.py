from __future__ import annotations

import errno
import struct
import sys
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import CameraError
from app.scan.camera_controls import (
    CameraControls,
    Control,
    NoControls,
    Setting,
    V4l2Controls,
    controls_of,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="video4linux")

LED, AUTO_EXPOSURE, EXPOSURE = 0x009C0901, 0x009A0901, 0x009A0902
AUTO_FOCUS, FOCUS = 0x009A090C, 0x009A090A
QUERY, GET, SET = 0xC0445624, 0xC008561B, 0xC008561C


class Driver:
    """Answers as a kernel driver does, in its own words: numbers, ranges, EINVAL."""

    def __init__(self, **ranges: tuple[int, int, int]) -> None:
        names = {"led": LED, "auto_exposure": AUTO_EXPOSURE, "exposure": EXPOSURE}
        names |= {"auto_focus": AUTO_FOCUS, "focus": FOCUS}
        self.ranges = {names[name]: span for name, span in ranges.items()}
        self.values = {number: span[0] for number, span in self.ranges.items()}
        self.refuses = False

    def ioctl(self, _handle: int, request: int, argument: bytearray) -> int:
        (number,) = struct.unpack_from("=I", argument)
        if number not in self.ranges:
            raise OSError(errno.EINVAL, "Invalid argument")
        least, most, step = self.ranges[number]
        if request == QUERY:
            struct.pack_into("=iii", argument, 40, least, most, step)
        elif request == GET:
            struct.pack_into("=i", argument, 4, self.values[number])
        elif request == SET:
            (value,) = struct.unpack_from("=i", argument, 4)
            if self.refuses or not least <= value <= most:
                raise OSError(errno.ERANGE, "Numerical result out of range")
            self.values[number] = value
        return 0


@pytest.fixture
def device(tmp_path: Path) -> str:
    path = tmp_path / "video0"
    path.touch()
    return str(path)


def opened(device: str, driver: Driver) -> CameraControls:
    return V4l2Controls(device, ioctl=driver.ioctl)


def test_a_camera_tells_what_it_has(device: str) -> None:
    driver = Driver(
        auto_exposure=(0, 3, 1), exposure=(3, 2047, 1), focus=(0, 250, 5), auto_focus=(0, 1, 1)
    )
    driver.values |= {AUTO_EXPOSURE: 3, EXPOSURE: 250, FOCUS: 30}
    assert opened(device, driver).read() == {
        Control.EXPOSURE: Setting(3, 2047, 1, 250, automatic=True),
        Control.FOCUS: Setting(0, 250, 5, 30, automatic=False),
    }


def test_exposure_is_set_by_hand_and_given_back(device: str) -> None:
    driver = Driver(auto_exposure=(0, 3, 1), exposure=(3, 2047, 1))
    controls = opened(device, driver)
    controls.set(Control.EXPOSURE, 120)
    assert (driver.values[AUTO_EXPOSURE], driver.values[EXPOSURE]) == (1, 120)
    controls.set(Control.EXPOSURE, None)
    assert driver.values[AUTO_EXPOSURE] == 3
    assert controls.read()[Control.EXPOSURE].automatic is True


def test_a_focus_that_cannot_be_automatic_says_so(device: str) -> None:
    controls = opened(device, Driver(focus=(0, 250, 5)))
    controls.set(Control.FOCUS, 60)
    assert controls.read() == {Control.FOCUS: Setting(0, 250, 5, 60, automatic=None)}
    with pytest.raises(CameraError):
        controls.set(Control.FOCUS, None)


def test_a_torch_is_on_or_off(device: str) -> None:
    controls = opened(device, Driver(led=(0, 2, 1)))
    assert controls.read() == {Control.TORCH: Setting(0, 1, 1, 0, automatic=None)}
    controls.set(Control.TORCH, 1)
    assert controls.read()[Control.TORCH].value == 1
    controls.set(Control.TORCH, 0)
    assert controls.read()[Control.TORCH].value == 0


def test_a_flash_that_only_flashes_is_no_torch(device: str) -> None:
    assert opened(device, Driver(led=(0, 1, 1))).read() == {}


@pytest.mark.parametrize("control", list(Control))
def test_what_is_not_there_is_said_to_be_not_there(device: str, control: Control) -> None:
    for controls in (opened(device, Driver()), NoControls(), controls_of("/dev/no-such-camera")):
        assert controls.read() == {}
        with pytest.raises(CameraError, match="does not let") as refused:
            controls.set(control, 1)
        assert refused.value.code == "camera.control"


def test_a_driver_that_refuses_is_an_outcome(device: str) -> None:
    driver = Driver(focus=(0, 250, 5))
    driver.refuses = True
    with pytest.raises(CameraError):
        opened(device, driver).set(Control.FOCUS, 10)


def test_an_ordinary_file_has_no_controls(device: str) -> None:
    assert V4l2Controls(device).read() == {}  # asked through the system's own ioctl


def test_streams_and_numbers_have_none() -> None:
    assert controls_of("0").read() == {}
    assert controls_of("rtsp://camera.test/1").read() == {}
