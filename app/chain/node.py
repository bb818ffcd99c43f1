"""A chain in a box: anvil as a child process on loopback, with state kept between runs."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Self

from app.domain.errors import NodeError

if TYPE_CHECKING:
    from types import TracebackType

HOST: Final = "127.0.0.1"
START_SECONDS: Final = 60.0
"""Most of it is for reading a large state; a new chain is there in a tenth of a second."""
STOP_SECONDS: Final = 40.0
_STATE: Final = "state.json"
_PREVIOUS: Final = "state.previous.json"
_LOG: Final = "anvil.log"
_SYSTEMS: Final = {"Linux": "linux", "Darwin": "darwin", "Windows": "win32"}
_MACHINES: Final = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
# Only what a program needs to run: the environment of a shell may hold secrets.
_ENVIRONMENT: Final = ("HOME", "PATH", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "USERPROFILE")


@dataclass(frozen=True, slots=True)
class NodeOptions:
    """How the chain shall be.

    Args:
        folder: Where state and log are kept; none for a chain that is forgotten when it stops.
        port: TCP port on loopback; 0 takes a free one.
        chain_id: EIP-155 chain id.
        block_time: Seconds between blocks; none makes a block for each transaction.
        accounts: Unlocked, funded development accounts of the well-known test mnemonic. (Another
            mnemonic would have to stand in an argument list, where others can read it.)
        state_seconds: How often the state is written while the node runs: the most that a kill
            can lose.
        keep_states: How many blocks of old state stay in memory; none keeps what anvil wants.
            Logs, blocks and receipts are always kept.
        epoch_slots: Blocks of an epoch: ``safe`` is one behind the head, ``finalized`` two.
    """

    folder: Path | None = None
    port: int = 0
    chain_id: int = 31337
    block_time: float | None = None
    accounts: int = 10
    state_seconds: int = 5
    keep_states: int | None = None
    epoch_slots: int | None = None


class AnvilNode:
    """Anvil in a child process that ends with this one, even if this one is killed.

    ``stop`` and ``start`` again make the chain go away and come back, on the same port and with the
    same blocks if there is a folder. Both block; call them off the event loop.

    Args:
        options: How the chain shall be.
        binary: The program; none looks for it.
    """

    def __init__(self, options: NodeOptions | None = None, *, binary: Path | None = None) -> None:
        """Nothing is started yet."""
        self._options = options or NodeOptions()
        self._binary = binary
        self._port = self._options.port
        self._keeper: subprocess.Popen[bytes] | None = None
        self._scratch: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    @property
    def port(self) -> int:
        """The TCP port; 0 before the first start if any may be taken."""
        return self._port

    @property
    def url(self) -> str:
        """Where JSON-RPC is served over HTTP."""
        return f"http://{HOST}:{self._port}"

    @property
    def ws_url(self) -> str:
        """Where JSON-RPC is served over WebSocket."""
        return f"ws://{HOST}:{self._port}"

    @property
    def chain_id(self) -> int:
        """The EIP-155 chain id."""
        return self._options.chain_id

    @property
    def is_running(self) -> bool:
        """Whether the node is there."""
        return self._keeper is not None and self._keeper.poll() is None

    def start(self) -> None:
        """Start, and return when the node answers. Does nothing while it runs.

        Raises:
            NodeError: ``node.missing`` if the program is not installed, ``node.failed`` if it does
                not start: its port is taken, its state is unreadable.
        """
        if self.is_running:
            return
        self.stop()  # what is left of a node that died
        binary = find_anvil() if self._binary is None else self._binary
        if not binary.is_file():
            raise _missing()
        folder = self._open_folder()
        log = folder / _LOG
        log.unlink(missing_ok=True)
        keeper = _spawn([str(log), str(binary), *self._arguments(folder)])
        self._keeper = keeper
        try:
            self._port = _first_port(keeper)
        except NodeError as exc:
            words = _last_words(log)
            self.stop()
            raise NodeError(f"{exc} {words}".strip(), code="node.failed") from exc

    def stop(self) -> None:
        """Write the state and end. Does nothing if it is not running."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            _end(keeper)
        if self._scratch is not None:
            self._scratch.cleanup()
            self._scratch = None

    def _open_folder(self) -> Path:
        if self._options.folder is None:
            self._scratch = tempfile.TemporaryDirectory(prefix="echain-node-")
            return Path(self._scratch.name)
        try:
            self._options.folder.mkdir(parents=True, exist_ok=True)
            _keep_good_state(self._options.folder)
        except OSError as exc:
            raise NodeError(
                f"The folder of the embedded chain cannot be used: {exc.strerror}",
                code="node.failed",
            ) from exc
        return self._options.folder

    def _arguments(self, folder: Path) -> list[str]:
        options = self._options
        arguments = ["--host", HOST, "--port", str(self._port), "--no-cors"]
        arguments += ["--chain-id", str(options.chain_id), "--accounts", str(options.accounts)]
        arguments += ["--cache-path", str(folder / "cache")]
        if options.folder is not None:
            arguments += ["--state", str(folder / _STATE)]
            arguments += ["--state-interval", str(options.state_seconds)]
        if options.block_time is not None:
            arguments += ["--block-time", str(options.block_time)]
        if options.keep_states is not None:
            arguments += ["--prune-history", str(options.keep_states)]
        if options.epoch_slots is not None:
            arguments += ["--slots-in-an-epoch", str(options.epoch_slots)]
        return arguments


