"""Random lives of an event: supply stays within its bounds, and every wei is accounted for."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.integration.contracts.toolkit import Contract, Reverted
from tests.integration.contracts.world import (
    ALICE,
    BOB,
    CAROL,
    END,
    FEE_BPS,
    ORGANIZER,
    PLATFORM,
    STRANGER,
    USED,
    VALID,
    VOID,
    WINDOW,
    Params,
    Record,
    World,
)

PEOPLE = (ALICE, BOB, CAROL)
PRICES = (0, 7, 10**17 + 1)
SUPPLIES = (4, 3, 2)
MOST = 6

people = st.sampled_from(PEOPLE)
tiers = st.integers(0, 2)
tokens = st.integers(1, 12)


class Event(RuleBasedStateMachine):
    """An event's tickets and money, on the chain and in a model, side by side."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.snapshot = self.world.chain.rpc("evm_snapshot")
        self.ticket: Contract
        self.tickets: dict[int, list[object]] = {}  # owner, tier, paid, status
        self.burned_used: list[object] = []  # tiers of tickets that were used, then burned
        self.minted = 0
        self.credits: Counter[str] = Counter()
        self.proceeds = 0
        self.paid_in = 0
        self.paid_out = 0
        self.cancelled = False
        self.unlocked = False

    @initialize()
    def open(self) -> None:
        kinds = tuple((str(n), PRICES[n], SUPPLIES[n]) for n in range(3))
        params = Params(max_tickets=MOST, tiers=kinds, freeze_at=END, doors_open=0)
        self.ticket = self.world.create(params)
        self.world.grant(1, self.ticket)

    def teardown(self) -> None:
        self.world.chain.rpc("evm_revert", self.snapshot)

    def owner(self, token: int) -> str | None:
        return str(self.tickets[token][0]) if token in self.tickets else None

    def sold(self, tier: int) -> int:
        """Places taken; burned unused tickets have freed theirs."""
        taken = [item[1] for item in self.tickets.values()] + self.burned_used
        return taken.count(tier)

    def attempt(self, allowed: bool, sender: str, name: str, *args: object, value: int = 0) -> bool:
        """Send; it must go through exactly when the model allows it."""
        try:
            self.ticket.send(sender, name, *args, value=value)
        except Reverted:
            assert not allowed, f"{name}{args} was refused"
            return False
        assert allowed, f"{name}{args} went through"
        return True

    def issue(self, owner: str, tier: int, paid: bool) -> None:
        self.minted += 1
        self.tickets[self.minted] = [owner, tier, paid, VALID]

    @rule(
        buyer=people,
        recipient=people,
        tier=tiers,
        quantity=st.integers(1, 3),
        extra=st.integers(-1, 5),
    )
    def buy(self, buyer: str, recipient: str, tier: int, quantity: int, extra: int) -> None:
        price = PRICES[tier] * quantity
        value = max(0, price + extra)
        room = min(SUPPLIES[tier] - self.sold(tier), MOST - len(self.tickets))
        allowed = quantity <= room and value >= price and not self.cancelled and not self.unlocked
        call = ("purchaseTickets", recipient, tier, quantity, ())
        if self.attempt(allowed, buyer, *call, value=value):
            self.paid_in += price
            self.proceeds += price
            for _ in range(quantity):
                self.issue(recipient, tier, price > 0)

    @rule(recipient=people, tier=tiers)
    def give(self, recipient: str, tier: int) -> None:
        room = min(SUPPLIES[tier] - self.sold(tier), MOST - len(self.tickets))
        allowed = room > 0 and not self.cancelled
        if self.attempt(allowed, ORGANIZER, "batchMint", [recipient], [tier]):
            self.issue(recipient, tier, paid=False)

    @rule(token=tokens, sender=people, recipient=people)
    def move(self, token: int, sender: str, recipient: str) -> None:
        item = self.tickets.get(token)
        allowed = item is not None and item[0] == sender and item[3] == VALID and not self.unlocked
        if self.attempt(allowed, sender, "transferFrom", sender, recipient, token):
            self.tickets[token][0] = recipient

    @rule(token=tokens)
    def check_in(self, token: int) -> None:
        self.world.check_in(Record(token), ticket=self.ticket)
        if token in self.tickets and self.tickets[token][3] == VALID:
            self.tickets[token][3] = USED

    @rule(token=tokens, sender=people)
    def burn(self, token: int, sender: str) -> None:
        if self.attempt(self.owner(token) == sender, sender, "burn", token):
            self.drop(token)

    def drop(self, token: int) -> None:
        _, tier, _, status = self.tickets.pop(token)
        if status == USED:
            self.burned_used.append(tier)

    @rule(token=tokens)
    def make_void(self, token: int) -> None:
        item = self.tickets.get(token)
        allowed = item is not None and item[3] == VALID and not self.unlocked
        if self.attempt(allowed, ORGANIZER, "voidTickets", [token]):
            self.tickets[token][3] = VOID
            if self.tickets[token][2]:
                self.credit(token)

    def credit(self, token: int) -> None:
        item = self.tickets[token]
        assert isinstance(item[1], int)
        amount = PRICES[item[1]]
        self.credits[str(item[0])] += amount
        self.proceeds -= amount
        item[2] = False

    @rule(token=tokens, sender=people)
    def refund(self, token: int, sender: str) -> None:
        item = self.tickets.get(token)
        paid = item is not None and bool(item[2])
        if self.cancelled:
            if self.attempt(paid, sender, "refund", [token]):
                self.credit(token)
                if self.tickets[token][3] != USED:
                    self.tickets[token][3] = VOID
            return
        own = item is not None and item[0] == sender and item[3] != USED
        if self.attempt(paid and own and not self.unlocked, sender, "refund", [token]):
            self.credit(token)
            self.drop(token)

    @rule(account=st.sampled_from([*PEOPLE, PLATFORM]))
    def collect(self, account: str) -> None:
        owed = self.credits[account]
        before = self.world.chain.balance(account)
        if self.attempt(owed > 0, STRANGER, "withdrawCredit", account):
            assert self.world.chain.balance(account) == before + owed
            self.credits[account] = 0
            self.paid_out += owed

    @precondition(lambda self: not self.unlocked)
    @rule(dice=st.integers(0, 7))
    def pass_the_window(self, dice: int) -> None:
        if dice == 0:
            self.world.chain.warp(END + WINDOW + 1)
            self.unlocked = True

    @rule(dice=st.integers(0, 7))
    def cancel(self, dice: int) -> None:
        if dice == 0:
            allowed = not self.unlocked and not self.cancelled
            if self.attempt(allowed, ORGANIZER, "cancel"):
                self.cancelled = True

    @rule()
    def withdraw(self) -> None:
        allowed = self.unlocked and not self.cancelled and self.proceeds > 0
        if self.attempt(allowed, ORGANIZER, "withdraw", BOB):
            fee = self.proceeds * FEE_BPS // 10_000
            self.credits[PLATFORM] += fee
            self.paid_out += self.proceeds - fee
            self.proceeds = 0

    @invariant()
    def every_wei_is_accounted_for(self) -> None:
        if not hasattr(self, "ticket"):
            return
        balance = self.world.chain.balance(self.ticket.address)
        assert self.paid_in == self.paid_out + balance
        assert balance == self.proceeds + sum(self.credits.values())
        assert self.ticket.read("proceeds") == self.proceeds
        for account in (*PEOPLE, PLATFORM):
            assert self.ticket.read("creditOf", account) == self.credits[account]

    @invariant()
    def supply_is_within_its_bounds(self) -> None:
        if not hasattr(self, "ticket"):
            return
        assert self.ticket.read("totalSupply") == len(self.tickets) <= MOST
        for tier, stored in enumerate(self.ticket.read("tiers")):
            assert stored[3] == self.sold(tier) <= SUPPLIES[tier]
        for token, item in self.tickets.items():
            assert self.ticket.read("ownerOf", token) == item[0]
            assert self.ticket.read("status", token) == item[3]


def test_any_life_of_an_event_keeps_supply_and_money_right(world: World) -> None:
    Event.world = world
    run_state_machine_as_test(
        Event,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )
