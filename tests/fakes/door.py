"""One ticket, one door, one moment: everything a decision is made from, and the codes shown."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from app.domain.admission import (
    UNUSED,
    Decision,
    Direction,
    DoorContext,
    Match,
    Moment,
    Uses,
    decide,
)
from app.domain.challenges import challenge_bytes
from app.domain.eip712 import address_of_secret, digest, sign_digest
from app.domain.keccak import keccak
from app.domain.pass_builders import (
    certify,
    challenged,
    print_certificate,
    print_pass,
    rotating,
)
from app.domain.passes import Binding, GatePass, slot_of
from app.domain.policy import Issuer, Policy
from app.domain.typed_data import ProofForm, TicketKey, event_id
from app.domain.verdicts import MirrorView
from offline_cache.records import Event, Ticket

if TYPE_CHECKING:
    from app.domain.eip712 import TypedData
    from app.domain.pass_builders import Sign
    from app.domain.references import Presented

NOW: Final = 1_789_000_000
CHAIN_ID: Final = 84532
FACTORY: Final = b"\xfa" * 20
CONTRACT: Final = b"\xe1" * 20
DOOR: Final = 7
KID: Final = 5
TOKEN: Final = 42
EPOCH: Final = 3
HOUR: Final = 3600
HEADERS: Final = tuple(
    (binding, proof) for binding in Binding for proof in ProofForm
)  # all nine forms
CHALLENGE: Final = challenge_bytes(bytes(range(16)), DOOR)
SECRETS: Final = {
    name: keccak(f"door tests: {name}".encode())
    for name in ("owner", "gate", "other", "issuer", "bundle", "record")
}
KEYS: Final = {name: address_of_secret(secret) for name, secret in SECRETS.items()}


def signer(name: str) -> Sign:
    def sign(typed_data: TypedData) -> bytes:
        return sign_digest(SECRETS[name], digest(typed_data))

    return sign


def make_event(number: int = 1) -> Event:
    contract = CONTRACT if number == 1 else bytes((number,)) * 20
    return Event(
        event_id=event_id(CHAIN_ID, FACTORY, number),
        chain_id=CHAIN_ID,
        factory=FACTORY,
        number=number,
        contract=contract,
        organizer=KEYS["owner"],
        name=f"Event {number}",
        metadata_uri="",
        ticket_price=0,
        max_tickets=100,
        start_time=NOW - HOUR,
        end_time=NOW + HOUR,
        created_block=1,
    )


EVENT: Final = make_event()


def make_ticket() -> Ticket:
    return Ticket(
        contract=CONTRACT,
        token_id=TOKEN,
        owner=KEYS["owner"],
        epoch=EPOCH,
        owner_epoch=EPOCH - 1,
        user=KEYS["gate"],
        user_expires=NOW + 10 * HOUR,
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """How a code is made; the defaults make a good one."""

    binding: Binding = Binding.CHAIN
    proof: ProofForm = ProofForm.ROTATING
    event: Event = EVENT
    token_id: int = TOKEN
    epoch: int = EPOCH
    at: int = NOW
    slot_offset: int = 0
    window: tuple[int, int] = (NOW - HOUR, NOW + HOUR)
    gate: str = "gate"
    certifier: str = ""  # the right one
    kid: int = KID
    challenge: bytes = CHALLENGE
    forged: bool = False

    def code(self) -> GatePass:
        ticket = TicketKey(self.event, self.token_id, self.epoch, self.event.collection)
        made = self._made(ticket)
        if not self.forged:
            return made
        if made.proof_signature is not None:
            return replace(made, proof_signature=_bent(made.proof_signature))
        assert made.certificate is not None
        return replace(made, certificate=_bent(made.certificate))

    def _made(self, ticket: TicketKey) -> GatePass:
        key, sign = KEYS[self.gate], signer(self.gate)
        printed = self.proof is ProofForm.STATIC
        certificate = None
        if self.binding is not Binding.CHAIN:
            by_issuer = self.binding is Binding.ISSUER
            certificate = certify(
                ticket,
                bytes(20) if printed else key,
                self.window,
                signer(self.certifier or ("issuer" if by_issuer else "owner")),
                self.kid if by_issuer else None,
            )
        if self.proof is ProofForm.ROTATING:
            slot = slot_of(self.at) + self.slot_offset
            return rotating(ticket, key, slot, sign, certificate)
        if self.proof is ProofForm.CHALLENGE:
            return challenged(ticket, key, self.challenge, sign, certificate)
        if certificate is None:
            return print_pass(ticket, key, sign)
        return print_certificate(ticket, certificate)


def _bent(signature: bytes) -> bytes:
    return signature[:40] + bytes((signature[40] ^ 1,)) + signature[41:]


@dataclass(frozen=True, slots=True)
class Scene:
    """What the door knows; ``ticket`` None: the mirror does not have it."""

    event: Event = EVENT
    ticket: Ticket | None = field(default_factory=make_ticket)
    uses: Uses = UNUSED
    policy: Policy = field(default_factory=Policy)
    issuers: tuple[Issuer, ...] = (Issuer(KID, KEYS["issuer"], NOW - HOUR, NOW + HOUR),)
    at: int = NOW
    mirror_age: int | None = 5
    clock_trusted: bool = True
    direction: Direction = Direction.ENTRY
    challenges: tuple[bytes, ...] = (CHALLENGE,)
    known: bool = True
    settled_block: int | None = None
    alone_since: int | None = None

    def match(self) -> Match:
        return Match(self.event, self.ticket, self.issuers, self.uses)

    def door(self) -> DoorContext:
        challenges, alone = self.challenges, self.alone_since
        return DoorContext(
            EVENT.event_id, CHAIN_ID, DOOR, self.direction, challenges, alone_since=alone
        )

    def moment(self) -> Moment:
        view = MirrorView(100, self.mirror_age)
        return Moment(self.at, view, self.clock_trusted, self.settled_block)

    def judge(self, presented: Presented, *others: Match) -> Decision:
        matches = (*others, self.match()) if self.known else others
        return decide(presented, matches, self.policy, self.door(), self.moment())

    def without_user(self) -> Scene:
        """Take the key bound on chain away, as bindings by owner and issuer need it."""
        assert self.ticket is not None
        return replace(self, ticket=replace(self.ticket, user=bytes(20), user_expires=0))


def scene_for(binding: Binding) -> Scene:
    return Scene() if binding is Binding.CHAIN else Scene().without_user()
