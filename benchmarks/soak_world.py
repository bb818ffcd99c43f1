"""Who and what a kiosk meets in the soak: a crowd, a shaky camera, a node that comes and goes."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import socket
import threading
import time
from typing import TYPE_CHECKING, Final

import numpy as np

from app.scan.live import LiveSource
from app.scan.simulated import render

if TYPE_CHECKING:
    from app.scan.frames import FrameSource, Pixels, SourceHooks
    from benchmarks.venue import Keys

_PICTURES: Final = 60
_SIZE: Final = (640, 480)
_FASTER: Final = 20  # a lost camera is opened again after 25 ms instead of 500
_READS: Final = 40  # pictures until a capture breaks off
_FRAME_SECONDS: Final = 1 / 60
_UP_SECONDS: Final = 0.25
_ANSWER: Final = b'{"jsonrpc":"2.0","id":%d,"result":"0x2"}'


class Crowd:
    """Gives codes of every kind: good ones, used ones, and much that is none.

    Args:
        keys: Whose tickets.
        tickets: How many there are.
        seed: Who comes.
    """

    def __init__(self, keys: Keys, tickets: int, seed: int) -> None:
        """Draw some pictures in advance: drawing takes longer than reading."""
        self._keys, self._tickets = keys, tickets
        self._rng = np.random.default_rng(seed)
        self._pictures = [
            render(self.text().decode("latin-1"), rng=self._rng, size=_SIZE, difficulty="clean")
            for _ in range(min(_PICTURES, tickets))
        ]

    def text(self) -> bytes:
        """Give one code's text."""
        kind = self._rng.random()
        good = self._keys.payload(int(self._rng.integers(1, self._tickets + 1)))
        if kind < 0.7:
            return good
        if kind < 0.8:  # somebody changed a character
            place = int(self._rng.integers(5, len(good)))
            return good[:place] + b"7" + good[place + 1 :]
        if kind < 0.9:  # of no ticket that was ever sold
            return self._keys.payload(self._tickets + int(self._rng.integers(1, 10_000)))
        return b"https://shop.example/?id=%d" % int(self._rng.integers(0, 1 << 40))

    def picture(self) -> Pixels:
        """Give one picture with a code in it."""
        return self._pictures[int(self._rng.integers(len(self._pictures)))]


class ShakyCamera:
    """A camera whose capture breaks off; its source finds it again.

    Args:
        crowd: Whose first picture is the size of all.
    """

    def __init__(self, crowd: Crowd) -> None:
        """See nobody."""
        self.drops = 0
        self._empty = np.full_like(crowd.picture(), 90)
        self._shown: queue.Queue[Pixels] = queue.Queue()

    @property
    def busy(self) -> bool:
        """Whether pictures wait to be seen."""
        return not self._shown.empty()

    def show(self, picture: Pixels) -> None:
        """Hold a picture before it."""
        self._shown.put(picture)

    def source(self, hooks: SourceHooks) -> FrameSource:
        """Make the source that a kiosk reads."""
        closed = threading.Event()
        return LiveSource(
            "soak",
            lambda: _Capture(self),
            patient=True,
            hooks=hooks,
            clock=lambda: time.monotonic() * _FASTER,
            wait=lambda seconds: closed.wait(seconds / _FASTER),
        )

    def next_picture(self) -> Pixels:
        """Give what stands before it."""
        time.sleep(_FRAME_SECONDS)
        try:
            return self._shown.get_nowait()
        except queue.Empty:
            return self._empty


class _Capture:
    def __init__(self, camera: ShakyCamera) -> None:
        self._camera = camera
        self._left = _READS

    def read(self) -> Pixels | None:
        self._left -= 1
        if self._left < 0:
            self._camera.drops += 1
            return None
        return self._camera.next_picture()

    def close(self) -> None:
        """Nothing is held."""


class FlappingNode:
    """A node at a real socket: it answers, hangs up in the middle, and goes away, by turns."""

    def __init__(self) -> None:
        """Choose a free port."""
        self.flaps = 0
        with socket.socket() as chosen:
            chosen.bind(("127.0.0.1", 0))
            self._port = int(chosen.getsockname()[1])

    @property
    def address(self) -> str:
        """Where it is, when it is."""
        return f"http://127.0.0.1:{self._port}"

    async def serve(self) -> None:
        """Come and go until cancelled."""
        while True:
            with contextlib.suppress(OSError):  # the port is not free again yet
                server = await asyncio.start_server(self._answer, "127.0.0.1", self._port)
                try:
                    await asyncio.sleep(_UP_SECONDS)
                finally:
                    server.close()
            self.flaps += 1
            await asyncio.sleep(_UP_SECONDS)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for number in range(1, 6):
                await reader.readuntil(b"\r\n\r\n")
                if number == 5:
                    return  # in the middle of a request
                body = _ANSWER % number
                head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d"
                writer.write(head % len(body) + b"\r\n\r\n" + body)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return
        finally:
            writer.close()
