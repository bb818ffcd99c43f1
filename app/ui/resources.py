"""Files that are shipped with the program, by their name below ``resources/``."""

from __future__ import annotations

from importlib.resources import files
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def _entry(name: str) -> Traversable:
    """Return the entry of a relative name that stays inside ``resources/``."""
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts:
        raise ValueError(f"not a name below resources/: {name!r}")
    return files("resources").joinpath(*parts)


def data(name: str) -> bytes:
    """Return a file's bytes.

    Args:
        name: Relative name such as ``sounds/admit.wav``.

    Raises:
        ValueError: The name is absolute or climbs out.
        FileNotFoundError: There is no such file: a broken installation.
    """
    return _entry(name).read_bytes()


def text(name: str) -> str:
    """Return a file's text (UTF-8); see ``data`` for the errors."""
    return _entry(name).read_text(encoding="utf-8")


def folder(name: str) -> str:
    """Return the path of a folder, for Qt, which reads some files by itself."""
    return str(_entry(name))


def names(where: str, suffix: str) -> tuple[str, ...]:
    """Return the sorted names, without the suffix, of a folder's files that end with ``suffix``."""
    found = (item.name for item in _entry(where).iterdir() if item.is_file())
    return tuple(sorted(name.removesuffix(suffix) for name in found if name.endswith(suffix)))
