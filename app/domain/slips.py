"""What a self-service door prints: a badge or a receipt, already in the guest's language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slip:
    """One slip of paper.

    Args:
        title: The event.
        name: Whose it is: large on a badge; empty: nobody is named.
        lines: Ticket, kind of ticket, place, time.
        number: What the file of a PDF is called by; letters, digits and dashes.
    """

    title: str
    name: str = ""
    lines: tuple[str, ...] = ()
    number: str = ""
