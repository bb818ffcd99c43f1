"""What people ask of the contracts: buying, handing over, an organizer's calls; each happens once.

Here a call is only written down, durably and under a key; the outbox signs and sends it, and the
same outbox follows it. Nothing here needs the chain, so everything can be asked for offline.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Protocol

from app.domain.addresses import checksum
from app.domain.call_moves import WITHDRAWN
from offline_cache.records import CallKind, QueuedCall, RecordState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Future

    from app.services.ports import Clock
    from offline_cache.records import Event, Ticket

PURCHASE_SECONDS: Final = 900
"""So long a purchase may wait for the chain: nobody wants to have bought next week."""


class CallCodes(Protocol):
    """Calldata of our contracts; each names what it encodes."""

    def purchase_tickets(
        self, recipient: bytes, tier: int, quantity: int, gate_keys: Sequence[bytes] = ...
    ) -> bytes:
        """Buy tickets and bind their gate keys."""

    def safe_transfer_from(self, sender: bytes, recipient: bytes, token_id: int) -> bytes:
        """Hand a ticket over."""

    def set_user(self, token_id: int, gate_key: bytes, expires: int) -> bytes:
        """Bind a gate key to a ticket."""

    def bind_entry_key(
        self, event_id: bytes, collection: bytes, token_id: int, gate_key: bytes, expires: int
    ) -> bytes:
        """Bind a gate key to a ticket of a guest event; the registry's."""

    def refund(self, token_ids: Sequence[int]) -> bytes:
        """Give tickets back."""

    def claim_poap(self, token_id: int) -> bytes:
        """Mint a certificate that waits."""

    def set_bundle(self, version: int, bundle_hash: bytes, bundle_key: bytes) -> bytes:
        """Anchor a newer event bundle."""

    def grant_door(self, door: int, record_key: bytes) -> bytes:
        """Grant a door its record key."""

    def close_door(self, door: int, drain_until: int) -> bytes:
        """Close a door."""

    def revoke_door(self, door: int) -> bytes:
        """Revoke a door for ever."""

    def mark_compromised(self, door: int) -> bytes:
        """Mark a door's key as stolen."""

    def batch_mint(self, recipients: Sequence[bytes], tiers: Sequence[int]) -> bytes:
        """Issue tickets."""

    def void_tickets(self, token_ids: Sequence[int]) -> bytes:
        """Make tickets void."""

    def set_freeze_at(self, freeze_at: int) -> bytes:
        """Move the transfer freeze earlier."""

    def cancel(self) -> bytes:
        """Cancel an event."""

    def withdraw(self, to: bytes) -> bytes:
        """Take the proceeds."""


class CallStore(Protocol):
    """The journal as those see it who ask for calls."""

    def put_call(self, call: QueuedCall) -> Future[QueuedCall]:
        """Queue a call; the one that is there already if its key is known."""

    def retry_call(self, call_id: int, valid_until: int) -> Future[bool]:
        """Let a refused call wait again; one that may not wait for ever, until a unix second."""

    def set_call_state(
        self, call_id: int, expected: RecordState, state: RecordState, reason: str = ""
    ) -> Future[bool]:
        """Compare and set a call's state."""


class Accounts(Protocol):
    """Knows the addresses of the wallets that are here."""

    def address(self, key_id: str) -> bytes:
        """Return the 20-byte address of a key."""


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants to buy.

    Args:
        reference: Random bytes, made when the form was opened: sent twice, it is one order.
        tier: Which kind of ticket.
        quantity: How many.
        unit_price: Wei for each; what is paid too much comes back.
        gate_keys: A gate key for each ticket, bound by the same transaction; none: bound later.
        recipient: Who gets them; None: the buyer.
    """

    reference: bytes
    tier: int
    quantity: int
    unit_price: int
    gate_keys: tuple[bytes, ...] = ()
    recipient: bytes | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A call as it is asked for; ``once`` makes its key unique where the content does not."""

    kind: CallKind
    target: bytes
    data: bytes
    about: Mapping[str, str]
    value: int = 0
    valid_until: int = 0
    once: bytes = b""


