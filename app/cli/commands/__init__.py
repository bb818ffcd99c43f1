"""One module a command; none pays for another's libraries."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias, cast

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from app.cli.output import Output
    from app.settings import Settings

    Command: TypeAlias = Callable[[argparse.Namespace, Settings, Output], int]


def find(name: str) -> Command:
    """Import the module of a command and return its ``run``."""
    return cast("Command", import_module(f"{__name__}.{name}").run)
