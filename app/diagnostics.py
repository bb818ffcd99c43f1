"""Logs without secrets, and the one handler to which every bug rises."""

from __future__ import annotations

import json
import logging
import logging.handlers
import re
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

LOG_BYTES = 2_000_000
LOG_FILES = 5
_CREDENTIALS = re.compile(r"(?P<scheme>[a-z]+://)[^/\s@]*@", re.IGNORECASE)
_SECRET_PAIR = re.compile(
    r"(?i)\b(pass(?:word|phrase)|secret|private[_ ]?key|api[_-]?key|mnemonic)\b(\s*[=:]\s*)\S+"
)


def redact(text: str) -> str:
    """Mask what looks like a credential: user and password of an address, ``passphrase=…``."""
    return _SECRET_PAIR.sub(r"\1\2…", _CREDENTIALS.sub(r"\g<scheme>…@", text))


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and the traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, redacted."""
        entry = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        if record.exc_info:
            entry["traceback"] = redact(self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=False)


def log_to(file: Path) -> logging.Handler:
    """Send the program's log to a file that rotates; returns the handler, for the end."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handler = logging.handlers.RotatingFileHandler(
        file, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8"
    )
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    return handler


class BugHandler:
    """Where bugs rise to: logged, counted, told to whoever shows the calm banner.

    Args:
        on_bug: Called with the exception, on the thread where it rose.
    """

    def __init__(self, on_bug: Callable[[BaseException], None]) -> None:
        """Count none."""
        self._on_bug = on_bug
        self._log = logging.getLogger("echain.bugs")
        self.count = 0

    def install(self) -> None:
        """Receive what no thread has caught."""
        sys.excepthook = self._main
        threading.excepthook = self._thread

    def report(self, bug: BaseException) -> None:
        """Take a bug from a loop that would otherwise swallow it."""
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
        if arguments.exc_value is not None:
            self.report(arguments.exc_value)
