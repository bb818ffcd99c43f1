"""The attendee's side: a gate key for each ticket, and the codes that it signs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.domain import pass_builders
from app.domain.passes import encode, slot_of
from app.domain.typed_data import TicketKey
from offline_cache.records import ZERO_ADDRESS

if TYPE_CHECKING:
    from app.domain.pass_builders import Certificate, Sign
    from app.services.ports import Clock, Signer
    from offline_cache.records import Event, Ticket


class WalletService:
    """Makes the passes of an attendee's tickets; private keys stay behind the signer.

    Args:
        signer: Holds the gate keys and the owner's key.
        clock: Wall time.
    """

    def __init__(self, signer: Signer, clock: Clock) -> None:
        """Keep the ports."""
        self._signer = signer
        self._clock = clock

    def gate_key(self, event: Event, token_id: int) -> bytes:
        """Return the address of a ticket's gate key, made on first use: what ``setUser`` binds."""
        key_id = gate_key_id(event, token_id)
        if self._signer.has(key_id):
            return self._signer.address(key_id)
        return self._signer.create(key_id)

    def known_gate_key(self, event: Event, token_id: int) -> bytes | None:
        """Return the address of a ticket's gate key if this device has made one."""
        key_id = gate_key_id(event, token_id)
        return self._signer.address(key_id) if self._signer.has(key_id) else None

    def rotating(
        self,
        event: Event,
        ticket: Ticket,
        certificate: Certificate | None = None,
        *,
        slot: int | None = None,
    ) -> str:
        """Return the text of the code to show.

        Args:
            event: The ticket's event.
            ticket: The ticket as the mirror has it.
            certificate: The owner's delegation; None where the gate key is bound on chain.
            slot: Which slot's code, to make the next one ahead; None: the one that runs now.
        """
        gate_key = self.gate_key(event, ticket.token_id)
        if slot is None:
            slot = slot_of(self._clock.unix())
        key = _ticket_key(event, ticket)
        sign = self._sign_with_gate_key(event, ticket.token_id)
        return encode(pass_builders.rotating(key, gate_key, slot, sign, certificate))

    def delegate(
        self, event: Event, ticket: Ticket, owner_key: str, window: tuple[int, int]
    ) -> Certificate:
        """Let the owner's key allow the ticket's gate key for a window of unix seconds."""
        gate_key = self.gate_key(event, ticket.token_id)
        key = _ticket_key(event, ticket)
        return pass_builders.certify(key, gate_key, window, partial(self._signer.sign, owner_key))

    def printed(self, event: Event, ticket: Ticket) -> str:
        """Return the text of a pass for paper, by the gate key that is bound on chain."""
        gate_key = self.gate_key(event, ticket.token_id)
        key = _ticket_key(event, ticket)
        sign = self._sign_with_gate_key(event, ticket.token_id)
        return encode(pass_builders.print_pass(key, gate_key, sign))

    def printed_by_owner(
        self, event: Event, ticket: Ticket, owner_key: str, window: tuple[int, int]
    ) -> str:
        """Return the text of a pass for paper, signed once by the owner's own key."""
        key = _ticket_key(event, ticket)
        sign = partial(self._signer.sign, owner_key)
        certificate = pass_builders.certify(key, ZERO_ADDRESS, window, sign)
        return encode(pass_builders.print_certificate(key, certificate))

    def _sign_with_gate_key(self, event: Event, token_id: int) -> Sign:
        return partial(self._signer.sign, gate_key_id(event, token_id))


def _ticket_key(event: Event, ticket: Ticket) -> TicketKey:
    return TicketKey(event, ticket.token_id, ticket.epoch, event.collection)


def gate_key_id(event: Event, token_id: int) -> str:
    """Name the gate key of one ticket at one event."""
    return f"gate/{event.event_id.hex()}/{token_id}"
