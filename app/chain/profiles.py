"""Networks the app knows by name: chain id, public node, explorer, and how soon a block is safe."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from app.domain.addresses import checksum
from app.domain.errors import SettingsError


@dataclass(frozen=True, slots=True)
class NetworkProfile:
    """A network. ``explorer`` is empty where there is none; ``block_seconds`` is the usual pace.

    ``max_span`` is the most blocks that the public node gives in one page of logs. On an
    ``op_stack`` chain a transaction also pays for its bytes on the layer below; None: not known,
    the chain itself is asked.
    """

    name: str
    title: str
    chain_id: int
    rpc_url: str
    explorer: str = ""
    block_seconds: float = 2.0
    max_span: int = 2_000
    test: bool = False
    op_stack: bool | None = False

    def transaction_url(self, tx_hash: bytes) -> str:
        """Return the explorer's page of a transaction, empty where there is no explorer."""
        return f"{self.explorer}/tx/0x{tx_hash.hex()}" if self.explorer else ""

    def address_url(self, address: bytes) -> str:
        """Return the explorer's page of an address, empty where there is no explorer."""
        return f"{self.explorer}/address/{checksum(address)}" if self.explorer else ""

    def with_node(self, rpc_url: str) -> NetworkProfile:
        """Return the same network through another node."""
        return replace(self, rpc_url=rpc_url)


DEMO: Final = NetworkProfile(
    name="demo",
    title="Demo (this computer)",
    chain_id=31_337,
    rpc_url="http://127.0.0.1:8545",
    block_seconds=1.0,
    max_span=10_000,
    test=True,
)
BASE_SEPOLIA: Final = NetworkProfile(
    name="base-sepolia",
    title="Base Sepolia (test network)",
    chain_id=84_532,
    rpc_url="https://sepolia.base.org",
    explorer="https://sepolia.basescan.org",
    test=True,
    op_stack=True,
)
BASE: Final = NetworkProfile(
    name="base",
    title="Base",
    chain_id=8_453,
    rpc_url="https://mainnet.base.org",
    explorer="https://basescan.org",
    op_stack=True,
)
PROFILES: Final = {profile.name: profile for profile in (DEMO, BASE_SEPOLIA, BASE)}


def profile_named(name: str) -> NetworkProfile:
    """Return a known network.

    Raises:
        SettingsError: ``settings.network`` if there is none of this name.
    """
    try:
        return PROFILES[name]
    except KeyError:
        raise SettingsError(
            f"There is no network '{name}'; known: {', '.join(PROFILES)}, or set chain id and node",
            code="settings.network",
        ) from None


def custom_profile(chain_id: int, rpc_url: str, explorer: str = "") -> NetworkProfile:
    """Return a network that is set by hand.

    Raises:
        SettingsError: ``settings.network`` if the chain id is out of range (EIP-2294).
    """
    if not 0 < chain_id < 2**63:
        raise SettingsError("A chain id is a positive number", code="settings.network")
    title = f"Chain {chain_id}"
    return NetworkProfile("custom", title, chain_id, rpc_url, explorer.rstrip("/"), op_stack=None)
