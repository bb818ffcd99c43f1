"""What the rules page shows: the form as it is filled, what it means, and what became of it."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.runtime.courier import Courier
from app.services.watching import watch
from app.ui.policy.form import Reading, read_form, write_form

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping
    from concurrent.futures import Future
    from pathlib import Path
    from typing import Any

    from app.domain.policy import Policy
    from app.runtime.engine import Engine
    from app.services.policy_desk import PolicyDesk, PolicyLook, Published
    from offline_cache.records import Event

NOT_WRITTEN = "not-written"
_NOTHING = Reading(None, {})


@dataclass(frozen=True, slots=True)
class PolicyState:
    """Everything the page shows.

    Args:
        look: The event and its rules as they are; None before the first look.
        filled: The form, a text for each field.
        reading: What the form says.
        changed: Whether it says something else than the rules that are in force.
        published: The version that was saved last.
        anchored: Whether that version waits for the chain.
        trouble: Code of what keeps the page from looking or saving; ``NOT_WRITTEN``: the file.
        busy: Whether something is under way.
    """

    look: PolicyLook | None = None
    filled: Mapping[str, str] = field(default_factory=dict)
    reading: Reading = _NOTHING
    changed: bool = False
    published: Published | None = None
    anchored: bool = False
    trouble: str = ""
    busy: bool = False

    @property
    def event(self) -> Event | None:
        """The event whose rules are shown."""
        return None if self.look is None else self.look.event


class PolicyViewModel(QObject):
    """Edits an event's rules.

    Args:
        engine: Runs what may wait.
        desk: Reads and signs rules.
        parent: Owns it.

    Signals:
        state_changed (PolicyState): The whole new state.
        filled_anew (): The form has other texts than a person wrote; show them.
    """

    state_changed = Signal(object)
    filled_anew = Signal()

    def __init__(self, engine: Engine, desk: PolicyDesk, parent: QObject | None = None) -> None:
        """Show nothing."""
        super().__init__(parent)
        self.state = PolicyState()
        self._engine, self._desk = engine, desk
        self._courier = Courier(self)
        self._watching: Future[None] | None = None
        self._turn = 0

    @Slot()
    def start(self) -> None:
        """Show the next event's rules."""
        self._watch(None)

    @Slot(object)
    def choose(self, event: Event) -> None:
        """Show an event's rules; what was changed of another's is gone."""
        if self.state.event is None or self.state.event.event_id != event.event_id:
            self._change(changed=False, published=None, anchored=False)
            self._watch(event.event_id)

    def edit(self, name: str, text: str) -> None:
        """Take what was written into a field."""
        if self.state.filled.get(name) == text:
            return
        filled = {**self.state.filled, name: text}
        reading = read_form(filled)
        changed = reading.policy is None or reading.policy != self._in_force()
        self._change(filled=filled, reading=reading, changed=changed, published=None)

    @Slot()
    def discard(self) -> None:
        """Fill the form with the rules in force."""
        self._fill()

    def publish(self, file: Path) -> None:
        """Sign the rules as a new version and write them into a file."""
        event, policy = self.state.event, self.state.reading.policy
        if event is None or policy is None or self.state.busy:
            return

        async def work() -> Published:
            published = await self._desk.publish(event, policy)
            await asyncio.to_thread(_write_whole, file, published.file)
            return published

        self._begin(work(), self._published)

    @Slot()
    def anchor(self) -> None:
        """Have the version that was saved last anchored on chain."""
        event, published = self.state.event, self.state.published
        if event is None or published is None or self.state.busy:
            return
        self._begin(self._desk.anchor(event, published.bundle), self._anchored)

    def close(self) -> None:
        """Stop looking; may be called again."""
        self._stop()
        self._courier.close()

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    def _begin(self, work: Coroutine[Any, Any, Any], done: Any) -> None:  # noqa: ANN401 - a result's taker
        self._change(busy=True, trouble="")
        future: Future[Any] = self._engine.submit(_told(work))
        self._courier.follow(future, lambda result: self._ended(result, done), self._failed)

    def _ended(self, result: object, done: Any) -> None:  # noqa: ANN401 - a result's taker
        if isinstance(result, OSError):
            self._failed(NOT_WRITTEN)
        else:
            done(result)

    def _failed(self, code: str) -> None:
        self._change(busy=False, trouble=code)

    def _published(self, published: Published) -> None:
        look = self.state.look
        if look is not None and published.signed:
            look = replace(look, bundle=published.bundle)
        self._change(look=look, published=published, anchored=False, changed=False, busy=False)

    def _anchored(self, _call: object) -> None:
        self._change(anchored=True, busy=False)

    def _watch(self, event_id: bytes | None) -> None:
        self._stop()
        turn = self._turn

        async def look() -> PolicyLook:
            return await self._desk.look(event_id)

        def told(news: PolicyLook) -> None:
            self._courier.call(lambda: self._take(turn, news))

        def failed(code: str) -> None:
            self._courier.call(lambda: self._take_trouble(turn, code))

        self._watching = self._engine.submit(watch(self._desk.head, look, told, failed))
        self._courier.follow(
            self._watching, lambda _none: None, lambda code: self._take_trouble(turn, code)
        )

    def _stop(self) -> None:
        self._turn += 1
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None

    def _take(self, turn: int, news: PolicyLook) -> None:
        if turn != self._turn:
            return
        before = self.state.look
        other = before is None or before.bundle != news.bundle or before.event is None
        self._change(look=news, trouble="")
        if news.bundle is not None and other and not self.state.changed:
            self._fill()

    def _take_trouble(self, turn: int, code: str) -> None:
        if turn == self._turn:
            self._change(trouble=code)

    def _fill(self) -> None:
        policy = self._in_force()
        if policy is not None:
            filled = write_form(policy)
            self._change(filled=filled, reading=read_form(filled), changed=False)
            self.filled_anew.emit()

    def _in_force(self) -> Policy | None:
        look = self.state.look
        return None if look is None or look.bundle is None else look.bundle.policy

    def _change(self, **changes: object) -> None:
        state = replace(self.state, **changes)  # type: ignore[arg-type]  # names are checked by replace
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)


async def _told(work: Coroutine[Any, Any, Any]) -> object:
    """Return what came of it; a file that could not be written is an outcome here."""
    try:
        return await work
    except OSError as trouble:
        return trouble


def _write_whole(file: Path, data: bytes) -> None:
    """Write a file that appears whole or not at all."""
    unfinished = file.with_name(f"{file.name}.unfinished")
    with unfinished.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.replace(file)
