"""How this device reaches the chain, as it was told: nodes, witness, live feed, third parties."""

from __future__ import annotations

from dataclasses import dataclass

from app.chain.service_keys import names_in


@dataclass(frozen=True, slots=True)
class Route:
    """Addresses; one in braces stands for a secret in the vault (``service_keys``).

    Args:
        nodes: JSON-RPC addresses, the preferred one first.
        ws: WebSocket address of a node that tells of new blocks; empty: none.
        witness: JSON-RPC address of a node that every page is compared with; empty: none.
        the_graph: Address of a subgraph; empty: none.
        multibaas: Address of a MultiBaas deployment; empty: none.
        goldrush: The chain's name at GoldRush; empty: none.
        webhooks: Host and port to receive webhooks at; None: nowhere.
    """

    nodes: tuple[str, ...]
    ws: str = ""
    witness: str = ""
    the_graph: str = ""
    multibaas: str = ""
    goldrush: str = ""
    webhooks: tuple[str, int] | None = None

    @property
    def shareable(self) -> tuple[str, ...]:
        """The nodes whose addresses name no secret of this device: others can use them too."""
        return tuple(node for node in self.nodes if not names_in(node))
