"""The evening's account, read from the chain itself and compared with the door's."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.chain import contract_calls
from offline_cache.records import CheckedInFact, PoapMinted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.bootstrap import Link
    from offline_cache.records import Event, Fact


@dataclass(frozen=True, slots=True)
class ChainAccount:
    """What the chain says of an event: tickets used, certificates, anything counted twice."""

    check_ins: int
    poaps: int
    duplicates: int


async def read_account(link: Link, event: Event, tickets: int) -> ChainAccount:
    """Read state and logs of the whole chain; trusts neither mirror nor journal."""
    head = await link.rpc.block("latest")
    facts: list[Fact] = []
    first = link.start_block
    while first <= head.number:
        page = await link.source.page(first, head.number, [event.contract])
        facts += page.facts
        first = page.blocks[-1].number + 1
    used = await contract_calls.check_ins_of(link.rpc, event.contract, list(range(1, tickets + 1)))
    logged = Counter(
        fact.check_in.token_id
        for fact in facts
        if isinstance(fact, CheckedInFact) and fact.contract == event.contract
    )
    minted = Counter(
        fact.token_id
        for fact in facts
        if isinstance(fact, PoapMinted) and fact.token_id >> 160 == event.number
    )
    twice = sum(count - 1 for count in (*logged.values(), *minted.values()))
    stored = sum(use.used for use in used.values())
    return ChainAccount(stored, len(minted), twice + abs(stored - len(logged)))


@dataclass(frozen=True, slots=True)
class Summary:
    """What the demo ends with; ``unexpected`` are scenes that the door judged otherwise."""

    seed: int
    tickets: int
    scans: int
    verdicts: Mapping[str, int]
    attendees_admitted: int
    journal_rows: int
    offline_seconds: float
    onchain_checkins: int
    onchain_poaps: int
    duplicates_onchain: int
    seconds: float
    unexpected: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether door, journal and chain tell the same evening."""
        admitted = self.verdicts.get("ADMITTED", 0)
        return (
            not self.unexpected
            and self.journal_rows == self.onchain_checkins == admitted
            and self.onchain_poaps == self.attendees_admitted
            and self.duplicates_onchain == 0
        )
