"""Factory, certificates and one event on a node, and doors that sign records."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from coincurve import PrivateKey
from eth_abi.abi import encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

import contracts
from tests.integration.contracts.toolkit import (
    ETHER,
    ZERO,
    Chain,
    Contract,
    Receipt,
    address_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

T0: Final = 2_000_000_000
DOORS: Final = T0 + 50_000
START: Final = T0 + 60_000
END: Final = T0 + 90_000
WINDOW: Final = 10_000
PRICE: Final = 10**16
VIP_PRICE: Final = 3 * 10**16
FEE_BPS: Final = 250

ADMIN = address_of("admin")
ORGANIZER = address_of("organizer")
PLATFORM = address_of("platform")
MARKET = address_of("market")
ALICE = address_of("alice")
BOB = address_of("bob")
CAROL = address_of("carol")
STRANGER = address_of("stranger")
EVERYBODY = (ADMIN, ORGANIZER, PLATFORM, MARKET, ALICE, BOB, CAROL, STRANGER)

NONE, ACTIVE, CLOSED, REVOKED, COMPROMISED = range(5)
VALID, USED, VOID, LISTED = range(1, 5)
SKIP_USED, SKIP_REVOKED, SKIP_COMPROMISED, SKIP_CLOSED, SKIP_UNKNOWN, SKIP_VOID, SKIP_EPOCH = range(
    1, 8
)

CHECK_IN_TYPE: Final = keccak(
    text="CheckIn(uint256 tokenId,uint32 epoch,uint16 door,address attendee,uint64 scannedAt,"
    "uint64 sequence,bytes32 claimId)"
)
CHECK_IN_FIELDS: Final = ["uint256", "uint32", "uint16", "address", "uint64", "uint64", "bytes32"]
CURVE_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@dataclass(frozen=True)
class Params:
    """The organizer's choices, in the order of the contract's struct."""

    name: str = "Opening night"
    symbol: str = "NIGHT"
    metadata_uri: str = "ipfs://opening"
    start: int = START
    end: int = END
    doors_open: int = DOORS
    freeze_at: int = 0
    refund_window: int = WINDOW
    max_tickets: int = 400
    max_per_purchase: int = 200
    transfer_after_check_in: bool = False
    royalty_bps: int = 500
    royalty_receiver: str = ORGANIZER
    hooks: str = ZERO
    tiers: tuple[tuple[str, int, int], ...] = (
        ("Standard", PRICE, 350),
        ("Backstage", VIP_PRICE, 5),
        ("Guest", 0, 350),
    )

    def values(self) -> tuple[Any, ...]:
        return (
            self.name,
            self.symbol,
            self.metadata_uri,
            self.start,
            self.end,
            self.doors_open,
            self.freeze_at,
            self.refund_window,
            self.max_tickets,
            self.max_per_purchase,
            self.transfer_after_check_in,
            self.royalty_bps,
            self.royalty_receiver,
            self.hooks,
            self.tiers,
        )


def key_of(name: str) -> PrivateKey:
    return PrivateKey(keccak(text=f"key {name}"))


def address_of_key(key: PrivateKey) -> str:
    return to_checksum_address(keccak(key.public_key.format(compressed=False)[1:])[12:])


@dataclass(frozen=True)
class Record:
    """One check-in record, in the order of the contract's struct."""

    token_id: int
    epoch: int = 1
    door: int = 1
    attendee: str = ALICE
    scanned_at: int = T0 + 1
    sequence: int = 1
    claim_id: bytes = b""

    def values(self) -> tuple[Any, ...]:
        return (
            self.token_id,
            self.epoch,
            self.door,
            self.attendee,
            self.scanned_at,
            self.sequence,
            self.claim,
        )

    @property
    def claim(self) -> bytes:
        return self.claim_id or claim(f"{self.token_id}/{self.door}/{self.sequence}")

    @property
    def tag(self) -> bytes:
        return self.claim[:12]


def claim(text: str) -> bytes:
    """A claim id: 16 bytes of nonce, 16 of a row's hash."""
    return keccak(text=text)


def digest(record: Record, verifying: str, chain_id: int) -> bytes:
    """The EIP-712 digest, made without the app's code."""
    domain = keccak(
        encode(
            ["bytes32", "bytes32", "bytes32", "uint256", "address"],
            [
                keccak(
                    text="EIP712Domain(string name,string version,uint256 chainId,"
                    "address verifyingContract)"
                ),
                keccak(text="Echain"),
                keccak(text="1"),
                chain_id,
                verifying,
            ],
        )
    )
    body = keccak(CHECK_IN_TYPE + encode(CHECK_IN_FIELDS, record.values()))
    return keccak(b"\x19\x01" + domain + body)


def compact(signed: bytes) -> tuple[bytes, bytes]:
    """EIP-2098 of a recoverable signature."""
    r, s, parity = signed[:32], int.from_bytes(signed[32:64], "big"), signed[64]
    return r, (s | parity << 255).to_bytes(32, "big")


