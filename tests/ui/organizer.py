"""An organizer's computer without a chain: real stores and keys, an event, its doors."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from app.chain import contract_calls
from app.domain import bundles
from app.domain.door_request import DoorRequest, signed
from app.domain.eip712 import address_of_secret, digest, sign_digest
from app.domain.keccak import keccak
from app.services.calls import CallService
from app.services.door_desk import DoorDesk
from app.services.inviting import Inviter, Ways
from app.services.policy_desk import PolicyDesk, PolicyPorts
from offline_cache.journal import Journal
from offline_cache.records import BundleSetFact, DoorChangedFact, DoorState
from tests.attendee import CHAIN_ID, FACTORY, Attendee, event

if TYPE_CHECKING:
    from pathlib import Path

    from app.domain.bundles import SealedBundle
    from app.domain.policy import Bundle
    from offline_cache.records import Event, QueuedCall

NEW_DOOR = keccak(b"a new door's record key")
NODE = "https://node.example"


class Organizer:
    """The desk of an event whose organizer's wallet and key for bundles are here."""

    def __init__(self, folder: Path, *, owns: bool = True, key: bool = True) -> None:
        self.attendee = Attendee.open(folder)
        self.clock = self.attendee.clock
        self.signer = self.attendee.signer
        self.journal = Journal(folder, self.clock.unix, os.urandom)
        organizer = self.attendee.address if owns else b"\x0a" * 20
        made = event(1)
        self.event: Event = replace(made, organizer=organizer)
        self.attendee.create(self.event)
        bundle_key = self.signer.create("bundle")
        if key:
            contract = self.event.contract
            self.attendee.add(BundleSetFact(contract, 0, 0, 1, bytes(32), bundle_key))
            self.event = replace(
                self.event, bundle_key=bundle_key, bundle_version=1, bundle_hash=bytes(32)
            )
        self.calls = CallService(self.journal, contract_calls, self.signer, self.clock, CHAIN_ID)

    def doors(self) -> DoorDesk:
        ways = Ways((NODE,), 5)
        inviter = Inviter(self.signer, ("bundle", "wallet"), ways, self.clock)
        return DoorDesk(self.attendee.mirror, inviter, self.calls, self.signer, "wallet")

    def rules(self) -> PolicyDesk:
        return PolicyDesk(
            PolicyPorts(
                mirror=self.attendee.mirror,
                journal=self.journal,
                take=self.take,
                calls=self.calls,
                signer=self.signer,
                clock=self.clock,
                bundle_key="bundle",
                wallet="wallet",
            )
        )

    def take(self, given: Event, sealed: SealedBundle) -> Bundle:
        """Keep a bundle as a device does."""
        now = self.clock.unix()
        held = self.journal.latest_bundle(given.event_id)
        bundle = bundles.accept(sealed, given, held, now)
        self.journal.put_bundle(bundles.stored(sealed, bundle, now)).result()
        return bundle

    def grant(self, door: int) -> None:
        """Let the chain know a door."""
        key = keccak(b"door %d" % door)[:20]
        contract = self.event.contract
        self.attendee.add(DoorChangedFact(contract, 0, 0, door, key, DoorState.ACTIVE, 0))

    def request(self, door: int = 3) -> DoorRequest:
        """Return what a new door shows."""
        made = DoorRequest(
            CHAIN_ID,
            FACTORY,
            self.event.contract,
            1,
            door,
            address_of_secret(NEW_DOOR),
            self.clock.unix(),
        )
        return signed(made, lambda document: sign_digest(NEW_DOOR, digest(document)))

    def queued(self) -> list[QueuedCall]:
        """Return what waits for the chain."""
        return list(self.journal.open_calls().result())

    def close(self) -> None:
        self.journal.close()
        self.attendee.close()
