"""Writes files for people: whole or not at all, for their owner's eyes, never over another."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from app.paths import cannot_write

if TYPE_CHECKING:
    from pathlib import Path


def written(file: Path, content: bytes) -> str:
    """Write a file that appears whole or not at all; blocks.

    Args:
        file: Where; beside a file of this name the new one gets a number.
        content: What.

    Returns:
        Where it was written.

    Raises:
        StoreTrouble: ``store.full`` or ``store.unusable``.
    """
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = _free(file)
        unfinished = target.with_name(target.name + ".unfinished")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(target)
    except OSError as trouble:
        raise cannot_write(str(file), trouble) from trouble
    return str(target)


def _free(file: Path) -> Path:
    number, target = 1, file
    while target.exists():
        number += 1
        target = file.with_name(f"{file.stem}-{number}{file.suffix}")
    return target
