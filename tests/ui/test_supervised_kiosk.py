"""The real kiosk under its supervisor, killed again and again: same door, nothing lost."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import pytest

from app.domain.eip712 import address_of_secret, digest, sign_digest
from app.domain.pass_builders import print_pass
from app.domain.passes import encode
from app.domain.typed_data import TicketKey
from app.domain.verdicts import ADMISSIONS, Code
from app.runtime.clock import SystemClock
from app.runtime.handover import Handover
from app.runtime.supervisor import Supervisor
from app.runtime.systemd import Systemd
from app.services.staff_pin import PinEffort, StaffPinFile
from tests.fakes.clock import FakeClock
from tests.ui.door_child import NOWHERE
from tests.unit.scan.pictures_for_tests import code
from tests.venue import FACTORY, FIRST_EPOCH, Venue, secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.eip712 import TypedData

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
KILLS = 3


class Heard(Systemd):
    """Hears from the supervisor how often a kiosk began to scan."""

    def __init__(self) -> None:
        super().__init__({})
        self.scans = 0
        self.said: list[str] = []

    def status(self, words: str) -> None:
        self.said.append(words)
        self.scans += words == "scanning"


def until(done: Callable[[], object], heard: Heard) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline, heard.said
        time.sleep(0.02)


def rows(folder: Path) -> int:
    with closing(sqlite3.connect(f"file:{folder / 'journal.db'}?mode=ro", uri=True)) as db:
        return int(db.execute("select count(*) from scans").fetchone()[0])


def printed(venue: Venue, token_id: int) -> str:
    """Return a ticket on paper, which is as good after the third restart as before the first."""
    key = secret(token_id)

    def sign(typed_data: TypedData) -> bytes:
        return sign_digest(key, digest(typed_data))

    ticket = TicketKey(venue.event, token_id, FIRST_EPOCH)
    return encode(print_pass(ticket, address_of_secret(key), sign))


@pytest.mark.timeout(300)
def test_killed_three_times_it_scans_again_each_time_and_lets_nobody_in_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, pictures, credentials = tmp_path / "data", tmp_path / "pictures", tmp_path / "secret"
    venue = Venue.open(folder)
    for made in (pictures, credentials):
        made.mkdir()
    cv2.imwrite(str(pictures / "guest.png"), code(printed(venue, 3)))
    venue.close()
    # A locked kiosk of an operator who has stored a credential: it opens by itself.
    StaffPinFile(folder / "staff-pin.json", FakeClock(), PinEffort(1, 64, 1)).set("482915")
    (credentials / "echain-passphrase").write_text("correct horse battery")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    command = (
        *(sys.executable, "-m", "app", "kiosk", "--data", str(folder), "--camera", str(pictures)),
        *("--factory", "0x" + FACTORY.hex(), "--rpc", NOWHERE, "--event", "1"),
    )
    heard, pids = Heard(), list[int]()
    supervisor = Supervisor(command, Handover(), SystemClock(), heard, on_start=pids.append)
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    try:
        for kill in range(1, KILLS + 1):
            until(lambda kill=kill: heard.scans == kill, heard)  # type: ignore[misc]
            until(lambda kill=kill: rows(folder) >= kill, heard)  # type: ignore[misc]
            os.kill(pids[-1], signal.SIGKILL)
        until(lambda: heard.scans == KILLS + 1, heard)
        assert len(set(pids)) == KILLS + 1, heard.said
    finally:
        told = set[int]()
        while thread.is_alive():
            # Once each: it leaves by itself, and the supervisor with it.
            if pids[-1] not in told:
                told.add(pids[-1])
                with suppress(ProcessLookupError):
                    os.kill(pids[-1], signal.SIGTERM)
            thread.join(0.5)
    venue = Venue.open(folder)
    codes = [row.draft.code for row in venue.journal.rows().result()]
    assert venue.journal.verify().result() is None
    assert codes[0] == Code.ADMITTED
    assert set(codes[1:]) == {Code.ALREADY_USED}
    assert venue.journal.admissions(venue.event.event_id, sorted(ADMISSIONS)).result() == 1
    venue.close()