def find_anvil() -> Path:
    """Find anvil: the pinned npm package beside the contracts, else on the PATH.

    Raises:
        NodeError: ``node.missing``.
    """
    system = _SYSTEMS.get(platform.system(), "")
    machine = _MACHINES.get(platform.machine().lower(), "")
    name = "anvil.exe" if system == "win32" else "anvil"
    modules = Path(str(resources.files("contracts"))) / "node_modules" / "@foundry-rs"
    packaged = modules / f"anvil-{system}-{machine}" / "bin" / name
    if packaged.is_file():
        return packaged
    found = shutil.which("anvil")
    if found is None:
        raise _missing()
    return Path(found)


def _missing() -> NodeError:
    return NodeError(
        "The embedded chain (anvil) is not installed; run `make demo` once", code="node.missing"
    )


def _spawn(arguments: list[str]) -> subprocess.Popen[bytes]:
    keeper = Path(__file__).with_name("node_keeper.py")
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    try:
        return subprocess.Popen(  # noqa: S603 - our own script and a program found by us
            [sys.executable, "-I", "-S", str(keeper), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,  # Ctrl-C is for the app, which then stops the node in order
        )
    except OSError as exc:
        raise NodeError(
            f"The embedded chain could not be started: {exc.strerror}", code="node.failed"
        ) from exc


def _first_port(keeper: subprocess.Popen[bytes]) -> int:
    """Wait for the keeper to tell the port."""
    output = keeper.stdout
    if output is None:  # never: it was asked for
        raise NodeError("The embedded chain has no output.", code="node.failed")
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read_line, args=(output, lines), daemon=True).start()
    try:
        line = lines.get(timeout=START_SECONDS)
    except queue.Empty:
        raise NodeError("The embedded chain did not answer in time.", code="node.failed") from None
    if not line.strip().isdigit():
        raise NodeError("The embedded chain ended at once.", code="node.failed")
    return int(line)


def _read_line(output: IO[bytes], lines: queue.SimpleQueue[bytes]) -> None:
    lines.put(output.readline())


def _end(keeper: subprocess.Popen[bytes]) -> None:
    """Close the keeper's input, which ends the node and then the keeper."""
    if keeper.stdin is not None:
        with contextlib.suppress(OSError):
            keeper.stdin.close()
    try:
        keeper.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        keeper.kill()
        keeper.wait()
    if keeper.stdout is not None:
        keeper.stdout.close()


def _last_words(log: Path) -> str:
    """What the node complained about last."""
    try:
        lines = log.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return " ".join(line.strip() for line in lines[-3:] if line.strip())[-300:]


def _keep_good_state(folder: Path) -> None:
    """Keep a copy of a whole state; put it back if the newest was cut off by a kill.

    The node writes the file in place, so a kill in the middle of it leaves half a file.
    """
    state, previous = folder / _STATE, folder / _PREVIOUS
    if not state.is_file():
        return
    try:
        json.loads(state.read_bytes())
    except ValueError:
        state.unlink()
        if previous.is_file():
            shutil.copyfile(previous, state)
        return
    shutil.copyfile(state, previous)
