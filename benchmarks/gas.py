"""What a check-in with its certificate costs on chain, from the snapshot that the tests hold."""

from __future__ import annotations

import json
from typing import Final

from contracts import deployments_folder

BATCH: Final = 100


def run(*, quick: bool = False) -> dict[str, float]:
    """Read the snapshot, which a test compares with a real node to a thousandth.

    Args:
        quick: Changes nothing; reading takes no time.

    Returns:
        Gas of one check-in with a certificate: ``separate`` as two transactions, ``batch_100`` in a
        batch of a hundred, ``repeated`` where the batch was on chain already; ``ratio`` of the
        second to the first.
    """
    del quick
    snapshot = json.loads((deployments_folder().parent / "gas-snapshot.json").read_text("utf-8"))
    separate = snapshot["checkInBatch 1 without POAP"] + snapshot["POAP mintBatch 1 alone"]
    batch = snapshot[f"checkInBatch {BATCH} with POAP"] / BATCH
    return {
        "separate": float(separate),
        "batch_100": batch,
        "repeated": snapshot[f"checkInBatch {BATCH} repeated"] / BATCH,
        "ratio": batch / separate,
    }
