"""Somebody else's collections in the mirror: read from their beginning, and never twice."""

from __future__ import annotations

import asyncio
import random
from concurrent.futures import Future
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from app.chain.source import RpcSource
from app.chain.verification import creation_block
from app.domain.addresses import checksum
from app.domain.errors import ChainError
from app.domain.keccak import keccak
from app.services.sync import RECHECK_PASSES, SyncService
from offline_cache.errors import StoreFull
from offline_cache.mirror import Mirror
from offline_cache.records import TicketStatus
from tests.integration.guests.club import Club, ClubNight
from tests.integration.outbox.night import Night, run
from tests.unit.cli.shell import Shell

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Sequence
    from pathlib import Path

    from app.chain.rpc import RpcClient
    from offline_cache.records import BlockRef, MirrorPage, Ticket
    from tests.integration.chain.world import World

NOBODY = bytes(20)
SOMEBODY = b"\x51" * 20
ANOTHER = b"\x52" * 20


@pytest.fixture
def club(factory: World, probes: Path) -> Club:
    return Club(factory, probes)


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    with closing(Mirror(tmp_path, lambda: 0.0)) as made:
        yield made


class Watched(RpcSource):
    """A source that remembers which blocks of which collection were read alone."""

    def __init__(self, rpc: RpcClient, factory: bytes) -> None:
        super().__init__(rpc, 31_337, factory, max_span=9)
        self.read: list[tuple[bytes, int, int]] = []

    async def history(
        self,
        collection: bytes,
        from_block: int,
        to_block: int,
        *,
        anchor: BlockRef | None = None,
    ) -> AsyncGenerator[MirrorPage, None]:
        if from_block <= to_block:
            self.read.append((collection, from_block, to_block))
        async for page in super().history(collection, from_block, to_block, anchor=anchor):
            yield page


def follow(
    club: Club, mirror: Mirror, named: dict[bytes, int | None] | None = None, start: int = 0
) -> list[tuple[int, int]]:
    """Sync once, as after a restart; returns what was read of the club's collection alone."""
    world = club.world

    async def scenario(rpc: RpcClient) -> list[tuple[int, int]]:
        source = Watched(rpc, world.factory)
        service = SyncService(source, mirror, start_block=start)
        service.collections.name(named or {})
        await service.step()
        return [(first, last) for address, first, last in source.read if address == club.address]

    return run(world.url, scenario)


def head(world: World) -> int:
    return run(world.url, lambda rpc: rpc.block()).number


def created(world: World, club: Club) -> int:
    now = head(world)
    return run(world.url, lambda rpc: creation_block(rpc, club.address, now))


def owners(mirror: Mirror, contract: bytes) -> dict[int, bytes]:
    return {each.token_id: each.owner for each in mirror.tickets(contract).result()}


def test_a_collection_is_read_from_its_beginning_once_an_event_is_over_it(
    factory: World, club: Club, mirror: Mirror
) -> None:
    begun = created(factory, club)
    club.do("mint", SOMEBODY, 5)
    follow(club, mirror)
    night = ClubNight.for_club(club)
    made = head(factory)
    club.do("mint", ANOTHER, 6)
    # Only up to the page that tells of the event: from there on it is read along with it.
    [(first, last)] = follow(club, mirror)
    assert first == begun < last <= made
    assert owners(mirror, night.contract) == {5: SOMEBODY, 6: ANOTHER}
    assert owners(mirror, club.address) == {5: SOMEBODY, 6: ANOTHER}
    club.do("mint", SOMEBODY, 7)
    assert follow(club, mirror) == []
    assert set(owners(mirror, night.contract)) == {5, 6, 7}
    # A second event over it needs nothing read again.
    second = ClubNight.for_club(club)
    assert follow(club, mirror) == []
    assert owners(mirror, second.contract) == owners(mirror, night.contract)


