"""The status line tells through which node the chain is read."""

from __future__ import annotations

from dataclasses import replace

from app.ui.i18n import Words
from app.ui.kiosk import words
from tests.ui.screenshots import STATUS


def test_the_node_in_use_is_named_and_whether_it_is_live() -> None:
    polled = replace(STATUS, source="https://node.test", live=False)
    assert "https://node.test" in words.source_words(polled, Words())
    live = replace(polled, live=True)
    assert words.source_words(live, Words()) != words.source_words(polled, Words())


def test_before_anything_was_read_no_node_is_named() -> None:
    assert words.source_words(None, Words()) == ""
    assert words.source_words(replace(STATUS, source=""), Words()) == ""
