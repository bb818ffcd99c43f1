"""A kiosk without a window, for the supervisor's tests: notes how it was started, then acts.

The n-th one that takes over does what the n-th word of its first argument says.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path

from app.runtime.handover import News, Supervised
from app.runtime.supervisor import AGAIN


def main() -> int:
    acts, folder, descriptor = sys.argv[1].split(","), Path(sys.argv[2]), int(sys.argv[-1])
    (folder / f"waits-{os.getpid()}").touch()
    supervised = Supervised(descriptor)
    try:
        handover = supervised.wait_for_handover()
    except EOFError:
        return 0
    (folder / f"waits-{os.getpid()}").unlink()
    number = len(list(folder.glob("run-*")))
    note = {**asdict(handover), "pid": os.getpid(), "argv": sys.argv, "env": dict(os.environ)}
    unfinished = folder / f"unfinished-{number}"
    unfinished.write_text(json.dumps(note))
    unfinished.rename(folder / f"run-{number}")
    supervised.tell(News(alive=True))
    return act(acts[min(number, len(acts) - 1)], supervised)


def act(word: str, supervised: Supervised) -> int:
    if word == "leave":
        return 0
    if word == "fail":
        return 3
    if word == "again":
        return AGAIN
    if word == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if word == "unlock":
        supervised.tell(News(passphrase="correct horse"))
    while word != "hang":
        supervised.tell(News(alive=True, scanning=True))
        time.sleep(0.05)
    time.sleep(600)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
