"""How long a new process takes until it can do something, with a warm page cache."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from benchmarks.statistics import Stopwatch
from benchmarks.venue import BUILD, EVENT, Keys, mirror_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

_SECONDS_A_RUN = 60


def run(*, quick: bool = False) -> dict[str, float]:
    """Start a kiosk, the command line, the composition root and a bare interpreter, in turn.

    Args:
        quick: One run each.

    Returns:
        Medians in seconds: ``seconds`` from a new process of the kiosk to its camera's first frame
        on the screen; and of whole processes ``help_seconds`` for ``python -m app --help``,
        ``bootstrap_seconds`` for importing ``app.bootstrap``, ``python_seconds`` for an interpreter
        that does nothing.
    """
    programs: dict[str, Sequence[str]] = {
        "help_seconds": ("-m", "app", "--help"),
        "bootstrap_seconds": ("-c", "import app.bootstrap"),
        "python_seconds": ("-c", "pass"),
    }
    watches = {name: Stopwatch() for name in ("seconds", *programs)}
    with tempfile.TemporaryDirectory() as name:
        data, pictures = door_folder(Path(name))
        for _ in range(1 if quick else 11):
            watches["seconds"].time(lambda: _first_frame(data, pictures))
            for program, arguments in programs.items():
                watches[program].time(lambda arguments=arguments: _start(arguments))  # type: ignore[misc]
    return {name: watch.p50 / 1_000 for name, watch in watches.items()}


def door_folder(folder: Path) -> tuple[Path, Path]:
    """Make a door's data folder and a folder with one picture of an empty room."""
    data, pictures = folder / "data", folder / "pictures"
    shutil.copytree(mirror_folder(1_000, Keys()), data)
    pictures.mkdir()
    room = np.full((720, 1280, 3), 90, dtype=np.uint8)
    cv2.imwrite(str(pictures / "room.png"), room)
    return data, pictures


def _first_frame(data: Path, pictures: Path) -> None:
    """Return once a kiosk has shown its first frame; its end is not part of the time."""
    with subprocess.Popen(  # noqa: S603 - this interpreter and our own arguments
        [
            *(sys.executable, "-m", "benchmarks.kiosk_process"),
            *(str(data), str(pictures), "0x" + EVENT.factory.hex()),
        ],
        cwd=BUILD.parent,
        stdout=subprocess.PIPE,
    ) as kiosk:
        if kiosk.stdout is None or kiosk.stdout.readline() != b"frame\n":
            raise RuntimeError("the kiosk ended before its first frame")
        kiosk.kill()


def _start(arguments: Sequence[str]) -> None:
    subprocess.run(  # noqa: S603 - this interpreter and our own arguments
        [sys.executable, *arguments],
        cwd=BUILD.parent,
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=_SECONDS_A_RUN,
    )
