"""How many records go into a batch, and when a batch that is not full goes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.batching import (
    MOST_BYTES,
    OWN_GAS,
    RECORD_BYTES,
    RECORD_GAS,
    BatchRules,
    Cost,
    gas_for,
    is_due,
    measured,
    most_records,
)
from app.domain.transacting import MAX_GAS
from contracts import deployments_folder

RULES = BatchRules(wait_seconds=120, worth_waiting=10**14)
CHEAP, DEAR = Cost(10**6), Cost(50 * 10**9)


@given(st.integers(1, 10**8), st.integers(1, 10**9))
def test_a_batch_fits_into_a_transaction_half_a_block_and_a_pool(record: int, block: int) -> None:
    most = most_records(record, block)
    assert most >= 1
    if most > 1:
        assert gas_for(most, record) <= min(MAX_GAS, block / 2)
    assert most * RECORD_BYTES <= MOST_BYTES


def test_what_is_allowed_for_a_record_covers_what_the_snapshot_measured() -> None:
    path = deployments_folder().parent / "gas-snapshot.json"
    snapshot = json.loads(path.read_text("utf-8"))
    for records in (1, 50, 100):
        assert snapshot[f"checkInBatch {records} with POAP"] < gas_for(records, RECORD_GAS)


@given(st.integers(1, 300), st.integers(0, 10**8))
def test_an_estimate_is_covered_by_what_it_teaches(records: int, estimate: int) -> None:
    record = measured(estimate, records)
    assert record >= RECORD_GAS
    assert gas_for(records, record) >= estimate
    assert measured(estimate, records) == record


@pytest.mark.parametrize(
    ("waiting", "oldest", "cost", "due"),
    [
        (100, 0, DEAR, True),
        (1, 0, DEAR, False),
        (99, 119, DEAR, False),
        (1, 120, DEAR, True),
        (1, 0, CHEAP, True),
        (1, 0, Cost(10**6, data_fee=10**15), False),
        (1, 500, Cost(10**6, data_fee=10**15), True),
    ],
    ids=["full", "dear", "nearly", "old", "cheap", "dear data", "old, dear data"],
)
def test_a_batch_goes_when_it_is_full_or_old_or_cheap(
    waiting: int, oldest: int, cost: Cost, *, due: bool
) -> None:
    assert is_due(waiting, 100, oldest, cost, RULES) == due
    assert OWN_GAS * DEAR.gas_price > RULES.worth_waiting
