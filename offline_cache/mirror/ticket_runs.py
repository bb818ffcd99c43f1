"""Makes the changes of tickets in their order, with as few statements as possible.

Most logs of an event are of one kind, hundreds in a row: tickets that are issued, tickets that are
used. A run of issued or moved tickets that differ in token and owner alone is one statement, which
cuts both out of one long value: SQLite then works through the whole run without asking for the
interpreter between two rows, while another thread decodes the next page. Other runs are made by one
``executemany``.
"""

from __future__ import annotations

from itertools import chain, groupby
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from offline_cache.columns import TOKEN_LIMIT, token_blob
from offline_cache.records import ZERO_ADDRESS, TicketStatus

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from offline_cache.records import TierIssued, Transferred

    Values = tuple[object, ...]

# Epochs (design/pass.md): 1 at mint, one more with every later transfer; the owner's epoch follows
# only when the owner changes. A transfer clears the user, and that clearing is not counted.
_MOVED: Final = """
    on conflict (contract_no, token_id) do update set
        owner = excluded.owner,
        epoch = epoch + 1,
        owner_epoch = iif(:moved, epoch + 1, owner_epoch),
        tier = coalesce(:tier, tier),
        status = coalesce(:status, status),
        user = null,
        user_expires = null,
        changed_block = excluded.changed_block
"""
_INTO: Final = """
    insert into tickets
        (contract_no, token_id, owner, epoch, owner_epoch, tier, status, changed_block)
"""
TRANSFER: Final = f"""
    {_INTO}
    values (
        :contract_no, :token_id, :owner, 1, 1, coalesce(:tier, 0), coalesce(:status, 1), :block
    )
    {_MOVED}
"""
TRANSFER_RUN: Final = f"""
    with recursive places (place) as (
        values (1) union all select place + 52 from places where place + 52 < :size
    )
    {_INTO}
    select
        :contract_no, substr(:tickets, place, 32), substr(:tickets, place + 32, 20), 1, 1,
        coalesce(:tier, 0), coalesce(:status, 1), :block
    from places where true
    {_MOVED}
"""  # noqa: S608 - the parts stand above
SET_TIER: Final = """
    update tickets set tier = ?, changed_block = max(changed_block, ?)
    where contract_no = ? and token_id between ? and ?
"""
_LEAST_RUN: Final = 6
_MOST_ROWS: Final = 5_000
"""What waits is bounded: a page may be as long as its provider likes."""


class Move(NamedTuple):
    """A transfer; what a run of them has in common comes first.

    Args:
        contract_no: The contract's number.
        block: Block of the log.
        moved: Whether the owner changed.
        status: The new status, None to keep it (a new ticket is valid).
        tier: The tier, None to keep it.
        token_id: The ticket.
        owner: Its new owner.
    """

    contract_no: int
    block: int
    moved: bool
    status: int | None
    tier: int | None
    token_id: int
    owner: bytes


_COMMON: Final = itemgetter(0, 1, 2, 3, 4)
_NAMES: Final = Move._fields[:5]
_FROM: Final = attrgetter("from_")
_TO: Final = attrgetter("to")
_TOKEN: Final = attrgetter("token_id")
_TIER: Final = attrgetter("tier")
_QUANTITY: Final = attrgetter("quantity")


