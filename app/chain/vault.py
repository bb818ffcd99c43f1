"""Where private keys rest: in the operating system's keyring, in a sealed file, or in memory.

A vault stores 32-byte secrets under a key id and knows nothing of what they sign. Under ids that
begin with ``secret/`` it keeps words instead: other people's API keys. Every method may block (the
keyring asks another process); ``signer`` reads each key once and keeps it.
"""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Final, Protocol

from app.domain.errors import KeyTrouble

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE: Final = "echain-gate"
SECRET_LENGTH: Final = 32
TEXT_PREFIX: Final = "secret/"
"""Key ids of texts: API keys and webhook secrets, which have any length."""
LONGEST_TEXT: Final = 512
"""Bytes: what every system's keyring takes in one entry."""

SAFE_BACKENDS: Final = frozenset(
    {
        "keyring.backends.SecretService",
        "keyring.backends.Windows",
        "keyring.backends.kwallet",
        "keyring.backends.libsecret",
        "keyring.backends.macOS",
    }
)
"""Modules of keyring backends that encrypt at rest. Anything else is refused, not trusted."""

_CHAINER: Final = "keyring.backends.chainer"
_STORED: Final = re.compile(r"(?:[0-9a-f]{2})+", re.ASCII)
_KEY_ID: Final = re.compile(r"[a-z0-9][a-z0-9._:/-]{0,127}", re.ASCII)


class Vault(Protocol):
    """Stores secrets under key ids; never overwrites one."""

    def load(self, key_id: str) -> bytes:
        """Return a secret.

        Raises:
            KeyTrouble: ``keys.missing`` if there is none, ``keys.damaged`` if it cannot be read.
        """
        ...

    def store(self, key_id: str, secret: bytes) -> None:
        """Keep a new secret, durably.

        Raises:
            KeyTrouble: ``keys.exists`` if the key id is taken.
        """
        ...

    def has(self, key_id: str) -> bool:
        """Return whether there is a secret under this key id."""
        ...

    def erase(self, key_id: str) -> None:
        """Forget a secret; nothing happens if there is none."""
        ...


def check_key_id(key_id: str) -> str:
    """Return the key id.

    Raises:
        KeyTrouble: ``keys.bad_id`` unless it is 1 to 128 of ``a-z 0-9 . _ : / -``.
    """
    if not _KEY_ID.fullmatch(key_id):
        raise KeyTrouble(
            "A key id is 1 to 128 lower-case letters, digits and . _ : / -", code="keys.bad_id"
        )
    return key_id


def check_secret(secret: bytes, key_id: str = "") -> bytes:
    """Return the secret; under the id of a text it may have any length up to ``LONGEST_TEXT``.

    Raises:
        KeyTrouble: ``keys.bad_secret`` if it has the wrong length.
    """
    if key_id.startswith(TEXT_PREFIX):
        if not 0 < len(secret) <= LONGEST_TEXT:
            raise KeyTrouble(
                f"A stored secret has 1 to {LONGEST_TEXT} bytes", code="keys.bad_secret"
            )
    elif len(secret) != SECRET_LENGTH:
        raise KeyTrouble("A private key has exactly 32 bytes", code="keys.bad_secret")
    return bytes(secret)


def missing(key_id: str) -> KeyTrouble:
    """Return the trouble of a key that is not there."""
    return KeyTrouble(f"There is no key '{key_id}' in this vault", code="keys.missing")


def taken(key_id: str) -> KeyTrouble:
    """Return the trouble of a key id that is in use."""
    return KeyTrouble(
        f"There is a key '{key_id}' already; keys are never overwritten", code="keys.exists"
    )


def damaged(message: str) -> KeyTrouble:
    """Return the trouble of a secret or file that cannot be read."""
    return KeyTrouble(message, code="keys.damaged")


