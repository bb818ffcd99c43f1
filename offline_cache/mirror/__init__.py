"""``mirror.db``: what the chain says; may be dropped and synced again."""

from offline_cache.mirror.facade import Mirror

__all__ = ["Mirror"]
