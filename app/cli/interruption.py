"""Ends a command in order when it is told to stop: by Ctrl-C, a supervisor, a closed terminal."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_STOPPING: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


class Terminated(KeyboardInterrupt):
    """Somebody told the program to stop; ``number`` is the signal's.

    A kind of ``KeyboardInterrupt``, so that everything that lets go at Ctrl-C lets go at this too.
    """

    def __init__(self, number: int) -> None:
        """Keep the signal's number."""
        super().__init__(number)
        self.number = number

    @property
    def exit_code(self) -> int:
        """What a shell expects of a program that a signal ended."""
        return 128 + self.number


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Let the first signal to stop rise as ``Terminated``; stores and nodes are then closed.

    Further ones are ignored until then: closing takes seconds and must not be cut off. Outside the
    main thread nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in _STOPPING if hasattr(signal, name)]

    def stop(number: int, _frame: FrameType | None) -> None:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        raise Terminated(number)

    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
