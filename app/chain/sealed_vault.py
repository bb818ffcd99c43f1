"""One file of secrets sealed under a passphrase: scrypt (RFC 7914), then AES-256-GCM for each.

The file is JSON. Each secret is sealed on its own with its key id and the file's salt as associated
data, so that entries cannot be swapped or carried into another file. A checksum tells accidental
damage from a wrong passphrase; it is no protection against somebody who can write the file.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import threading
import unicodedata
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, cast

from app.chain.vault import check_key_id, check_secret, damaged, missing, taken
from app.domain.errors import KeyTrouble
from app.domain.safe_json import loads

if TYPE_CHECKING:
    from collections.abc import Iterator

MIN_WORK: Final = 2**15
DEFAULT_WORK: Final = 2**17
MAX_WORK: Final = 2**20
"""Bounds of scrypt's n: below is too cheap to guess, above a hostile file would eat the memory."""
MIN_PASSPHRASE: Final = 8

_FORMAT: Final = "echain-gate sealed keys"
_VERSION: Final = 1
_BLOCK_SIZE: Final = 8
_NONCE: Final = 12
_MAX_FILE: Final = 16_000_000
_CHECK_ID: Final = "*check*"
_CHECK_TEXT: Final = b"echain-gate"


@dataclass(frozen=True, slots=True)
class _Content:
    """The file as read: nothing in it is secret by itself."""

    work: int
    salt: bytes
    check: bytes
    boxes: dict[str, bytes] = field(default_factory=dict)


class SealedVault:
    """Keeps secrets in one sealed file; open it with ``SealedVault.open``.

    Several processes may share the file: every change is made under a lock on what is there then.
    """

    def __init__(self, path: Path, key: bytes, content: _Content) -> None:
        """Take a derived key; use ``open``."""
        self._path = path
        self._key = key
        self._salt = content.salt
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"SealedVault({self._path.name})"

    @classmethod
    def open(cls, path: Path, passphrase: str, *, work: int = DEFAULT_WORK) -> Self:
        """Open the file, or make a new one; takes about half a second on purpose.

        Args:
            path: The file; its folder must exist.
            passphrase: What seals it; at least ``MIN_PASSPHRASE`` characters for a new file.
            work: scrypt's n for a new file; an existing file names its own.

        Raises:
            KeyTrouble: ``keys.wrong_passphrase``, ``keys.weak_passphrase``, ``keys.damaged``, or
                ``keys.unavailable`` if the file cannot be read or written.
        """
        words = unicodedata.normalize("NFKC", passphrase).encode()
        with _locked_file(path):
            content = _read(path)
            if content is None:
                if len(passphrase) < MIN_PASSPHRASE:
                    raise KeyTrouble(
                        f"The passphrase needs at least {MIN_PASSPHRASE} characters",
                        code="keys.weak_passphrase",
                    )
                salt = os.urandom(16)
                key = _derive(words, salt, max(work, MIN_WORK))
                check = _seal(key, salt, _CHECK_ID, _CHECK_TEXT)
                content = _Content(max(work, MIN_WORK), salt, check)
                _write(path, content)
                return cls(path, key, content)
        key = _derive(words, content.salt, content.work)
        if _unseal(key, content.salt, _CHECK_ID, content.check) != _CHECK_TEXT:
            raise KeyTrouble("This passphrase does not open the file", code="keys.wrong_passphrase")
        return cls(path, key, content)

    def load(self, key_id: str) -> bytes:
        """Return a secret; see ``Vault.load``."""
        box = self._current().boxes.get(check_key_id(key_id))
        if box is None:
            raise missing(key_id)
        secret = _unseal(self._key, self._salt, key_id, box)
        if secret is None:
            raise damaged(f"The sealed key '{key_id}' was altered; restore the file from a copy")
        return secret

    def store(self, key_id: str, secret: bytes) -> None:
        """Keep a new secret, on disk when this returns; see ``Vault.store``."""
        check_secret(secret, key_id)
        with self._lock, _locked_file(self._path):
            content = self._current()
            if check_key_id(key_id) in content.boxes:
                raise taken(key_id)
            content.boxes[key_id] = _seal(self._key, self._salt, key_id, secret)
            _write(self._path, content)

    def has(self, key_id: str) -> bool:
        """Return whether there is a secret under this key id."""
        return check_key_id(key_id) in self._current().boxes

    def erase(self, key_id: str) -> None:
        """Forget a secret; nothing happens if there is none."""
        check_key_id(key_id)
        with self._lock, _locked_file(self._path):
            content = self._current()
            if content.boxes.pop(key_id, None) is not None:
                _write(self._path, content)

    def _current(self) -> _Content:
        content = _read(self._path)
        if content is None or content.salt != self._salt:
            raise damaged("The sealed key file was removed or replaced while it was open")
        return content


