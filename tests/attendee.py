"""An attendee's computer without a chain: a real mirror with events and tickets, and real keys."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from app.chain.signer import VaultSigner
from app.chain.vault import MemoryVault
from app.domain.admission import DoorContext, Match, Moment, decide
from app.domain.keccak import keccak
from app.domain.policy import Policy
from app.domain.references import read_code
from app.domain.typed_data import event_id
from app.domain.verdicts import MirrorView
from app.services.holdings import Account, Holding, HoldingsService
from app.services.showing import PassMaker
from app.services.wallet import WalletService
from offline_cache.mirror import Mirror
from offline_cache.records import (
    ZERO_ADDRESS,
    BlockRef,
    ChainCheckIn,
    CheckedInFact,
    Event,
    EventCancelledFact,
    EventCreatedFact,
    MirrorPage,
    PoapMinted,
    Purchase,
    Purchased,
    StatusChangedFact,
    TicketStatus,
    TierIssued,
    Transferred,
    UserUpdated,
)
from tests.fakes.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from app.domain.verdicts import Code
    from offline_cache.records import Fact

NOW: Final = 1_790_000_000 // 15 * 15  # a slot begins
HOUR: Final = 3_600
DAY: Final = 24 * HOUR
CHAIN_ID: Final = 31_337
FACTORY: Final = b"\xfa" * 20
POAP: Final = b"\xfb" * 20
WALLET: Final = "wallet"
SOMEBODY: Final = b"\xa1" * 20
ETHER: Final = 10**18
DOOR: Final = 3


def event(number: int = 1, name: str = "Summer Sound 2026", *, starts: int = NOW - HOUR) -> Event:
    """Return an event of six hours."""
    return Event(
        event_id=event_id(CHAIN_ID, FACTORY, number),
        chain_id=CHAIN_ID,
        factory=FACTORY,
        number=number,
        contract=keccak(b"contract %d" % number)[:20],
        organizer=b"\x0a" * 20,
        name=name,
        metadata_uri="",
        ticket_price=ETHER // 100,
        max_tickets=200,
        start_time=starts,
        end_time=starts + 6 * HOUR,
        created_block=1,
    )


@dataclass
class Attendee:
    """Mirror, keys and clock of one attendee; each ``add`` is a block of its own."""

    mirror: Mirror
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    blocks: int = 0

    def __post_init__(self) -> None:
        """Make the wallet's key."""
        self.signer = VaultSigner(MemoryVault())
        self.address = self.signer.create(WALLET)
        self.account = Account(self.address, WALLET)
        self.wallet = WalletService(self.signer, self.clock)
        self.maker = PassMaker(self.wallet, self.signer, self.clock, (WALLET,))
        self.holdings = HoldingsService(self.mirror, self.clock)

    @classmethod
    def open(cls, folder: Path) -> Attendee:
        """Open an empty mirror."""
        clock = FakeClock(NOW)
        return cls(Mirror(folder, clock.unix), clock)

    def close(self) -> None:
        """Close the mirror."""
        self.mirror.close()

    def add(self, *facts: Fact) -> None:
        """Put facts on the chain, in a block of this moment."""
        self.blocks += 1
        number, at = self.blocks, self.clock.unix()
        block = BlockRef(number, _hash(number), _hash(number - 1), at)
        placed = [replace(fact, block_number=number, log_index=i) for i, fact in enumerate(facts)]
        self.mirror.apply_page(MirrorPage([block], placed)).result()

    def create(self, *events: Event) -> None:
        """Create events."""
        self.add(*[EventCreatedFact(FACTORY, 0, 0, each) for each in events])

    def mint(self, to: Event, token_ids: Sequence[int], owner: bytes | None = None) -> None:
        """Give tickets to the attendee, or to somebody else."""
        owner = owner or self.address
        self.add(*[Transferred(to.contract, 0, 0, ZERO_ADDRESS, owner, each) for each in token_ids])

    def buy(self, what: Event, first: int, quantity: int, paid: int, tier: int = 0) -> None:
        """Let the attendee buy tickets in one order."""
        owner, contract, number = self.address, what.contract, self.blocks + 1
        order = Purchase(contract, owner, owner, tier, first, quantity, paid, number, quantity)
        minted = [
            Transferred(contract, 0, 0, ZERO_ADDRESS, owner, first + i) for i in range(quantity)
        ]
        self.add(*minted, Purchased(contract, 0, 0, order))

    def set_tier(self, what: Event, token_id: int, tier: int) -> None:
        """Say which tier a ticket is of."""
        self.add(TierIssued(what.contract, 0, 0, tier, token_id, 1, self.address))

    def bind(self, what: Event, token_id: int, gate_key: bytes | None = None) -> None:
        """Bind a gate key on chain: this device's, or another."""
        key = gate_key or self.wallet.gate_key(what, token_id)
        expires = what.end_time + 24 * HOUR
        self.add(UserUpdated(what.contract, 0, 0, token_id, key, expires))

    def set_status(self, what: Event, token_id: int, status: TicketStatus) -> None:
        """Change a ticket's status."""
        self.add(StatusChangedFact(what.contract, 0, 0, token_id, status))

    def cancel(self, what: Event) -> None:
        """Cancel an event."""
        self.add(EventCancelledFact(FACTORY, 0, 0, what.number))

    def use(self, what: Event, token_id: int, at: int | None = None, door: int = DOOR) -> None:
        """Let a ticket in, on chain, with its certificate."""
        at = self.clock.unix() if at is None else at
        claim = keccak(b"claim %d %d" % (what.number, token_id))
        ticket = self.mirror.ticket(what.contract, token_id)
        assert ticket is not None
        owner = ticket.owner
        came = ChainCheckIn(
            what.contract, token_id, door, owner, claim, at, ticket.epoch, self.blocks + 1
        )
        poap = what.number << 160 | int.from_bytes(owner, "big")
        self.add(
            CheckedInFact(what.contract, 0, 0, came),
            PoapMinted(POAP, 0, 0, poap, owner),
        )

    def holding(self, what: Event, token_id: int) -> Holding:
        """Return a ticket as it is now."""
        ticket = self.mirror.ticket(what.contract, token_id)
        found = self.mirror.event_by_id(what.event_id)
        assert ticket is not None
        assert found is not None
        return Holding(found, ticket)

    def judge(self, what: Event, text: str | bytes) -> Code:
        """Hold a code before a door that knows this mirror."""
        text = text.decode() if isinstance(text, bytes) else text
        presented = read_code(text)
        token_id = getattr(presented, "token_id", 0)
        known = self.mirror.event_by_id(what.event_id) or what
        match = Match(known, self.mirror.ticket(what.contract, token_id))
        decision = decide(
            presented,
            [match],
            Policy(),
            DoorContext(what.event_id, CHAIN_ID, DOOR),
            Moment(self.clock.unix(), MirrorView(self.blocks, 0)),
        )
        return decision.verdict.code


def _hash(number: int) -> bytes:
    return keccak(b"block %d" % number)
