"""Tickets that are another collection's tokens: a row for each under the guest event's contract.

The collection's own rows say who owns what. Every guest event over it has rows of its own beside
them, with what is its own: keys of the registry, epochs, check-ins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from offline_cache.columns import bounded, token_blob
from offline_cache.mirror.events import contract_no
from offline_cache.records import ZERO_ADDRESS

if TYPE_CHECKING:
    import sqlite3

    from offline_cache.mirror.ticket_runs import TicketRuns
    from offline_cache.records import EntryKeyFact, GuestEventFact

OVER: Final = "select collection, contract_no, event_id from events where collection is not null"
OPEN: Final = "update events set collection = ? where contract_no = ?"
# Who owned a token when the event was made can show passes of epoch 0: no key was bound yet.
COPY: Final = """
    insert into tickets (contract_no, token_id, owner, epoch, owner_epoch, status, changed_block)
    select ?, token_id, owner, 0, 0, iif(owner = zeroblob(20), 3, 1), ?
    from tickets where contract_no = ?
    on conflict (contract_no, token_id) do nothing
"""
COPY_POAPS: Final = "select number, attendee from poaps"
PUT: Final = """
    insert into tickets (contract_no, token_id, owner, epoch, owner_epoch, status, changed_block)
    values (?, ?, ?, 0, 0, 1, ?)
    on conflict (contract_no, token_id) do nothing
"""
# A new owner ends every pass of the epochs so far, though the registry's nonce stays: owner_epoch
# is one above it until somebody binds a key. Parameters: contract, token, new owner, block, status,
# whether it is handed over (1) or minted (0).
MOVE: Final = """
    insert into tickets (contract_no, token_id, owner, epoch, owner_epoch, status, changed_block)
    values (?1, ?2, ?3, 0, ?6, ?5, ?4)
    on conflict (contract_no, token_id) do update set
        owner = excluded.owner,
        owner_epoch = iif(owner <> excluded.owner and (?6 or owner <> zeroblob(20)),
            epoch + 1, owner_epoch),
        status = iif(check_in_door is null, excluded.status, 2),
        user = null,
        user_expires = null,
        changed_block = excluded.changed_block
"""
# Whom the registry takes a key from owns the token, whatever its collection told in logs.
BIND: Final = """
    insert into tickets (contract_no, token_id, owner, epoch, owner_epoch, status, user,
        user_expires, changed_block)
    values (?, ?, ?, ?, 0, 1, ?, ?, ?)
    on conflict (contract_no, token_id) do update set
        epoch = excluded.epoch,
        owner_epoch = iif(owner = excluded.owner, min(owner_epoch, excluded.epoch),
            excluded.epoch),
        owner = excluded.owner,
        status = iif(check_in_door is null, 1, 2),
        user = excluded.user,
        user_expires = excluded.user_expires,
        changed_block = excluded.changed_block
"""
UNBIND: Final = """
    update tickets set user = null, user_expires = null, changed_block = ?
    where contract_no = ? and token_id = ?
"""
_ATTENDEE_BITS: Final = 160
_VALID: Final = 1
_VOID: Final = 3


class GuestTickets:
    """Takes the facts of guest tickets in the order of the chain.

    Args:
        connection: In a transaction.
        runs: Where the changes of tickets wait.
    """

    def __init__(self, connection: sqlite3.Connection, runs: TicketRuns) -> None:
        """Read which guest events there are."""
        self._connection = connection
        self._runs = runs
        self.over: dict[bytes, list[int]] = {}
        self.contracts: set[int] = set()
        self._events: dict[bytes, tuple[bytes, int]] = {}
        for collection, number, event_id in connection.execute(OVER).fetchall():
            self._keep(collection, number, event_id)

    def opened(self, fact: GuestEventFact) -> None:
        """Make a guest event's rows, as its collection is before the block; flush first."""
        number = contract_no(self._connection, fact.event_contract)
        if number in self.contracts:
            return
        changed = self._connection.execute(OPEN, (fact.collection, number))
        if not changed.rowcount:
            return  # no event of the factory
        if fact.of_poaps:
            self._connection.executemany(PUT, self._poap_rows(number, fact.block_number))
        else:
            whose = contract_no(self._connection, fact.collection)
            self._connection.execute(COPY, (number, fact.block_number, whose))
        row = self._connection.execute(
            "select event_id from events where contract_no = ?", (number,)
        ).fetchone()
        self._keep(fact.collection, number, row[0])

    def moved(self, collection: bytes, token_id: int, owners: tuple[bytes, bytes], at: int) -> None:
        """Hand a token over, from the first of two owners to the second."""
        from_, to = owners
        status = _VOID if to == ZERO_ADDRESS else _VALID
        for number in self.over.get(collection, ()):
            values = (number, token_blob(token_id), to, at, status, from_ != ZERO_ADDRESS)
            self._runs.change(MOVE, values)

    def bound(self, fact: EntryKeyFact) -> None:
        """Bind a key, or end a binding; of other collections and unknown events nothing is kept."""
        collection, number = self._events.get(fact.event_id, (b"", 0))
        if collection != fact.collection:
            return
        token = token_blob(fact.token_id)
        if fact.key == ZERO_ADDRESS:
            self._runs.change(UNBIND, (fact.block_number, number, token))
            return
        key = (fact.nonce, fact.key, bounded(fact.expires), fact.block_number)
        self._runs.change(BIND, (number, token, fact.owner, *key))

    def expect(self, number: int, token_id: int, at: int) -> None:
        """See to it that a guest ticket that is checked in has a row, owned by nobody if unseen."""
        if number in self.contracts:
            self._runs.change(PUT, (number, token_blob(token_id), ZERO_ADDRESS, at))

    def _keep(self, collection: bytes, number: int, event_id: bytes) -> None:
        self.over.setdefault(collection, []).append(number)
        self.contracts.add(number)
        self._events[event_id] = (collection, number)

    def _poap_rows(self, number: int, at: int) -> list[tuple[object, ...]]:
        rows = self._connection.execute(COPY_POAPS).fetchall()
        return [
            (
                number,
                token_blob(event << _ATTENDEE_BITS | int.from_bytes(attendee, "big")),
                attendee,
                at,
            )
            for event, attendee in rows
        ]
