"""Guest lists: who is expected beside the tickets; personal data, which no repr shows."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Guest:
    """One line of a guest list; an empty text means that nothing was given.

    ``token_id`` is the ticket that the guest comes with, None if the list does not say.
    """

    name: str = field(default="", repr=False)
    order: str = field(default="", repr=False)
    seat: str = field(default="", repr=False)
    note: str = field(default="", repr=False)
    token_id: int | None = None


@dataclass(frozen=True, slots=True)
class StoredGuestList:
    """An event's guest list as it lies at a door: sealed.

    ``sealed`` is opened by a content key, and ``box`` holds that for this ``door`` alone.
    ``version`` is the unix second of the export that made the list.
    """

    event_id: bytes
    version: int
    door: int
    box: bytes = field(repr=False)
    sealed: bytes = field(repr=False)
    stored_at: int
