"""Keeps the newest signed head of a journal as a file, whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.paths import cannot_write

if TYPE_CHECKING:
    from pathlib import Path


class HeadFolder:
    """A ``HeadTarget``: one file for a door at an event.

    Args:
        folder: Made if it is missing; on another disk, it survives this one.
        name: The file's name without its ending.
    """

    def __init__(self, folder: Path, name: str) -> None:
        """Touch nothing yet."""
        self._folder = folder
        self._file = folder / f"{name}.json"

    def publish(self, data: bytes) -> None:
        """Write the file anew; blocks.

        Raises:
            StoreTrouble: It cannot be written.
        """
        unfinished = self._file.with_suffix(".unfinished")
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            unfinished.write_bytes(data)
            unfinished.replace(self._file)
        except OSError as trouble:
            raise cannot_write(str(self._file), trouble) from trouble


def heads_in(folder: Path) -> list[bytes]:
    """Return the files of heads in a folder; what cannot be read is left out."""
    found = []
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            found.append(path.read_bytes())
        except OSError:
            continue
    return found
