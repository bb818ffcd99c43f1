"""A box for one thing: what is put in replaces what nobody fetched."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Hands the newest thing from one thread to another; older ones are dropped."""

    def __init__(self) -> None:
        """Start empty and open."""
        self._changed = threading.Condition()
        self._content: T | None = None
        self._closed = False

    def put(self, content: T) -> bool:
        """Put a thing in.

        Returns:
            Whether an older one was dropped, or this one because the box is closed.
        """
        with self._changed:
            if self._closed:
                return True
            dropped = self._content is not None
            self._content = content
            self._changed.notify()
            return dropped

    def take(self) -> T | None:
        """Wait for a thing; None once the box is closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._content is not None or self._closed)
            content, self._content = self._content, None
            return content

    def close(self, *, discard: bool = False) -> None:
        """Let nothing more in; what is inside may still be taken.

        Args:
            discard: Throw that away, too.
        """
        with self._changed:
            self._closed = True
            if discard:
                self._content = None
            self._changed.notify_all()
