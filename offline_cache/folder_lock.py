"""Lets one instance of the app own a data folder; the lock goes however the app ends."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Self

from offline_cache.errors import StoreBusy, StoreUnusable

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_NAME = "in-use.lock"


class DataFolderLock:
    """An exclusive lock on a data folder, held from construction to ``release``.

    The lock belongs to the open file (``flock``, or ``msvcrt.locking`` on Windows), so ``kill -9``
    releases it and no stale file can keep the app from starting.

    Args:
        folder: The folder; made if it is missing.
        name: The lock's own file in it: another one locks something else.

    Raises:
        StoreBusy: Another instance uses the folder.
        StoreUnusable: The folder cannot be made or written.
    """

    def __init__(self, folder: Path, name: str = _NAME) -> None:
        """Take the lock or say why not."""
        self._path = folder / name
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._descriptor: int | None = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreUnusable(
                f"{folder}: {error.strerror}; check the folder's permissions"
            ) from error
        try:
            _lock(self._descriptor)
        except OSError as error:
            os.close(self._descriptor)
            self._descriptor = None
            raise StoreBusy(
                f"{folder} is in use by another instance of the app: close it, or choose another "
                "folder with --data"
            ) from error

    def release(self) -> None:
        """Give the folder free; further calls do nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
