"""The queue page: what it shows is what the journal holds, and only a named person decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel

from app.domain.standing import Action
from app.services.queue import QueueService
from app.ui.i18n import Words
from app.ui.look import ThemeChoice
from app.ui.queue.screens import QueuePorts, screens
from app.ui.queue.view import QueueView
from offline_cache.records import RecordState
from tests.fakes.chain import GWEI
from tests.fakes.chain_rig import Rig
from tests.fakes.queue_mirror import QueueMirrorFake
from tests.ui.model_check import checked_model
from tests.ui.queue_gallery import Acting, ask, fill

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from app.runtime.engine import Engine
    from app.ui.look import Look
    from tests.ui.conftest import Stage


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path / "desk")
    yield made
    made.close()


@pytest.fixture
def night(rig: Rig, tmp_path: Path) -> Iterator[Rig]:
    other = Rig(tmp_path / "other", rig.chain, doors=(3,), wallet="third", clock=rig.clock)
    fill(rig, other)
    yield rig
    other.close()


@pytest.fixture
def acting(rig: Rig) -> Acting:
    return Acting(rig)


@pytest.fixture
def page(
    look: Look, engine: Engine, rig: Rig, stage: Stage, acting: Acting
) -> Iterator[Callable[[], QueueView]]:
    made: list[QueueView] = []

    def make() -> QueueView:
        queue = QueueService(rig.journal, QueueMirrorFake(rig.chain), rig.clock.unix)
        ports = QueuePorts(engine, queue, acting, lambda raw: f"https://scan.test/{raw.hex()}")
        view = screens(look, Words(), ports)[0].make()
        assert isinstance(view, QueueView)
        made.append(view)
        view.resize(1280, 800)
        view.show()
        stage.run(stage.until(lambda: view.model.state.look is not None))
        return view

    yield make
    for view in made:
        view.leave()
        view.close()
        view.deleteLater()


def words_on(view: QueueView) -> str:
    return "\n".join(label.text() for label in view.findChildren(QLabel) if label.isVisible())


def choose(view: QueueView, state: RecordState) -> None:
    for row in range(view.rows.rowCount()):
        line = view.rows.line(row)
        if line is not None and line.record.state is state:
            view.list.setCurrentIndex(view.rows.index(row))
            return
    raise AssertionError(state)


def test_an_empty_queue_says_so(page: Callable[[], QueueView]) -> None:
    assert "Nothing waits for the chain." in words_on(page())


def test_each_check_in_has_its_state_its_reason_and_its_link(
    night: Rig, page: Callable[[], QueueView]
) -> None:
    view = page()
    assert view.rows.rowCount() == sum(night.counts().values())
    assert "16 waiting · 9 on chain · 2 refused · 2 conflicts" in words_on(view)
    choose(view, RecordState.SENT)
    seen = words_on(view)
    assert "It has been on its way for over a minute." in seen
    assert "https://scan.test/" in seen
    choose(view, RecordState.QUEUED)
    assert "It can still be undone at the door." in words_on(view)


def test_only_what_is_right_has_a_button(night: Rig, page: Callable[[], QueueView]) -> None:
    view = page()
    buttons = view.record._buttons

    def shown(state: RecordState) -> set[Action]:
        choose(view, state)
        return {action for action, button in buttons.items() if button.isVisible()}

    assert shown(RecordState.QUEUED) == set()
    assert shown(RecordState.FINAL) == set()
    assert shown(RecordState.REFUSED) == {Action.RETRY}
    assert shown(RecordState.SENT) == {Action.SPEED_UP, Action.CANCEL}
    assert night.counts()[RecordState.SENT] == 6


def test_a_slow_transaction_is_sped_up_by_its_button(
    night: Rig, page: Callable[[], QueueView], acting: Acting, stage: Stage
) -> None:
    view = page()
    choose(view, RecordState.SENT)
    (waiting,) = night.journal.open_transactions().result()
    QTest.mouseClick(view.record._buttons[Action.SPEED_UP], Qt.MouseButton.LeftButton)
    stage.run(stage.until(view.offer.isVisible))
    assert acting.asked == []
    assert "It costs up to" in words_on(view)
    assert "more than" not in words_on(view)
    QTest.mouseClick(view.offer.pay, Qt.MouseButton.LeftButton)
    stage.run(stage.until(lambda: bool(acting.asked) and not view.model.state.busy))
    assert acting.asked == [(waiting.id, False)]
    assert not view.offer.isVisible()
    assert len(night.journal.attempts(waiting.id).result()) == 2


def test_a_price_above_the_limit_says_so_and_may_be_left(
    night: Rig, page: Callable[[], QueueView], acting: Acting, stage: Stage
) -> None:
    view = page()
    choose(view, RecordState.SENT)
    night.chain.base_fee = 90 * GWEI
    QTest.mouseClick(view.record._buttons[Action.CANCEL], Qt.MouseButton.LeftButton)
    stage.run(stage.until(view.offer.isVisible))
    assert "That is more than" in words_on(view)
    QTest.mouseClick(view.offer.leave, Qt.MouseButton.LeftButton)
    assert not view.offer.isVisible()
    assert acting.asked == []


def test_what_was_asked_of_the_contracts_stands_beside_it_with_its_button(
    rig: Rig, page: Callable[[], QueueView], acting: Acting, stage: Stage
) -> None:
    ask(rig)
    view = page()
    seen = words_on(view)
    assert "Buy 2 of tier 0" in seen
    assert "EventTicket_SoldOut(1)" in seen
    assert "Grant door 4" in seen
    refused = next(card for card in view.calls.cards if Action.RETRY in card.buttons)
    QTest.mouseClick(refused.buttons[Action.RETRY], Qt.MouseButton.LeftButton)
    stage.run(stage.until(lambda: bool(acting.asked) and not view.model.state.busy))
    waiting = view.calls.cards[0]
    assert acting.asked == [("retry", refused.line.call.id)]
    QTest.mouseClick(waiting.buttons[Action.CANCEL], Qt.MouseButton.LeftButton)
    stage.run(stage.until(lambda: len(acting.asked) == 2 and not view.model.state.busy))
    assert acting.asked[1] == ("withdraw", waiting.line.call.id)


@pytest.mark.usefixtures("night")
def test_the_filter_leaves_what_was_asked_for(page: Callable[[], QueueView]) -> None:
    view = page()
    chooser = view.findChild(QComboBox)
    assert isinstance(chooser, QComboBox)
    with checked_model(view.rows):
        for row, states in ((1, {"queued", "sent"}), (3, {"refused"}), (0, None)):
            chooser.setCurrentIndex(row)
            lines = [view.rows.line(row) for row in range(view.rows.rowCount())]
            found = {str(line.record.state) for line in lines if line is not None}
            assert states is None or found == states


def test_a_conflict_shows_both_sides_and_is_decided_under_a_name_alone(
    night: Rig, page: Callable[[], QueueView], stage: Stage
) -> None:
    view = page()
    seen = words_on(view)
    assert "Two doors let the same ticket in." in seen
    assert "door 3" in seen
    assert "Decided by Ada Okafor" in seen
    card = next(each for each in view.cards if each.line.conflict.reason == "used-elsewhere")
    assert not card.button.isEnabled()
    QTest.keyClicks(card.name, "   ")
    assert not card.button.isEnabled()
    QTest.keyClicks(card.name, "Bo")
    QTest.keyClicks(card.decision, "Both are in.")
    QTest.mouseClick(card.button, Qt.MouseButton.LeftButton)
    stage.run(stage.until(lambda: not view.model.state.busy))
    decided = [each for each in night.conflicts() if each.resolved_by.strip() == "Bo"]
    assert [each.decision for each in decided] == ["Both are in."]
    assert "1 conflict" in words_on(view)


def test_a_card_that_is_written_on_is_never_taken_away(
    night: Rig, page: Callable[[], QueueView], stage: Stage
) -> None:
    view = page()
    card = next(each for each in view.cards if not each.line.conflict.resolved_at)
    QTest.keyClicks(card.name, "Ada")
    before = len(view.cards)
    night.undo(night.admit(77).claim)
    late = night.admit(78).claim
    night.undo_seconds = 0
    night.step()
    night.undo(late)
    stage.run(stage.until(lambda: len(view.cards) > before))
    assert card in view.cards
    assert card.name.text() == "Ada"


@pytest.mark.usefixtures("night")
def test_conflicts_are_copied_as_a_sheet(page: Callable[[], QueueView]) -> None:
    view = page()
    QTest.mouseClick(view._copy, Qt.MouseButton.LeftButton)
    rows = [row.split("\t") for row in QGuiApplication.clipboard().text().split("\n")]
    assert len(rows) == 4
    assert {len(row) for row in rows} == {11}
    assert any("Ada Okafor" in row for row in rows)


def test_without_a_chain_everything_is_shown_and_nothing_can_be_done(
    night: Rig, look: Look, engine: Engine, stage: Stage
) -> None:
    queue = QueueService(night.journal, QueueMirrorFake(night.chain), night.clock.unix)
    view = screens(look, Words(), QueuePorts(engine, queue, None, lambda _raw: ""))[0].make()
    assert isinstance(view, QueueView)
    view.show()
    stage.run(stage.until(lambda: view.model.state.look is not None))
    choose(view, RecordState.SENT)
    assert not view.record._buttons[Action.SPEED_UP].isEnabled()
    view.leave()
    view.close()
    view.deleteLater()


@pytest.mark.usefixtures("night")
@pytest.mark.parametrize("choice", [ThemeChoice.LIGHT, ThemeChoice.DARK, ThemeChoice.CONTRAST])
def test_it_fits_a_door_tablet(
    page: Callable[[], QueueView], look: Look, choice: ThemeChoice
) -> None:
    look.choose(choice)
    view = page()
    view.resize(QSize(1024 - 208, 600))
    assert view.minimumSizeHint().width() <= 1024 - 208
    assert view.minimumSizeHint().height() <= 600
