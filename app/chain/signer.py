"""The one place where private keys are used: sign typed data and transactions by key id.

Keys come from a vault on first use and stay in memory as libsecp256k1 objects, so that a check-in
record is signed in microseconds. Nothing here gives a key away, logs it or shows it.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

from coincurve import PrivateKey

from app.chain.vault import check_secret, taken
from app.domain.addresses import address_of, checksum
from app.domain.eip712 import compact, digest
from app.domain.errors import KeyTrouble
from app.domain.keccak import keccak
from app.domain.safe_json import kept_recursion_limit

if TYPE_CHECKING:
    from app.chain.vault import Vault
    from app.domain.eip712 import TypedData
    from app.domain.transacting import Call, Fees


class Signer(Protocol):
    """Signs by key id; keys are made, taken in and forgotten, but never given out."""

    def sign(self, key_id: str, typed_data: TypedData) -> bytes:
        """Return a 64-byte EIP-2098 signature over EIP-712 typed data.

        Raises:
            KeyTrouble: ``keys.*`` if the key cannot be had.
        """
        ...

    def address(self, key_id: str) -> bytes:
        """Return the key's 20-byte address.

        Raises:
            KeyTrouble: ``keys.*`` if the key cannot be had.
        """
        ...

    def create(self, key_id: str) -> bytes:
        """Make a new key and return its 20-byte address.

        Raises:
            KeyTrouble: ``keys.exists`` if the key id is taken.
        """
        ...

    def import_key(self, key_id: str, secret: bytes) -> bytes:
        """Take in a 32-byte secret and return its address; the same one again is no error.

        Raises:
            KeyTrouble: ``keys.bad_secret``, or ``keys.exists`` if another key has this id.
        """
        ...

    def has(self, key_id: str) -> bool:
        """Return whether there is a key under this id."""
        ...

    def sign_transaction(
        self, key_id: str, chain_id: int, nonce: int, call: Call, fees: Fees
    ) -> tuple[bytes, bytes]:
        """Return (raw bytes, hash) of an EIP-1559 transaction; ``call.gas`` must be set.

        The raw bytes are to be stored before they are sent.

        Raises:
            KeyTrouble: ``keys.*`` if the key cannot be had.
        """
        ...

    def erase(self, key_id: str) -> None:
        """Forget a key, here and in the vault."""
        ...


class VaultSigner:
    """A ``Signer`` over a vault; may be used from several threads.

    The first use of a key may block on the vault, and the first transaction on loading the signing
    library: ``warm_up`` does both ahead, on a thread that may wait.

    Args:
        vault: Where the keys rest.
    """

    def __init__(self, vault: Vault) -> None:
        """Read no key yet."""
        self._vault = vault
        self._keys: dict[str, PrivateKey] = {}
        self._addresses: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"VaultSigner({self._vault!r})"

    def __reduce__(self) -> str:
        raise TypeError("a signer holds keys and is never copied or written out")

    def sign(self, key_id: str, typed_data: TypedData) -> bytes:
        """Return a 64-byte EIP-2098 signature; see ``Signer.sign``."""
        raw = self._key(key_id).sign_recoverable(digest(typed_data), hasher=None)
        return compact(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:64], "big"), raw[64])

    def address(self, key_id: str) -> bytes:
        """Return the key's 20-byte address; see ``Signer.address``."""
        self._key(key_id)
        return self._addresses[key_id]

    def create(self, key_id: str) -> bytes:
        """Make a new key from the system's randomness; see ``Signer.create``."""
        with self._lock:
            key = PrivateKey()
            self._vault.store(key_id, key.secret)
            return self._keep(key_id, key)

    def import_key(self, key_id: str, secret: bytes) -> bytes:
        """Take in a secret; see ``Signer.import_key``."""
        key = _private_key(check_secret(secret))
        with self._lock:
            if self._vault.has(key_id):
                if self._vault.load(key_id) != key.secret:
                    raise taken(key_id)
            else:
                self._vault.store(key_id, key.secret)
            return self._keep(key_id, key)

    def has(self, key_id: str) -> bool:
        """Return whether there is a key under this id."""
        return key_id in self._keys or self._vault.has(key_id)

    def sign_transaction(
        self, key_id: str, chain_id: int, nonce: int, call: Call, fees: Fees
    ) -> tuple[bytes, bytes]:
        """Sign an EIP-1559 transaction; see ``Signer.sign_transaction``."""
        with kept_recursion_limit():
            from eth_account import Account

        unsigned: dict[str, object] = {
            "type": 2,
            "chainId": chain_id,
            "nonce": nonce,
            "value": call.value,
            "data": call.data,
            "gas": call.gas,
            "maxFeePerGas": fees.max_fee_per_gas,
            "maxPriorityFeePerGas": fees.max_priority_fee_per_gas,
        }
        if call.to:
            unsigned["to"] = checksum(call.to)
        signed = Account.sign_transaction(unsigned, self._key(key_id).secret)
        raw = bytes(signed.raw_transaction)
        return raw, keccak(raw)

    def erase(self, key_id: str) -> None:
        """Forget a key, here and in the vault."""
        with self._lock:
            self._keys.pop(key_id, None)
            self._addresses.pop(key_id, None)
            self._vault.erase(key_id)

    def warm_up(self, *key_ids: str) -> None:
        """Load the signing library and these keys now; blocks, so call it on a worker thread."""
        with kept_recursion_limit():
            import eth_account  # noqa: F401 - loaded for its effect

        for key_id in key_ids:
            self._key(key_id)

    def _key(self, key_id: str) -> PrivateKey:
        key = self._keys.get(key_id)
        if key is not None:
            return key
        with self._lock:
            key = _private_key(self._vault.load(key_id))
            self._keep(key_id, key)
            return key

    def _keep(self, key_id: str, key: PrivateKey) -> bytes:
        address = address_of(key.public_key.format(compressed=False))
        self._addresses[key_id] = address
        self._keys[key_id] = key
        return address


def _private_key(secret: bytes) -> PrivateKey:
    try:
        return PrivateKey(secret)
    except ValueError:
        # Not chained: the original may show the number that it refuses.
        raise KeyTrouble(
            "This is no private key of the curve secp256k1", code="keys.bad_secret"
        ) from None
