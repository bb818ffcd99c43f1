"""What a supervisor and its kiosk tell each other, over a socket that only the two of them have.

Lines of JSON. The supervisor says one: how to start, with the passphrase that was entered earlier;
it never is an argument or in the environment. The kiosk says that it is alive, that it scans, and
the passphrase that a person has just entered.
"""

from __future__ import annotations

import json
import select
import socket
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from app.domain.errors import SettingsError
from app.domain.safe_json import loads

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_LINE: Final = 65_536


@dataclass(frozen=True, slots=True)
class Handover:
    """How a kiosk is to start.

    Args:
        resumed: Staff had opened the door before: go on scanning without the PIN.
        passphrase: Of the sealed keys, as entered earlier; empty: not known.
        reason: Why the last run ended, if the kiosk is to show itself out of order; else empty.
        code: The exit code or signal that goes with it.
        wait_seconds: For how long it is out of order.
    """

    resumed: bool = False
    passphrase: str = field(default="", repr=False)
    reason: str = ""
    code: int = 0
    wait_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class News:
    """What a kiosk tells its supervisor.

    Args:
        alive: The main thread goes round.
        scanning: The door is open and the camera gives pictures.
        passphrase: What a person has entered and what opened the keys; empty: nothing.
    """

    alive: bool = False
    scanning: bool = False
    passphrase: str = field(default="", repr=False)


class Lines:
    """Puts lines together from what a socket gives piece by piece; longer ones are dropped."""

    def __init__(self) -> None:
        """Hold nothing."""
        self._held = b""

    def add(self, piece: bytes) -> Iterator[bytes]:
        """Take a piece; gives the lines that are whole now."""
        *whole, self._held = (self._held + piece).split(b"\n")
        if len(self._held) > LONGEST_LINE:
            self._held = b""
        yield from whole


def handover_line(handover: Handover) -> bytes:
    """Return what the supervisor says."""
    return json.dumps(asdict(handover)).encode() + b"\n"


def read_news(line: bytes) -> News:
    """Read what a kiosk said; nonsense says nothing."""
    try:
        found: Any = loads(line)
        return News(
            alive=found.get("alive") is True,
            scanning=found.get("scanning") is True,
            passphrase=str(found.get("passphrase") or ""),
        )
    except (ValueError, AttributeError):
        return News()


class Supervised:
    """The kiosk's end.

    Args:
        descriptor: Of the socket that was inherited.

    Raises:
        SettingsError: ``settings.wrong`` if it is no socket: only a supervisor may name one.
    """

    def __init__(self, descriptor: int) -> None:
        """Take the socket; nothing is said yet."""
        try:
            self._socket = socket.socket(fileno=descriptor)
        except OSError as trouble:
            raise SettingsError(
                "there is no supervisor; start 'echain kiosk' without --handover",
                code="settings.wrong",
            ) from trouble
        self._socket.set_inheritable(False)

    @property
    def is_called(self) -> bool:
        """Whether it is this process's turn, or the supervisor has ended."""
        return bool(select.select([self._socket], [], [], 0)[0])

    def wait_for_handover(self) -> Handover:
        """Wait until this process is to begin; blocks, for hours if it is the one in reserve.

        Raises:
            EOFError: The supervisor has ended.
        """
        lines = Lines()
        while True:
            piece = self._socket.recv(LONGEST_LINE)
            if not piece:
                raise EOFError
            for line in lines.add(piece):
                # What is said afterwards must never make the window wait.
                self._socket.setblocking(False)
                return _handover(line)

    def tell(self, news: News) -> None:
        """Tell the supervisor; one that has ended, or does not listen, is no trouble here."""
        said = {key: value for key, value in asdict(news).items() if value}
        with suppress(OSError):
            self._socket.send(json.dumps(said).encode() + b"\n")

    def close(self) -> None:
        """Say nothing more."""
        self._socket.close()


def _handover(line: bytes) -> Handover:
    found: Any = loads(line)
    return Handover(
        resumed=bool(found["resumed"]),
        passphrase=str(found["passphrase"]),
        reason=str(found["reason"]),
        code=int(found["code"]),
        wait_seconds=float(found["wait_seconds"]),
    )
