"""What was read, file by file, said as it is read and kept for the result."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NotRequired, TypedDict

from app.cli.judging import verdict_values
from app.cli.output import Exit, described
from app.domain.verdicts import Severity
from app.ui import texts

if TYPE_CHECKING:
    from app.cli.judging import Judge
    from app.cli.output import Output
    from app.domain.errors import AppError
    from offline_cache.errors import StoreError


class CodeSeen(TypedDict):
    """One code and what the door said; ``verdict`` is None where no event is open."""

    text: str
    verdict: dict[str, object] | None


class FileSeen(TypedDict):
    """One file's codes, and why it could not be read (to its end)."""

    file: str
    codes: list[CodeSeen]
    error: NotRequired[dict[str, str]]


class Sightings:
    """Collects codes and trouble by file; one thread adds to an entry at a time.

    Args:
        judge: Judges a payload; None: no event is open.
        output: Where each code is said.
    """

    def __init__(self, judge: Judge | None, output: Output) -> None:
        """Nothing was seen yet."""
        self._judge = judge
        self._output = output
        self._lock = threading.Lock()
        self._found: list[FileSeen] = []

    def begin(self, file: str) -> FileSeen:
        """Begin with a file, and say so; returns its entry."""
        entry: FileSeen = {"file": file, "codes": []}
        self._output.say(f"{file}:" if file else "given text:")
        with self._lock:
            self._found.append(entry)
        return entry

    def entry_of(self, file: str) -> FileSeen:
        """Return the newest entry of a file, begun if there is none."""
        with self._lock:
            known = [entry for entry in self._found if entry["file"] == file]
        return known[-1] if known else self.begin(file)

    def add(self, entry: FileSeen, payload: bytes) -> None:
        """Judge a code, say what came of it and keep it."""
        text = payload.decode("utf-8", "backslashreplace")
        if self._judge is None:
            self._output.say(f"  {text}")
            entry["codes"].append({"text": text, "verdict": None})
            return
        verdict = self._judge(payload)
        word = texts.WORDS[verdict.severity]
        self._output.say(f"  {word}: {texts.describe(verdict)}  [{verdict.code}]")
        entry["codes"].append({"text": text, "verdict": verdict_values(verdict)})

    def fail(self, entry: FileSeen, trouble: AppError | StoreError) -> None:
        """Keep why a file could not be read; the first reason stays."""
        entry.setdefault("error", described(trouble))
        self._output.complain(trouble)

    def note(self, file: str) -> None:
        """List a file even if it holds no code."""
        self.entry_of(file)

    def nothing(self) -> None:
        """Tell a person that a file held no code."""
        self._output.say("  no code found")

    def tell(self, trouble: AppError | StoreError) -> None:
        """Tell a person of trouble that passes by itself."""
        self._output.complain(trouble)

    def result(self) -> list[FileSeen]:
        """Return every file's entry, in the order in which they were begun."""
        with self._lock:
            return list(self._found)

    def exit_code(self) -> Exit:
        """Return 3 if a file or the door itself failed, else 4 if somebody was refused, else 0."""
        found = self.result()
        verdicts = [code["verdict"] for entry in found for code in entry["codes"]]
        given = [verdict for verdict in verdicts if verdict is not None]
        if any("error" in entry for entry in found):
            return Exit.ENVIRONMENT
        if any(verdict["severity"] is Severity.STOP for verdict in given):
            return Exit.ENVIRONMENT
        return Exit.REFUSED if any(not verdict["admits"] for verdict in given) else Exit.DONE
