"""What can go wrong with a database file, as seen by the layers above.

StoreError
├── StoreBusy       another process holds the file
├── StoreFull       no space, or the disk refuses writes
├── StoreCorrupt    the file is damaged
├── StoreTooNew     written by a newer version of the app
├── StoreUnusable   cannot be opened, read only, or an I/O error
└── StoreClosed     the store was closed: the app is shutting down
"""

from __future__ import annotations

from typing import ClassVar


class StoreError(Exception):
    """Root of all database trouble; ``code`` is stable, ``retryable`` says if waiting may help."""

    code: ClassVar[str] = "store.failed"
    retryable: ClassVar[bool] = False


class StoreBusy(StoreError):
    """Another process holds the file."""

    code = "store.busy"
    retryable = True


class StoreFull(StoreError):
    """The disk is full; free space and try again."""

    code = "store.full"
    retryable = True


class StoreCorrupt(StoreError):
    """The file is damaged and must be set aside or restored."""

    code = "store.corrupt"


class StoreTooNew(StoreError):
    """The file was written by a newer version of the app."""

    code = "store.too_new"


class StoreUnusable(StoreError):
    """The file cannot be opened, is read only, or the disk reports an error."""

    code = "store.unusable"


class StoreClosed(StoreError):
    """The store was closed: the app is shutting down."""

    code = "store.closed"
