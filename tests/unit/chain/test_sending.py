from __future__ import annotations

import pytest

from app.chain.sending import classify_send
from app.domain.transacting import SendOutcome

CASES = [
    ("already known", SendOutcome.ALREADY_KNOWN),
    ("Known transaction: 0xabc", SendOutcome.ALREADY_KNOWN),
    ("ALREADY_EXISTS: already known", SendOutcome.ALREADY_KNOWN),
    ("transaction already imported", SendOutcome.ALREADY_KNOWN),
    ("Transaction with the same hash was already imported.", SendOutcome.ALREADY_KNOWN),
    ("nonce too low", SendOutcome.NONCE_TOO_LOW),
    ("nonce too low: next nonce 5, tx nonce 3", SendOutcome.NONCE_TOO_LOW),
    ("Nonce too low. Expected nonce to be 4 but got 2.", SendOutcome.NONCE_TOO_LOW),
    ("Transaction nonce is too low. Try incrementing the nonce.", SendOutcome.NONCE_TOO_LOW),
    ("nonce too high", SendOutcome.NONCE_TOO_HIGH),
    ("nonce too far in the future", SendOutcome.NONCE_TOO_HIGH),
    ("tx nonce exceeds next nonce", SendOutcome.NONCE_TOO_HIGH),
    ("nonce out of range", SendOutcome.NONCE_TOO_HIGH),
    ("transaction underpriced", SendOutcome.UNDERPRICED),
    ("replacement transaction underpriced", SendOutcome.UNDERPRICED),
    (
        "Replacement transaction underpriced. A gasPrice/maxFeePerGas of at least 2 is necessary",
        SendOutcome.UNDERPRICED,
    ),
    ("max fee per gas less than block base fee", SendOutcome.UNDERPRICED),
    ("insufficient funds for gas * price + value", SendOutcome.INSUFFICIENT_FUNDS),
    ("Insufficient funds for gas * price + value", SendOutcome.INSUFFICIENT_FUNDS),
    ("sender doesn't have enough funds to send tx", SendOutcome.INSUFFICIENT_FUNDS),
    ("unknown transaction", SendOutcome.REFUSED),
    ("intrinsic gas too low", SendOutcome.REFUSED),
    ("invalid chain id for signer", SendOutcome.REFUSED),
    ("exceeds maximum per-transaction gas limit", SendOutcome.REFUSED),
    ("", SendOutcome.REFUSED),
]


@pytest.mark.parametrize(("message", "outcome"), CASES)
def test_a_nodes_words_about_a_transaction_have_one_meaning(
    message: str, outcome: SendOutcome
) -> None:
    result = classify_send(message)
    assert (result.outcome, result.message) == (outcome, message)
    assert result.replacing == ("eplacement" in message)
