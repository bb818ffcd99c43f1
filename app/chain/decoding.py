"""Turn raw logs into the facts that the mirror takes."""

from __future__ import annotations

from itertools import repeat
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from app.chain.answers import hex_octets, octets, quantity
from app.chain.guest_logs import BUILDERS as GUEST_BUILDERS
from app.chain.guest_logs import CONSECUTIVE_TRANSFER, OF_COLLECTIONS, Trust
from app.chain.log_runs import (
    BLOCK_OF,
    DATA_OF,
    INDEX_OF,
    TOPICS_OF,
    RunReader,
    run_reader,
)
from app.chain.logs import EventReader
from app.chain.troubles import bad_answer
from offline_cache.records import (
    BundleSetFact,
    ChainCheckIn,
    CheckedInFact,
    CheckInReplacedFact,
    CheckInSkippedFact,
    DoorChangedFact,
    DoorState,
    Event,
    EventCancelledFact,
    EventCreatedFact,
    EventUpdatedFact,
    FreezeChanged,
    PoapMinted,
    Purchase,
    Purchased,
    StatusChangedFact,
    TicketStatus,
    TierIssued,
    Transferred,
    UserUpdated,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from app.chain.abi import Entry
    from app.chain.answers import JsonObject
    from app.chain.log_runs import Column
    from offline_cache.records import Fact

    # The values of a log: their types are what the event's reader makes of the ABI.
    Values = Sequence[Any]
    Build = Callable[["LogDecoder", "Place", Values], Fact | None]
    Place = tuple[bytes, int, int]
    Places = tuple[Iterable[bytes], Iterable[int], Iterable[int]]
    BuildRun = Callable[["LogDecoder", "Places", Sequence[Column]], Iterable[Fact]]

_NUMBERS_KEPT: Final = 8_192
_SHORT_RUN: Final = 3
_PLACE_OF: Final = attrgetter("block_number", "log_index")


class _Known(NamedTuple):
    """An event that is read: a log, many at once where its form allows, and what is made of it."""

    reader: EventReader
    runs: RunReader | None
    build: Build
    build_run: BuildRun | None


class LogDecoder:
    """Decodes the logs of one factory, its events, its certificates and its registry of keys.

    Of collections that are not ours it takes transfers only (``guest_logs``).

    Args:
        chain_id: The chain the logs come from.
        factory: The factory's address.
        poap: The certificate contract's address, if it is known already.
        entries: JSON ABI entries of every contract followed; only events are read.
    """

    def __init__(
        self, chain_id: int, factory: bytes, entries: Iterable[Entry], poap: bytes = b""
    ) -> None:
        """Make the table of topics; the same event in several ABIs is one."""
        self.chain_id = chain_id
        self.factory = factory
        self.poap = poap
        self.registry = b""
        self.trust = Trust(lambda: self.fixed)
        self._factory_text = hex_octets(factory)
        self._numbers: dict[str, int] = {}
        self._addresses: dict[str, bytes] = {}
        self._table: dict[str, _Known] = {}
        for entry in (*entries, CONSECUTIVE_TRANSFER):
            name = cast("str", entry.get("name", ""))
            build = _BUILDERS.get(name)
            if entry["type"] == "event" and build is not None:
                reader = EventReader(entry)
                self._table["0x" + reader.topic.hex()] = _Known(
                    reader, run_reader(entry), build, _RUN_BUILDERS.get(name)
                )

    @property
    def fixed(self) -> tuple[bytes, ...]:
        """The contracts that are ours besides events: factory, certificates, registry of keys."""
        return tuple(filter(None, (self.factory, self.poap, self.registry)))

    @property
    def topics(self) -> list[list[str]]:
        """The filter of ``eth_getLogs`` for the events that are read, and no others."""
        return [list(self._table)]

    @property
    def topic_words(self) -> list[bytes]:
        """The first topics of the events that are read, 32 bytes each."""
        return [known.reader.topic for known in self._table.values()]

    def decode(self, log: JsonObject) -> Fact | None:
        """Return the fact of a raw log, None for an event that the mirror does not keep.

        Raises:
            ChainError: ``rpc.bad_answer`` if the log is malformed; it names block and log index.
        """
        topics = log.get("topics")
        if not isinstance(topics, list):
            raise bad_answer(f"{_place(log)} has no topics")
        kind = topics[0] if topics else None
        found = self._table.get(kind) if isinstance(kind, str) else None
        if found is None:
            return None
        reader, build = found.reader, found.build
        place = (
            self._address(log),
            self._number(log.get("blockNumber"), "a log's block number"),
            self._number(log.get("logIndex"), "a log's index"),
        )
        foreign = place[0] in self.trust.foreign
        if foreign and reader.name not in OF_COLLECTIONS:
            return None
        try:
            return build(self, place, reader.read(topics, cast("str", log.get("data"))))
        except (ValueError, TypeError) as exc:
            if foreign:
                return None
            raise bad_answer(f"{_place(log)} is no whole {reader.name}: {exc}") from exc

    def decode_all(self, logs: Sequence[JsonObject]) -> list[Fact]:
        """Return the facts of many logs, in the order of the chain; as strict as ``decode``.

        Raises:
            ChainError: ``rpc.bad_answer`` if one of the logs is malformed.
        """
        for log in logs:
            if log.get("address") == self._factory_text:
                self.decode(log)  # first of all: it says whose contract is whose
        try:
            facts = self._in_runs(logs)
        except (ValueError, TypeError, LookupError):
            # One by one it shows which of them it is.
            facts = [fact for log in logs if (fact := self.decode(log)) is not None]
        facts.sort(key=_PLACE_OF)
        return facts

    def _in_runs(self, logs: Sequence[JsonObject]) -> list[Fact]:
        """Decode the logs of each contract and event together."""
        runs: dict[tuple[str, str], list[JsonObject]] = {}
        for log in cast("Sequence[dict[str, Any]]", logs):
            key = log["address"], log["topics"][0]
            run = runs.get(key)
            if run is None:
                run = runs[key] = []
            run.append(log)
        facts: list[Fact] = []
        for (_, kind), run in runs.items():
            known = self._table.get(kind)
            if known is not None:
                facts += self._of_one_kind(known, run)
        return facts

    def _of_one_kind(self, known: _Known, run: Sequence[JsonObject]) -> Iterable[Fact]:
        """Decode the logs of one contract and event."""
        foreign = self._address(run[0]) in self.trust.foreign
        if foreign and known.reader.name not in OF_COLLECTIONS:
            return ()
        if known.runs is not None and len(run) > _SHORT_RUN:
            try:
                return self._run(known, known.runs, run)
            except (ValueError, TypeError, LookupError):
                if not foreign:
                    raise
        return [fact for log in run if (fact := self.decode(log)) is not None]

    def _run(self, known: _Known, reader: RunReader, run: Sequence[JsonObject]) -> Iterable[Fact]:
        address = repeat(self._address(run[0]), len(run))
        blocks = self._numbers_of(list(map(BLOCK_OF, run)), "a log's block number")
        indices = self._numbers_of(list(map(INDEX_OF, run)), "a log's index")
        places = (address, blocks, indices)
        columns = reader.columns(list(map(TOPICS_OF, run)), list(map(DATA_OF, run)))
        if known.build_run is not None:
            return known.build_run(self, places, columns)
        made = map(known.build, repeat(self), zip(*places, strict=True), _rows(columns, len(run)))
        return [fact for fact in made if fact is not None]

    def _numbers_of(self, texts: Sequence[str], what: str) -> list[int]:
        try:
            return list(map(self._numbers.__getitem__, texts))
        except KeyError:
            return [self._number(text, what) for text in texts]

    def _number(self, value: object, what: str) -> int:
        """Read a quantity; block numbers and indices come again and again."""
        known = self._numbers.get(value) if isinstance(value, str) else None
        if known is None:
            known = quantity(value, what)
            if len(self._numbers) >= _NUMBERS_KEPT:
                self._numbers.clear()
            self._numbers[cast("str", value)] = known
        return known

    def _address(self, log: JsonObject) -> bytes:
        value = log.get("address")
        known = self._addresses.get(value) if isinstance(value, str) else None
        if known is None:
            known = octets(value, f"{_place(log)}: address", 20)
            if len(self._addresses) >= _NUMBERS_KEPT:
                self._addresses.clear()
            self._addresses[cast("str", value)] = known
        return known


def _place(log: JsonObject) -> str:
    """Return where a log stands, for sentences.

    Raises:
        ChainError: ``rpc.bad_answer`` if it does not say so.
    """
    block = quantity(log.get("blockNumber"), "a log's block number")
    index = quantity(log.get("logIndex"), f"a log's index in block {block}")
    return f"log {index} of block {block}"


def _rows(columns: Sequence[Column], count: int) -> Iterable[Values]:
    return zip(*columns, strict=True) if columns else repeat((), count)


# ── one builder an event, values in the order of the ABI ──────────────────────────────────────────


def _event_created(decoder: LogDecoder, place: Place, values: Values) -> Fact | None:
    if place[0] != decoder.factory:
        return None
    number, event_id, organizer, contract, name, uri, price, most, start, end = values
    event = Event(
        event_id=event_id,
        chain_id=decoder.chain_id,
        factory=decoder.factory,
        number=number,
        contract=contract,
        organizer=organizer,
        name=name,
        metadata_uri=uri,
        ticket_price=price,
        max_tickets=most,
        start_time=start,
        end_time=end,
        created_block=place[1],
    )
    decoder.trust.trust((contract,))
    return EventCreatedFact(*place, event)


def _event_updated(decoder: LogDecoder, place: Place, values: Values) -> Fact | None:
    return EventUpdatedFact(*place, *values) if place[0] == decoder.factory else None


def _event_cancelled(decoder: LogDecoder, place: Place, values: Values) -> Fact | None:
    return EventCancelledFact(*place, *values) if place[0] == decoder.factory else None


def _transfer(decoder: LogDecoder, place: Place, values: Values) -> Fact | None:
    from_, to, token_id = values
    if place[0] == decoder.poap:
        return PoapMinted(*place, token_id, to)
    return Transferred(*place, from_, to, token_id)


def _update_user(_decoder: LogDecoder, place: Place, values: Values) -> Fact:
    return UserUpdated(*place, *values)


def _status_changed(_decoder: LogDecoder, place: Place, values: Values) -> Fact:
    token_id, status = values
    return StatusChangedFact(*place, token_id, TicketStatus(status))


def _tickets_issued(_decoder: LogDecoder, place: Place, values: Values) -> Fact:
    recipient, tier, first, count = values
    return TierIssued(*place, tier, first, count, recipient)


def _tickets_purchased(_decoder: LogDecoder, place: Place, values: Values) -> Fact:
    contract, block, index = place
    buyer, recipient, tier, first, count, paid = values
    purchase = Purchase(contract, buyer, recipient, tier, first, count, paid, block, index)
    return Purchased(*place, purchase)


def _door_changed(_decoder: LogDecoder, place: Place, values: Values) -> Fact:
    door, record_key, state, drain_until = values
    return DoorChangedFact(*place, door, record_key, DoorState(state), drain_until)


def _bundle_set(_decoder: LogDecoder, place: Place, values: Values) -> Fact:
    return BundleSetFact(*place, *values)


def _freeze_changed(_decoder: LogDecoder, place: Place, values: Values) -> Fact:
    return FreezeChanged(*place, *values)


def _checked_in(_decoder: LogDecoder, place: Place, values: Values) -> Fact:
    token_id, door, attendee, claim_id, scanned_at, epoch = values
    check_in = ChainCheckIn(
        contract=place[0],
        token_id=token_id,
        door=door,
        attendee=attendee,
        claim_id=claim_id,
        scanned_at=scanned_at,
        epoch=epoch,
        block_number=place[1],
    )
    return CheckedInFact(*place, check_in)


def _check_in_replaced(_decoder: LogDecoder, place: Place, values: Values) -> Fact:
    return CheckInReplacedFact(*place, *values)


def _check_in_skipped(_decoder: LogDecoder, place: Place, values: Values) -> Fact:
    return CheckInSkippedFact(*place, *values)


# ── the most frequent ones, a whole run at once, values in columns ────────────────────────────────


def _transfers(decoder: LogDecoder, places: Places, columns: Sequence[Column]) -> Iterable[Fact]:
    from_, to, token_ids = columns
    address, blocks, indices = places
    contract = next(iter(address))
    if contract == decoder.poap:
        return map(PoapMinted, repeat(contract), blocks, indices, token_ids, to)
    return map(Transferred, repeat(contract), blocks, indices, from_, to, token_ids)


def _issues(_decoder: LogDecoder, places: Places, columns: Sequence[Column]) -> Iterable[Fact]:
    recipients, tiers, firsts, counts = columns
    return map(TierIssued, *places, tiers, firsts, counts, recipients)


_RUN_BUILDERS: dict[str, BuildRun] = {"TicketsIssued": _issues, "Transfer": _transfers}
_BUILDERS: dict[str, Build] = {
    "BundleSet": _bundle_set,
    "CheckInReplaced": _check_in_replaced,
    "CheckInSkipped": _check_in_skipped,
    "CheckedIn": _checked_in,
    "DoorChanged": _door_changed,
    "EventCancelled": _event_cancelled,
    "EventCreated": _event_created,
    "EventUpdated": _event_updated,
    "FreezeAtChanged": _freeze_changed,
    "StatusChanged": _status_changed,
    "TicketsIssued": _tickets_issued,
    "TicketsPurchased": _tickets_purchased,
    "Transfer": _transfer,
    "UpdateUser": _update_user,
    **GUEST_BUILDERS,
}
