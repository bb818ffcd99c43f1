"""The crash matrix: a door is killed, another process resumes, and the books must balance."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import sys
import tempfile
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from app.chain.contract_calls import check_in_batch, grant_door
from app.chain.node import AnvilNode, NodeOptions
from app.chain.signer import VaultSigner
from app.chain.vault import MemoryVault
from app.domain.errors import ChainError
from app.domain.verdicts import Code
from offline_cache.records import RecordState
from tests.integration.chain.world import build_world
from tests.integration.outbox.night import Kiosk, Night
from tests.soak.mortal import NAMED, STEPS, Death, Fate, MortalJournal, MortalWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.outbox.night import Account

GUESTS: Final = 3
FAULTS: Final = ("", "lost", "swallowed", "reorged", "rival")
TICKETS_AT_ONCE: Final = 90
RUNS_A_NIGHT: Final = 60
CHILD_SECONDS: Final = 240
EVENING_STEPS: Final = 4


@dataclass(frozen=True)
class Plan:
    """One run: where the door dies, and what the chain does meanwhile."""

    death: Death
    fault: str

    def __str__(self) -> str:
        death = self.death
        return f"{death.side} {death.step} #{death.nth}, fault '{self.fault}'"


@dataclass
class Tally:
    """What all runs came to; ``notes`` says which runs did not balance."""

    runs: int = 0
    killed: int = 0
    lost: int = 0
    doubled: int = 0
    notes: list[str] = field(default_factory=list)


def plans(runs: int, dice: random.Random) -> Iterator[Plan]:
    """Deal every named boundary with every fault first in turn, then anything."""
    for number in range(runs):
        named = list(NAMED.values())[number % len(NAMED)]
        nth = 1 if number < 2 * len(NAMED) else dice.choice((1, 1, 2, 3, 4))
        fault = FAULTS[number % len(FAULTS)]
        if number >= len(NAMED) * len(FAULTS):
            named = (dice.choice(STEPS), dice.choice(("before", "after")))
            fault = dice.choice(FAULTS)
        yield Plan(Death(*named, nth), fault)


class Matrix:
    """Owns the node; every run is a new door with new guests, in processes of its own.

    The processes are forks of this one, which therefore must have no thread of its own.
    """

    def __init__(self, folder: Path, node: AnvilNode) -> None:
        self._folder = folder
        self._world = asyncio.run(build_world(node.url))
        self._night = Night.at(self._world)
        self._unused: list[int] = []
        self._door = 0

    def run(self, plan: Plan, tally: Tally) -> None:
        """Play one evening, kill it, resume it, and balance the books."""
        if self._door % RUNS_A_NIGHT == 0:  # a long night takes long to sync
            self._night, self._unused = Night.at(self._world), []
        self._door += 1
        door, folder = self._door, self._folder / f"run-{self._door}"
        guests = self._guests()
        vault = MemoryVault()
        keys = VaultSigner(vault)
        self._night.fund(keys.create("wallet"))
        self._prepare(keys, door)
        since = self._night.head()
        snapshot = self._night.rpc("evm_snapshot") if plan.fault == "reorged" else None
        seat = Seat(self._night, folder, door, vault)

        killed = _forked(lambda: seat.evening(guests, plan))
        green = seat.shown_green()
        if plan.fault == "rival":
            self._night.fund(self._night.world.signer.create(f"rival/{door}"))
            _forked_well(seat.rival)
        if snapshot is not None:
            # The node may still be making a block of what was sent in the last moment.
            self._night.wait_until_pool_is_empty()
            self._night.rpc("evm_revert", snapshot)
            self._night.mine()
        _forked_well(seat.resume)
        won = seat.won()
        account = self._night.account(guests, since)
        bought = account.purchases(keys.address("wallet"))
        tally.runs += 1
        tally.killed += killed
        self._balance(plan, Books(green, won, door), account, tally)
        if len(bought) != 1:
            tally.lost += not bought
            tally.doubled += len(bought) > 1
            tally.notes.append(f"{plan}: one ticket was ordered, bought were {bought}")

    def _balance(self, plan: Plan, books: Books, account: Account, tally: Tally) -> None:
        logged = account.check_ins(books.door)
        lost = [token for token in books.green if token not in books.won]
        lost += [token for token, tag in books.won.items() if account.tags.get(token) != tag]
        doubled = [pair for pair in set(logged) if logged.count(pair) > 1]
        doubled += [pair for pair in set(logged) if books.won.get(pair[0]) != pair[1]]
        doubled += [pair for pair in account.tags.items() if books.won.get(pair[0]) != pair[1]]
        owned = {token: self._night.owner(token) for token in books.won}
        minted = account.certificates()
        lost += [token for token, owner in owned.items() if owner not in minted]
        twice = [token for token, owner in owned.items() if minted.count(owner) > 1]
        tally.lost += len(lost)
        tally.doubled += len(doubled) + len(twice)
        if lost or doubled or twice:
            tally.notes.append(f"{plan}: lost {lost}, doubled {doubled}, certificates {twice}")

    def _guests(self) -> list[int]:
        if len(self._unused) < GUESTS:
            self._unused += self._night.issue(TICKETS_AT_ONCE)
        guests, self._unused = self._unused[:GUESTS], self._unused[GUESTS:]
        return guests

    def _prepare(self, keys: VaultSigner, door: int) -> None:
        key_id = f"record/{self._night.event_id.hex()}/{door}"
        self._night.do(grant_door(door, keys.create(key_id)))


@dataclass(frozen=True)
class Books:
    """What the door showed green, and the tags that its journal holds, by ticket."""

    green: list[int]
    won: dict[int, bytes]
    door: int


@dataclass(frozen=True)
class Seat:
    """One door's place: its folder and keys outlive the processes that sit there."""

    night: Night
    folder: Path
    door: int
    vault: MemoryVault

    def kiosk(self) -> Kiosk:
        return Kiosk(self.night, self.folder, door=self.door, vault=self.vault)

    def evening(self, guests: list[int], plan: Plan) -> None:
        """Let guests in while the outbox works; dies where the plan says, if it gets there."""
        kiosk = self.kiosk()
        passes = {token_id: kiosk.pass_of(token_id) for token_id in guests}
        fate = Fate(plan.death)
        kiosk.device.journal = MortalJournal(kiosk.device.journal, fate)  # type: ignore[assignment]
        kiosk.use_writer(lambda writer: MortalWriter(writer, fate, plan.fault))
        self._order(kiosk)
        door = kiosk.device.door(kiosk.event)
        for token_id, payload in passes.items():
            if door.check(payload).code is Code.ADMITTED:
                self._show_green(token_id)
            _step(kiosk)
        for _ in range(EVENING_STEPS):
            _step(kiosk)
        if plan.fault != "reorged":  # what is final is never taken back
            self.night.mine(12)
        for _ in range(EVENING_STEPS):
            _step(kiosk)
        kiosk.close()

    def rival(self) -> None:
        """Submit every record of the journal from another wallet."""
        kiosk = self.kiosk()
        found = kiosk.device.journal.records_in(*RecordState).result()
        kiosk.close()
        if found:
            self.night.do(check_in_batch(found), key_id=f"rival/{self.door}")

    def resume(self) -> None:
        """Start again after the kill, bring everything on chain, and write down what was won."""
        kiosk = self.kiosk()
        self._order(kiosk)  # whoever saw no answer asks again: it is the same order
        state = kiosk.drain()
        door = self.night.door_state(self.door)
        assert state.refused == 0, (state, kiosk.conflicts(), door)
        assert kiosk.device.journal.verify().result() is None
        text = {str(token): tag.hex() for token, tag in kiosk.tags().items()}
        (self.folder / "won.json").write_text(json.dumps(text))
        kiosk.close()

    def won(self) -> dict[int, bytes]:
        text = json.loads((self.folder / "won.json").read_text())
        return {int(token): bytes.fromhex(tag) for token, tag in text.items()}

    def _order(self, kiosk: Kiosk) -> None:
        """Buy one ticket at the door with the wallet that pays for check-ins too."""
        kiosk.buy(b"order of door %d" % self.door)

    def _show_green(self, token_id: int) -> None:
        """What a guest saw cannot be taken back: it is written past every buffer."""
        with (self.folder / "green").open("ab", buffering=0) as shown:
            shown.write(b"%d\n" % token_id)

    def shown_green(self) -> list[int]:
        path = self.folder / "green"
        return [int(line) for line in path.read_text().split()] if path.exists() else []


