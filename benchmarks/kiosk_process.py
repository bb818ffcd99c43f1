"""A kiosk in a process of its own that says when its camera's first frame was accepted."""

from __future__ import annotations

import faulthandler
import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from app.cli.door_window import DoorWindow
from app.cli.window_session import WindowSession
from app.settings import Settings
from app.ui.kiosk.view import KioskView

NOWHERE = "http://127.0.0.1:9"
PATIENCE_SECONDS = 45
"""A kiosk without a picture by then tells where it stands, and ends."""


def main(data: str, camera: str, factory: str) -> int:
    """Run ``echain kiosk`` until the first frame is on the screen.

    Args:
        data: A data folder whose mirror has the event.
        camera: A folder with a picture.
        factory: Address of the event's factory.
    """
    faulthandler.dump_traceback_later(PATIENCE_SECONDS, exit=True)
    session = WindowSession(
        Settings(Path(data), factory=factory, rpc=(NOWHERE,), event="1", camera=camera)
    )

    def accepted(_image: object) -> None:
        os.write(1, b"frame\n")
        session.program.quit()

    show_page = session.window.show_page

    def listen(page: object) -> None:
        if isinstance(page, KioskView):
            page.model.frame_changed.connect(accepted)
        show_page(page)  # type: ignore[arg-type]  # as given

    session.window.show_page = listen  # type: ignore[method-assign]  # an ear
    return session.run(DoorWindow(session).run)


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
