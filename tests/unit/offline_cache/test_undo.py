"""A mirror that was taken back says what one says that never saw the replaced blocks."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offline_cache.migrations import migrate
from offline_cache.migrations.mirror import MIRROR_SCHEMA
from offline_cache.mirror import Mirror, blocks, events, undo
from offline_cache.mirror.projection import apply_page
from offline_cache.records import (
    BundleSetFact,
    ChainCheckIn,
    ChainStage,
    CheckedInFact,
    CheckInReplacedFact,
    CheckInSkippedFact,
    DoorChangedFact,
    DoorState,
    EventCancelledFact,
    EventCreatedFact,
    EventUpdatedFact,
    Fact,
    FreezeChanged,
    MirrorPage,
    PoapMinted,
    Purchase,
    Purchased,
    StageMarks,
    StatusChangedFact,
    TicketStatus,
    TierIssued,
    Transferred,
    UserUpdated,
)
from tests.unit.offline_cache.builders import (
    ALICE,
    BOB,
    CONTRACT,
    FACTORY,
    KEY,
    NOBODY,
    NOW,
    OTHER_CONTRACT,
    block,
    digest,
    event,
)
from tests.unit.offline_cache.facts import every_fact
from tests.unit.offline_cache.test_migrations import released

KEPT_APART = frozenset({"blocks", "marks", *(f"{table}_before" for table in undo.TABLES)})
TOKENS = 3
Happening = tuple[str, int, bytes]


def database() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("pragma foreign_keys = on")
    migrate(connection, Path("mirror.db"), MIRROR_SCHEMA)
    return connection


def rows(connection: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    """Return all that the mirror says of the chain, sorted."""
    names = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
    return {
        name: sorted(connection.execute(f"select * from {name}").fetchall(), key=repr)
        for (name,) in names
        if name not in KEPT_APART
    }


def kept_before(connection: sqlite3.Connection) -> int:
    """Count the images that the undo keeps."""
    return sum(
        connection.execute(f"select count(*) from {table}_before").fetchone()[0]
        for table in undo.TABLES
    )


def facts_of(happenings: list[Happening], number: int) -> list[Fact]:
    return [
        fact
        for index, (kind, token, who) in enumerate(happenings)
        for fact in _facts(kind, token, who, number, index)
    ]


def _told(kind: str, token: int, who: bytes, number: int, index: int) -> list[Fact]:
    """Return what the factory logs, nothing for a kind that it does not log."""
    place = (FACTORY, number, index)
    if kind == "event":
        other = event(event_id=digest(who), number=2 + token, contract=who)
        return [EventCreatedFact(*place, other)]
    if kind == "rename":
        return [EventUpdatedFact(*place, 2 + token, f"Night {number}", "ipfs://n", number, 9)]
    return [EventCancelledFact(*place, 2 + token)] if kind == "cancel" else []


def _facts(kind: str, token: int, who: bytes, number: int, index: int) -> list[Fact]:
    place = (CONTRACT, number, index)
    claim = digest("claim", token, who)
    bought = Purchase(CONTRACT, who, who, 3, token, 1, 10**19 + 7, number, index)
    entry = ChainCheckIn(CONTRACT, token, 1 + index % 2, who, claim, NOW, 1, number)
    poap = token << 160 | int.from_bytes(who, "big")
    logged: dict[str, list[Fact]] = {
        "mint": [Transferred(*place, NOBODY, who, token)],
        "move": [Transferred(*place, ALICE, who, token)],
        "bind": [UserUpdated(*place, token, who, NOW)],
        "void": [StatusChangedFact(*place, token, TicketStatus.VOID)],
        "tier": [TierIssued(*place, 1 + index % 5, token, 2, who)],
        "buy": [Purchased(*place, bought), Transferred(*place, NOBODY, who, token)],
        "door": [DoorChangedFact(*place, token, who, DoorState.ACTIVE, number)],
        "bundle": [BundleSetFact(*place, number, digest(number), who), FreezeChanged(*place, NOW)],
        "enter": [CheckedInFact(*place, entry)],
        "replace": [CheckInReplacedFact(*place, token, 2, 1, claim)],
        "skip": [CheckInSkippedFact(*place, token, 1, 2, claim, bytes(12), 9)],
        "poap": [PoapMinted(KEY, number, index, poap, who)],
    }
    return _told(kind, token, who, number, index) or logged.get(kind, [])


KINDS = (
    *("event", "rename", "cancel", "mint", "move", "bind", "void", "tier", "buy", "door"),
    *("bundle", "enter", "replace", "skip", "poap"),
)
happening = st.tuples(
    st.sampled_from(KINDS), st.integers(0, TOKENS - 1), st.sampled_from([ALICE, BOB, KEY])
)
chain_block = st.lists(happening, max_size=5)
move = st.one_of(
    st.tuples(st.just("grow"), st.lists(chain_block, min_size=1, max_size=4), st.booleans()),
    st.tuples(st.just("reorg"), st.integers(0, 9), st.none()),
    st.tuples(st.just("final"), st.integers(0, 9), st.none()),
)


@dataclass
class World:
    """A mirror beside the chain it follows."""

    mirror: sqlite3.Connection
    chain: list[list[Fact]] = field(default_factory=list)
    reverts: int = 0

    def grow(self, fresh: list[list[Happening]], *, headers: bool) -> None:
        first = len(self.chain)
        self.chain += [facts_of(each, first + place) for place, each in enumerate(fresh)]
        last = len(self.chain) - 1
        numbers = range(first, last + 1) if headers else (last,)
        facts = [fact for facts in self.chain[first:] for fact in facts]
        apply_page(self.mirror, MirrorPage([block(number) for number in numbers], facts))

    def reorg(self, depth: int) -> None:
        """Go back to a kept block as deep as wanted, or as can be undone."""
        floor = undo.marks(self.mirror).get(undo.FLOOR, -1)
        kept = [each.number for each in blocks.last_blocks(self.mirror, 100)]
        able = [number for number in kept if number >= floor]
        if able:
            ancestor = able[min(depth, len(able) - 1)]
            undo.revert_to(self.mirror, ancestor)
            del self.chain[ancestor + 1 :]
            self.reverts += 1

    def final(self, depth: int) -> None:
        newest = len(self.chain) - 1
        undo.set_stages(self.mirror, max(0, newest - depth // 2), max(0, newest - depth))

    def fresh(self) -> dict[str, list[tuple[object, ...]]]:
        """Return what a mirror says that read this chain in one go, all of it final."""
        with closing(database()) as connection:
            if self.chain:
                last = len(self.chain) - 1
                undo.set_stages(connection, last, last)
                facts = [fact for facts in self.chain for fact in facts]
                apply_page(connection, MirrorPage([block(last)], facts))
                assert kept_before(connection) == 0
            return rows(connection)


@settings(deadline=None, max_examples=150)
@given(moves=st.lists(move, max_size=14))
def test_any_reorgs_leave_what_a_fresh_sync_gives(
    moves: list[tuple[str, object, bool | None]],
) -> None:
    with closing(database()) as mirror:
        world = World(mirror)
        for kind, what, headers in moves:
            if kind == "grow":
                world.grow(what, headers=bool(headers))  # type: ignore[arg-type]
            else:
                getattr(world, kind)(what)
            assert rows(mirror) == world.fresh()
            assert mirror.execute("pragma foreign_key_check").fetchall() == []


def page(number: int, *facts: Fact) -> MirrorPage:
    return MirrorPage([block(number)], facts)


def mint(token: int, number: int, contract: bytes = CONTRACT) -> Transferred:
    return Transferred(contract, number, token, NOBODY, ALICE, token)


def test_every_kind_of_fact_is_undone(mirror_db: sqlite3.Connection) -> None:
    apply_page(mirror_db, MirrorPage([block(0)], []))
    before = rows(mirror_db)
    apply_page(mirror_db, every_fact())
    assert rows(mirror_db) != before

    undo.revert_to(mirror_db, 0)

    assert rows(mirror_db) == before
    assert kept_before(mirror_db) == 0
    head = blocks.head(mirror_db)
    assert head == block(0)


def test_what_is_final_is_no_longer_kept(mirror_db: sqlite3.Connection) -> None:
    for number in range(6):
        apply_page(mirror_db, page(number, mint(number, number)))
    kept = kept_before(mirror_db)
    undo.set_stages(mirror_db, 4, 3)

    assert 0 < kept_before(mirror_db) < kept
    assert undo.marks(mirror_db) == {"safe": 4, "finalized": 3, "undo_floor": 3}
    with pytest.raises(ValueError, match="cannot be taken back to block 2"):
        undo.revert_to(mirror_db, 2)
    undo.revert_to(mirror_db, 3)
    assert mirror_db.execute("select count(*) from tickets").fetchone() == (4,)


def test_a_block_that_is_not_kept_is_no_place_to_go_back_to(mirror_db: sqlite3.Connection) -> None:
    apply_page(mirror_db, page(1, mint(1, 1)))
    apply_page(mirror_db, page(5, mint(3, 3)))
    with pytest.raises(ValueError, match="cannot be taken back to block 3"):
        undo.revert_to(mirror_db, 3)


def test_a_page_that_is_partly_final_is_undone_to_its_final_part(
    mirror_db: sqlite3.Connection,
) -> None:
    undo.set_stages(mirror_db, 3, 2)
    facts = [mint(number, number) for number in range(6)]
    apply_page(mirror_db, MirrorPage([block(number) for number in (2, 3, 4, 5)], facts))

    assert undo.marks(mirror_db)["undo_floor"] == 2
    undo.revert_to(mirror_db, 2)
    assert mirror_db.execute("select count(*) from tickets").fetchone() == (3,)


def test_an_event_that_no_log_told_keeps_its_contract(mirror_db: sqlite3.Connection) -> None:
    apply_page(mirror_db, page(1))
    apply_page(mirror_db, page(2, mint(1, 2, OTHER_CONTRACT)))
    events.put_event(mirror_db, event(contract=OTHER_CONTRACT))
    mirror_db.execute("begin")
    undo.revert_to(mirror_db, 1)
    mirror_db.execute("commit")

    assert events.event_by_contract(mirror_db, OTHER_CONTRACT) is not None
    assert mirror_db.execute("select count(*) from tickets").fetchone() == (0,)


def test_a_failed_page_leaves_nothing_to_undo(mirror_db: sqlite3.Connection) -> None:
    apply_page(mirror_db, page(1, mint(1, 1)))
    before, kept = rows(mirror_db), kept_before(mirror_db)
    mirror_db.execute("begin immediate")
    apply_page(mirror_db, page(2, mint(2, 2)))
    mirror_db.execute("rollback")
    assert (rows(mirror_db), kept_before(mirror_db)) == (before, kept)
    apply_page(mirror_db, page(2, mint(3, 2)))
    undo.revert_to(mirror_db, 1)
    assert rows(mirror_db) == before


def test_what_an_older_version_wrote_is_below_the_floor(tmp_path: Path) -> None:
    path = tmp_path / "mirror.db"
    released(MIRROR_SCHEMA, path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrate(connection, path, MIRROR_SCHEMA)
        reached = blocks.cursor(connection)
        assert reached is not None
        assert undo.marks(connection) == {"undo_floor": reached}
        before = rows(connection)
        apply_page(connection, page(reached + 1, mint(900, reached + 1)))
        undo.revert_to(connection, reached)
        assert rows(connection) == before


def test_every_table_of_the_mirror_is_undone_or_meant_not_to_be(
    mirror_db: sqlite3.Connection,
) -> None:
    names = {
        name for (name,) in mirror_db.execute("select name from sqlite_master where type = 'table'")
    }
    before = {f"{table}_before" for table in undo.TABLES}
    assert names == set(undo.TABLES) | before | {"blocks", "cursors", "meta", "marks"}
    for table in undo.TABLES:
        live = [row[1:3] for row in mirror_db.execute(f"pragma table_info({table})")]
        kept = [row[1:3] for row in mirror_db.execute(f"pragma table_info({table}_before)")]
        assert kept[2:] == live


def test_a_block_has_the_stage_that_the_chain_said_last(mirror: Mirror) -> None:
    assert mirror.stage_of(0) is ChainStage.PENDING
    mirror.apply_page(page(9)).result()
    assert mirror.stage_of(0) is ChainStage.INCLUDED
    mirror.set_stages(6, 3).result()

    stages = [mirror.stage_of(number) for number in (3, 4, 6, 7, 9, 10)]
    final, safe, included = ChainStage.FINALIZED, ChainStage.SAFE, ChainStage.INCLUDED
    assert stages == [final, safe, safe, included, included, ChainStage.PENDING]
    assert mirror.marks() == StageMarks(safe=6, finalized=3, undo_floor=3)
    mirror.clear().result()
    assert mirror.marks() == StageMarks()


def test_taking_back_looks_up_rows_by_their_whole_key(mirror_db: sqlite3.Connection) -> None:
    seen: set[str] = set()
    apply_page(mirror_db, page(0))
    apply_page(mirror_db, every_fact())
    mirror_db.set_trace_callback(seen.add)
    undo.revert_to(mirror_db, 0)
    mirror_db.set_trace_callback(None)

    removals = [text for text in seen if text.startswith("delete from") and "_before" not in text]
    assert len(removals) >= len(undo.TABLES)
    for text in removals:
        (key, *_) = mirror_db.execute(f"explain query plan {text}").fetchall()
        keys = 1 if " and " not in text else text.split("contract_no not in")[0].count("=")
        assert key[3].count("=?") == keys or "rowid>?" in key[3], (text, key)
