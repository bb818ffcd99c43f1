"""This computer's disk and battery, asked where waiting is allowed."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

POWER: Final = Path("/sys/class/power_supply")
_LONGEST: Final = 64


@dataclass(frozen=True, slots=True)
class Battery:
    """Charge from 0 to 100, and whether mains is there."""

    percent: int
    charging: bool


class LinuxHost:
    """Reads free space anywhere, and the battery where Linux tells of it in ``/sys``.

    Other systems are not asked: they show the battery themselves, and a kiosk there has no row.

    Args:
        folder: Whose disk is meant.
        power: Where the kernel tells of power supplies.
    """

    def __init__(self, folder: Path, power: Path = POWER) -> None:
        """Read nothing yet."""
        self._folder = folder
        self._power = power

    def free_bytes(self) -> int | None:
        """Return the room left on the data folder's disk; None: it cannot be told."""
        try:
            return shutil.disk_usage(self._folder).free
        except OSError:
            return None

    def battery(self) -> Battery | None:
        """Return the weakest battery of this computer; None: there is none, or nobody tells."""
        found = [battery for each in self._supplies() if (battery := _battery(each)) is not None]
        return min(found, key=lambda battery: battery.percent, default=None)

    def _supplies(self) -> list[Path]:
        try:
            return sorted(self._power.iterdir())
        except OSError:
            return []


def _battery(supply: Path) -> Battery | None:
    # A mouse or a pen has a battery, too: its scope is the device, not the system.
    if _line(supply / "type") != "Battery" or _line(supply / "scope") == "Device":
        return None
    percent = _line(supply / "capacity")
    if not (percent.isascii() and percent.isdigit()):
        return None
    return Battery(min(100, int(percent)), _line(supply / "status") != "Discharging")


def _line(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return stream.read(_LONGEST).decode("ascii", "replace").strip()
    except OSError:
        return ""
