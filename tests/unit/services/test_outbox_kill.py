"""An outbox whose process dies before or after any of its writes loses and doubles nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from offline_cache.records import RecordState
from tests.fakes.chain_rig import WALLET, Rig

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path


S_SENT = RecordState.SENT


def address(rig: Rig) -> bytes:
    return rig.signer.address(WALLET)


class Killed(BaseException):
    """The process is gone."""


WRITES = frozenset(
    {
        "put_records",
        "set_record_states",
        "store_transaction",
        "add_attempt",
        "set_transaction_state",
        "mark_sent",
        "put_conflict",
    }
)


class Mortal:
    """A journal whose user dies just before, or just after, its nth write."""

    def __init__(self, rig: Rig, after: int, *, done: bool) -> None:
        self._rig, self._left, self._done = rig, after, done

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - stands for the whole journal
        method = getattr(self._rig.journal, name)
        if name not in WRITES:
            return method

        def write(*args: object, **named: object) -> Future[Any]:
            self._left -= 1
            if self._left == 0 and not self._done:
                raise Killed
            future: Future[Any] = method(*args, **named)
            if self._left == 0:
                future.result()
                raise Killed
            return future

        return write

    @property
    def survived(self) -> bool:
        return self._left > 0


STORIES = ("plain", "reorg", "stranger", "reverted", "rival")


def evening(rig: Rig, story: str) -> None:
    """Admit three guests and let the chain do what the story says."""
    for token_id in (1, 2, 3):
        rig.admit(token_id)
    rig.step()
    if story == "reverted":
        rig.chain.poison = {record.claim_id for record in rig.journal.records_in(S_SENT).result()}
    if story == "stranger":
        rig.chain.stranger_uses_nonce(address(rig))
    rig.chain.mine(2)
    rig.chain.poison = set()
    rig.clock.advance(20)
    rig.step()
    if story == "reorg":
        rig.chain.reorg(2)
    rig.settle(5)


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("done", [True, False], ids=["after", "before"])
def test_a_kill_at_any_write_loses_and_doubles_nothing(
    tmp_path: Path, story: str, *, done: bool
) -> None:
    for write in range(1, 40):
        rig = Rig(tmp_path / f"door-{write}")
        rival = prepare(rig, story, tmp_path / f"rival-{write}")
        mortal = Mortal(rig, write, done=done)
        rig.restart(mortal)
        try:
            evening(rig, story)
        except Killed:
            rig.restart()
            rig.chain.poison = set()
        rig.settle(8)
        rig.clock.advance(61)
        rig.settle(8)
        expected = 2 if rival else 3
        assert sorted(token for token, _ in rig.taken()) == [1, 2, 3], (story, write)
        assert rig.counts().get(RecordState.FINAL) == expected, (story, write, rig.counts())
        assert len(rig.conflicts()) == 3 - expected, (story, write)
        assert max(rig.chain.copies().values()) == 1
        rig.close()
        if mortal.survived:
            assert write > 3
            return
    raise AssertionError("the evening has more writes than were tried")


def prepare(rig: Rig, story: str, folder: Path) -> bool:
    """Let another door check ticket 2 in first, if the story has a rival."""
    if story != "rival":
        return False
    other = Rig(folder, rig.chain, doors=(5,), wallet="other", clock=rig.clock)
    other.admit(2, door=5)
    other.step()
    rig.chain.mine()
    other.close()
    return True
