"""The unit tests' own rules: they would notice Qt, a forgotten thread and a warning."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["pytester"]
CONFTEST = Path(__file__).with_name("conftest.py")


@pytest.mark.parametrize("name", ["PySide6", "PySide6.QtCore", "shiboken6", "qasync"])
def test_qt_is_not_there(name: str) -> None:
    if name.partition(".")[0] in sys.modules:
        pytest.skip("other tests of this process have loaded it")
    with pytest.raises(ModuleNotFoundError, match="unit tests have no"):
        importlib.import_module(name)


def outcomes(pytester: pytest.Pytester, source: str) -> dict[str, int]:
    pytester.makeconftest(CONFTEST.read_text("utf-8"))
    pytester.makepyfile(source)
    options = ("-q", "-p", "no:cacheprovider", "-p", "no:pytest-qt")
    return pytester.runpytest_subprocess(*options).parseoutcomes()


def test_what_a_test_leaves_behind_fails_it(pytester: pytest.Pytester) -> None:
    found = outcomes(
        pytester,
        """
        import logging, threading

        import pytest

        forever = threading.Event()

        def test_thread():
            threading.Thread(target=forever.wait, daemon=True).start()

        def test_warning():
            logging.getLogger("somebody").warning("careful")

        def test_expected_warning(caplog):
            logging.getLogger("somebody").warning("careful")
            assert caplog.records

        def test_quiet():
            thread = threading.Thread(target=lambda: None)
            thread.start()
        """,
    )
    assert found == {"passed": 4, "errors": 2}


def test_qt_at_the_top_of_a_module_is_refused(pytester: pytest.Pytester) -> None:
    assert outcomes(pytester, "import PySide6\ndef test_it(): pass\n") == {"errors": 1}


def test_properties_have_no_deadline_and_keep_nothing() -> None:
    assert settings.default is not None
    assert settings.default.deadline is None
    assert settings.default.database is None
