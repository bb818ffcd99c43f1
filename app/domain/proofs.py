"""Whose signatures a pass carries, against one event: they fit or not, the key is bound or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.domain import passes
from app.domain.passes import Binding
from app.domain.typed_data import ProofForm
from offline_cache.records import ZERO_ADDRESS

if TYPE_CHECKING:
    from app.domain.passes import GatePass
    from app.domain.situation import DoorContext, Match, Moment
    from offline_cache.records import Event, Ticket


@dataclass(frozen=True, slots=True)
class Signatures:
    """What a pass's signatures come to.

    Attributes:
        fits: Signed by the very key that the pass names by tag or address; a print's certificate,
            by the mirrored owner or the kid's key.
        bound: That key may present this ticket now; never without ``fits``.
        challenge: The open challenge that the proof answers.
    """

    fits: bool
    bound: bool
    challenge: bytes | None = None


NOTHING_FITS: Final = Signatures(fits=False, bound=False)


def user_in_force(ticket: Ticket, now: int) -> bytes | None:
    """Return the on-chain gate key at ``now``, or None: a zero or expired one is no binding."""
    if ticket.user == ZERO_ADDRESS or now > ticket.user_expires:
        return None
    return ticket.user


def examine(code: GatePass, match: Match, door: DoorContext, now: Moment) -> Signatures:
    """Recover a pass's signers and compare them with what is known; never raises.

    A ticket that the mirror does not have binds nobody, and neither does one that nobody owns.
    """
    ticket = match.ticket
    if ticket is not None and ticket.owner == ZERO_ADDRESS:
        return NOTHING_FITS
    key, challenge = _proof_key(code, match.event, door)
    if key is None and (code.binding is Binding.CHAIN or code.proof is not ProofForm.STATIC):
        return NOTHING_FITS
    if code.binding is Binding.CHAIN:
        bound = ticket is not None and key == user_in_force(ticket, now.unix)
    else:
        bound = _certified(code, match, now.unix)
    return Signatures(fits=bound or key is not None, bound=bound, challenge=challenge)


def _proof_key(
    code: GatePass, event: Event, door: DoorContext
) -> tuple[bytes | None, bytes | None]:
    """Recover the key that signed the proof, trying every open challenge where one is meant."""
    collection = event.collection
    if code.proof is not ProofForm.CHALLENGE:
        return passes.recover_proof(code, event.chain_id, event, collection=collection), None
    for challenge in door.challenges:
        key = passes.recover_proof(code, event.chain_id, event, challenge, collection)
        if key is not None:
            return key, challenge
    return None, None


def _certified(code: GatePass, match: Match, now: int) -> bool:
    certifier = _certifier(code, match, now)
    if certifier is None:
        return False
    event = match.event
    signer = passes.recover_delegation(code, event.chain_id, event, event.collection)
    return signer == certifier


def _certifier(code: GatePass, match: Match, now: int) -> bytes | None:
    """Name the one key that may certify, or None: an unknown kid, or one outside its validity."""
    if match.ticket is None:
        return None
    if code.binding is Binding.OWNER:
        return match.ticket.owner
    for issuer in match.issuers:
        if issuer.kid == code.kid and issuer.not_before <= now <= issuer.not_after:
            return None if issuer.key == ZERO_ADDRESS else issuer.key
    return None
