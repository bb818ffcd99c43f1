"""``journal.db``: scans, claims and the outbox of this device; irreplaceable."""

from offline_cache.journal.facade import Journal

__all__ = ["Journal"]
