"""A door that is killed: ``python -m tests.unit.services.door_to_kill FOLDER before|after``."""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from app.gates.embedded import EmbeddedGate
from app.gates.port import ClaimOutcome, GateHealth
from offline_cache.journal import Journal
from offline_cache.records import Claim, JournalRow, ScanDraft
from tests.fakes.door import NOW
from tests.fakes.kiosk import Kiosk


class MortalGate:
    """Kills the process just before, or just after, a claim is durable."""

    def __init__(self, gate: EmbeddedGate, point: str) -> None:
        self._gate = gate
        self._point = point

    def claim(self, draft: ScanDraft, lost: Callable[[Claim], ScanDraft]) -> ClaimOutcome:
        if self._point == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        outcome = self._gate.claim(draft, lost)
        os.kill(os.getpid(), signal.SIGKILL)
        return outcome

    def holder(self, event_id: bytes, token_id: int, entry: int) -> Claim | None:
        return self._gate.holder(event_id, token_id, entry)

    def append(self, draft: ScanDraft) -> JournalRow:
        return self._gate.append(draft)

    def tail(self, after: int, limit: int) -> Sequence[JournalRow]:
        return self._gate.tail(after, limit)

    def health(self) -> GateHealth:
        return self._gate.health()


def main(folder: str, point: str) -> None:
    journal = Journal(Path(folder), lambda: NOW, os.urandom)
    kiosk = Kiosk(gate=MortalGate(EmbeddedGate(journal), point), uses=journal)
    verdict = kiosk.show(kiosk.door())
    sys.stdout.write(verdict.code)


if __name__ == "__main__":
    main(*sys.argv[1:])
