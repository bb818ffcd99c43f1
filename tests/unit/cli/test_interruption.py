"""A signal to stop rises once, and lets go of everything in order."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from app.cli.interruption import Terminated, stopped_by_signals


def stopped_by(number: signal.Signals) -> None:
    with stopped_by_signals():
        try:
            os.kill(os.getpid(), number)
            threading.Event().wait(5)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)  # must not cut off what is being closed


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_rises_and_later_ones_wait(number: signal.Signals, code: int) -> None:
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt) as caught:
        stopped_by(number)
    assert isinstance(caught.value, Terminated)
    assert caught.value.exit_code == code
    assert signal.getsignal(number) is before


def test_other_threads_leave_signals_alone() -> None:
    before = signal.getsignal(signal.SIGTERM)
    seen: list[object] = []

    def work() -> None:
        with stopped_by_signals():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
