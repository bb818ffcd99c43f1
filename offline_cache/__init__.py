"""The SQLite library: records, store, tables and migrations; no Qt and no chain."""
