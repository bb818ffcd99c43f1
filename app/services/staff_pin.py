"""The staff PIN of this device: hashed with Argon2id, and slow to anybody who guesses.

The PIN lies in a small file of its own beside the journal, so that staff gets out of a kiosk whose
journal is damaged or locked. Wrong tries are counted on the disk *before* the PIN is looked at: who
pulls the plug in between has used up a try all the same. A wait is measured on the clock that never
goes back and begins anew after a restart, so that neither a restart nor a changed wall clock makes
it shorter.
"""

from __future__ import annotations

import json
import os
import threading
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from app.domain.errors import KeyTrouble, StoreTrouble
from app.domain.pins import FREE_TRIES, LONGEST, PinResult, PinState, check_new_pin, wait_after
from app.domain.safe_json import loads
from app.paths import cannot_write

if TYPE_CHECKING:
    from pathlib import Path

    from argon2 import PasswordHasher

    from app.services.ports import Clock

_FORMAT: Final = "echain-gate staff PIN"
_VERSION: Final = 1
_MAX_FILE: Final = 4_096
_MOST_FAILURES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class PinEffort:
    """What Argon2id (RFC 9106) spends on one PIN.

    Args:
        passes: Over the memory.
        memory_kib: In KiB; 64 MiB fits a small computer at a door.
        lanes: Threads.
    """

    passes: int = 6
    memory_kib: int = 65_536
    lanes: int = 2

    def hasher(self) -> PasswordHasher:
        """Make what hashes and verifies."""
        from argon2 import PasswordHasher

        return PasswordHasher(self.passes, self.memory_kib, self.lanes)


@dataclass(frozen=True, slots=True)
class _Record:
    """The file: nothing in it opens anything."""

    hash: str
    failures: int


class StaffPinFile:
    """The PIN in one file; any thread may ask, but never the main one: Argon2 takes a while.

    Args:
        file: Where it is kept.
        clock: Measures waits on its monotonic time.
        effort: What a new PIN costs to hash; an existing one names its own.
    """

    def __init__(self, file: Path, clock: Clock, effort: PinEffort | None = None) -> None:
        """Read nothing yet."""
        self._file = file
        self._clock = clock
        self._effort = effort or PinEffort()
        self._lock = threading.Lock()
        self._known: _Record | None = None
        self._free_at = 0.0

    def __repr__(self) -> str:
        return f"StaffPinFile({self._file.name})"

    def is_set(self) -> bool:
        """Tell whether there is a PIN; a damaged file counts as one, and nothing opens it."""
        return self._file.exists()

    def look(self) -> None:
        """Read the file and try nothing.

        Raises:
            KeyTrouble: ``keys.pin_damaged``.
        """
        with self._lock:
            self._read()

    def set(self, pin: str) -> None:
        """Set a PIN, durably; wrong tries so far are forgotten.

        Raises:
            KeyTrouble: ``keys.pin_weak``.
            StoreTrouble: ``store.full`` or ``store.unusable``.
        """
        digest = self._effort.hasher().hash(check_new_pin(pin))
        with self._lock:
            self._write(_Record(digest, 0))
            self._know(_Record(digest, 0))

    def remove(self) -> None:
        """Have no PIN any more: the kiosk is no longer locked.

        Raises:
            StoreTrouble: ``store.unusable``.
        """
        with self._lock:
            try:
                self._file.unlink(missing_ok=True)
            except OSError as trouble:
                raise cannot_write(f"the file {self._file}", trouble) from trouble

    def check(self, pin: str) -> PinResult:
        """Look at a PIN; about a tenth of a second.

        Raises:
            KeyTrouble: ``keys.pin_damaged`` where the file cannot be read.
        """
        with self._lock:
            record = self._read()
            if record is None:
                return PinResult(PinState.NOT_SET)
            left = self._free_at - self._clock.monotonic()
            if left > 0:
                return PinResult(PinState.LOCKED, wait_seconds=left)
            return self._look_at(pin, record)

    def _look_at(self, pin: str, record: _Record) -> PinResult:
        failures = min(record.failures + 1, _MOST_FAILURES)
        self._count(replace(record, failures=failures))
        if self._fits(pin, record.hash):
            self._count(replace(record, failures=0))
            return PinResult(PinState.ACCEPTED)
        wait = wait_after(failures)
        if wait:
            self._free_at = self._clock.monotonic() + wait
            return PinResult(PinState.LOCKED, wait_seconds=wait)
        return PinResult(PinState.REFUSED, tries_left=FREE_TRIES - failures)

    def _fits(self, pin: str, digest: str) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

        try:
            return self._effort.hasher().verify(digest, pin[: LONGEST + 1])
        except VerifyMismatchError:
            return False
        except (InvalidHashError, VerificationError):
            raise self._damaged() from None

    # ── the file ──────────────────────────────────────────────────────────────────────────────────

    def _know(self, record: _Record) -> None:
        """Take a record that was not known: its wait begins now."""
        self._known = record
        wait = wait_after(record.failures)
        self._free_at = self._clock.monotonic() + wait if wait else 0.0

    def _count(self, record: _Record) -> None:
        self._known = record
        try:
            self._write(record)
        except StoreTrouble:
            # A full disk must not keep in the staff who would free it: counted here until it ends.
            return

    def _read(self) -> _Record | None:
        try:
            with self._file.open("rb") as file:
                raw = file.read(_MAX_FILE + 1)
        except FileNotFoundError:
            return None
        except OSError:
            raise self._damaged() from None
        found = self._parsed(raw)
        known = self._known
        if known is None or known.hash != found.hash or found.failures > known.failures:
            self._know(found)
            return found
        return known

    def _parsed(self, raw: bytes) -> _Record:
        try:
            content: Any = loads(raw)
            if content["format"] != _FORMAT or content["version"] != _VERSION:
                raise self._damaged()
            digest, failures = content["hash"], content["failures"]
        except (ValueError, KeyError, TypeError):
            raise self._damaged() from None
        if not isinstance(digest, str) or not digest.startswith("$argon2id$"):
            raise self._damaged()
        if type(failures) is not int or not 0 <= failures <= _MOST_FAILURES:
            raise self._damaged()
        return _Record(digest, failures)

    def _write(self, record: _Record) -> None:
        """Write the whole file or nothing, on the disk when this returns."""
        unfinished = self._file.with_suffix(".new")
        body = {"format": _FORMAT, "version": _VERSION, **asdict(record)}
        try:
            descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(json.dumps(body).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(unfinished, self._file)  # noqa: PTH105 - says in one word that it is atomic
            _sync_folder(self._file.parent)
        except OSError as trouble:
            raise cannot_write(f"the file {self._file}", trouble) from trouble

    def _damaged(self) -> KeyTrouble:
        return KeyTrouble(
            f"the staff PIN's file {self._file.name} cannot be read; set a PIN anew with"
            " 'echain kiosk --set-pin' at a terminal",
            code="keys.pin_damaged",
        )


def _sync_folder(folder: Path) -> None:
    """Make a renamed file last; systems that cannot open a folder do so by themselves."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