class TicketRuns:
    """Takes the changes of tickets in the order of the chain.

    Call ``end_block`` after each block's last, and ``flush`` before anything is read or committed,
    and before the undo's block changes.

    Args:
        connection: In a transaction.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Nothing waits yet."""
        self._connection = connection
        self._moves: list[Move] = []
        self._of_block: dict[tuple[int, int], int] = {}  # where each ticket's last move waits
        self._issued: list[tuple[int, int, int, int]] = []
        self._statement = ""
        self._rows: list[Values] = []

    def move(self, move: Move) -> None:
        """Issue, move or burn a ticket."""
        if self._rows:
            self._change_rows()
        self._of_block[move.contract_no, move.token_id] = len(self._moves)
        self._moves.append(move)

    def issue_block(
        self,
        contract_no: int,
        block: int,
        moves: Sequence[Transferred],
        issues: Sequence[TierIssued],
    ) -> bool:
        """Make a block's changes if it does nothing but issue many tickets of one tier.

        Most blocks of a sale do. Returns False, and does nothing, for any other.
        """
        owners = list(map(_TO, moves))
        if set(map(_FROM, moves)) != {ZERO_ADDRESS} or ZERO_ADDRESS in set(owners):
            return False
        token_ids = list(map(_TOKEN, moves))
        tiers = set(map(_TIER, issues))
        if len(moves) < _LEAST_RUN or len(tiers) > 1 or not _covers(issues, token_ids):
            return False
        self.flush()
        parts = zip(map(token_blob, token_ids), owners, strict=True)
        common = (contract_no, block, True, TicketStatus.VALID, next(iter(tiers), None))
        self._move_run(common, b"".join(chain.from_iterable(parts)))
        return True

    def change(self, statement: str, values: Values) -> None:
        """Change tickets in another way."""
        if self._moves:
            self._move_all()
        if statement != self._statement:
            self._change_rows()
            self._statement = statement
        self._rows.append(values)

    def issue(self, contract_no: int, tier: int, first: int, quantity: int) -> None:
        """Give a range of tickets its tier, once all of the block's are there.

        Mints of the same transaction may follow the log, never the block.
        """
        if quantity > 0:
            # A range, not a loop: nothing bounds the quantity that a log may name.
            self._issued.append((contract_no, tier, first, min(first + quantity, TOKEN_LIMIT) - 1))

    def end_block(self, block: int) -> None:
        """Set the tiers of a block, whose other changes came before."""
        for contract_no, tier, first, last in self._issued:
            if not self._with_moves(contract_no, tier, first, last):
                values = (tier, block, contract_no, token_blob(first), token_blob(last))
                self.change(SET_TIER, values)
        self._issued.clear()
        self._of_block.clear()
        if len(self._moves) + len(self._rows) >= _MOST_ROWS:
            self.flush()

    def flush(self) -> None:
        """Make every change that waits."""
        self._move_all()
        self._change_rows()

    def _with_moves(self, contract_no: int, tier: int, first: int, last: int) -> bool:
        """Let moves that wait carry their tier, if all tickets of the range are among them."""
        if last - first >= len(self._of_block):
            return False
        places = [
            self._of_block.get((contract_no, token_id)) for token_id in range(first, last + 1)
        ]
        known = [place for place in places if place is not None]
        if len(known) != len(places):
            return False
        for place in known:
            self._moves[place] = self._moves[place]._replace(tier=tier)
        return True

    def _move_all(self) -> None:
        short: list[dict[str, object]] = []
        for common, run in groupby(self._moves, key=_COMMON):
            tickets = [(token_blob(move.token_id), move.owner) for move in run]
            if len(tickets) < _LEAST_RUN:
                values = dict(zip(_NAMES, common, strict=True))
                short += [values | {"token_id": token, "owner": owner} for token, owner in tickets]
                continue
            self._connection.executemany(TRANSFER, short)
            short.clear()
            self._move_run(common, b"".join(chain.from_iterable(tickets)))
        self._connection.executemany(TRANSFER, short)
        self._moves.clear()
        self._of_block.clear()

    def _move_run(self, common: Values, tickets: bytes) -> None:
        values = dict(zip(_NAMES, common, strict=True))
        self._connection.execute(TRANSFER_RUN, values | {"tickets": tickets, "size": len(tickets)})

    def _change_rows(self) -> None:
        if self._rows:
            self._connection.executemany(self._statement, self._rows)
            self._rows.clear()


def _covers(issues: Sequence[TierIssued], token_ids: Sequence[int]) -> bool:
    """Return whether runs of tickets are all of these and no others, or there are no runs."""
    if not issues:
        return True
    if sum(map(_QUANTITY, issues)) > len(token_ids):
        return False
    runs = [range(run.first_token_id, run.first_token_id + run.quantity) for run in issues]
    return set(chain.from_iterable(runs)) == set(token_ids)


class Appended:
    """Rows for the tables beside the tickets, each in the order in which they came.

    Args:
        connection: In a transaction.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Nothing waits yet."""
        self._connection = connection
        self._waiting: dict[str, list[tuple[str, Values]]] = {}

    def add(self, table: str, statement: str, values: Values) -> None:
        """Let a row wait for its table."""
        self._waiting.setdefault(table, []).append((statement, values))

    def flush(self) -> None:
        """Write every row that waits."""
        for rows in self._waiting.values():
            for statement, run in groupby(rows, key=itemgetter(0)):
                self._connection.executemany(statement, [values for _, values in run])
        self._waiting.clear()