class World:
    """Everything that a contract test touches."""

    def __init__(self, chain: Chain, probes: Path) -> None:
        """Deploy factory, certificates, implementation and one event."""
        self.chain = chain
        self._probes = probes
        for account in EVERYBODY:
            chain.fund(account)
        for name in contracts.NAMES:
            chain.abi.add(contracts.artifact(name).abi)
        self.factory = self.deploy("EventFactory", ADMIN)
        self.poap = self.deploy("POAP", self.factory.address)
        self.implementation = self.deploy("EventTicket", self.factory.address, self.poap.address)
        self.registry = self.deploy("EntryKeyRegistry")
        self.guest_implementation = self.deploy(
            "GuestEvent", self.factory.address, self.poap.address, self.registry.address
        )
        role = self.factory.read("ORGANIZER_ROLE")
        self.factory.send(ADMIN, "setTicketImplementation", self.implementation.address)
        self.factory.send(ADMIN, "setGuestImplementation", self.guest_implementation.address)
        self.factory.send(ADMIN, "setPlatformFee", FEE_BPS, PLATFORM)
        self.factory.send(ADMIN, "setMarket", MARKET)
        self.factory.send(ADMIN, "grantRole", role, ORGANIZER)
        self.ticket = self.create(Params())
        for door in (1, 2, 3):
            self.grant(door)

    def deploy(self, name: str, *args: str, sender: str = ADMIN) -> Contract:
        """Deploy one of ours, whose constructors take addresses only."""
        built = contracts.artifact(name)
        data = built.bytecode + encode(["address"] * len(args), args)
        receipt = self.chain.send(sender, None, data)
        return Contract(self.chain, receipt.contract, built.abi)

    def probe(self, name: str) -> Contract:
        """Deploy one of the tests' own contracts."""
        raw = json.loads((self._probes / f"{name}.json").read_text("utf-8"))
        receipt = self.chain.send(ADMIN, None, bytes.fromhex(raw["bytecode"][2:]))
        self.chain.fund(receipt.contract)
        return Contract(self.chain, receipt.contract, raw["abi"])

    def probe_code(self, name: str) -> str:
        raw = json.loads((self._probes / f"{name}.json").read_text("utf-8"))
        return str(raw["deployedBytecode"])

    def at(self, address: str, name: str = "EventTicket") -> Contract:
        return Contract(self.chain, address, contracts.artifact(name).abi)

    def create(self, params: Params) -> Contract:
        receipt = self.factory.send(ORGANIZER, "createEvent", params.values())
        return self.at(receipt.named("EventCreated")[0]["eventContract"])

    def create_guest(self, collection: Contract, name: str = "Club night") -> Contract:
        """Make an event for a collection, with doors 1 to 3 granted."""
        call = ("createGuestEvent", collection.address, name, "ipfs://club", START, END)
        receipt = self.factory.send(ORGANIZER, *call)
        guest = self.at(receipt.named("EventCreated")[0]["eventContract"], "GuestEvent")
        for door in (1, 2, 3):
            self.grant(door, guest)
        return guest

    def grant(self, door: int, ticket: Contract | None = None) -> None:
        key = address_of_key(key_of(f"door {door}"))
        (ticket or self.ticket).send(ORGANIZER, "grantDoor", door, key)

    def give(self, *recipients: str, tier: int = 0, ticket: Contract | None = None) -> list[int]:
        """Issue free tickets; their ids."""
        receipt = (ticket or self.ticket).send(
            ORGANIZER, "batchMint", recipients, [tier] * len(recipients)
        )
        return [args["tokenId"] for args in receipt.named("Transfer")]

    def buy(self, buyer: str, quantity: int = 1, tier: int = 0) -> list[int]:
        """Buy tickets; their ids."""
        price = self.ticket.read("tiers")[tier][1]
        receipt = self.ticket.send(
            buyer, "purchaseTickets", buyer, tier, quantity, [], value=price * quantity
        )
        return [args["tokenId"] for args in receipt.named("Transfer")]

    def sign(
        self, record: Record, *, key: PrivateKey | None = None, ticket: Contract | None = None
    ) -> tuple[bytes, bytes]:
        """A record's signature by its door's key, or by another."""
        verifying = (ticket or self.ticket).address
        signer = key or key_of(f"door {record.door}")
        hashed = digest(record, verifying, self.chain.id)
        return compact(signer.sign_recoverable(hashed, hasher=None))

    def check_in(
        self, *records: Record, ticket: Contract | None = None, gas: int = 16_000_000
    ) -> Receipt:
        """Submit records, each signed by its door, as a stranger."""
        return self.submit(
            [(record, self.sign(record, ticket=ticket)) for record in records],
            ticket=ticket,
            gas=gas,
        )

    def submit(
        self,
        signed: Sequence[tuple[Record, tuple[bytes, bytes]]],
        *,
        ticket: Contract | None = None,
        gas: int = 16_000_000,
    ) -> Receipt:
        return (ticket or self.ticket).send(
            STRANGER,
            "checkInBatch",
            [record.values() for record, _ in signed],
            [signature for _, signature in signed],
            gas=gas,
        )

    def state(self, token_id: int, ticket: Contract | None = None) -> tuple[Any, ...]:
        """Tag, door, time, used, epoch, status."""
        return tuple((ticket or self.ticket).read("checkInOf", token_id))

    def poap_id(self, attendee: str, number: int = 1) -> int:
        return number << 160 | int(attendee, 16)

    def give_ether(self) -> int:
        """What everybody starts with, in wei."""
        return 1000 * ETHER


def again(record: Record, *, door: int) -> Record:
    """The same scan, issued again by another door: same nonce, another row."""
    return replace(record, door=door, claim_id=record.claim[:16] + claim("another row")[:16])
