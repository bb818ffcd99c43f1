"""One finding of the doctor, and running what finds it so that nothing can hang."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from app.services.ports import TROUBLE
from app.ui import texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from app.domain.errors import AppError
    from offline_cache.errors import StoreError


class Status(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """A finding: its stable name, how it is, a sentence, and what to do (empty: nothing)."""

    name: str
    status: Status
    says: str
    do: str = ""


@dataclass(frozen=True, slots=True)
class Examination:
    """Something to look at: finds checks, and is given up after ``seconds``."""

    name: str
    look: Callable[[], Iterable[Check]]
    seconds: float = 10.0


@dataclass(slots=True)
class _Outcome:
    checks: list[Check] = field(default_factory=list)
    trouble: AppError | StoreError | None = None
    bug: BaseException | None = None


def examine(examination: Examination) -> list[Check]:
    """Look, on a thread that is left behind if it does not come to an end.

    Environment trouble becomes a failed check of the examination's name; a bug rises here.
    """
    outcome = _Outcome()

    def work() -> None:
        try:
            outcome.checks.extend(examination.look())
        except TROUBLE as trouble:
            outcome.trouble = trouble
        except BaseException as bug:  # noqa: BLE001 - carried to the thread that waits
            outcome.bug = bug

    thread = threading.Thread(target=work, name=f"doctor-{examination.name}", daemon=True)
    thread.start()
    thread.join(examination.seconds)
    if thread.is_alive():
        late = f"No answer within {examination.seconds:g} seconds."
        do = "Look what keeps it busy, then ask again."
        return [*outcome.checks, Check(examination.name, Status.FAIL, late, do)]
    if outcome.bug is not None:
        raise outcome.bug
    if outcome.trouble is not None:
        return [*outcome.checks, failed(examination.name, outcome.trouble)]
    return outcome.checks


def failed(name: str, trouble: AppError | StoreError, status: Status = Status.FAIL) -> Check:
    """Return the finding that environment trouble is."""
    words = texts.trouble(trouble.code)
    return Check(name, status, f"{words.says} ({trouble.code}: {trouble})", words.do)
