"""One module a command."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from app.cli.main import Command


def find(name: str) -> Command:
    """Import the module of a command and return its ``run``."""
    return cast("Command", import_module(f"{__name__}.{name}").run)
