"""Make docs/vectors/eg1.json: `python -m tests.data.make_vectors`. The output never varies."""

from __future__ import annotations

import json
from pathlib import Path

from app.domain.addresses import checksum
from tests.data import vector_cases, vector_decisions, vector_guests
from tests.data.vector_world import COLLECTION, EVENTS, GUEST, KEYS, MOMENT, address, hexed

TARGET = Path(__file__).parents[2] / "docs" / "vectors" / "eg1.json"


def document() -> dict[str, object]:
    return {
        "format": "EG1",
        "about": "See docs/pass-format.md. The keys are for these vectors only.",
        "moment": MOMENT,
        "keys": {
            name: {"private_key": hexed(secret), "address": checksum(address(name))}
            for name, secret in KEYS.items()
        },
        "events": {
            name: {
                "chain_id": event.chain_id,
                "factory": checksum(event.factory),
                "number": event.number,
                "contract": checksum(event.contract),
                "event_id": hexed(event.event_id),
            }
            for name, event in EVENTS.items()
        },
        "typed_data": vector_cases.typed_data(),
        "passes": vector_cases.readable(),
        "unreadable": vector_cases.unreadable(),
        "not_passes": vector_cases.not_passes(),
        "challenges": vector_cases.challenges(),
        "decisions": vector_decisions.cases(),
        "guest_event": {
            "chain_id": GUEST.chain_id,
            "factory": checksum(GUEST.factory),
            "number": GUEST.number,
            "contract": checksum(GUEST.contract),
            "event_id": hexed(GUEST.event_id),
            "collection": checksum(COLLECTION),
        },
        "guest_decisions": vector_guests.cases(),
        "references": vector_cases.references(),
    }


def render() -> str:
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(render(), encoding="utf-8")
