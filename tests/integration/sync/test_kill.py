"""A sync that is killed again and again ends with the mirror of one that never was."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from app.chain import contract_calls as calls
from app.chain.rpc import RpcClient
from app.chain.source import RpcSource
from app.domain.transacting import Call
from app.services.sync import SyncService
from offline_cache.mirror import Mirror, undo
from tests.integration.outbox.night import Night, run

if TYPE_CHECKING:
    from tests.integration.chain.world import World

ROOT = Path(__file__).parents[3]
TICKETS = 2_000
BATCH = 100
KILLS = ((1, "before"), (3, "while"), (1, "after"), (4, "before"), (2, "while"), (2, "after"))
# What differs between two syncs of one chain: where the pages ended, and what can be undone.
PAGE_ENDS = frozenset({"blocks", "marks", *(f"{table}_before" for table in undo.TABLES)})


def fill(night: Night) -> None:
    """Make a few thousand logs: mints, bindings, transfers."""

    async def work(rpc: RpcClient) -> None:
        sender = night.world.sender(rpc)
        people = [night.owner(number) for number in range(1, 6)]
        for _ in range(TICKETS // BATCH):
            mint = calls.batch_mint([night.world.admin] * BATCH, [0] * BATCH)
            await sender.send_and_wait(Call(night.contract, mint), "issue tickets")
        for token_id in range(1, 30):
            person = people[token_id % len(people)]
            bind = calls.set_user(token_id, person, 2**40)
            await sender.send_and_wait(Call(night.contract, bind), "bind a key")
            move = calls.transfer_from(night.world.admin, person, token_id)
            await sender.send_and_wait(Call(night.contract, move), "hand a ticket over")

    run(night.world.url, work)


def sync_whole(folder: Path, night: Night) -> None:
    folder.mkdir(exist_ok=True)
    mirror = Mirror(folder, lambda: 0.0)

    async def work() -> None:
        async with RpcClient(night.world.url) as rpc:
            source = RpcSource(rpc, 31_337, night.world.factory)
            await SyncService(source, mirror).step()

    asyncio.run(work())
    mirror.close()


def sync_and_kill(folder: Path, night: Night, page: int, moment: str) -> None:
    """Let a child sync until it kills itself at a page, or, for page 0, as it takes blocks back."""
    world = night.world
    arguments = [str(folder), world.url, world.factory.hex(), str(page), moment]
    command = [sys.executable, "-m", "tests.integration.sync.syncer", *arguments]
    done = subprocess.run(command, cwd=ROOT, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL


def rows(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return every table of the mirror, sorted."""
    with closing(sqlite3.connect(folder / "mirror.db")) as database:
        names = database.execute("select name from sqlite_master where type = 'table'").fetchall()
        tables = [name for (name,) in names if not name.startswith("sqlite_")]
        return {
            name: sorted(database.execute(f"select * from {name}").fetchall(), key=repr)
            for name in tables
            if name not in PAGE_ENDS
        }


def test_a_sync_killed_at_any_page_goes_on_where_it_was(factory: World, tmp_path: Path) -> None:
    night = Night.at(factory)
    fill(night)
    folder = tmp_path / "killed"
    folder.mkdir()
    reached = []
    for page, moment in KILLS:
        sync_and_kill(folder, night, page, moment)
        mirror = Mirror(folder, lambda: 0.0)
        head = mirror.head()
        reached.append(-1 if head is None else head.number)
        assert mirror.damage().result() == []
        mirror.close()
    assert reached == sorted(reached)
    assert reached[0] == -1 < reached[-1]
    sync_whole(folder, night)
    sync_whole(tmp_path / "fresh", night)
    killed, fresh = rows(folder), rows(tmp_path / "fresh")
    assert killed == fresh
    assert len(fresh["tickets"]) >= TICKETS
