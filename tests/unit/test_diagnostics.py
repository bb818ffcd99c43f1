"""The log holds no secrets and stops nothing; every bug reaches the one handler."""

from __future__ import annotations

import gc
import json
import logging
import os
import stat
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from app.diagnostics import BugHandler, JsonLines, logging_to, redact
from app.domain.errors import StoreTrouble

if TYPE_CHECKING:
    from pathlib import Path

SECRETS = {
    "https://node.test/v3/hunter2secret": "https://node.test/…",
    "see https://node.test?key=hunter2secret now": "see https://node.test/… now",
    "wss://me:hunter2secret@node.test:8546/": "wss://node.test:8546/…",
    "rtsp://me:hunter2/secret@cam.test/live": "rtsp://cam.test/…",
    "HTTPS://node.test/hunter2secret": "HTTPS://node.test/…",
    "passphrase=hunter2secret, next": "passphrase=…, next",
    "Password: hunter2secret": "Password: …",
    '{"password": "hunter2 secret", "a": 1}': '{"password": …, "a": 1}',
    "api_key='hunter2 secret'": "api_key=…",
    "X-Api-Key: hunter2secret": "X-Api-Key: …",
    "client_secret = hunter2secret": "client_secret = …",
    "private key: 0xhunter2secret": "private key: …",
    "Authorization: Bearer hunter2secret": "Authorization: …",
    "mnemonic: hunter2 secret test junk\nnext": "mnemonic: …\nnext",
}


@pytest.mark.parametrize(("text", "shown"), SECRETS.items())
def test_what_looks_like_a_credential_is_masked(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "block 12 of 0x" + "ab" * 32,
        "http://127.0.0.1:8545 cannot be reached",
        "https://node.test",
        "file:///var/lib/data",
        "the passphrase is wrong",
        "token 7 of event 1",
        "secretary: Ann",
    ],
)
def test_the_rest_stays_readable(text: str) -> None:
    assert redact(text) == text


def lines(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def test_each_line_is_json_and_redacted_in_every_part(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "logs" / "a.log"
    log = logging.getLogger("somebody")
    with logging_to(file), caplog.at_level(logging.DEBUG):
        log.info("to %s\nsecond line", "https://node.test/hunter2secret")
        try:
            int("password=hunter2secret")
        except ValueError:
            log.exception("it broke", stack_info=True)
        logging.getLogger("somebody.else").debug("not worth a line at start")
    found = lines(file)
    assert [line["level"] for line in found][:2] == ["INFO", "ERROR"]
    assert found[0]["message"].startswith("to https://node.test/…\nsecond line")
    assert "ValueError: invalid" in found[1]["traceback"]
    assert found[1]["stack"]
    assert "hunter2" not in file.read_text("utf-8")


def test_a_name_that_is_no_unicode_does_not_break_the_log(tmp_path: Path) -> None:
    # Handled directly: the test runner's own capture could not pass such a name on.
    file = tmp_path / "a.log"
    record = logging.makeLogRecord({"msg": "camera \udcff is gone", "levelname": "INFO"})
    with logging_to(file) as handler:
        handler.handle(record)
    assert lines(file)[0]["message"].startswith("camera ")


def test_the_log_is_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "logs" / "a.log"
    before = os.umask(0)
    try:
        with logging_to(file):
            logging.getLogger().info("x")
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_at_the_end_nothing_writes_to_the_file_any_more(tmp_path: Path) -> None:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    with logging_to(tmp_path / "a.log") as handler:
        assert handler in root.handlers
    logging.getLogger("somebody").info("late")
    assert (root.handlers, root.level) == (before, level)
    assert (tmp_path / "a.log").read_text("utf-8") == ""


def test_a_log_that_cannot_be_written_is_trouble_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(StoreTrouble) as caught, logging_to(tmp_path / "file" / "a.log"):
        pass
    assert caught.value.code == "store.unusable"
    (tmp_path / "folder.log").mkdir()
    with pytest.raises(StoreTrouble) as caught, logging_to(tmp_path / "folder.log"):
        pass
    assert caught.value.code == "store.unusable"


def test_a_log_that_fails_later_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = logging.LogRecord("a", logging.INFO, __file__, 1, "%d", ("no number",), None)
    with logging_to(tmp_path / "a.log") as handler:
        handler.handle(record)
    assert capsys.readouterr().err == ""


def test_a_formatted_line_names_its_thread() -> None:
    record = logging.LogRecord("a", logging.INFO, __file__, 1, "x", (), None)
    assert json.loads(JsonLines().format(record))["thread"] == threading.current_thread().name


# ── bugs ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def bugs(caplog: pytest.LogCaptureFixture) -> tuple[BugHandler, list[BaseException]]:
    del caplog  # bugs are logged, as they should be
    seen: list[BaseException] = []
    return BugHandler(seen.append), seen


Bugs = tuple[BugHandler, list[BaseException]]


def in_a_thread(error: BaseException) -> None:
    def work() -> None:
        raise error

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_a_bug_of_a_thread_is_counted_logged_and_told(
    bugs: Bugs, caplog: pytest.LogCaptureFixture
) -> None:
    handler, seen = bugs
    bug = ValueError("oops")
    with handler.installed():
        in_a_thread(bug)
    assert (handler.count, seen) == (1, [bug])
    assert caplog.records[0].exc_info is not None
    assert caplog.records[0].exc_info[1] is bug


def test_a_thread_that_exits_has_no_bug(bugs: Bugs) -> None:
    handler, _ = bugs
    with handler.installed():
        in_a_thread(SystemExit(3))
    assert handler.count == 0


def test_a_bug_in_a_finalizer_is_told_too(bugs: Bugs) -> None:
    handler, seen = bugs

    class Broken:
        def __del__(self) -> None:
            raise ValueError("late")

    with handler.installed():
        Broken()
        gc.collect()
    assert [str(bug) for bug in seen] == ["late"]


def test_a_bug_of_the_main_thread_is_told_and_ctrl_c_is_none(
    bugs: Bugs, capsys: pytest.CaptureFixture[str]
) -> None:
    handler, seen = bugs
    with handler.installed():
        sys.excepthook(ValueError, ValueError("oops"), None)
        sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert [str(bug) for bug in seen] == ["oops"]
    assert "KeyboardInterrupt" in capsys.readouterr().err


def test_the_hooks_are_given_back(bugs: Bugs) -> None:
    handler, _ = bugs
    before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
    with pytest.raises(ValueError, match="through"), handler.installed():
        raise ValueError("through")
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == before


def test_a_contained_bug_is_told_and_ends_there(bugs: Bugs) -> None:
    handler, seen = bugs
    with handler.contained():
        raise ValueError("oops")
    assert [str(bug) for bug in seen] == ["oops"]
    with pytest.raises(KeyboardInterrupt), handler.contained():
        raise KeyboardInterrupt
