"""Guest lists sealed for doors: ChaCha20-Poly1305 once, its key by HPKE (RFC 9180) for each door.

HPKE in base mode with X25519, HKDF-SHA256 and ChaCha20-Poly1305; what it binds to is in ``info``.
Who made a list is told by the signature of the bundle that it travels in.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from app.domain.errors import BundleError
from app.domain.guest_list import BOX_BYTES, KEY_BYTES, SealedGuests

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.hpke import Suite

    from app.chain.vault import Vault

_PURPOSE: Final = b"echain-gate guests 1"
_ONCE: Final = bytes(12)
"""The nonce of the content: its key is used once."""


def sealing_key_id(event_id: bytes, door: int) -> str:
    """Name the key with which a door opens the guest lists of one event."""
    return f"guests/{event_id.hex()}/{door}"


def seal(content: bytes, event_id: bytes, version: int, doors: Mapping[int, bytes]) -> SealedGuests:
    """Seal a guest list for doors.

    Args:
        content: The list's bytes.
        event_id: The event it belongs to.
        version: Unix second of its making.
        doors: X25519 public key of each door, 32 bytes.

    Raises:
        BundleError: ``bundle.malformed`` if a key is none.
    """
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    key = os.urandom(KEY_BYTES)
    sealed = ChaCha20Poly1305(key).encrypt(_ONCE, content, _bound_to(event_id, version))
    suite, boxes = _suite(), {}
    for door, public in sorted(doors.items()):
        try:
            boxes[door] = suite.encrypt(
                key, X25519PublicKey.from_public_bytes(public), _bound_to(event_id, version, door)
            )
        except ValueError:
            raise BundleError(
                f"the card of door {door} holds no key that anything can be sealed for",
                code="bundle.malformed",
            ) from None
    return SealedGuests(version, sealed, boxes)


class SealingKeys:
    """The keys with which this device opens guest lists; they never leave it.

    Args:
        vault: Where they rest; asked each time, so it may block.
    """

    def __init__(self, vault: Vault) -> None:
        """Read no key yet."""
        self._vault = vault

    def public_key(self, key_id: str) -> bytes:
        """Return a key's public half, 32 bytes; the key is made on first use.

        Raises:
            KeyTrouble: ``keys.*`` if the key cannot be had.
        """
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

        if not self._vault.has(key_id):
            self._vault.store(key_id, X25519PrivateKey.generate().private_bytes_raw())
        return self._key(key_id).public_key().public_bytes_raw()

    def open(self, key_id: str, event_id: bytes, door: int, given: SealedGuests) -> bytes | None:
        """Return a list's content; None if it is not sealed for this key, or was altered.

        Raises:
            KeyTrouble: ``keys.*`` if the key cannot be had.
        """
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

        box = given.boxes.get(door, b"")
        if len(box) != BOX_BYTES or not self._vault.has(key_id):
            return None
        try:
            info = _bound_to(event_id, given.version, door)
            key = _suite().decrypt(box, self._key(key_id), info)
            aad = _bound_to(event_id, given.version)
            return ChaCha20Poly1305(key).decrypt(_ONCE, given.sealed, aad)
        except (InvalidTag, ValueError):
            return None

    def erase(self, key_id: str) -> None:
        """Forget a key: what was sealed for it can never be opened again."""
        self._vault.erase(key_id)

    def _key(self, key_id: str) -> X25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

        return X25519PrivateKey.from_private_bytes(self._vault.load(key_id))


def _suite() -> Suite:
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


def _bound_to(event_id: bytes, version: int, door: int = 0) -> bytes:
    return _PURPOSE + event_id + version.to_bytes(8, "big") + door.to_bytes(2, "big")
