"""Logs without secrets, and the one handler to which every bug rises."""

from __future__ import annotations

import json
import logging
import logging.handlers
import os
import re
import sys
import threading
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING

from app.paths import cannot_write, make_private_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

LOG_BYTES = 2_000_000
LOG_FILES = 5
_ADDRESS = re.compile(
    r"\b(?P<scheme>[a-z][a-z0-9+.-]{1,15}://)(?P<rest>[^\s'\"<>]+)", re.IGNORECASE
)
_LOCAL = frozenset({"file://"})
_NAME = (
    r"pass(?:word|phrase|wd)?|(?:client[-_ ]?)?secret(?:[-_ ]?key)?|private[-_ ]?key|"
    r"(?:api|access)[-_ ]?key|(?:auth|access|bearer|api)[-_ ]?token|token"
)
_PAIR = re.compile(
    rf"(?i)\b({_NAME})(\b['\"]?\s*[=:]\s*)(?:'[^']*'|\"[^\"]*\"|[^\s,;&'\"]+)",
)
_TO_THE_END = re.compile(
    r"(?i)\b(mnemonic|seed[-_ ]?phrase|authorization)(\b['\"]?\s*[=:]\s*)[^\n]+"
)


def redact(text: str) -> str:
    """Mask what looks like a credential.

    Of an address of the network only scheme and host are left, since providers put keys into paths
    and queries; of ``passphrase=…`` and the like the value goes; a mnemonic or an ``Authorization``
    header goes to the end of its line.
    """
    shorter = _ADDRESS.sub(_host_only, text)
    return _PAIR.sub(r"\1\2…", _TO_THE_END.sub(r"\1\2…", shorter))


def _host_only(found: re.Match[str]) -> str:
    scheme, rest = found["scheme"], found["rest"]
    if scheme.lower() in _LOCAL:
        return found[0]
    # A password may hold a slash, so everything up to the last @ goes first.
    place = rest.rpartition("@")[2]
    host = re.split(r"[/?#\\]", place, maxsplit=1)[0]
    hidden = "/…" if len(place.rstrip("/")) > len(host) or "@" in rest else ""
    return f"{scheme}{host}{hidden}"


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and the traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, redacted."""
        entry = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "thread": record.threadName,
            "message": redact(record.getMessage()),
        }
        if record.exc_info:
            entry["traceback"] = redact(self.formatException(record.exc_info))
        if record.stack_info:
            entry["stack"] = redact(record.stack_info)
        return json.dumps(entry)


class PrivateLogFile(logging.handlers.RotatingFileHandler):
    """A log that rotates, that only its owner may read, and whose trouble stops nothing."""

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        return TextIOWrapper(
            os.fdopen(descriptor, "ab"), encoding=self.encoding, errors=self.errors
        )

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - as inherited
        """Go on: a full disk is told by the store, and there is nowhere to log it."""


@contextmanager
def logging_to(file: Path) -> Iterator[logging.Handler]:
    """Send the program's log to a file that rotates, until the block ends.

    Raises:
        StoreTrouble: ``store.unusable`` or ``store.full`` if the file cannot be made.
    """
    make_private_folder(file.parent)
    try:
        handler = PrivateLogFile(
            file, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8", errors="replace"
        )
    except OSError as trouble:
        raise cannot_write(f"the log {file}", trouble) from trouble
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield handler
    finally:
        # A handler that is only closed would open its file again for the next line.
        root.removeHandler(handler)
        root.setLevel(level)
        handler.close()


class BugHandler:
    """Where bugs rise to: logged, counted, told to whoever shows the calm banner.

    Args:
        on_bug: Called with the exception, on the thread where it rose.
    """

    def __init__(self, on_bug: Callable[[BaseException], None]) -> None:
        """Count none."""
        self._on_bug = on_bug
        self._log = logging.getLogger("echain.bugs")
        self._lock = threading.Lock()
        self.count = 0

    @contextmanager
    def installed(self) -> Iterator[BugHandler]:
        """Receive what no thread has caught, until the block ends."""
        before = sys.excepthook, threading.excepthook, sys.unraisablehook
        sys.excepthook = self._main
        threading.excepthook = self._thread
        sys.unraisablehook = self._unraisable
        try:
            yield self
        finally:
            sys.excepthook, threading.excepthook, sys.unraisablehook = before

    @contextmanager
    def contained(self) -> Iterator[None]:
        """Report what rises in the block and go on: one closer's bug must not keep the others."""
        try:
            yield
        except Exception as bug:  # noqa: BLE001 - the one place
            self.report(bug)

    def report(self, bug: BaseException) -> None:
        """Take a bug from a loop that would otherwise swallow it."""
        with self._lock:
            self.count += 1
        self._log.error("a bug rose", exc_info=bug)
        self._on_bug(bug)

    def _main(
        self, kind: type[BaseException], bug: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, bug, trace)
            return
        self.report(bug)

    def _thread(self, arguments: threading.ExceptHookArgs) -> None:
        # As Python itself has it: a thread that calls sys.exit has ended, not failed.
        if arguments.exc_value is not None and arguments.exc_type is not SystemExit:
            self.report(arguments.exc_value)

    def _unraisable(self, found: sys.UnraisableHookArgs) -> None:
        if found.exc_value is not None:
            self.report(found.exc_value)
