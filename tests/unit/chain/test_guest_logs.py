"""What is read of guest events, of the registry of keys, and of collections that may be hostile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from eth_abi.abi import encode

from app.chain import artifacts
from app.chain.decoding import LogDecoder
from app.chain.guest_logs import CONSECUTIVE_TRANSFER, MOST_AT_ONCE
from app.domain.errors import ChainError
from app.domain.keccak import keccak
from offline_cache.records import (
    EntryKeyFact,
    EventCreatedFact,
    Fact,
    FreezeChanged,
    GuestEventFact,
    PoapPendingFact,
    RegistryFact,
    Transferred,
    TransferredMany,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

FACTORY = b"\x33" * 20
POAP = b"\x44" * 20
REGISTRY = b"\x55" * 20
COLLECTION = b"\x66" * 20
SHOW = b"\x77" * 20
GUEST = b"\x88" * 20
ALICE, BOB = b"\xa1" * 20, b"\xb0" * 20
NOBODY = bytes(20)
EVENT_ID = b"\xe1" * 32
ENTRIES: Mapping[str, Any] = {
    **{str(entry.get("name")): entry for entry in artifacts.all_entries()},
    "ConsecutiveTransfer": CONSECUTIVE_TRANSFER,
}


@pytest.fixture
def decoder() -> LogDecoder:
    made = LogDecoder(31_337, FACTORY, artifacts.all_entries(), poap=POAP)
    made.registry = REGISTRY
    made.trust.trust((SHOW, GUEST))
    made.trust.suspect((COLLECTION,))
    return made


def log(name: str, *values: object, by: bytes, index: int = 0) -> dict[str, Any]:
    """Write a log as a node gives it."""
    inputs = ENTRIES[name]["inputs"]
    topics = [keccak(f"{name}({','.join(item['type'] for item in inputs)})".encode())]
    plain_kinds, plain = [], []
    for item, value in zip(inputs, values, strict=True):
        if item["indexed"]:
            topics.append(encode([item["type"]], [value]))
        else:
            plain_kinds.append(item["type"])
            plain.append(value)
    return {
        "address": "0x" + by.hex(),
        "topics": ["0x" + topic.hex() for topic in topics],
        "data": "0x" + encode(plain_kinds, plain).hex(),
        "blockNumber": "0x9",
        "logIndex": hex(index),
    }


def event_created(contract: bytes, index: int = 0) -> dict[str, Any]:
    values = (2, EVENT_ID, ALICE, contract, "Club night", "ipfs://x", 0, 0, 5, 6)
    return log("EventCreated", *values, by=FACTORY, index=index)


def one(decoder: LogDecoder, raw: dict[str, Any]) -> Fact | None:
    found = decoder.decode_all([raw])
    return found[0] if found else None


def test_what_the_factory_says_of_guests_is_read(decoder: LogDecoder) -> None:
    made = log("GuestEventCreated", 2, COLLECTION, GUEST, by=FACTORY)
    assert one(decoder, made) == GuestEventFact(FACTORY, 9, 0, COLLECTION, GUEST)
    of_poaps = log("GuestEventCreated", 2, POAP, GUEST, by=FACTORY)
    assert one(decoder, of_poaps) == GuestEventFact(FACTORY, 9, 0, POAP, GUEST, of_poaps=True)
    told = log("GuestImplementationChanged", ALICE, BOB, by=FACTORY)
    assert one(decoder, told) == RegistryFact(FACTORY, 9, 0, BOB)
    assert decoder.registry == BOB
    assert BOB in decoder.fixed


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("GuestEventCreated", (2, COLLECTION, GUEST)),
        ("GuestImplementationChanged", (ALICE, BOB)),
        ("KeyBound", (EVENT_ID, COLLECTION, 7, ALICE, BOB, 9, 1)),
    ],
)
def test_what_another_contract_says_of_them_is_not(
    decoder: LogDecoder, name: str, values: tuple[object, ...]
) -> None:
    for liar in (SHOW, COLLECTION, POAP):
        assert one(decoder, log(name, *values, by=liar)) is None
    assert decoder.registry == REGISTRY


def test_keys_of_the_registry_are_read(decoder: LogDecoder) -> None:
    raw = log("KeyBound", EVENT_ID, COLLECTION, 2**256 - 1, ALICE, BOB, 2**64 - 1, 3, by=REGISTRY)
    key = (EVENT_ID, COLLECTION, 2**256 - 1, ALICE, BOB, 2**64 - 1, 3)
    assert one(decoder, raw) == EntryKeyFact(REGISTRY, 9, 0, *key)
    assert one(decoder, log("PoapPending", 2, ALICE, by=GUEST)) == PoapPendingFact(
        GUEST, 9, 0, 2, ALICE
    )


@pytest.mark.parametrize("count", [1, 9])
def test_of_a_collection_only_transfers_count(decoder: LogDecoder, count: int) -> None:
    lies = [
        log("CheckedIn", 7, 1, ALICE, EVENT_ID, 5, 0, by=COLLECTION, index=n) for n in range(count)
    ]
    lies.append(log("EventCancelled", 2, by=COLLECTION, index=50))
    lies.append(log("PoapPending", 2, ALICE, by=COLLECTION, index=51))
    moves = [log("Transfer", NOBODY, ALICE, n, by=COLLECTION, index=100 + n) for n in range(count)]
    assert decoder.decode_all([*lies, *moves]) == [
        Transferred(COLLECTION, 9, 100 + n, NOBODY, ALICE, n) for n in range(count)
    ]


@pytest.mark.parametrize("count", [1, 9])
def test_a_malformed_transfer_of_a_collection_is_passed_over(
    decoder: LogDecoder, count: int
) -> None:
    coins = []
    for number in range(count):
        coin = log("Transfer", NOBODY, ALICE, 7, by=COLLECTION, index=number)
        coin["data"] = coin["topics"].pop()
        coins.append(coin)
    good = log("Transfer", ALICE, BOB, 7, by=COLLECTION, index=99)
    assert decoder.decode_all([*coins, good]) == [Transferred(COLLECTION, 9, 99, ALICE, BOB, 7)]
    # Of our own contracts it is the node that is broken.
    ours = coins[0] | {"address": "0x" + SHOW.hex()}
    with pytest.raises(ChainError, match="no whole Transfer"):
        decoder.decode_all([ours])


def test_a_run_of_tokens_is_read_within_bounds(decoder: LogDecoder) -> None:
    def told(first: int, last: int, by: bytes = COLLECTION) -> Fact | None:
        return one(decoder, log("ConsecutiveTransfer", first, last, NOBODY, ALICE, by=by))

    assert told(5, 5) == TransferredMany(COLLECTION, 9, 0, NOBODY, ALICE, 5, 5)
    most = 5 + MOST_AT_ONCE - 1
    assert told(5, most) == TransferredMany(COLLECTION, 9, 0, NOBODY, ALICE, 5, most)
    assert told(5, most + 1) is None
    assert told(5, 4) is None
    assert told(0, 2**256 - 1) is None
    assert told(5, 6, by=SHOW) is None


def test_an_event_of_ours_is_believed_whatever_was_made_over_its_address() -> None:
    # Somebody makes a guest event over the address that another organizer's event will have.
    decoder = LogDecoder(31_337, FACTORY, artifacts.all_entries(), poap=POAP)
    decoder.trust.suspect((SHOW,))
    freeze = log("FreezeAtChanged", 77, by=SHOW, index=1)
    assert decoder.decode_all([freeze]) == []
    facts = decoder.decode_all([freeze, event_created(SHOW, index=2)])
    assert [type(fact) for fact in facts] == [FreezeChanged, EventCreatedFact]
    decoder.trust.suspect((SHOW, POAP, FACTORY))
    assert decoder.trust.foreign == set()


def test_the_collection_of_a_new_guest_event_is_not_believed_in_the_same_page() -> None:
    decoder = LogDecoder(31_337, FACTORY, artifacts.all_entries(), poap=POAP)
    lie = log("CheckedIn", 7, 1, ALICE, EVENT_ID, 5, 0, by=COLLECTION, index=1)
    made = log("GuestEventCreated", 2, COLLECTION, GUEST, by=FACTORY, index=9)
    facts = decoder.decode_all([lie, event_created(GUEST, index=8), made])
    assert [type(fact) for fact in facts] == [EventCreatedFact, GuestEventFact]
