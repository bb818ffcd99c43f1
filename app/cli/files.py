"""Writes what commands give out: whole or not at all, and safe to open in a sheet."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from app.paths import cannot_write

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path


def csv_bytes(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> bytes:
    """Return rows as CSV (RFC 4180); what a row lacks is empty."""
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
    return stream.getvalue().encode()


def write_whole(file: Path, data: bytes) -> None:
    """Write a file under its name only once all of it is there.

    Raises:
        StoreTrouble: It cannot be written.
    """
    unfinished = file.with_name(file.name + ".unfinished")
    try:
        unfinished.write_bytes(data)
        unfinished.replace(file)
    except OSError as trouble:
        raise cannot_write(str(file), trouble) from trouble


def _cell(value: object) -> object:
    """Keep a spreadsheet from taking a stranger's text for a formula."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + value
    if value is None:
        return ""
    return int(value) if isinstance(value, bool) else value
