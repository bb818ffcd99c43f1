"""A door in a process of its own, to be killed: says on standard output what its screen shows."""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from app.cli.door_window import DoorWindow
from app.cli.window_session import WindowSession
from app.runtime.cameras import Cameras
from app.settings import Settings
from app.ui.kiosk.view import KioskView
from tests.venue import FACTORY

NOWHERE = "http://127.0.0.1:9"


class StillCameras(Cameras):
    """No camera is plugged in, and Qt Multimedia is not loaded to see one come."""

    def watch(self) -> None:
        """Look no further."""


def say(words: str) -> None:
    os.write(1, words.encode() + b"\n")


def tell_news(view: KioskView, said: set[str]) -> None:
    """Say what the screen shows and was not said yet."""
    state = view.model.state
    words = [f"camera {state.camera_state}"]
    if state.status is not None:
        words.append(f"in {state.status.admitted_here}")
    if view.panel.isVisible() and view.panel.face is not None:
        words.append(f"shows {view.panel.face.severity}")
    for line in words:
        if line not in said:
            said.add(line)
            say(line)


def main(folder: str, camera: str) -> int:
    """Run ``echain kiosk`` in a folder, on the event that it remembers."""
    settings = Settings(
        Path(folder), factory="0x" + FACTORY.hex(), rpc=(NOWHERE,), event="1", camera=camera
    )
    session = WindowSession(settings)

    async def work() -> None:
        session.program.spawn(DoorWindow(session).run())
        said = set[str]()
        for _ in itertools.count():  # until it is killed or told to end
            page = session.window.page()
            if isinstance(page, KioskView):
                tell_news(page, said)
            await asyncio.sleep(0.002)

    return session.run(work)


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
