"""The command line: every use of the app that needs no window, each with ``--json``."""

from app.cli.main import main

__all__ = ["main"]
