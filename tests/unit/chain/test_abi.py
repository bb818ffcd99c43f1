from __future__ import annotations

import pytest
from web3 import Web3

from app.chain import artifacts
from app.chain import contract_calls as calls
from app.chain.abi import ContractAbi, encode
from app.chain.contract_calls import EventParams, TierParams
from app.domain.addresses import checksum
from offline_cache.records import CheckInRecord

ANN, BEN = b"\xaa" * 20, b"\xbb" * 20
PARAMS = EventParams(
    "Name", "SYM", "ipfs://x", 10, 20, 100, (TierParams("A", 5, 60), TierParams("B", 6, 40))
)
RECORD = CheckInRecord(
    claim_id=b"\x07" * 32,
    event_id=b"\x01" * 32,
    contract=BEN,
    token_id=5,
    epoch=2,
    door=3,
    attendee=ANN,
    scanned_at=1_700_000_000,
    sequence=9,
    signature=b"\x08" * 32 + b"\x09" * 32,
    sendable_at=0,
)


def by_web3(name: artifacts.ContractName, function: str, *args: object) -> bytes:
    contract = Web3().eth.contract(abi=artifacts.load(name).artifact.abi)
    return bytes.fromhex(contract.encode_abi(function, list(args))[2:])


def test_calldata_equals_that_of_web3() -> None:
    zero = checksum(bytes(20))
    tiers = [("A", 5, 60), ("B", 6, 40)]
    params = ("Name", "SYM", "ipfs://x", 10, 20, 0, 0, 0, 100, 10, False, 0, zero, zero, tiers)
    rows = [(5, 2, 3, checksum(ANN), 1_700_000_000, 9, b"\x07" * 32)]
    pairs = [
        (calls.create_event(PARAMS), by_web3("EventFactory", "createEvent", params)),
        (
            calls.check_in_batch([RECORD]),
            by_web3("EventTicket", "checkInBatch", rows, [(b"\x08" * 32, b"\x09" * 32)]),
        ),
        (
            calls.purchase_tickets(ANN, 1, 2, [BEN, ANN]),
            by_web3(
                "EventTicket",
                "purchaseTickets",
                checksum(ANN),
                1,
                2,
                [checksum(BEN), checksum(ANN)],
            ),
        ),
        (
            calls.batch_mint([ANN], [1]),
            by_web3("EventTicket", "batchMint", [checksum(ANN)], [1]),
        ),
        (calls.set_user(4, BEN, 77), by_web3("EventTicket", "setUser", 4, checksum(BEN), 77)),
        (
            calls.transfer_from(ANN, BEN, 4),
            by_web3("EventTicket", "transferFrom", checksum(ANN), checksum(BEN), 4),
        ),
        (calls.grant_door(3, BEN), by_web3("EventTicket", "grantDoor", 3, checksum(BEN))),
        (
            calls.set_bundle(2, b"\x01" * 32, ANN),
            by_web3("EventTicket", "setBundle", 2, b"\x01" * 32, checksum(ANN)),
        ),
        (calls.claim_poap(12), by_web3("POAP", "claimPoap", 12)),
    ]
    for ours, theirs in pairs:
        assert ours == theirs


@pytest.mark.parametrize("signature", [b"", bytes(63), bytes(65)])
def test_a_record_with_a_cut_signature_is_never_sent(signature: bytes) -> None:
    import dataclasses

    with pytest.raises(ValueError, match="64 bytes"):
        calls.check_in_batch([dataclasses.replace(RECORD, signature=signature)])


def test_an_argument_that_does_not_fit_is_refused() -> None:
    for args in ((2**16, BEN), (1, b"short"), ("1", BEN), (1,)):
        with pytest.raises(ValueError, match=r"fit|needed"):
            calls.encode_call("EventTicket", "grantDoor", *args)


def test_a_function_that_is_not_there_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        calls.encode_call("EventTicket", "noSuchFunction")


ABI = ContractAbi(
    [
        {
            "type": "error",
            "name": "SoldOut",
            "inputs": [{"name": "left", "type": "uint256"}, {"name": "who", "type": "address"}],
        }
    ]
)


@pytest.mark.parametrize(
    ("selector", "types", "values", "words"),
    [
        (
            "SoldOut(uint256,address)",
            ["uint256", "address"],
            [3, ANN],
            f"SoldOut(3, 0x{'aa' * 20})",
        ),
        ("Error(string)", ["string"], ["no"], "Error(no)"),
        ("Panic(uint256)", ["uint256"], [17], "Panic(17)"),
    ],
)
def test_a_revert_is_told_in_the_contracts_own_words(
    selector: str, types: list[str], values: list[object], words: str
) -> None:
    data = Web3.keccak(text=selector)[:4] + encode(types, values)
    assert ABI.explain(data) == words


def test_revert_data_that_says_nothing_known_is_shown_as_it_is() -> None:
    assert ABI.explain(b"") == ""
    assert ABI.explain(b"\x12\x34\x56\x78rest") == "0x12345678"
    assert ABI.explain(bytes(Web3.keccak(text="SoldOut(uint256,address)")[:4])) == "SoldOut"
