"""Every reason, state and refusal of the queue has words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.standing import Action, SkipReason, Why
from app.ui.queue import words
from offline_cache.records import RecordState, TransactionState
from tests.unit.offline_cache.builders import conflict


def test_everything_has_words() -> None:
    assert set(words.STATES) == set(RecordState)
    assert set(words.TRANSACTION_STATES) == set(TransactionState)
    assert set(words.REASONS) == set(Why)
    assert set(words.ACTIONS) == set(Action)
    assert set(words.SKIPS) == set(SkipReason)


@pytest.mark.parametrize("why", Why)
def test_a_reason_says_what_is_and_what_to_do_in_whole_sentences(why: Why) -> None:
    text = words.reason_of(why)
    for sentence in (text.says, text.do):
        assert sentence[0].isupper()
        assert sentence.endswith(".")


def test_what_the_chain_said_is_empty_for_what_is_not_known() -> None:
    assert words.chain_said(conflict(1)) == ""
    assert "already" in words.chain_said(replace(conflict(1), skip_reason=1))
    assert words.chain_said(replace(conflict(1), skip_reason=99)) == ""
    assert words.conflict_words("of-a-later-version")
