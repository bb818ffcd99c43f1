"""Schema of ``mirror.db``: what the chain says, in tables that may be dropped and filled again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offline_cache.migrations import Schema

if TYPE_CHECKING:
    from sqlite_utils import Database

_V1 = (
    """
    create table meta (
        key text primary key,
        value blob not null
    ) strict, without rowid
    """,
    """
    create table blocks (
        number integer primary key check (number >= 0),
        hash blob not null check (length(hash) = 32),
        parent_hash blob not null check (length(parent_hash) = 32),
        timestamp integer not null check (timestamp >= 0)
    ) strict
    """,
    """
    create table cursors (
        scope blob primary key check (length(scope) in (0, 20)),
        block_number integer not null references blocks (number)
    ) strict, without rowid
    """,
    # Contracts are numbered so that a ticket's key holds a small integer instead of 20 bytes.
    """
    create table contracts (
        contract_no integer primary key,
        address blob not null unique check (length(address) = 20)
    ) strict
    """,
    """
    create table events (
        event_id blob primary key check (length(event_id) = 32),
        chain_id integer not null,
        factory blob not null check (length(factory) = 20),
        number integer not null,
        contract_no integer not null unique references contracts (contract_no),
        organizer blob not null check (length(organizer) = 20),
        name text not null,
        metadata_uri text not null,
        price_gwei integer not null check (price_gwei >= 0),
        price_rest integer not null check (price_rest between 0 and 999999999),
        max_tickets integer not null,
        start_time integer not null,
        end_time integer not null,
        created_block integer not null,
        status integer not null check (status in (0, 1)),
        freeze_at integer not null,
        bundle_version integer not null,
        bundle_hash blob not null check (length(bundle_hash) = 32),
        bundle_key blob not null check (length(bundle_key) = 20),
        unique (factory, number)
    ) strict, without rowid
    """,
    # user, check_in_*: null where the chain has zero, which most tickets have: 60 bytes less a row.
    """
    create table tickets (
        contract_no integer not null references contracts (contract_no),
        token_id blob not null check (length(token_id) = 32),
        owner blob not null check (length(owner) = 20),
        epoch integer not null check (epoch between 0 and 4294967295),
        owner_epoch integer not null check (owner_epoch between 0 and epoch),
        tier integer not null default 0 check (tier between 0 and 65535),
        status integer not null check (status between 0 and 4),
        user blob check (length(user) = 20),
        user_expires integer,
        check_in_door integer check (check_in_door between 0 and 65535),
        check_in_at integer,
        check_in_claim blob check (length(check_in_claim) = 32),
        check_in_attendee blob check (length(check_in_attendee) = 20),
        changed_block integer not null,
        primary key (contract_no, token_id),
        check ((user is null) = (user_expires is null)),
        check ((check_in_door is null) = (check_in_claim is null))
    ) strict, without rowid
    """,
    "create index tickets_by_owner on tickets (owner)",
    "create index tickets_by_status on tickets (contract_no, status) where status <> 1",
    """
    create table doors (
        contract_no integer not null references contracts (contract_no),
        door integer not null check (door between 0 and 65535),
        record_key blob not null check (length(record_key) = 20),
        state integer not null check (state between 0 and 4),
        drain_until integer not null,
        primary key (contract_no, door)
    ) strict, without rowid
    """,
    """
    create table check_ins (
        contract_no integer not null references contracts (contract_no),
        token_id blob not null check (length(token_id) = 32),
        claim_id blob not null check (length(claim_id) = 32),
        door integer not null check (door between 0 and 65535),
        attendee blob not null check (length(attendee) = 20),
        scanned_at integer not null,
        epoch integer not null,
        block_number integer not null,
        replaced integer not null default 0 check (replaced in (0, 1)),
        primary key (contract_no, token_id, claim_id)
    ) strict, without rowid
    """,
    "create index check_ins_by_door on check_ins (contract_no, door) where replaced = 0",
    "create index check_ins_by_claim on check_ins (claim_id)",
    """
    create table check_in_skips (
        contract_no integer not null references contracts (contract_no),
        block_number integer not null,
        log_index integer not null,
        token_id blob not null check (length(token_id) = 32),
        door integer not null,
        reason integer not null,
        claim_id blob not null check (length(claim_id) = 32),
        stored_tag blob not null check (length(stored_tag) = 12),
        stored_door integer not null,
        primary key (contract_no, block_number, log_index)
    ) strict, without rowid
    """,
    "create index check_in_skips_by_claim on check_in_skips (claim_id)",
    """
    create table poaps (
        number integer not null,
        attendee blob not null check (length(attendee) = 20),
        block_number integer not null,
        primary key (number, attendee)
    ) strict, without rowid
    """,
    "create index poaps_by_attendee on poaps (attendee)",
    """
    create table purchases (
        contract_no integer not null references contracts (contract_no),
        block_number integer not null,
        log_index integer not null,
        buyer blob not null check (length(buyer) = 20),
        recipient blob not null check (length(recipient) = 20),
        tier integer not null,
        first_token_id blob not null check (length(first_token_id) = 32),
        quantity integer not null,
        paid_gwei integer not null check (paid_gwei >= 0),
        paid_rest integer not null check (paid_rest between 0 and 999999999),
        primary key (contract_no, block_number, log_index)
    ) strict, without rowid
    """,
)


# Rows as they were before a block (``mirror/undo.py``): existed = 0 says that there was none, and
# leaves all columns but the key null. marks: block numbers by name.
_V2 = (
    """
    create table marks (
        name text primary key,
        block_number integer not null
    ) strict, without rowid
    """,
    """
    create table contracts_before (
        undo_block integer not null,
        existed integer not null check (existed in (0, 1)),
        contract_no integer not null,
        address blob,
        primary key (undo_block, contract_no)
    ) strict, without rowid
    """,
    """
    create table events_before (
        undo_block integer not null,
        existed integer not null check (existed in (0, 1)),
        event_id blob not null,
        chain_id integer,
        factory blob,
        number integer,
        contract_no integer,
        organizer blob,
        name text,
        metadata_uri text,
        price_gwei integer,
        price_rest integer,
        max_tickets integer,
        start_time integer,
        end_time integer,
        created_block integer,
        status integer,
        freeze_at integer,
        bundle_version integer,
        bundle_hash blob,
        bundle_key blob,
        primary key (undo_block, event_id)
    ) strict, without rowid
    """,
    """
    create table tickets_before (
        undo_block integer not null,
        existed integer not null check (existed in (0, 1)),
        contract_no integer not null,
        token_id blob not null,
        owner blob,
        epoch integer,
        owner_epoch integer,
        tier integer,
        status integer,
        user blob,
        user_expires integer,
        check_in_door integer,
        check_in_at integer,
        check_in_claim blob,
        check_in_attendee blob,
        changed_block integer,
        primary key (undo_block, contract_no, token_id)
    ) strict, without rowid
    """,
    """
    create table doors_before (
        undo_block integer not null,
        existed integer not null check (existed in (0, 1)),
        contract_no integer not null,
        door integer not null,
        record_key blob,
        state integer,
        drain_until integer,
        primary key (undo_block, contract_no, door)
    ) strict, without rowid
    """,
    """
    create table check_ins_before (
        undo_block integer not null,
        existed integer not null check (existed in (0, 1)),
        contract_no integer not null,
        token_id blob not null,
        claim_id blob not null,
        door integer,
        attendee blob,
        scanned_at integer,
        epoch integer,
        block_number integer,
        replaced integer,
        primary key (undo_block, contract_no, token_id, claim_id)
    ) strict, without rowid
    """,
    """
    create table check_in_skips_before (
        undo_block integer not null,
        existed integer not null check (existed in (0, 1)),
        contract_no integer not null,
        block_number integer not null,
        log_index integer not null,
        token_id blob,
        door integer,
        reason integer,
        claim_id blob,
        stored_tag blob,
        stored_door integer,
        primary key (undo_block, contract_no, block_number, log_index)
    ) strict, without rowid
    """,
    """
    create table poaps_before (
        undo_block integer not null,
        existed integer not null check (existed in (0, 1)),
        number integer not null,
        attendee blob not null,
        block_number integer,
        primary key (undo_block, number, attendee)
    ) strict, without rowid
    """,
    """
    create table purchases_before (
        undo_block integer not null,
        existed integer not null check (existed in (0, 1)),
        contract_no integer not null,
        block_number integer not null,
        log_index integer not null,
        buyer blob,
        recipient blob,
        tier integer,
        first_token_id blob,
        quantity integer,
        paid_gwei integer,
        paid_rest integer,
        primary key (undo_block, contract_no, block_number, log_index)
    ) strict, without rowid
    """,
    # What an older version wrote can only be dropped.
    """
    insert into marks (name, block_number)
    select 'undo_floor', block_number from cursors where scope = x''
    """,
)


# Guest tickets: a collection sold since its keys were bound has owner_epoch = epoch + 1, so the
# check of version 1 goes. Certificates that wait to be claimed get a table.
_TICKETS_3 = (
    "alter table tickets rename to tickets_2",
    """
    create table tickets (
        contract_no integer not null references contracts (contract_no),
        token_id blob not null check (length(token_id) = 32),
        owner blob not null check (length(owner) = 20),
        epoch integer not null check (epoch between 0 and 4294967295),
        owner_epoch integer not null check (owner_epoch between 0 and epoch + 1),
        tier integer not null default 0 check (tier between 0 and 65535),
        status integer not null check (status between 0 and 4),
        user blob check (length(user) = 20),
        user_expires integer,
        check_in_door integer check (check_in_door between 0 and 65535),
        check_in_at integer,
        check_in_claim blob check (length(check_in_claim) = 32),
        check_in_attendee blob check (length(check_in_attendee) = 20),
        changed_block integer not null,
        primary key (contract_no, token_id),
        check ((user is null) = (user_expires is null)),
        check ((check_in_door is null) = (check_in_claim is null))
    ) strict, without rowid
    """,
    "insert into tickets select * from tickets_2",
)
_V3 = (
    "alter table events add column collection blob check (length(collection) = 20)",
    "alter table events_before add column collection blob",
    "create index events_by_collection on events (collection) where collection is not null",
    """
    create table poaps_pending (
        number integer not null,
        attendee blob not null check (length(attendee) = 20),
        contract_no integer not null references contracts (contract_no),
        block_number integer not null,
        primary key (number, attendee)
    ) strict, without rowid
    """,
    "create index poaps_pending_by_attendee on poaps_pending (attendee)",
    """
    create table poaps_pending_before (
        undo_block integer not null,
        existed integer not null check (existed in (0, 1)),
        number integer not null,
        attendee blob not null,
        contract_no integer,
        block_number integer,
        primary key (undo_block, number, attendee)
    ) strict, without rowid
    """,
)


def _v1(database: Database) -> None:
    for statement in _V1:
        database.execute(statement)


def _v2(database: Database) -> None:
    for statement in _V2:
        database.execute(statement)


def _v3(database: Database) -> None:
    indexes = [
        sql
        for (sql,) in database.execute(
            "select sql from sqlite_master where tbl_name = 'tickets' and type = 'index'"
            " and sql is not null"
        ).fetchall()
    ]
    for statement in _TICKETS_3:
        database.execute(statement)
    database.execute("drop table tickets_2")  # its indexes go with it
    for statement in (*indexes, *_V3):
        database.execute(statement)


MIRROR_SCHEMA = Schema("mirror", 0x45474D31, (_v1, _v2, _v3))  # "EGM1"