def test_a_first_sync_reads_everything_in_one_pass(club: Club, mirror: Mirror) -> None:
    club.do("mint", SOMEBODY, 5)
    night = ClubNight.for_club(club)
    night.issue(2)
    night.bind(1, b"\x77" * 20)
    night.hand_over(2, 1)
    follow(club, mirror, start=night.start_block)
    assert owners(mirror, night.contract) == {5: SOMEBODY, 1: night.owner(1), 2: night.owner(1)}
    bound, sold = (mirror.ticket(night.contract, token) for token in (1, 2))
    assert bound is not None
    assert sold is not None
    assert (bound.user, bound.epoch, bound.owner_epoch) == (b"\x77" * 20, 1, 0)
    assert (sold.user, sold.epoch, sold.owner_epoch) == (NOBODY, 0, 1)


def test_a_named_collection_is_followed_and_only_its_gap_is_read(
    factory: World, club: Club, mirror: Mirror
) -> None:
    club.do("mint", SOMEBODY, 5)
    follow(club, mirror)
    before = head(factory)
    [(first, last)] = follow(club, mirror, {club.address: None})
    assert (first, last) == (created(factory, club), before)
    assert owners(mirror, club.address) == {5: SOMEBODY}
    club.do("mint", ANOTHER, 6)
    assert follow(club, mirror, {club.address: None}) == []
    assert set(owners(mirror, club.address)) == {5, 6}
    # Nobody names it for a while; then the blocks between are read, and no others.
    left = head(factory)
    club.do("mint", ANOTHER, 7)
    follow(club, mirror)
    assert set(owners(mirror, club.address)) == {5, 6}
    now = head(factory)
    assert follow(club, mirror, {club.address: None}) == [(left + 1, now)]
    assert set(owners(mirror, club.address)) == {5, 6, 7}


def test_a_named_block_is_where_reading_begins(factory: World, club: Club, mirror: Mirror) -> None:
    club.do("mint", SOMEBODY, 5)
    later = head(factory) + 1
    club.do("mint", ANOTHER, 6)
    [(first, _)] = follow(club, mirror, {club.address: later})
    assert first == later
    assert set(owners(mirror, club.address)) == {6}


@pytest.mark.parametrize("kind", ["no contract", "BrokenPoap"])
def test_what_is_no_collection_is_refused_by_name(
    factory: World, probes: Path, mirror: Mirror, kind: str
) -> None:
    club = Club(factory, probes, "PlainCollection" if kind == "no contract" else kind)
    place = b"\x99" * 20 if kind == "no contract" else club.address
    with pytest.raises(ChainError) as caught:
        follow(club, mirror, {place: None})
    assert caught.value.code == "chain.wrong_code"
    assert checksum(place) in str(caught.value)


def test_a_hostile_collection_neither_stops_the_mirror_nor_tells_it_anything(
    factory: World, probes: Path, mirror: Mirror
) -> None:
    hostile = Club(factory, probes, "HostileCollection")
    night = ClubNight.for_club(hostile)
    claim = keccak(b"somebody's claim")
    hostile.do("tell", NOBODY, SOMEBODY, 5)
    hostile.do("forge", 5, 1, SOMEBODY, claim)
    hostile.do("tellAsCoin", NOBODY, SOMEBODY, 10**18)
    hostile.do("tell", SOMEBODY, ANOTHER, 2**256 - 1)
    for count in range(6):  # enough of a kind to be decoded together
        hostile.do("tell", NOBODY, ANOTHER, 100 + count)
        hostile.do("tellAsCoin", NOBODY, SOMEBODY, count)
    follow(hostile, mirror)
    assert mirror.check_in_by_claim(claim) is None
    found = mirror.ticket(night.contract, 5)
    assert found is not None
    assert (found.owner, found.status) == (SOMEBODY, TicketStatus.VALID)
    assert set(owners(mirror, night.contract)) == {5, 2**256 - 1, *range(100, 106)}


