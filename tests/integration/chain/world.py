"""A deployed factory and the keys to use it, for integration tests."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from app.chain import contract_calls as calls
from app.chain.contract_calls import EventParams, TierParams
from app.chain.deploy import deploy
from app.chain.rpc import RpcClient
from app.chain.sender import Sender
from app.chain.signer import VaultSigner
from app.chain.transactions import FeePolicy
from app.chain.vault import MemoryVault
from app.domain.addresses import parse_address
from app.domain.check_in import check_in
from app.domain.keccak import keccak
from app.domain.transacting import Call
from offline_cache.records import CheckInRecord

if TYPE_CHECKING:
    from contracts import Deployment

CHAIN_ID = 31_337
# The well-known accounts that anvil funds.
ADMIN_SECRET = bytes.fromhex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
PRICE = 10**15
_numbers = count(1)


@dataclass(frozen=True)
class World:
    """Where everything is; ``admin`` deployed, and is an organizer too."""

    url: str
    deployment: Deployment
    signer: VaultSigner
    admin: bytes

    @property
    def factory(self) -> bytes:
        return parse_address(self.deployment.factory)

    @property
    def poap(self) -> bytes:
        return parse_address(self.deployment.poap)

    def sender(self, rpc: RpcClient, key_id: str = "admin") -> Sender:
        return Sender(rpc, self.signer, key_id, CHAIN_ID, policy=FeePolicy())

    async def person(self, rpc: RpcClient, key_id: str) -> bytes:
        """Make a key with some ether."""
        address = self.signer.create(key_id)
        await rpc.call("anvil_setBalance", ["0x" + address.hex(), hex(10**19)])
        return address

    async def event(self, rpc: RpcClient, name: str = "Harbour Nights") -> bytes:
        """Make an event with two tiers, and return its contract."""
        now = (await rpc.block()).timestamp
        params = EventParams(
            name=name,
            symbol="HN",
            metadata_uri="ipfs://bafy",
            start_time=now + 86_400,
            end_time=now + 2 * 86_400,
            max_tickets=1_000,
            tiers=(TierParams("Floor", PRICE, 900), TierParams("Balcony", 2 * PRICE, 100)),
            refund_window=3_600,
        )
        await self.sender(rpc).send_and_wait(
            Call(self.factory, calls.create_event(params)), "create event"
        )
        number = await calls.event_count(rpc, self.factory)
        return await calls.event_address(rpc, self.factory, number)

    def record(self, contract: bytes, token_id: int, attendee: bytes, door: int) -> CheckInRecord:
        """Return a record of the first entry, signed by the door's key."""
        serial = next(_numbers)
        draft = CheckInRecord(
            claim_id=keccak(serial.to_bytes(8, "big")),
            event_id=bytes(32),
            contract=contract,
            token_id=token_id,
            epoch=1,
            door=door,
            attendee=attendee,
            scanned_at=1_700_000_000,
            sequence=serial,
            signature=b"",
            sendable_at=0,
        )
        signature = self.signer.sign(f"door/{door}", check_in(CHAIN_ID, draft))
        return dataclasses.replace(draft, signature=signature)


async def build_world(url: str) -> World:
    """Deploy from anvil's first account."""
    signer = VaultSigner(MemoryVault())
    admin = signer.import_key("admin", ADMIN_SECRET)
    for door in (1, 2, 3):
        signer.create(f"door/{door}")
    async with RpcClient(url) as rpc:
        sender = Sender(rpc, signer, "admin", CHAIN_ID, policy=FeePolicy())
        deployment = await deploy(sender, organizers=[admin])
    return World(url, deployment, signer, admin)