class CallService:
    """Writes calls down for the outbox.

    Every method blocks nothing but the journal's commit, and gives the call as stored: asked twice
    while the first is under way, it is the first. Once that is over, the same may be asked anew,
    except an order, whose reference stands for it for ever.

    Args:
        store: The journal.
        codes: Calldata of the contracts.
        accounts: Addresses of wallets.
        clock: Stamps what is asked.
        chain_id: The chain that it is for.
    """

    def __init__(
        self, store: CallStore, codes: CallCodes, accounts: Accounts, clock: Clock, chain_id: int
    ) -> None:
        """Keep the ports."""
        self._store = store
        self._codes = codes
        self._accounts = accounts
        self._clock = clock
        self._chain_id = chain_id

    # ── attendees ─────────────────────────────────────────────────────────────────────────────────

    async def purchase(self, account: str, event: Event, order: Order) -> QueuedCall:
        """Buy tickets and bind their gate keys in the same transaction.

        Raises:
            ValueError: The order names no ticket, or not as many gate keys.
        """
        if order.quantity < 1 or len(order.gate_keys) not in {0, order.quantity}:
            raise ValueError("an order names at least one ticket, and a gate key for each or none")
        recipient = order.recipient or await self._address(account)
        data = self._codes.purchase_tickets(recipient, order.tier, order.quantity, order.gate_keys)
        about = {"event": event.name, "quantity": str(order.quantity), "tier": str(order.tier)}
        asked = Asked(
            CallKind.PURCHASE,
            event.contract,
            data,
            about,
            value=order.quantity * order.unit_price,
            valid_until=self._clock.unix() + PURCHASE_SECONDS,
            once=order.reference,
        )
        return await self.ask(account, asked)

    async def transfer(
        self, account: str, event: Event, ticket: Ticket, recipient: bytes
    ) -> QueuedCall:
        """Hand a ticket over; it can be handed over once by each owner."""
        data = self._codes.safe_transfer_from(ticket.owner, recipient, ticket.token_id)
        about = {"event": event.name, "ticket": str(ticket.token_id), "to": checksum(recipient)}
        asked = Asked(CallKind.TRANSFER, event.collection or event.contract, data, about)
        return await self.ask(account, asked)

    async def bind(
        self,
        account: str,
        event: Event,
        token_id: int,
        gate_key: bytes,
        expires: int,
        registry: bytes | None = None,
    ) -> QueuedCall:
        """Bind a gate key to a ticket until a unix second, inclusive.

        A guest event's keys are bound in the ``registry``, as the mirror names it.

        Raises:
            ValueError: The event is one, and no registry is given.
        """
        about = {"event": event.name, "ticket": str(token_id)}
        if not event.collection:
            data = self._codes.set_user(token_id, gate_key, expires)
            return await self.ask(account, Asked(CallKind.SET_USER, event.contract, data, about))
        if not registry:
            raise ValueError("the keys of a guest event are bound in a registry")
        place = (event.event_id, event.collection, token_id)
        data = self._codes.bind_entry_key(*place, gate_key, expires)
        return await self.ask(account, Asked(CallKind.SET_USER, registry, data, about))

    async def refund(self, account: str, event: Event, token_ids: Sequence[int]) -> QueuedCall:
        """Give tickets back for their price."""
        about = {"event": event.name, "ticket": _numbers(token_ids)}
        data = self._codes.refund(token_ids)
        return await self.ask(account, Asked(CallKind.REFUND, event.contract, data, about))

    async def claim_poap(self, account: str, poap: bytes, token_id: int) -> QueuedCall:
        """Mint a certificate of attendance that could not be minted at check-in."""
        data = self._codes.claim_poap(token_id)
        return await self.ask(account, Asked(CallKind.CLAIM_POAP, poap, data, {}))

    # ── organizers ────────────────────────────────────────────────────────────────────────────────

    async def set_bundle(
        self, account: str, event: Event, version: int, content_hash: bytes, bundle_key: bytes
    ) -> QueuedCall:
        """Anchor a newer event bundle and the key that signs the next ones."""
        data = self._codes.set_bundle(version, content_hash, bundle_key)
        return await self._organize(account, event, CallKind.SET_BUNDLE, data, version=str(version))

    async def grant_door(
        self, account: str, event: Event, door: int, record_key: bytes
    ) -> QueuedCall:
        """Grant a door its record key; a door has one key for ever."""
        data = self._codes.grant_door(door, record_key)
        return await self._organize(account, event, CallKind.GRANT_DOOR, data, door=str(door))

    async def close_door(
        self, account: str, event: Event, door: int, drain_until: int
    ) -> QueuedCall:
        """Close a door; records already signed count until a unix second, inclusive."""
        data = self._codes.close_door(door, drain_until)
        return await self._organize(account, event, CallKind.CLOSE_DOOR, data, door=str(door))

    async def revoke_door(self, account: str, event: Event, door: int) -> QueuedCall:
        """Revoke a door for ever."""
        data = self._codes.revoke_door(door)
        return await self._organize(account, event, CallKind.REVOKE_DOOR, data, door=str(door))

    async def mark_compromised(self, account: str, event: Event, door: int) -> QueuedCall:
        """Mark a door's key as stolen: its check-ins no longer block others."""
        data = self._codes.mark_compromised(door)
        kind = CallKind.MARK_COMPROMISED
        return await self._organize(account, event, kind, data, door=str(door))

    async def issue(
        self, account: str, event: Event, recipients: Sequence[bytes], tiers: Sequence[int]
    ) -> QueuedCall:
        """Issue tickets, one for each recipient."""
        data = self._codes.batch_mint(recipients, tiers)
        count = str(len(recipients))
        return await self._organize(account, event, CallKind.ISSUE, data, quantity=count)

    async def void(self, account: str, event: Event, token_ids: Sequence[int]) -> QueuedCall:
        """Make tickets void."""
        data = self._codes.void_tickets(token_ids)
        return await self._organize(account, event, CallKind.VOID, data, ticket=_numbers(token_ids))

    async def set_freeze(self, account: str, event: Event, freeze_at: int) -> QueuedCall:
        """Move the transfer freeze earlier, to a unix second."""
        data = self._codes.set_freeze_at(freeze_at)
        return await self._organize(account, event, CallKind.SET_FREEZE, data)

    async def cancel_event(self, account: str, event: Event) -> QueuedCall:
        """Cancel an event, for ever."""
        data = self._codes.cancel()
        return await self._organize(account, event, CallKind.CANCEL_EVENT, data)

    async def withdraw(self, account: str, event: Event, to: bytes) -> QueuedCall:
        """Take the event's proceeds."""
        data = self._codes.withdraw(to)
        return await self._organize(account, event, CallKind.WITHDRAW, data, to=checksum(to))

    # ── any call ──────────────────────────────────────────────────────────────────────────────────

    async def ask(self, account: str, asked: Asked) -> QueuedCall:
        """Write a call down.

        Args:
            account: Key id of the wallet that signs and pays.
            asked: What it does.
        """
        made = QueuedCall(
            key=_key(account, asked, self._chain_id),
            kind=asked.kind,
            chain_id=self._chain_id,
            account=account,
            target=asked.target,
            data=asked.data,
            value=asked.value,
            about=json.dumps(dict(asked.about), ensure_ascii=False, sort_keys=True),
            made_at=self._clock.unix(),
            valid_until=asked.valid_until,
        )
        stored = await asyncio.wrap_future(self._store.put_call(made))
        turn = 1
        while _is_over(stored) and not asked.once:
            turn += 1
            again = replace(made, key=f"{made.key}#{turn}")
            stored = await asyncio.wrap_future(self._store.put_call(again))
        return stored

    async def withdraw_call(self, call_id: int) -> bool:
        """Take back a call that no transaction carries yet; False if it is too late for that."""
        states = RecordState.QUEUED, RecordState.REFUSED
        moving = self._store.set_call_state(call_id, *states, WITHDRAWN)
        return await asyncio.wrap_future(moving)

    async def retry(self, call_id: int) -> bool:
        """Let a refused call wait again; False if it was not refused.

        Refused is only what can never be mined any more, so this cannot make it happen twice.
        """
        until = self._clock.unix() + PURCHASE_SECONDS
        return await asyncio.wrap_future(self._store.retry_call(call_id, until))

    async def _organize(
        self, account: str, event: Event, kind: CallKind, data: bytes, **about: str
    ) -> QueuedCall:
        told = {"event": event.name} | about
        return await self.ask(account, Asked(kind, event.contract, data, told))

    async def _address(self, account: str) -> bytes:
        # A key's first use may wait for its vault.
        return await asyncio.to_thread(self._accounts.address, account)


def _is_over(call: QueuedCall) -> bool:
    return call.state in {RecordState.FINAL, RecordState.REFUSED}


def _key(account: str, asked: Asked, chain_id: int) -> str:
    """Name a call by everything that it does, so that the same is asked for once at a time."""
    parts = [account.encode(), asked.target, str(asked.value).encode(), asked.data]
    if asked.once:  # an order is one order, whatever its form says by now
        parts = [account.encode(), asked.once]
    content = sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts))
    return f"{asked.kind}:{chain_id}:{content.hexdigest()}"


def _numbers(token_ids: Sequence[int]) -> str:
    return ", ".join(str(token_id) for token_id in token_ids)
