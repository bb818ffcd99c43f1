"""Commands of the command line as processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STOP_SECONDS = 30.0


def start(
    *arguments: str, stdin: str = "", environment: dict[str, str] | None = None
) -> subprocess.Popen[str]:
    """Start a command; its output is text, and ``stdin`` is all that it is given."""
    reading, writing = os.pipe()
    os.write(writing, stdin.encode())
    os.close(writing)
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "app", *arguments],
            stdin=reading,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
            text=True,
        )
    finally:
        os.close(reading)


def end(process: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
    """Send a signal and wait; gives the exit code and what is left of the output."""
    process.send_signal(number)
    return waited(process)


def waited(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait for the end; gives the exit code and what is left of the output."""
    try:
        out, err = process.communicate(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    assert "Traceback" not in err, err
    return process.returncode, out


def first_line(stream: IO[str] | None) -> Any:  # noqa: ANN401 - JSON of any shape
    """Read the next line as JSON."""
    assert stream is not None
    return json.loads(stream.readline())


@dataclass(frozen=True)
class Node:
    """A running ``echain node`` and what it said at its start."""

    process: subprocess.Popen[str]
    said: dict[str, Any]

    @property
    def rpc(self) -> str:
        """Where it serves."""
        return str(self.said["rpc"])

    @property
    def port(self) -> int:
        """Its port."""
        return int(self.rpc.rpartition(":")[2])

    @property
    def factory(self) -> str:
        """The factory's address."""
        return str(self.said["factory"])


@contextmanager
def run_node(data: Path, port: int) -> Iterator[Node]:
    """Run a chain with a block for each transaction; it must end in order."""
    options = ("--data", str(data), "--port", str(port), "--block-time", "0", "--json")
    process = start("node", *options)
    try:
        yield Node(process, first_line(process.stdout))
    finally:
        code, _ = end(process)
    assert code == 0
