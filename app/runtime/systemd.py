"""Tells systemd that a service is ready and alive (sd_notify(3)); without systemd, nobody."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLES = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
"""Meant for the one process that systemd started, not for its children."""


class Systemd:
    """Speaks to the socket that the environment names.

    Args:
        environment: Where ``NOTIFY_SOCKET`` and ``WATCHDOG_USEC`` stand.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Find the socket, if there is one."""
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        usec = environment.get("WATCHDOG_USEC", "")
        mine = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.watchdog_seconds = int(usec) / 1_000_000 if usec.isdecimal() and mine else 0.0
        """Within how many seconds `alive` has to be said again and again; 0: need not."""

    def ready(self) -> None:
        """Say that the service does what it is for."""
        self._say("READY=1")

    def alive(self) -> None:
        """Say that the service is not stuck."""
        self._say("WATCHDOG=1")

    def status(self, words: str) -> None:
        """Say in one line how things are: ``systemctl status`` shows it."""
        self._say("STATUS=" + words.replace("\n", " "))

    def stopping(self) -> None:
        """Say that the service ends by itself."""
        self._say("STOPPING=1")

    def _say(self, line: str) -> None:
        if not self._address or not hasattr(socket, "AF_UNIX"):
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.setblocking(False)
            channel.sendto(line.encode(), self._address)
