from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from app.domain.errors import CameraError, StoreTrouble
from app.domain.policy import Policy
from app.domain.verdicts import Code, Severity
from app.runtime.door_runner import DoorHooks, DoorParts, DoorRunner
from app.runtime.engine import Engine
from app.scan.frames import SourceHooks, SourceState
from offline_cache.errors import StoreUnusable
from tests.fakes.feed import Feed, read_picture
from tests.fakes.gate import MemoryGate
from tests.venue import Venue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from app.domain.verdicts import Verdict
    from app.scan.frames import Frame
    from app.services.door_status import DoorStatus


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before]
    for thread in left:
        thread.join(2)
    assert [thread.name for thread in left if thread.is_alive()] == []


@pytest.fixture
def engine() -> Iterator[Engine]:
    bugs: list[BaseException] = []
    started = Engine(bugs.append)
    started.start()
    yield started
    started.stop()
    assert bugs == []


@pytest.fixture
def venue(tmp_path: Path) -> Iterator[Venue]:
    opened = Venue.open(tmp_path, policy=Policy(notes={5: "Check the age"}))
    yield opened
    opened.close()


class Heard:
    """Everything that a door told, and a way to wait for it."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.verdicts: list[Verdict] = []
        self.statuses: list[DoorStatus] = []
        self.camera: list[SourceState] = []
        self.troubles: list[str] = []
        self.standing: list[Code | None] = []
        self._changed = threading.Condition()

    def hooks(self) -> DoorHooks:
        return DoorHooks(
            on_verdict=lambda verdict, _frame: self._note(self.verdicts, verdict),
            on_frame=lambda frame: self._note(self.frames, frame),
            on_status=lambda status: self._note(self.statuses, status),
            on_camera_state=lambda state: self._note(self.camera, state),
            on_trouble=lambda code: self._note(self.troubles, code),
            on_standing=lambda code: self._note(self.standing, code),
        )

    @property
    def codes(self) -> list[Code]:
        return [verdict.code for verdict in self.verdicts]

    def wait_for(self, done: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(done, timeout=10)

    def _note(self, where: list[Any], what: object) -> None:
        with self._changed:
            where.append(what)
            self._changed.notify_all()


class Door:
    """A runner with a feed for a camera."""

    def __init__(self, parts: DoorParts, **options: float) -> None:
        self.heard = Heard()
        self.feed = Feed()
        self.runner = DoorRunner(
            parts, self.heard.hooks(), make_decoder=lambda: read_picture, **options
        )

    def open_feed(self, hooks: SourceHooks) -> Feed:
        self.feed.hooks = hooks
        return self.feed

    def start(self) -> Heard:
        self.runner.start(self.open_feed)
        return self.heard

    def show(self, payload: str | bytes, *, at: float = 0.0) -> None:
        self.feed.show(payload, at=at)

    def look(self, *, at: float = 0.0) -> None:
        """Let the camera see an empty door, and wait until that was captured."""
        before = len(self.heard.frames)
        self.feed.show(b"", at=at)
        self.heard.wait_for(lambda: len(self.heard.frames) > before)


@pytest.fixture
def door(venue: Venue, engine: Engine) -> Iterator[Door]:
    made = Door(venue.parts(engine))
    yield made
    made.runner.stop()


def test_a_verdict_is_told_after_its_row_is_durable(door: Door, venue: Venue) -> None:
    rows_when_told: list[int] = []
    hooks = door.heard.hooks()

    def look_into_the_journal(verdict: Verdict, frame: Frame) -> None:
        counts = venue.journal.count_by_code(verdict.event_id).result()
        rows_when_told.append(counts[verdict.code])
        hooks.on_verdict(verdict, frame)

    door.runner._hooks = replace(hooks, on_verdict=look_into_the_journal)
    door.start()
    door.show(venue.payload(1))
    door.heard.wait_for(lambda: door.heard.codes == [Code.ADMITTED])
    assert rows_when_told == [1]


def test_the_status_follows_a_verdict_without_waiting_a_second(
    venue: Venue, engine: Engine
) -> None:
    door = Door(venue.parts(engine), status_seconds=3600)
    heard = door.start()
    heard.wait_for(lambda: len(heard.statuses) == 1)
    door.show(venue.payload(1))
    heard.wait_for(lambda: heard.statuses[-1].admitted_here == 1)
    assert heard.statuses[-1].recent[0].draft.token_id == 1
    door.runner.stop()


def test_a_verdict_that_stays_holds_the_next_guest_until_it_is_released(
    door: Door, venue: Venue
) -> None:
    heard = door.start()
    noted, other = venue.payload(5), venue.payload(6)
    door.show(noted)
    heard.wait_for(lambda: heard.codes == [Code.ATTENTION])
    door.show(other, at=1)
    door.show(noted, at=3)
    door.look(at=4)
    assert heard.codes == [Code.ATTENTION]
    assert venue.journal.head() is not None
    assert venue.journal.head().seq == 1  # type: ignore[union-attr]  # asserted above
    door.runner.release()
    door.show(noted, at=4.5)  # still in view: not a new scan
    door.show(other, at=5)
    heard.wait_for(lambda: len(heard.codes) == 2)
    assert heard.codes == [Code.ATTENTION, Code.ADMITTED]


def test_a_refusal_does_not_hold_the_next_guest(door: Door, venue: Venue) -> None:
    heard = door.start()
    door.show(venue.payload(99))
    heard.wait_for(lambda: heard.codes == [Code.UNKNOWN_TICKET])
    door.show(venue.payload(2), at=0.1)
    heard.wait_for(lambda: heard.codes == [Code.UNKNOWN_TICKET, Code.ADMITTED])


def test_a_paused_door_shows_pictures_and_judges_nothing(door: Door, venue: Venue) -> None:
    heard = door.start()
    door.runner.pause(paused=True)
    door.show(venue.payload(1))
    door.look(at=0.1)
    assert heard.verdicts == []
    door.runner.pause(paused=False)
    door.show(venue.payload(1), at=0.2)
    heard.wait_for(lambda: heard.codes == [Code.ADMITTED])


def test_a_full_store_is_never_green_and_stands_until_a_row_is_durable(
    venue: Venue, engine: Engine
) -> None:
    gate = MemoryGate()
    gate.fail_with = "store.full"
    door = Door(venue.parts(engine, gate))
    heard = door.start()
    door.show(venue.payload(1))
    heard.wait_for(lambda: Code.STORE_FAILED in heard.standing)
    assert heard.codes == [Code.STORE_FAILED]
    assert not heard.verdicts[0].admits
    gate.fail_with = None
    door.show(venue.payload(1), at=5)
    heard.wait_for(lambda: heard.standing[-1] is None)
    assert heard.codes == [Code.STORE_FAILED, Code.ADMITTED]
    door.runner.stop()


def test_a_mirror_that_is_too_old_stands_before_anybody_came(
    tmp_path: Path, engine: Engine
) -> None:
    venue = Venue.open(tmp_path, policy=Policy(mirror_stop_seconds=60), synced_ago=120)
    door = Door(venue.parts(engine))
    heard = door.start()
    heard.wait_for(lambda: heard.standing == [Code.MIRROR_TOO_OLD])
    door.show(venue.payload(1))
    heard.wait_for(lambda: heard.codes == [Code.MIRROR_TOO_OLD])
    assert heard.verdicts[0].severity is Severity.STOP
    door.runner.stop()
    venue.close()


def test_a_clock_that_was_set_back_stands(venue: Venue, engine: Engine) -> None:
    door = Door(replace(venue.parts(engine), clock_trusted=lambda: False))
    heard = door.start()
    heard.wait_for(lambda: heard.standing == [Code.CLOCK_WRONG])
    door.runner.stop()


def test_stores_that_cannot_be_read_are_told_and_looked_at_again(
    venue: Venue, engine: Engine
) -> None:
    answers = iter([StoreUnusable("the disk is gone"), None])

    async def read_status() -> DoorStatus:
        trouble = next(answers, None)
        if trouble is not None:
            raise trouble
        return await venue.status().read()

    door = Door(replace(venue.parts(engine), read_status=read_status), status_seconds=0.01)
    heard = door.start()
    heard.wait_for(lambda: heard.standing == [Code.STORE_FAILED, None])
    assert heard.troubles == ["store.unusable"]
    door.runner.stop()


def test_trouble_while_judging_goes_to_the_operator_and_scanning_goes_on(
    venue: Venue, engine: Engine
) -> None:
    check = venue.door().check

    def fails_once(payload: bytes) -> Verdict:
        if payload == b"FAILS":
            raise StoreTrouble("no", code="store.busy")
        return check(payload)

    door = Door(replace(venue.parts(engine), check=fails_once))
    heard = door.start()
    door.show(b"FAILS")
    heard.wait_for(lambda: heard.troubles == ["store.busy"])
    door.show(venue.payload(1), at=0.1)
    heard.wait_for(lambda: heard.codes == [Code.ADMITTED])
    door.runner.stop()


def test_another_camera_takes_over_after_the_first_is_given_back(door: Door, venue: Venue) -> None:
    heard = door.start()
    door.look()
    second = Feed(name="second")
    given_back: list[bool] = []

    def open_second(hooks: SourceHooks) -> Feed:
        given_back.append(door.feed.closed.is_set())
        second.hooks = hooks
        return second

    door.runner.use_camera(open_second)
    second.show(venue.payload(1))
    heard.wait_for(lambda: heard.codes == [Code.ADMITTED])
    assert given_back == [True]
    assert heard.frames[-1].origin == "second"
    # The first camera's end is nobody's business any more.
    opening, running = SourceState.OPENING, SourceState.RUNNING
    assert heard.camera == [opening, running, opening, running]


def test_of_many_switches_the_last_camera_stays(door: Door, venue: Venue) -> None:
    heard = door.start()
    feeds = [Feed(name=str(number)) for number in range(5)]
    for feed in feeds:
        door.runner.use_camera(lambda _hooks, feed=feed: feed)  # type: ignore[misc]
        feed.show(venue.payload(int(feed.name) + 10))
    # A camera may read before the next one is chosen; those passed over are not even opened.
    heard.wait_for(lambda: [verdict.token_id for verdict in heard.verdicts][-1:] == [14])
    feeds[0].show(venue.payload(20))
    feeds[-1].show(venue.payload(21), at=0.1)
    heard.wait_for(lambda: heard.verdicts[-1].token_id == 21)
    assert 20 not in [verdict.token_id for verdict in heard.verdicts]


def test_a_camera_that_cannot_be_opened_is_told_and_another_may_be_chosen(
    door: Door, venue: Venue
) -> None:
    def missing(_hooks: SourceHooks) -> Feed:
        raise CameraError("not there", code="camera.missing")

    door.runner.start(missing)
    door.heard.wait_for(lambda: door.heard.troubles == ["camera.missing"])
    door.runner.use_camera(door.open_feed)
    door.show(venue.payload(1))
    door.heard.wait_for(lambda: door.heard.codes == [Code.ADMITTED])


def test_stopping_ends_camera_and_loops_and_may_be_repeated(venue: Venue, engine: Engine) -> None:
    ended: list[str] = []

    async def loop() -> None:
        import asyncio

        try:
            await asyncio.Event().wait()
        finally:
            ended.append("loop")

    async def close() -> None:
        ended.append("close")

    door = Door(replace(venue.parts(engine), loops=(loop,), close=close))
    heard = door.start()
    door.runner.start(door.open_feed)
    door.look()
    door.runner.stop()
    door.runner.stop()
    door.runner.use_camera(door.open_feed)
    door.runner.start(door.open_feed)
    assert ended == ["loop", "close"]
    assert door.feed.closed.is_set()
    told = len(heard.statuses), len(heard.frames)
    assert (len(heard.statuses), len(heard.frames)) == told


def test_a_door_never_started_is_easily_stopped(venue: Venue, engine: Engine) -> None:
    Door(venue.parts(engine)).runner.stop()
