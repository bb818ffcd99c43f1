"""Keeps the embedded node: a script between the app and anvil; standard library only.

The keeper tells the node's port on its own output, drops what else the node says there (method
names, development keys), and ends the node when its input closes: that is, when the app stops it
or dies, in whatever way. So the node always gets the time to write its state.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

END_SECONDS: Final = 30.0
"""How long the node may take to write its state before it is killed."""
READY_SECONDS: Final = 5.0
_LISTENING: Final = b"Listening on "
_PR_SET_PDEATHSIG: Final = 1


def follow_parent() -> Callable[[], None] | None:
    """Return what a child calls before it becomes the node, so that it ends with the keeper."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    return ask


def report_port(output: IO[bytes]) -> None:
    """Pass the port on when the node says where it listens, then read on and drop the rest."""
    for line in output:
        if line.startswith(_LISTENING):
            port = line.strip().rpartition(b":")[2]
            with contextlib.suppress(OSError):
                sys.stdout.buffer.write(port + b"\n")
                sys.stdout.buffer.flush()


def wait_until_it_listens_to_signals(node: subprocess.Popen[bytes]) -> None:
    """Wait until the node would write its state at a SIGTERM instead of just dying.

    It serves requests a moment before it takes care of signals; on a busy machine that moment is
    long enough for somebody to pay and to leave. Only Linux tells.
    """
    deadline = time.monotonic() + READY_SECONDS
    while sys.platform == "linux" and node.poll() is None and time.monotonic() < deadline:
        try:
            with open(f"/proc/{node.pid}/status", encoding="ascii") as status:  # noqa: PTH123 - as above
                caught = next(line for line in status if line.startswith("SigCgt:"))
        except (OSError, StopIteration):
            return
        if int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1:
            return
        time.sleep(0.01)


def end_with_input(node: subprocess.Popen[bytes]) -> None:
    """Wait until the input closes, then end the node, by force if it takes too long."""
    # Not through sys.stdin: its lock would be held here when the interpreter ends.
    while os.read(0, 4096):
        pass
    wait_until_it_listens_to_signals(node)
    node.terminate()
    try:
        node.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        node.kill()


def main(arguments: Sequence[str]) -> int:
    """Run a node until its end or the keeper's input closes.

    Args:
        arguments: The log file for what the node complains about, then the node's command.

    Returns:
        The node's exit code.
    """
    log_path, *command = arguments
    # The app ends the keeper by closing its input; a Ctrl-C is for the app alone.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # No `with`: the node owns the file for as long as it lives.
    with open(log_path, "ab") as log:  # noqa: PTH123 - pathlib costs a third of the start
        node = subprocess.Popen(  # noqa: S603 - the command comes from the app
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            preexec_fn=follow_parent(),  # noqa: PLW1509 - no thread is running yet
        )
    if node.stdout is None:  # never: it was asked for above
        return 1
    threading.Thread(target=end_with_input, args=(node,), daemon=True).start()
    report_port(node.stdout)
    return node.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