def test_an_event_over_another_events_tickets_leaves_those_alone(
    factory: World, mirror: Mirror
) -> None:
    show = Night.at(factory, tickets=2)
    club = Club.__new__(Club)
    club.world, club.address = factory, show.contract
    party = ClubNight.for_club(club)
    show.issue(1)
    assert follow(club, mirror) == []
    assert owners(mirror, party.contract) == owners(mirror, show.contract)
    kept = mirror.ticket(show.contract, 1)
    assert kept is not None
    assert (kept.epoch, kept.owner_epoch) == (1, 1)
    event = mirror.event_by_contract(show.contract)
    assert event is not None
    assert event.freeze_at > 0


def test_certificates_are_tickets_of_the_next_party(factory: World, mirror: Mirror) -> None:
    club = Club.__new__(Club)
    club.world, club.address = factory, factory.poap
    party = ClubNight.for_club(club)
    assert follow(club, mirror) == []
    held = sum(len(mirror.poaps(n).result()) for n in range(1, party.number + 1))
    assert len(mirror.tickets(party.contract).result()) == held


def test_a_replaced_block_takes_keys_and_owners_back(
    factory: World, club: Club, mirror: Mirror
) -> None:
    night = ClubNight.for_club(club)
    night.issue(2)
    follow(club, mirror)
    snapshot = night.rpc("evm_snapshot")
    night.bind(1, b"\x77" * 20)
    night.hand_over(2, 1)
    follow(club, mirror)
    assert owners(mirror, night.contract)[2] == night.owner(1)
    night.rpc("evm_revert", snapshot)
    night.mine(2)
    night.bind(2, b"\x78" * 20)
    assert follow(club, mirror) == []
    first, second = (mirror.ticket(night.contract, token) for token in (1, 2))
    assert first is not None
    assert second is not None
    assert (first.user, first.epoch) == (NOBODY, 0)
    assert (second.owner, second.user, second.epoch) == (night.owner(2), b"\x78" * 20, 1)
    assert mirror.cursor(club.address).result() == head(factory)


def test_a_guest_event_that_a_reorg_takes_back_costs_no_trust(club: Club, mirror: Mirror) -> None:
    show = Night.at(club.world)  # blocks of ours, before
    snapshot = show.rpc("evm_snapshot")
    club.do("mint", SOMEBODY, 5)

    async def scenario(rpc: RpcClient) -> None:
        service = SyncService(RpcSource(rpc, 31_337, club.world.factory), mirror)
        await service.step()
        await asyncio.to_thread(ClubNight.for_club, club)
        await service.step()
        assert club.address in mirror.collections().result()
        await rpc.call("anvil_rollback", [1])
        await rpc.call("anvil_mine", ["0x3"])
        for _ in range(2 * RECHECK_PASSES):
            await service.step()
        assert club.address not in mirror.collections().result()

    run(club.world.url, scenario)
    show.rpc("evm_revert", snapshot)


class Stingy:
    """A mirror whose disk is full at one write, and has room again afterwards."""

    def __init__(self, mirror: Mirror, at: int) -> None:
        self._mirror, self._left = mirror, at

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - stands for the whole mirror
        return getattr(self._mirror, name)

    def apply_pages(self, pages: Sequence[MirrorPage]) -> Future[int]:
        self._left -= 1
        if self._left == 0:
            failed: Future[int] = Future()
            failed.set_exception(StoreFull("no space"))
            return failed
        return self._mirror.apply_pages(pages)


def test_a_sync_that_breaks_off_anywhere_goes_on_to_the_same_end(
    club: Club, tmp_path: Path
) -> None:
    for token in range(10, 14):
        club.do("mint", SOMEBODY, token)
    night = ClubNight.for_club(club)
    night.issue(3)
    night.bind(1, b"\x77" * 20)
    night.hand_over(2, 1)
    whole = tickets_after(club, tmp_path / "whole", night, 0)
    assert len(whole) == 7
    broken, at = True, 1
    while broken:
        broken, found = broken_off(club, tmp_path / str(at), night, at)
        assert found == whole
        at += 1
    assert at > 3


