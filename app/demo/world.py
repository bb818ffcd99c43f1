"""The demo's world on chain: two events, two hundred tickets, and who holds them how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.chain import contract_calls as calls
from app.domain.transacting import Call
from app.services.wallet import WalletService

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from app.demo.actors import Actors
    from app.services.ports import Clock
    from offline_cache.records import Event

TICKETS = 200
PEOPLE = 60
BOUGHT = 40
FINNEY = 10**15
HOUR = 3_600
BATCH_GAS = 15_000_000
CALL_GAS = 400_000
ORGANIZER = "demo/organizer"


@dataclass(frozen=True, slots=True)
class Roles:
    """Which tickets (token ids) play which part; each ticket plays one."""

    live_bound: Sequence[int]
    print_bound: Sequence[int]
    live_signed: Sequence[int]
    print_signed: Sequence[int]
    screenshot: Sequence[int]
    sold_on: Sequence[int]
    bound_anew: Sequence[int]
    forged: Sequence[int]
    stranger: Sequence[int]
    downgraded_bound: Sequence[int]
    downgraded_signed: Sequence[int]
    stay_home: Sequence[int]


SHARES = {
    "live_bound": 30,
    "print_bound": 12,
    "live_signed": 16,
    "print_signed": 8,
    "screenshot": 4,
    "sold_on": 4,
    "bound_anew": 4,
    "forged": 4,
    "stranger": 3,
    "downgraded_bound": 2,
    "downgraded_signed": 2,
}
BOUND = ("live_bound", "print_bound", "screenshot", "forged", "stranger", "downgraded_bound")


def cast_roles(token_ids: Sequence[int], dice: random.Random) -> Roles:
    """Deal the tickets out; the same dice deal the same."""
    left = list(token_ids)
    dice.shuffle(left)
    dealt: dict[str, list[int]] = {}
    for role, count in SHARES.items():
        dealt[role], left = left[:count], left[count:]
    return Roles(stay_home=left, **dealt)


class World:
    """Builds the events and puts tickets into wallets, before the doors open.

    Args:
        actors: Organizer and attendees.
        factory: The factory's address.
        clock: Wall time.
        dice: Who gets which ticket.
    """

    def __init__(self, actors: Actors, factory: bytes, clock: Clock, dice: random.Random) -> None:
        """Nothing is on chain yet."""
        self.actors = actors
        self.wallet = WalletService(actors.signer, clock)
        self._factory = factory
        self._clock = clock
        self._dice = dice
        self.people: list[str] = []
        self.owners: dict[int, str] = {}

    async def found(self, name: str, tickets: int) -> None:
        """Let the organizer create an event that opens its doors now and starts in an hour."""
        now = self._clock.unix()
        params = calls.EventParams(
            name=name,
            symbol="TICKET",
            metadata_uri="ipfs://bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
            start_time=now + HOUR,
            end_time=now + 6 * HOUR,
            max_tickets=tickets,
            tiers=(
                calls.TierParams("General admission", 10 * FINNEY, tickets),
                calls.TierParams("VIP", 30 * FINNEY, tickets),
            ),
        )
        call = Call(self._factory, calls.create_event(params), gas=3_000_000)
        await self.actors.send(ORGANIZER, call)
        await self.actors.settle()

    async def populate(self, event: Event) -> None:
        """Sell some tickets, give the rest out, so that every one has an owner."""
        for number in range(PEOPLE):
            person = f"demo/attendee-{number + 1}"
            await self.actors.enter(person)
            self.people.append(person)
        for token_id in range(1, BOUGHT + 1):
            buyer = self.people[token_id % PEOPLE]
            data = calls.purchase_tickets(self.actors.signer.address(buyer), 0, 1)
            await self.actors.send(
                buyer, Call(event.contract, data, value=10 * FINNEY, gas=CALL_GAS)
            )
            await self.actors.settle()
            self.owners[token_id] = buyer
        for first in range(BOUGHT + 1, TICKETS + 1, 80):
            await self._give_out(event, range(first, min(first + 80, TICKETS + 1)))
        await self.actors.settle()

    async def bind(self, event: Event, token_ids: Sequence[int]) -> None:
        """Let owners bind each ticket's gate key on chain until well after the event."""
        expires = event.end_time + 24 * HOUR
        for token_id in token_ids:
            gate_key = self.wallet.gate_key(event, token_id)
            data = calls.set_user(token_id, gate_key, expires)
            await self.actors.send(self.owners[token_id], Call(event.contract, data, gas=CALL_GAS))
        await self.actors.settle()

    async def pass_on(self, event: Event, token_id: int) -> None:
        """Let an owner sell a ticket on to somebody else."""
        seller = self.owners[token_id]
        buyer = self._dice.choice([person for person in self.people if person != seller])
        signer = self.actors.signer
        data = calls.transfer_from(signer.address(seller), signer.address(buyer), token_id)
        await self.actors.send(seller, Call(event.contract, data, gas=CALL_GAS))
        self.owners[token_id] = buyer
        await self.actors.settle()

    async def bind_anew(self, event: Event, token_id: int) -> None:
        """Let an owner bind another key: a new phone, so the old code must die."""
        gate_key = self.actors.signer.create(f"demo/new-phone-{token_id}")
        data = calls.set_user(token_id, gate_key, event.end_time + 24 * HOUR)
        await self.actors.send(self.owners[token_id], Call(event.contract, data, gas=CALL_GAS))
        await self.actors.settle()

    async def open_door(
        self, event: Event, door: int, record_key: bytes, bundle: tuple[int, bytes]
    ) -> None:
        """Let the organizer grant a door its key and anchor the event's bundle (version, hash)."""
        version, content_hash = bundle
        organizer = self.actors.signer.address(ORGANIZER)
        for data in (
            calls.grant_door(door, record_key),
            calls.set_bundle(version, content_hash, organizer),
        ):
            await self.actors.send(ORGANIZER, Call(event.contract, data, gas=CALL_GAS))
        await self.actors.settle()

    async def _give_out(self, event: Event, token_ids: range) -> None:
        recipients, tiers = [], []
        for token_id in token_ids:
            person = self._dice.choice(self.people)
            self.owners[token_id] = person
            recipients.append(self.actors.signer.address(person))
            tiers.append(1 if self._dice.random() < 0.15 else 0)
        data = calls.batch_mint(recipients, tiers)
        await self.actors.send(ORGANIZER, Call(event.contract, data, gas=BATCH_GAS))