def _derive(passphrase: bytes, salt: bytes, work: int) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=32, n=work, r=_BLOCK_SIZE, p=1).derive(passphrase)


def _seal(key: bytes, salt: bytes, key_id: str, secret: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, secret, salt + key_id.encode())


def _unseal(key: bytes, salt: bytes, key_id: str, box: bytes) -> bytes | None:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key).decrypt(box[:_NONCE], box[_NONCE:], salt + key_id.encode())
    except (InvalidTag, ValueError):
        return None


# ── the file ──────────────────────────────────────────────────────────────────────────────────────


def _body(content: _Content) -> dict[str, object]:
    return {
        "format": _FORMAT,
        "version": _VERSION,
        "kdf": {"name": "scrypt", "n": content.work, "r": _BLOCK_SIZE, "p": 1},
        "salt": content.salt.hex(),
        "check": content.check.hex(),
        "keys": {key_id: box.hex() for key_id, box in sorted(content.boxes.items())},
    }


def _checksum(body: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _read(path: Path) -> _Content | None:
    """Read the file; None if there is none."""
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_FILE + 1)
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise _unavailable(path, exc) from exc
    trouble = damaged(f"{path.name} is not a whole sealed key file; restore it from a copy")
    try:
        body = cast("dict[str, Any]", loads(raw))
        checksum = body.pop("checksum")
        if checksum != _checksum(body):
            raise trouble
        if body["format"] != _FORMAT or body["version"] != _VERSION:
            raise trouble
        work = body["kdf"]["n"]
        content = _Content(
            work,
            bytes.fromhex(body["salt"]),
            bytes.fromhex(body["check"]),
            {str(key_id): bytes.fromhex(box) for key_id, box in body["keys"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise trouble from exc
    if type(work) is not int or not MIN_WORK <= work <= MAX_WORK or work & (work - 1):
        raise trouble
    return content


def _write(path: Path, content: _Content) -> None:
    """Replace the file: whole or not at all, on disk when this returns, for this user only."""
    body = _body(content)
    body["checksum"] = _checksum(_body(content))
    try:
        # mkstemp makes the file 0600.
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(body, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
    except OSError as exc:
        raise _unavailable(path, exc) from exc


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _locked_file(path: Path) -> Iterator[None]:
    """Hold a lock beside the file, so that two processes do not lose each other's keys."""
    beside = path.with_name(f".{path.name}.lock")
    try:
        handle = os.open(beside, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as exc:
        raise _unavailable(path, exc) from exc
    try:
        try:
            _take_lock(handle)
        except OSError as exc:
            raise _unavailable(path, exc) from exc
        yield
    finally:
        # Closing gives the lock back, after a crash too.
        os.close(handle)


def _take_lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_LOCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX)


def _unavailable(path: Path, error: OSError) -> KeyTrouble:
    return KeyTrouble(
        f"The key file {path.name} cannot be used: {error.strerror or type(error).__name__}",
        code="keys.unavailable",
        retryable=True,
    )
