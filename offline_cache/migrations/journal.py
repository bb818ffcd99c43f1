"""Schema of ``journal.db``: what happened at this device; irreplaceable, partly immutable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offline_cache.migrations import Schema

if TYPE_CHECKING:
    from sqlite_utils import Database

_EVIDENCE = """
    create trigger {table}_{verb} before {verb} on {table}
    begin
        select raise(abort, '{table} are evidence: add a row instead');
    end
"""
_V1 = (
    # head_seq and head_hash follow the last row, so that a cut-off tail is noticed.
    """
    create table incarnations (
        incarnation_no integer primary key,
        id blob not null unique check (length(id) = 16),
        started_at integer not null,
        first_seq integer not null unique check (first_seq > 0),
        head_seq integer not null check (head_seq >= first_seq - 1),
        head_hash blob not null check (length(head_hash) = 32)
    ) strict
    """,
    """
    create table scans (
        seq integer primary key check (seq > 0),
        incarnation blob not null references incarnations (id),
        kind text not null,
        at integer not null,
        event_id blob not null check (length(event_id) = 32),
        door integer not null check (door between 0 and 65535),
        nonce blob not null check (length(nonce) = 16),
        code text not null,
        pass_hash blob not null,
        token_id blob check (length(token_id) = 32),
        entry integer check (entry >= 0),
        epoch integer not null,
        owner blob not null check (length(owner) = 20),
        operator text not null,
        test integer not null check (test in (0, 1)),
        mirror_block integer not null,
        mirror_age integer not null,
        detail text not null,
        prev_hash blob not null check (length(prev_hash) = 32),
        hash blob not null check (length(hash) = 32)
    ) strict
    """,
    "create index scans_by_code on scans (event_id, code) where test = 0",
    "create index scans_exits on scans (event_id, token_id) where kind = 'exit' and test = 0",
    _EVIDENCE.format(table="scans", verb="update"),
    _EVIDENCE.format(table="scans", verb="delete"),
    # local = 0: merged from a peer, may contradict ours. recorded: a signed record exists.
    """
    create table claims (
        nonce blob primary key check (length(nonce) = 16),
        event_id blob not null check (length(event_id) = 32),
        token_id blob not null check (length(token_id) = 32),
        entry integer not null check (entry >= 0),
        state text not null check (state in ('open', 'won', 'lost', 'released', 'flagged')),
        device blob not null,
        door integer not null check (door between 0 and 65535),
        at integer not null,
        seq integer not null,
        local integer not null check (local in (0, 1)),
        recorded integer not null default 0 check (recorded in (0, 1))
    ) strict, without rowid
    """,
    """
    create unique index claims_held on claims (event_id, token_id, entry)
        where local = 1 and state in ('open', 'won')
    """,
    "create index claims_by_ticket on claims (event_id, token_id)",
    "create index claims_released on claims (event_id) where state = 'released'",
    """
    create index claims_unrecorded on claims (seq)
        where recorded = 0 and local = 1 and entry = 0 and state = 'won'
    """,
    """
    create trigger claims_delete before delete on claims
    begin
        select raise(abort, 'claims are released, never deleted');
    end
    """,
    """
    create table records (
        claim_id blob primary key check (length(claim_id) = 32),
        event_id blob not null check (length(event_id) = 32),
        contract blob not null check (length(contract) = 20),
        token_id blob not null check (length(token_id) = 32),
        epoch integer not null,
        door integer not null check (door between 0 and 65535),
        attendee blob not null check (length(attendee) = 20),
        scanned_at integer not null,
        sequence integer not null,
        signature blob not null check (length(signature) = 64),
        sendable_at integer not null,
        state text not null
            check (state in ('queued', 'sent', 'mined', 'safe', 'final', 'refused')),
        reason text not null
    ) strict, without rowid
    """,
    "create index records_by_state on records (state, sendable_at)",
    # A wallet's nonce is taken by the transaction that lives; one replaced or failed gives it free.
    """
    create table transactions (
        id integer primary key,
        intent text not null unique,
        chain_id integer not null,
        sender blob not null check (length(sender) = 20),
        nonce integer not null check (nonce >= 0),
        recipient blob not null check (length(recipient) = 20),
        value_gwei integer not null check (value_gwei >= 0),
        value_rest integer not null check (value_rest between 0 and 999999999),
        data blob not null,
        gas integer not null,
        state text not null
            check (state in ('signed', 'sent', 'mined', 'final', 'replaced', 'dropped', 'failed')),
        created_at integer not null,
        block_number integer not null,
        reason text not null
    ) strict
    """,
    """
    create unique index transactions_nonces on transactions (chain_id, sender, nonce)
        where state not in ('replaced', 'failed')
    """,
    """
    create index transactions_open on transactions (id)
        where state in ('signed', 'sent', 'mined', 'dropped')
    """,
    # Every hash ever used for a nonce is looked for on the chain. Fees are in wei, below 2^63.
    """
    create table attempts (
        hash blob primary key check (length(hash) = 32),
        transaction_id integer not null references transactions (id),
        raw blob not null check (length(raw) > 0),
        max_fee integer not null,
        max_priority_fee integer not null,
        signed_at integer not null,
        sent_at integer not null
    ) strict, without rowid
    """,
    "create index attempts_by_transaction on attempts (transaction_id, signed_at)",
    """
    create table transaction_records (
        transaction_id integer not null references transactions (id),
        claim_id blob not null references records (claim_id),
        primary key (transaction_id, claim_id)
    ) strict, without rowid
    """,
    "create index transaction_records_by_claim on transaction_records (claim_id)",
    """
    create table conflicts (
        id integer primary key,
        claim_id blob not null check (length(claim_id) = 32),
        event_id blob not null check (length(event_id) = 32),
        token_id blob not null check (length(token_id) = 32),
        reason text not null,
        at integer not null,
        our_door integer not null,
        our_at integer not null,
        their_door integer not null,
        their_claim blob not null,
        resolved_by text not null,
        resolved_at integer not null,
        unique (claim_id, reason)
    ) strict
    """,
    "create index conflicts_by_event on conflicts (event_id, at)",
    "create index conflicts_open on conflicts (event_id) where resolved_at = 0",
    """
    create table bundles (
        event_id blob not null check (length(event_id) = 32),
        version integer not null check (version >= 0),
        content_hash blob not null check (length(content_hash) = 32),
        content blob not null,
        signature blob not null,
        stored_at integer not null,
        primary key (event_id, version)
    ) strict
    """,
)

_V2 = (
    # An attempt that cancels has the transaction's nonce and does nothing.
    """
    alter table attempts add column cancels integer not null default 0 check (cancels in (0, 1))
    """,
    "alter table conflicts add column their_at integer not null default 0",
    "alter table conflicts add column skip_reason integer not null default 0",
    "alter table conflicts add column decision text not null default ''",
    # Signed heads that were published from here or came with somebody's bundle. Two hashes for one
    # number of one life: the journal was forked.
    """
    create table heads (
        incarnation blob not null check (length(incarnation) = 16),
        seq integer not null check (seq >= 0),
        hash blob not null check (length(hash) = 32),
        signer blob not null check (length(signer) = 20),
        signature blob not null check (length(signature) = 64),
        content_hash blob not null check (length(content_hash) = 32),
        seen_at integer not null,
        primary key (incarnation, seq, hash)
    ) strict, without rowid
    """,
    # What must be done before the device admits anybody: 'copied' is found in copies alone.
    """
    create table duties (
        name text primary key,
        since integer not null
    ) strict, without rowid
    """,
)

_V3 = (
    # Personal data: only as it came, sealed for this door; the newest list of an event alone.
    """
    create table guest_lists (
        event_id blob primary key check (length(event_id) = 32),
        version integer not null check (version >= 0),
        door integer not null check (door between 0 and 65535),
        box blob not null,
        sealed blob not null,
        stored_at integer not null
    ) strict
    """,
)

_V4 = (
    # What a person asked for and the chain shall do once: it waits here until a nonce is taken for
    # it. carrier is the newest transaction; all of them have intents that begin "call:<id>:".
    """
    create table calls (
        id integer primary key,
        key text not null unique,
        kind text not null,
        chain_id integer not null,
        account text not null,
        target blob not null check (length(target) = 20),
        value_gwei integer not null check (value_gwei >= 0),
        value_rest integer not null check (value_rest between 0 and 999999999),
        data blob not null,
        about text not null,
        made_at integer not null,
        valid_until integer not null,
        state text not null
            check (state in ('queued', 'sent', 'mined', 'safe', 'final', 'refused')),
        reason text not null,
        carrier integer references transactions (id)
    ) strict
    """,
    "create index calls_open on calls (id) where state in ('queued', 'sent', 'mined', 'safe')",
    "create index calls_by_carrier on calls (carrier)",
    # Two signatures of one door for one place show that its journal was forked.
    "create index heads_by_signer on heads (signer, seq)",
    "create index records_by_place on records (contract, door, sequence)",
)


_V5 = (
    # The relay of a self-service door is touched once for a claim: the row comes first, and stays.
    """
    create table openings (
        nonce blob primary key check (length(nonce) = 16),
        state text not null
            check (state in ('opening', 'opened', 'turned', 'not_turned', 'failed', 'unknown')),
        at integer not null,
        changed_at integer not null,
        detail text not null
    ) strict, without rowid
    """,
    """
    create trigger openings_delete before delete on openings
    begin
        select raise(abort, 'openings are kept: a door opens once for a claim');
    end
    """,
)


def _v1(database: Database) -> None:
    for statement in _V1:
        database.execute(statement)


def _v2(database: Database) -> None:
    for statement in _V2:
        database.execute(statement)


def _v3(database: Database) -> None:
    for statement in _V3:
        database.execute(statement)


def _v4(database: Database) -> None:
    for statement in _V4:
        database.execute(statement)


def _v5(database: Database) -> None:
    for statement in _V5:
        database.execute(statement)


JOURNAL_SCHEMA = Schema("journal", 0x45474A31, (_v1, _v2, _v3, _v4, _v5))  # "EGJ1"
