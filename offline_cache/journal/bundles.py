"""Event bundles: the highest version that was handed over counts, and no lower one comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offline_cache.records import BundleOutcome, StoredBundle

if TYPE_CHECKING:
    import sqlite3

LATEST = """
    select event_id, version, content_hash, content, signature, stored_at from bundles
    where event_id = ? order by version desc limit 1
"""


def put_bundle(connection: sqlite3.Connection, bundle: StoredBundle) -> BundleOutcome:
    """Keep a bundle if it is newer than what is there; older ones stay as evidence.

    Returns:
        ``OLDER`` or ``CONTRADICTS`` (the same version with another content) if it was refused.
    """
    newest = latest_bundle(connection, bundle.event_id)
    if newest is not None and bundle.version < newest.version:
        return BundleOutcome.OLDER
    if newest is not None and bundle.version == newest.version:
        same = (newest.content_hash, newest.content) == (bundle.content_hash, bundle.content)
        return BundleOutcome.KNOWN if same else BundleOutcome.CONTRADICTS
    connection.execute(
        """
        insert into bundles (event_id, version, content_hash, content, signature, stored_at)
        values (?, ?, ?, ?, ?, ?)
        """,
        (
            bundle.event_id,
            bundle.version,
            bundle.content_hash,
            bundle.content,
            bundle.signature,
            bundle.stored_at,
        ),
    )
    return BundleOutcome.STORED


def latest_bundle(connection: sqlite3.Connection, event_id: bytes) -> StoredBundle | None:
    """Return an event's bundle of the highest version."""
    row = connection.execute(LATEST, (event_id,)).fetchone()
    return StoredBundle(*row) if row else None
