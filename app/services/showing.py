"""Which code this device may show for a ticket, and the codes themselves, slot by slot."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from app.domain import qr_code
from app.domain.proofs import user_in_force
from app.services.holdings import Account
from offline_cache.records import EventStatus, TicketStatus

if TYPE_CHECKING:
    from app.domain.pass_builders import Certificate
    from app.domain.qr_code import QrCode
    from app.services.holdings import Holding
    from app.services.ports import Clock, Signer
    from app.services.wallet import WalletService
    from offline_cache.records import Event

HOUR = 3_600
WINDOW_BEFORE = 24 * HOUR
WINDOW_AFTER = 24 * HOUR


class Way(StrEnum):
    """Why the code of this device opens a door."""

    BOUND_ON_CHAIN = "bound_on_chain"
    SIGNED_BY_OWNER = "signed_by_owner"


class Hindrance(StrEnum):
    """Why this device shows no code for a ticket."""

    VOID = "void"
    CANCELLED = "cancelled"
    ON_SALE = "on_sale"
    NOT_BOUND = "not_bound"
    BOUND_ELSEWHERE = "bound_elsewhere"


@dataclass(frozen=True, slots=True)
class Permit:
    """What the codes of one ticket are made with: nothing but the certificate leaves the device."""

    holding: Holding
    way: Way
    certificate: Certificate | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no code; ``gate_key`` is the address to bind where binding would help."""

    hindrance: Hindrance
    gate_key: bytes | None = None


@dataclass(frozen=True, slots=True)
class SlotCode:
    """The code of one 15-second slot."""

    slot: int
    code: QrCode


class PassMaker:
    """Chooses the binding and makes the codes; may block on the vault, so keep it off the screen.

    Args:
        wallet: Makes passes behind the signer.
        signer: Says which keys this device has.
        clock: Wall time, for bindings that expire.
        own_keys: Names of the wallet keys that may be on this device.
    """

    def __init__(
        self, wallet: WalletService, signer: Signer, clock: Clock, own_keys: tuple[str, ...] = ()
    ) -> None:
        """Keep the ports."""
        self._wallet = wallet
        self._signer = signer
        self._clock = clock
        self._own_keys = own_keys

    def accounts(self) -> tuple[Account, ...]:
        """Return the wallets of this device, in the order they were named."""
        return tuple(
            Account(self._signer.address(key_id), key_id)
            for key_id in self._own_keys
            if self._signer.has(key_id)
        )

    def permit(self, holding: Holding) -> Permit | Refusal:
        """Choose how to show a ticket.

        A gate key of ours that is bound on chain comes first: while any is bound, doors take no
        other binding. With none bound, the owner's key signs for a window around the event.
        """
        event, ticket = holding.event, holding.ticket
        hindrance = self._hindrance(holding)
        if hindrance is not None:
            return Refusal(hindrance)
        bound = user_in_force(ticket, self._clock.unix())
        if bound is not None:
            if bound == self._wallet.known_gate_key(event, ticket.token_id):
                return Permit(holding, Way.BOUND_ON_CHAIN)
            return self._to_bind(Hindrance.BOUND_ELSEWHERE, holding)
        if ticket.owner_epoch > ticket.epoch:
            # A guest ticket that was sold: no pass counts before a key is bound.
            return self._to_bind(Hindrance.NOT_BOUND, holding)
        owner_key = self._key_of(ticket.owner)
        if owner_key is None:
            return self._to_bind(Hindrance.NOT_BOUND, holding)
        certificate = self._wallet.delegate(event, ticket, owner_key, window_of(event))
        return Permit(holding, Way.SIGNED_BY_OWNER, certificate)

    def code(self, permit: Permit, slot: int) -> SlotCode:
        """Make the code of a slot."""
        holding = permit.holding
        text = self._wallet.rotating(holding.event, holding.ticket, permit.certificate, slot=slot)
        return SlotCode(slot, qr_code.draw(text))

    def _hindrance(self, holding: Holding) -> Hindrance | None:
        event, ticket = holding.event, holding.ticket
        if event.status is EventStatus.CANCELLED:
            return Hindrance.CANCELLED
        if ticket.status in {TicketStatus.VOID, TicketStatus.NONE}:
            return Hindrance.VOID
        frozen = 0 < event.freeze_at <= self._clock.unix()
        if ticket.status is TicketStatus.LISTED and not frozen:
            return Hindrance.ON_SALE
        return None

    def _to_bind(self, hindrance: Hindrance, holding: Holding) -> Refusal:
        return Refusal(hindrance, self._wallet.gate_key(holding.event, holding.ticket.token_id))

    def _key_of(self, owner: bytes) -> str | None:
        return next((own.key_id for own in self.accounts() if own.address == owner), None)


def window_of(event: Event) -> tuple[int, int]:
    """Return when an owner's permission holds: a day before the event to a day after it."""
    return max(0, event.start_time - WINDOW_BEFORE), event.end_time + WINDOW_AFTER