def _step(kiosk: Kiosk) -> None:
    with contextlib.suppress(ChainError):
        kiosk.step()


def _forked(work: Callable[[], None]) -> bool:
    """Do something in a process of its own; True if it was killed.

    Raises:
        RuntimeError: It failed otherwise.
    """
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.alarm(CHILD_SECONDS)
            work()
            code = 0
        except BaseException:  # noqa: BLE001 - told, then the process ends
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    if status != 0:
        raise RuntimeError(f"a process of the soak ended with status {status}")
    return False


def _forked_well(work: Callable[[], None]) -> None:
    if _forked(work):
        raise RuntimeError("a process that nobody kills was killed")


def play(runs: int, seed: int, say: Callable[[str], Any]) -> Tally:
    """Run the matrix on a node of its own."""
    with kept_quiet(), tempfile.TemporaryDirectory() as folder, _node() as node:
        matrix, tally = Matrix(Path(folder), node), Tally()
        for number, plan in enumerate(plans(runs, random.Random(seed)), 1):
            matrix.run(plan, tally)
            say(f"{number}/{runs}: {plan}")
        return tally


@contextlib.contextmanager
def kept_quiet() -> Iterator[None]:
    """Load what every child would load, once."""
    import eth_account  # noqa: F401 - for its effect
    import web3  # noqa: F401 - for its effect

    yield


def _node() -> AnvilNode:
    return AnvilNode(NodeOptions(epoch_slots=4))
