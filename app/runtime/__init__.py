"""Threads and loops that carry the services."""