class MemoryVault:
    """Keeps secrets in this process only: for demos and tests."""

    def __init__(self) -> None:
        """Start empty."""
        self._secrets: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"MemoryVault({len(self._secrets)} keys)"

    def load(self, key_id: str) -> bytes:
        """Return a secret; see ``Vault.load``."""
        try:
            return self._secrets[check_key_id(key_id)]
        except KeyError:
            raise missing(key_id) from None

    def store(self, key_id: str, secret: bytes) -> None:
        """Keep a new secret; see ``Vault.store``."""
        with self._lock:
            if check_key_id(key_id) in self._secrets:
                raise taken(key_id)
            self._secrets[key_id] = check_secret(secret, key_id)

    def has(self, key_id: str) -> bool:
        """Return whether there is a secret under this key id."""
        return check_key_id(key_id) in self._secrets

    def erase(self, key_id: str) -> None:
        """Forget a secret; nothing happens if there is none."""
        with self._lock:
            self._secrets.pop(check_key_id(key_id), None)


class KeyringVault:
    """Keeps secrets in the operating system's keyring.

    Args:
        backend: The keyring to use; the system's preferred one if None.
        safe: Modules of backends to trust.

    Raises:
        KeyTrouble: ``keys.unsafe_backend`` if the backend stores nothing or stores plain text.
    """

    def __init__(
        self, backend: KeyringBackend | None = None, *, safe: frozenset[str] = SAFE_BACKENDS
    ) -> None:
        """Check the backend before any key is trusted to it."""
        if backend is None:
            import keyring

            backend = keyring.get_keyring()
        _refuse_unsafe(backend, safe)
        self._backend = backend
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"KeyringVault({type(self._backend).__module__})"

    def load(self, key_id: str) -> bytes:
        """Return a secret; see ``Vault.load``."""
        text = self._get(check_key_id(key_id))
        if text is None:
            raise missing(key_id)
        secret = bytes.fromhex(text) if _STORED.fullmatch(text) else b""
        try:
            return check_secret(secret, key_id)
        except KeyTrouble:
            raise damaged(f"The keyring's entry '{key_id}' is not one of this program") from None

    def store(self, key_id: str, secret: bytes) -> None:
        """Keep a new secret and read it back; see ``Vault.store``."""
        from keyring.errors import KeyringError

        text = check_secret(secret, key_id).hex()
        with self._lock:
            if self._get(check_key_id(key_id)) is not None:
                raise taken(key_id)
            try:
                self._backend.set_password(SERVICE, key_id, text)
            except (KeyringError, RuntimeError, OSError) as exc:
                raise _locked(exc) from None
            if self._get(key_id) != text:
                raise KeyTrouble(
                    "The keyring took a key but does not give it back; use a sealed key file",
                    code="keys.unsafe_backend",
                )

    def has(self, key_id: str) -> bool:
        """Return whether there is a secret under this key id."""
        return self._get(check_key_id(key_id)) is not None

    def erase(self, key_id: str) -> None:
        """Forget a secret; nothing happens if there is none."""
        from keyring.errors import KeyringError

        with self._lock:
            if self._get(check_key_id(key_id)) is None:
                return
            try:
                self._backend.delete_password(SERVICE, key_id)
            except (KeyringError, RuntimeError, OSError) as exc:
                raise _locked(exc) from None

    def _get(self, key_id: str) -> str | None:
        from keyring.errors import KeyringError

        try:
            return self._backend.get_password(SERVICE, key_id)
        except (KeyringError, RuntimeError, OSError) as exc:
            raise _locked(exc) from None


def _locked(error: Exception) -> KeyTrouble:
    # The original is not chained: a backend's exception may carry what it was given.
    return KeyTrouble(
        f"The system's keyring is locked or not answering ({type(error).__name__}); unlock it, "
        "or use a sealed key file",
        code="keys.locked",
        retryable=True,
    )


def _refuse_unsafe(backend: KeyringBackend, safe: frozenset[str]) -> None:
    """Refuse null, failing, plain-text and unknown backends, inside a chain of them too."""
    module = type(backend).__module__
    if module == _CHAINER:
        members = list(backend.backends)  # type: ignore[attr-defined]
        if members and all(type(member).__module__ in safe for member in members):
            return
    elif module in safe:
        return
    raise KeyTrouble(
        f"This system's keyring ({module}) does not keep keys safe; use a sealed key file",
        code="keys.unsafe_backend",
    )
