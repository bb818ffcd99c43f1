"""The chain in memory and a real node keep the same promises to the outbox."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import pytest

from app.chain import contract_calls as calls
from app.chain.rpc import RpcClient
from app.chain.signer import VaultSigner
from app.chain.vault import MemoryVault
from app.chain.writer import RpcWriter
from app.domain.check_in import check_in
from app.domain.errors import ChainError
from app.domain.keccak import keccak
from app.domain.transacting import Call, ChainUse, Receipt, SendOutcome
from offline_cache.records import BlockRef, CheckInRecord
from tests.fakes.chain import CHAIN_ID, RICH, FakeChain, FakeWallets
from tests.integration.outbox.night import Night, run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from app.domain.transacting import Fees, SendResult
    from app.services.ports import ChainWriter
    from tests.integration.chain.world import World

SERIALS = itertools.count(1)
GAS = 400_000


class Bench(ABC):
    """A chain under test: blocks are made only when the test says so."""

    contract: bytes
    keys: VaultSigner

    @abstractmethod
    def ask(self, work: Callable[[ChainWriter], Awaitable[object]]) -> object: ...

    @abstractmethod
    def address(self, key_id: str) -> bytes: ...

    @abstractmethod
    def signed(self, key_id: str, nonce: int, call: Call, fees: Fees) -> tuple[bytes, bytes]: ...

    @abstractmethod
    def fund(self, key_id: str, wei: int) -> None: ...

    @abstractmethod
    def mine(self) -> None: ...

    @abstractmethod
    def reorg(self) -> None: ...

    @abstractmethod
    def another_chain(self) -> ChainWriter: ...

    def record(self, token_id: int, door: int) -> CheckInRecord:
        serial = next(SERIALS)
        draft = CheckInRecord(
            claim_id=keccak(b"record %d" % serial),
            event_id=bytes(32),
            contract=self.contract,
            token_id=token_id,
            epoch=1,
            door=door,
            attendee=b"\xa1" * 20,
            scanned_at=1_700_000_000,
            sequence=serial,
            signature=b"",
            sendable_at=0,
        )
        signature = self.keys.sign(f"door/{door}", check_in(CHAIN_ID, draft))
        return dataclasses.replace(draft, signature=signature)

    def send(self, call: Call, *, nonce: int | None = None, key_id: str = "wallet") -> Sent:
        async def work(writer: ChainWriter) -> Sent:
            at = await writer.next_nonce(self.address(key_id)) if nonce is None else nonce
            raw, tx_hash = self.signed(key_id, at, call, await writer.fees())
            return Sent(raw, tx_hash, at, await writer.send(raw))

        found = self.ask(work)
        assert isinstance(found, Sent)
        return found

    def batch(self, *records: CheckInRecord, gas: int = GAS) -> Call:
        def data(writer: ChainWriter) -> Awaitable[bytes]:
            return asyncio.sleep(0, writer.check_in_batch(records))

        found = self.ask(data)
        assert isinstance(found, bytes)
        return Call(self.contract, found, gas=gas)


@dataclasses.dataclass(frozen=True)
class Sent:
    raw: bytes
    hash: bytes
    nonce: int
    result: SendResult


class MemoryBench(Bench):
    def __init__(self) -> None:
        self.chain = FakeChain()
        self.contract = b"\xc0" * 20
        self.keys = VaultSigner(MemoryVault())
        self.wallets = FakeWallets()
        for door in (1, 2):
            self.chain.grant(self.contract, door, self.keys.create(f"door/{door}"))

    def ask(self, work: Callable[[ChainWriter], Awaitable[object]]) -> object:
        async def scenario() -> object:
            return await work(self.chain)

        return asyncio.run(scenario())

    def address(self, key_id: str) -> bytes:
        return self.wallets.address(key_id)

    def signed(self, key_id: str, nonce: int, call: Call, fees: Fees) -> tuple[bytes, bytes]:
        return self.wallets.sign_transaction(key_id, CHAIN_ID, nonce, call, fees)

    def fund(self, key_id: str, wei: int) -> None:
        self.chain.funds[self.address(key_id)] = wei

    def mine(self) -> None:
        self.chain.mine()

    def reorg(self) -> None:
        self.chain.reorg(1)

    def another_chain(self) -> ChainWriter:
        chain = FakeChain()
        chain.serves = 777
        return chain


class NodeBench(Bench):
    def __init__(self, night: Night) -> None:
        self.night = night
        self.contract = night.contract
        self.keys = VaultSigner(MemoryVault())
        for door in (1, 2):
            night.do(calls.grant_door(door, self.keys.create(f"door/{door}")))
        self.keys.create("wallet")
        self.fund("wallet", RICH)
        night.rpc("evm_setAutomine", False)

    def ask(self, work: Callable[[ChainWriter], Awaitable[object]]) -> object:
        return run(self.night.world.url, lambda rpc: work(RpcWriter(rpc, CHAIN_ID)))

    def address(self, key_id: str) -> bytes:
        if not self.keys.has(key_id):
            self.keys.create(key_id)
        return self.keys.address(key_id)

    def signed(self, key_id: str, nonce: int, call: Call, fees: Fees) -> tuple[bytes, bytes]:
        return self.keys.sign_transaction(key_id, CHAIN_ID, nonce, call, fees)

    def fund(self, key_id: str, wei: int) -> None:
        self.night.fund(self.address(key_id), wei)

    def mine(self) -> None:
        self.night.rpc("evm_mine")

    def reorg(self) -> None:
        self.night.rpc("anvil_reorg", 1, [])

    def another_chain(self) -> ChainWriter:
        return RpcWriter(RpcClient(self.night.world.url), 777)


@pytest.fixture(params=["memory", "node"])
def bench(request: pytest.FixtureRequest, factory: World) -> Bench:
    if request.param == "memory":
        return MemoryBench()
    night: Night = request.getfixturevalue("night")
    assert night.world is factory
    return NodeBench(night)


def receipt_of(bench: Bench, sent: Sent) -> object:
    found = bench.ask(lambda writer: writer.receipts([sent.hash]))
    return found.get(sent.hash)  # type: ignore[attr-defined]


def nonces(bench: Bench) -> tuple[object, object]:
    wallet = bench.address("wallet")
    return (
        bench.ask(lambda writer: writer.mined_nonce(wallet)),
        bench.ask(lambda writer: writer.next_nonce(wallet)),
    )


def test_a_transaction_goes_from_the_pool_into_a_block_once(bench: Bench) -> None:
    sent = bench.send(bench.batch(bench.record(1, 1)))
    assert sent.result.outcome is SendOutcome.ACCEPTED
    assert nonces(bench) == (0, 1)
    assert receipt_of(bench, sent) is None

    async def again(writer: ChainWriter) -> SendOutcome:
        return (await writer.send(sent.raw)).outcome

    assert bench.ask(again) is SendOutcome.ALREADY_KNOWN
    bench.mine()
    assert nonces(bench) == (1, 1)
    assert bench.ask(again) is SendOutcome.NONCE_TOO_LOW
    receipt = receipt_of(bench, sent)
    stages = bench.ask(lambda writer: writer.stages())
    assert receipt.succeeded  # type: ignore[attr-defined]
    assert receipt.block_number == stages.head  # type: ignore[attr-defined]
    assert stages.head >= stages.safe >= stages.finalized  # type: ignore[attr-defined]
    assert stages.head > stages.finalized  # type: ignore[attr-defined]


def test_a_reorg_takes_receipt_nonce_and_state_back(bench: Bench) -> None:
    record = bench.record(1, 1)
    bench.mine()
    sent = bench.send(bench.batch(record))
    bench.mine()
    bench.reorg()
    assert receipt_of(bench, sent) is None
    assert nonces(bench)[0] == 0
    assert not uses(bench, 1)[1].used

    async def again(writer: ChainWriter) -> SendOutcome:
        return (await writer.send(sent.raw)).outcome

    assert bench.ask(again) is SendOutcome.ACCEPTED
    bench.mine()
    assert uses(bench, 1)[1].tag == record.claim_id[:12]


def uses(bench: Bench, *token_ids: int) -> dict[int, ChainUse]:
    found = bench.ask(lambda writer: writer.check_ins_of(bench.contract, token_ids))
    assert isinstance(found, dict)
    return found


def test_the_first_record_of_a_ticket_stands_and_bad_ones_stop_nothing(bench: Bench) -> None:
    first, second, forged = bench.record(1, 1), bench.record(1, 2), bench.record(2, 1)
    forged = dataclasses.replace(forged, epoch=0)
    third = bench.record(3, 2)
    bench.send(bench.batch(first, second, forged, third))
    bench.mine()
    found = uses(bench, 1, 2, 3, 4)
    assert (found[1].tag, found[1].door) == (first.claim_id[:12], 1)
    assert [found[token].used for token in (1, 2, 3, 4)] == [True, False, True, False]
    bench.send(bench.batch(first, second))
    bench.mine()
    assert uses(bench, 1)[1].tag == first.claim_id[:12]


def test_what_a_wallet_cannot_pay_is_said(bench: Bench) -> None:
    bench.fund("wallet", 1_000)
    sent = bench.send(bench.batch(bench.record(1, 1)))
    assert sent.result.outcome is SendOutcome.INSUFFICIENT_FUNDS
    wallet = bench.address("wallet")
    assert bench.ask(lambda writer: writer.balance(wallet)) == 1_000


def test_an_estimate_covers_a_batch(bench: Bench) -> None:
    call = bench.batch(bench.record(1, 1), bench.record(2, 1), gas=0)
    gas = bench.ask(lambda writer: writer.estimate_gas(bench.address("wallet"), call))
    assert isinstance(gas, int)
    sent = bench.send(dataclasses.replace(call, gas=gas))
    bench.mine()
    receipt = receipt_of(bench, sent)
    assert receipt.succeeded  # type: ignore[attr-defined]
    assert uses(bench, 2)[2].used


def test_a_rehearsal_changes_nothing_and_is_refused_for_want_of_gas(bench: Bench) -> None:
    call, wallet = bench.batch(bench.record(1, 1), gas=0), bench.address("wallet")
    gas = bench.ask(lambda writer: writer.estimate_gas(wallet, call))
    assert isinstance(gas, int)
    enough, too_little = (dataclasses.replace(call, gas=each) for each in (gas, 25_000))
    bench.ask(lambda writer: writer.rehearse(wallet, enough))
    assert not uses(bench, 1)[1].used
    assert nonces(bench) == (0, 0)
    with pytest.raises(ChainError) as caught:
        bench.ask(lambda writer: writer.rehearse(wallet, too_little))
    assert caught.value.code == "rpc.refused"


def test_a_block_holds_more_than_a_batch_and_data_costs_nothing_here(bench: Bench) -> None:
    limit = bench.ask(lambda writer: writer.gas_limit())
    assert isinstance(limit, int)
    assert limit > GAS
    assert bench.ask(lambda writer: writer.data_fee(Call(bench.contract, b"x" * 100))) == 0


def test_fees_hold_the_ceiling_with_the_datas_share_unless_a_person_lifts_it(bench: Bench) -> None:
    ceiling = bench.ask(lambda writer: asyncio.sleep(0, writer.fee_ceiling))
    assert isinstance(ceiling, int)
    with pytest.raises(ChainError) as caught:
        bench.ask(lambda writer: writer.fees(ceiling))
    assert caught.value.code == "chain.fee_ceiling"
    assert bench.ask(lambda writer: writer.fees(ceiling, capped=False))
    fees = bench.ask(lambda writer: writer.fees())
    assert fees.max_fee_per_gas <= ceiling  # type: ignore[attr-defined]


def test_many_receipts_are_asked_for_at_once_and_unknown_ones_left_out(bench: Bench) -> None:
    first = bench.send(bench.batch(bench.record(1, 1)))
    bench.mine()
    second = bench.send(bench.batch(bench.record(2, 1)))
    bench.mine()
    unknown = b"\x0f" * 32
    found = bench.ask(lambda writer: writer.receipts([first.hash, unknown, second.hash]))
    assert set(found) == {first.hash, second.hash}  # type: ignore[call-overload]


def test_a_gap_in_the_nonces_waits_in_the_pool(bench: Bench) -> None:
    later = bench.send(bench.batch(bench.record(1, 1)), nonce=1)
    assert later.result.outcome in {SendOutcome.ACCEPTED, SendOutcome.NONCE_TOO_HIGH}
    bench.mine()
    assert nonces(bench) == (0, 0)


def test_a_signature_of_the_wrong_length_fits_into_no_call(bench: Bench) -> None:
    odd = dataclasses.replace(bench.record(1, 1), signature=b"short")
    with pytest.raises(ValueError):  # noqa: PT011 - each has its own words
        bench.batch(odd)


def test_another_chain_is_said(bench: Bench) -> None:
    async def verify(_: object) -> None:
        writer = bench.another_chain()
        try:
            await writer.verify()
        finally:
            if isinstance(writer, RpcWriter):
                await writer._rpc.aclose()

    with pytest.raises(ChainError) as caught:
        bench.ask(verify)
    assert caught.value.code == "chain.wrong_id"


class Announcing:
    """A node that tells a receipt from a block that is not, or no more, in its chain."""

    def __init__(self, block: BlockRef | None) -> None:
        self._block = block

    async def receipts(self, hashes: Sequence[bytes]) -> list[Receipt]:
        return [Receipt(7, b"\x07" * 32, succeeded=True, gas_used=1) for _ in hashes]

    async def blocks(self, numbers: Sequence[int]) -> list[BlockRef]:
        if self._block is None and numbers:
            raise ChainError(f"no block {numbers}", code="rpc.behind", retryable=True)
        return [self._block for _ in numbers if self._block is not None]


@pytest.mark.parametrize(
    ("block", "counts"),
    [
        (BlockRef(7, b"\x07" * 32, bytes(32), 0), True),
        (BlockRef(7, b"\x08" * 32, bytes(32), 0), False),
        (None, False),
    ],
    ids=["canonical", "replaced", "announced"],
)
def test_only_a_receipt_in_the_canonical_chain_counts(
    block: BlockRef | None, *, counts: bool
) -> None:
    writer = RpcWriter(Announcing(block), CHAIN_ID)  # type: ignore[arg-type]  # its part of a client
    assert (b"\x01" * 32 in asyncio.run(writer.receipts([b"\x01" * 32]))) == counts
