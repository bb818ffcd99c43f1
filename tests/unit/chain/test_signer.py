from __future__ import annotations

import dataclasses
import logging
import pickle
import traceback

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from hexbytes import HexBytes
from hypothesis import given
from hypothesis import strategies as st

from app.chain.signer import VaultSigner
from app.chain.vault import MemoryVault
from app.domain.addresses import checksum, parse_address
from app.domain.check_in import check_in, recover_recorder
from app.domain.eip712 import HALF_ORDER, Domain, StructType, TypedData, digest, recover
from app.domain.errors import KeyTrouble
from app.domain.keccak import keccak
from app.domain.transacting import Call, Fees
from offline_cache.records import CheckInRecord

SECRET = bytes(range(1, 33))
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
SECRETS = st.integers(1, ORDER - 1).map(lambda number: number.to_bytes(32, "big"))
NUMBERS = st.integers(0, 2**256 - 1)
ADDRESSES = st.binary(min_size=20, max_size=20)


class CountingVault(MemoryVault):
    """Counts how often a key is read."""

    loads = 0

    def load(self, key_id: str) -> bytes:
        self.loads += 1
        return super().load(key_id)


def signer_with(secret: bytes = SECRET) -> VaultSigner:
    signer = VaultSigner(MemoryVault())
    signer.import_key("key", secret)
    return signer


def record() -> CheckInRecord:
    return CheckInRecord(
        claim_id=b"\x07" * 32,
        event_id=b"\x01" * 32,
        contract=b"\x02" * 20,
        token_id=5,
        epoch=2,
        door=3,
        attendee=b"\x04" * 20,
        scanned_at=1_700_000_000,
        sequence=9,
        signature=b"",
        sendable_at=0,
    )


@given(SECRETS, NUMBERS, ADDRESSES, st.binary(min_size=32, max_size=32), st.text(max_size=40))
def test_typed_data_is_signed_as_eth_account_signs_it(
    secret: bytes, number: int, address: bytes, word: bytes, text: str
) -> None:
    struct = StructType("Sample(uint256 a,address b,bytes32 c,string d)")
    domain = Domain("Echain Gate", "1", 8_453, address)
    typed = TypedData(domain, struct, (number, address, word, text))
    signature = signer_with(secret).sign("key", typed)
    theirs = Account.sign_message(encode_typed_data(full_message=typed.message()), secret)
    s = int.from_bytes(signature[32:], "big")
    assert len(signature) == 64
    assert int.from_bytes(signature[:32], "big") == theirs.r
    assert s & (2**255 - 1) == theirs.s <= HALF_ORDER
    assert s >> 255 == theirs.v - 27
    assert recover(digest(typed), signature) == parse_address(Account.from_key(secret).address)


@given(
    SECRETS,
    st.integers(0, 2**63),
    st.one_of(st.just(b""), ADDRESSES),
    st.binary(max_size=300),
    st.integers(0, 2**90),
    st.integers(1, 2**60),
)
def test_a_transaction_is_the_senders_and_says_what_was_asked(
    secret: bytes, nonce: int, to: bytes, data: bytes, value: int, tip: int
) -> None:
    signer = signer_with(secret)
    call, fees = Call(to, data, value, gas=100_000), Fees(2 * tip, tip)
    raw, tx_hash = signer.sign_transaction("key", 84_532, nonce, call, fees)
    assert tx_hash == keccak(raw)
    assert raw[0] == 2
    assert parse_address(Account.recover_transaction(raw)) == signer.address("key")
    fields = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
    assert (fields["chainId"], fields["nonce"], fields["value"]) == (84_532, nonce, value)
    assert (bytes(fields["to"]), bytes(fields["data"])) == (to, data)
    assert (fields["gas"], fields["maxFeePerGas"]) == (100_000, 2 * tip)
    assert fields["maxPriorityFeePerGas"] == tip


def test_a_signed_check_in_recovers_to_the_record_key() -> None:
    signer = signer_with()
    draft = record()
    signed = dataclasses.replace(draft, signature=signer.sign("key", check_in(8_453, draft)))
    assert recover_recorder(8_453, signed) == signer.address("key")
    assert recover_recorder(84_532, signed) != signer.address("key")


def test_created_keys_differ_and_stay_in_the_vault() -> None:
    vault = MemoryVault()
    signer = VaultSigner(vault)
    first, second = signer.create("gate/1"), signer.create("gate/2")
    assert first != second
    assert VaultSigner(vault).address("gate/1") == first
    assert signer.has("gate/1")
    with pytest.raises(KeyTrouble) as caught:
        signer.create("gate/1")
    assert caught.value.code == "keys.exists"


def test_the_same_key_may_be_taken_in_twice_but_no_other_under_its_id() -> None:
    signer = signer_with()
    assert signer.import_key("key", SECRET) == signer.address("key")
    with pytest.raises(KeyTrouble) as caught:
        signer.import_key("key", bytes(range(2, 34)))
    assert caught.value.code == "keys.exists"


@pytest.mark.parametrize(
    "secret", [bytes(32), ORDER.to_bytes(32, "big"), b"\xff" * 32, b"", SECRET[:31]]
)
def test_a_number_that_is_no_key_is_refused_without_showing_it(secret: bytes) -> None:
    signer = VaultSigner(MemoryVault())
    with pytest.raises(KeyTrouble) as caught:
        signer.import_key("key", secret)
    assert caught.value.code == "keys.bad_secret"
    assert not signer.has("key")
    if secret:
        assert secret.hex() not in "".join(traceback.format_exception(caught.value))


def test_a_key_is_read_from_the_vault_once_and_forgotten_when_erased() -> None:
    vault = CountingVault()
    VaultSigner(vault).import_key("key", SECRET)
    vault.loads = 0
    signer = VaultSigner(vault)
    for _ in range(3):
        signer.sign("key", check_in(1, record()))
    assert vault.loads == 1
    signer.erase("key")
    with pytest.raises(KeyTrouble) as caught:
        signer.sign("key", check_in(1, record()))
    assert caught.value.code == "keys.missing"


def test_a_signer_shows_logs_and_hands_out_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        signer = signer_with()
        signer.sign("key", check_in(1, record()))
        signer.sign_transaction("key", 1, 0, Call(b"", b"", gas=21_000), Fees(2, 1))
        with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever rises must be clean
            signer.sign_transaction("key", 1, -1, Call(b"", b"", gas=21_000), Fees(2, 1))
    shown = [repr(signer), str(signer), caplog.text]
    shown += traceback.format_exception(caught.value)
    number = str(int.from_bytes(SECRET, "big"))
    for text in shown:
        assert SECRET.hex() not in text
        assert repr(SECRET) not in text
        assert number not in text
    with pytest.raises(TypeError, match="never"):
        pickle.dumps(signer)


def test_warming_up_reads_the_keys_ahead() -> None:
    vault = CountingVault()
    VaultSigner(vault).import_key("key", SECRET)
    vault.loads = 0
    signer = VaultSigner(vault)
    signer.warm_up("key")
    signer.address("key")
    assert vault.loads == 1
    assert checksum(signer.address("key")) == Account.from_key(SECRET).address
