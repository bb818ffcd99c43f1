"""What is wired to a self-service door, as the settings write it: a relay, a printer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import urlsplit

from app.domain.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

HIGHEST_PIN: Final = 53
HIGHEST_CHANNEL: Final = 8
RAW_PORT: Final = 9100
BAUD_RATES: Final = (1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200)
_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")


@dataclass(frozen=True, slots=True)
class SerialRelay:
    """A relay board of the LCUS kind at a serial line; ``channel`` counts from 1."""

    device: str
    channel: int = 1
    baud: int = 9_600


@dataclass(frozen=True, slots=True)
class GpioRelay:
    """A relay at a pin of a Raspberry Pi, and the turnstile's contact at another.

    Args:
        pin: By its BCM number.
        active_low: Whether the relay opens when the pin is low.
        sensor: BCM number of the pin that goes to ground when a guest has gone through.
    """

    pin: int
    active_low: bool = False
    sensor: int | None = None


@dataclass(frozen=True, slots=True)
class HttpRelay:
    """A relay with a web address; it closes by itself after the seconds that it is told."""

    url: str


@dataclass(frozen=True, slots=True)
class NetworkPrinter:
    """A receipt printer that takes ESC/POS at a TCP port."""

    host: str
    port: int = RAW_PORT


@dataclass(frozen=True, slots=True)
class SerialPrinter:
    """A receipt printer at a serial line."""

    device: str
    baud: int = 9_600


@dataclass(frozen=True, slots=True)
class FilePrinter:
    """A receipt printer behind a device file, such as ``/dev/usb/lp0``."""

    path: str


@dataclass(frozen=True, slots=True)
class PdfPrinter:
    """A folder that gets one PDF file for each slip, for another program to print."""

    folder: str


RelaySpec: TypeAlias = SerialRelay | GpioRelay | HttpRelay
PrinterSpec: TypeAlias = NetworkPrinter | SerialPrinter | FilePrinter | PdfPrinter


def parse_relay(text: str) -> RelaySpec | None:
    """Read the setting ``relay``; empty: the door has none.

    ``serial:/dev/ttyUSB0,channel=1,baud=9600`` · ``gpio:17,active=low,sensor=27`` · ``http://…``

    Raises:
        SettingsError: ``settings.wrong``, with what is wrong with it.
    """
    if not text:
        return None
    if text.lower().startswith(("http://", "https://")):
        return HttpRelay(_address(text))
    kind, main, options = _parts("relay", text)
    if kind == "serial":
        _only("relay", options, "channel", "baud")
        channel = _number("relay", options.get("channel", "1"), 1, HIGHEST_CHANNEL)
        return SerialRelay(main, channel, _baud("relay", options))
    if kind == "gpio":
        _only("relay", options, "active", "sensor")
        level = options.get("active", "high")
        if level not in {"high", "low"}:
            raise _wrong("relay", "'active' is high or low")
        pin = _number("relay", main, 0, HIGHEST_PIN)
        named = options.get("sensor")
        sensor = None if named is None else _number("relay", named, 0, HIGHEST_PIN)
        if sensor == pin:
            raise _wrong("relay", "the sensor needs a pin of its own")
        return GpioRelay(pin, level == "low", sensor)
    raise _wrong("relay", "it begins with serial:, gpio:, http:// or https://")


def parse_printer(text: str) -> PrinterSpec | None:
    """Read the setting ``printer``; empty: the door has none.

    ``network:192.168.1.50:9100`` · ``serial:/dev/ttyUSB1,baud=19200`` · ``file:/dev/usb/lp0`` ·
    ``pdf:/home/kiosk/badges``

    Raises:
        SettingsError: ``settings.wrong``, with what is wrong with it.
    """
    if not text:
        return None
    kind, main, options = _parts("printer", text)
    if kind == "serial":
        _only("printer", options, "baud")
        return SerialPrinter(main, _baud("printer", options))
    _only("printer", options)
    if kind == "network":
        host, colon, port = main.rpartition(":")
        if not colon or main.endswith("]"):
            host, port = main, str(RAW_PORT)
        if not _HOST.fullmatch(host):
            raise _wrong("printer", "a host's name or address is needed")
        return NetworkPrinter(host, _number("printer", port, 1, 0xFFFF))
    if kind == "file":
        return FilePrinter(main)
    if kind == "pdf":
        return PdfPrinter(main)
    raise _wrong("printer", "it begins with network:, serial:, file: or pdf:")


def _parts(name: str, text: str) -> tuple[str, str, Mapping[str, str]]:
    kind, colon, rest = text.partition(":")
    main, *pairs = rest.split(",")
    if not colon or not main.strip() or "\0" in text:
        raise _wrong(name, "the kind comes first, then a colon, then where it is")
    options: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or key.strip() in options:
            raise _wrong(name, f"'{pair:.40}' is no option")
        options[key.strip()] = value.strip()
    return kind.lower(), main.strip(), options


def _only(name: str, options: Mapping[str, str], *known: str) -> None:
    foreign = set(options) - set(known)
    if foreign:
        raise _wrong(name, f"it has no option '{min(foreign):.40}'")


def _number(name: str, text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 7 and least <= int(text) <= most):
        raise _wrong(name, f"'{text:.40}' is no number from {least} to {most}")
    return int(text)


def _baud(name: str, options: Mapping[str, str]) -> int:
    baud = _number(name, options.get("baud", "9600"), BAUD_RATES[0], BAUD_RATES[-1])
    if baud not in BAUD_RATES:
        raise _wrong(name, f"{baud} is no usual speed of a serial line")
    return baud


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if not parts.hostname or parts.username or parts.password:
        # Not repeated: it may hold a password.
        raise _wrong("relay", "the address is none, or holds a password; tokens go into the vault")
    return text


def _wrong(name: str, why: str) -> SettingsError:
    return SettingsError(f"'{name}': {why}", code="settings.wrong")
