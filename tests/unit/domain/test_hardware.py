"""Relays and printers as the settings write them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import SettingsError
from app.domain.hardware import (
    FilePrinter,
    GpioRelay,
    HttpRelay,
    NetworkPrinter,
    PdfPrinter,
    PrinterSpec,
    RelaySpec,
    SerialPrinter,
    SerialRelay,
    parse_printer,
    parse_relay,
)


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("", None),
        ("serial:/dev/ttyUSB0", SerialRelay("/dev/ttyUSB0")),
        ("serial:COM3,channel=2,baud=115200", SerialRelay("COM3", 2, 115_200)),
        ("gpio:17", GpioRelay(17)),
        ("gpio:17, active=low, sensor=27", GpioRelay(17, active_low=True, sensor=27)),
        ("http://10.0.0.5/relay/0", HttpRelay("http://10.0.0.5/relay/0")),
        ("https://gate.example:8443/open", HttpRelay("https://gate.example:8443/open")),
    ],
)
def test_relays(text: str, spec: RelaySpec | None) -> None:
    assert parse_relay(text) == spec


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("", None),
        ("network:192.168.1.50", NetworkPrinter("192.168.1.50")),
        ("network:printer.local:9101", NetworkPrinter("printer.local", 9_101)),
        ("network:[fe80::1]:9100", NetworkPrinter("[fe80::1]")),
        ("network:[fe80::1]", NetworkPrinter("[fe80::1]")),
        ("serial:/dev/ttyUSB1,baud=19200", SerialPrinter("/dev/ttyUSB1", 19_200)),
        ("file:/dev/usb/lp0", FilePrinter("/dev/usb/lp0")),
        ("pdf:/srv/badges", PdfPrinter("/srv/badges")),
    ],
)
def test_printers(text: str, spec: PrinterSpec | None) -> None:
    assert parse_printer(text) == spec


@pytest.mark.parametrize(
    "text",
    [
        *("serial", "serial:", "usb:1", "gpio:54", "gpio:x", "gpio:17,active=up", "gpio:17,pull=1"),
        *("gpio:17,sensor=17", "gpio:17,sensor", "serial:/dev/a,channel=0", "serial:/dev/a,baud=7"),
        *("serial:/dev/a,channel=1,channel=2", "http://", "http://user:word@host/", "http://h:x/"),
        "serial:/dev/a\0b",
    ],
)
def test_relays_that_are_none(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_relay(text)
    assert caught.value.code == "settings.wrong"
    assert "word@" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "network:",
        "network:a b",
        "network:h:0",
        "network:h:99999",
        "file:",
        "pdf:",
        "lp0",
        "pdf:/a,b=1",
    ],
)
def test_printers_that_are_none(text: str) -> None:
    with pytest.raises(SettingsError):
        parse_printer(text)


@given(st.text(max_size=60))
def test_whatever_is_written_is_a_spec_or_said_to_be_wrong(text: str) -> None:
    for parse in (parse_relay, parse_printer):
        with suppress(SettingsError):
            parse(text)