def broken_off(club: Club, folder: Path, night: ClubNight, at: int) -> tuple[bool, list[Ticket]]:
    """Sync with one write that fails, then again; whether there were so many writes."""
    try:
        tickets_after(club, folder, night, at)
        broken = False
    except StoreFull:
        broken = True
    return broken, tickets_after(club, folder, night, 0)


def tickets_after(club: Club, folder: Path, night: ClubNight, at: int) -> list[Ticket]:
    folder.mkdir(exist_ok=True)
    with closing(Mirror(folder, lambda: 0.0)) as filled:

        async def scenario(rpc: RpcClient) -> None:
            source = RpcSource(rpc, 31_337, club.world.factory, max_span=2)
            service = SyncService(source, Stingy(filled, at), start_block=night.start_block)
            service.facts_a_write = 0
            await service.step()

        run(club.world.url, scenario)
        return filled.tickets(night.contract).result()


# ── the mirror is the chain ───────────────────────────────────────────────────────────────────────


def play(night: ClubNight, dice: random.Random, actions: int) -> dict[int, dict[str, Any]]:
    """Do random things; returns what a plain account makes of each card."""
    cards: dict[int, dict[str, Any]] = {
        token: {"holder": token, "since_key": True, "key": NOBODY} for token in night.issue(4)
    }
    for number in range(actions):
        token = dice.choice(list(cards))
        card = cards[token]
        kind = dice.choice(("bind", "bind", "unbind", "move", "move", "self", "burn", "issue"))
        if kind == "issue":
            (new,) = night.issue(1)
            cards[new] = {"holder": new, "since_key": True, "key": NOBODY}
        elif card["holder"] == 0:
            continue
        elif kind in {"bind", "unbind"}:
            key = keccak(bytes([number]))[:20] if kind == "bind" else NOBODY
            night.bind(token, key, by=card["holder"])
            card["key"] = key
            card["since_key"] |= kind == "bind"
        elif kind == "burn":
            night.club.do("burn", token)
            card |= {"holder": 0, "key": NOBODY, "since_key": False}
        else:
            to = card["holder"] if kind == "self" else dice.choice(list(cards))
            night.hand_over(token, to, by=card["holder"])
            card["key"] = NOBODY
            card["since_key"] &= to == card["holder"]
            card["holder"] = to
    return cards


@pytest.mark.parametrize("seed", [1, 2])
def test_the_mirror_equals_collection_and_registry_after_any_history(
    club: Club, mirror: Mirror, seed: int
) -> None:
    night = ClubNight.for_club(club)
    cards = play(night, random.Random(seed), 40)
    follow(club, mirror)
    for token, card in cards.items():
        found = mirror.ticket(night.contract, token)
        assert found is not None
        assert found.owner == club.owner_of(token)
        assert found.epoch == night.entry_key(token).nonce
        assert found.user == card["key"], token
        assert (found.owner_epoch <= found.epoch) == card["since_key"], token


# ── by command ────────────────────────────────────────────────────────────────────────────────────


def test_a_collection_is_synced_and_shown_by_command(
    factory: World, club: Club, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = Shell(tmp_path / "data", capsys)
    club.do("mint", SOMEBODY, 2**200)
    file = ("--mirror", str(tmp_path / "club.db"))
    named = ("--contract", checksum(club.address))
    of_chain = ("--rpc", factory.url, "--factory", factory.deployment.factory)
    assert shell.json("sync", *of_chain, *file, *named).code == 0
    [card] = shell.json("mirror", "tickets", *named, *file).result
    assert (card["token_id"], card["owner"]) == (str(2**200), checksum(SOMEBODY))
    assert shell.json("mirror", "ticket", str(2**200), *named, *file).result == card
    assert shell.json("mirror", "claims", *file).result == []
    wrong = shell.json("sync", *of_chain, *file, "--contract", checksum(b"\x99" * 20))
    assert (wrong.code, wrong.result["error"]["code"]) == (3, "chain.wrong_code")
    for text in ("0x12", f"{checksum(club.address)}@", f"{checksum(club.address)}@x"):
        assert shell("sync", *of_chain, *file, "--contract", text).code == 2
