"""Guest events among the published vectors: tickets that are another collection's tokens."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from app.domain.typed_data import TicketKey
from tests.data.vector_cases import HEADERS, Case, make
from tests.data.vector_decisions import BOUND, FREE, Rows, decision
from tests.data.vector_world import COLLECTION, GUEST, TOKEN_ID

FIRST_KEY: Final = replace(BOUND, epoch=1, owner_epoch=0)
NEVER_BOUND: Final = replace(FREE, epoch=0, owner_epoch=0)
SOLD: Final = replace(FREE, epoch=1, owner_epoch=2)


def _card(epoch: int, collection: bytes = COLLECTION) -> TicketKey:
    return TicketKey(GUEST, TOKEN_ID, epoch, collection)


def cases() -> list[Case]:
    bound = [header for header in HEADERS if header >> 4 == 2]
    certified = [header for header in HEADERS if header >> 4 != 2]
    rows: Rows = [
        (f"form {header:x}, first key", make(header, key=_card(1)), FIRST_KEY, "ADMITTED")
        for header in bound
    ]
    rows += [
        (f"form {header:x}, never bound", make(header, key=_card(0)), NEVER_BOUND, "ADMITTED")
        for header in certified
    ]
    for header, epoch, known in (
        *((header, 1, FIRST_KEY) for header in bound),
        *((header, 0, NEVER_BOUND) for header in certified),
    ):
        elsewhere = make(header, key=_card(epoch, bytes.fromhex("c1" * 20)))
        rows.append((f"form {header:x}, another collection", elsewhere, known, "BAD_PROOF"))
        as_own = make(header, key=_card(epoch, b""))
        rows.append((f"form {header:x}, as the event's own ticket", as_own, known, "BAD_PROOF"))
        sold = make(header, key=_card(epoch))
        rows.append((f"form {header:x}, sold since", sold, SOLD, "TRANSFERRED"))
    bought_back = replace(SOLD, owner="owner")
    rows += [
        ("sold and bought back", make(0x11, key=_card(1)), bought_back, "TRANSFERRED"),
        ("bound by the new owner", make(0x21, key=_card(2)), SOLD, "NEWER_THAN_MIRROR"),
        (
            "bound anew",
            make(0x21, key=_card(1)),
            replace(FIRST_KEY, epoch=2),
            "SUPERSEDED",
        ),
        (
            "handed to oneself",
            make(0x21, key=_card(1)),
            replace(FIRST_KEY, user=None),
            "NOT_OWNER",
        ),
    ]
    return [decision("guest", *row) for row in rows]
