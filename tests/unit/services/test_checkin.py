import threading
from dataclasses import replace
from hashlib import sha256

import pytest

from app.domain.admission import Direction
from app.domain.passes import Binding
from app.domain.policy import LeastStage, Policy, ReEntry
from app.domain.typed_data import ProofForm
from app.domain.verdicts import Code, Severity, UseSource
from app.services.challenges import ChallengeBook
from app.services.checkin import REMEMBERED_TICKETS
from offline_cache.errors import StoreUnusable
from offline_cache.records import ClaimState, DoorState, JournalKind, StageMarks
from tests.fakes.door import CONTRACT, DOOR, EPOCH, EVENT, KEYS, TOKEN, Shown, make_ticket
from tests.fakes.kiosk import Kiosk, entropy

AGAIN = Policy(re_entry=ReEntry.AFTER_EXIT)
REFERENCE = f'{{"eventId": "1", "tokenId": {TOKEN}}}'.encode()


@pytest.fixture
def kiosk() -> Kiosk:
    return Kiosk()


# ── the journal ───────────────────────────────────────────────────────────────────────────────────


def test_an_admission_is_journaled_with_what_the_record_needs(kiosk: Kiosk) -> None:
    verdict = kiosk.show(kiosk.door(operator="Ada"))
    assert verdict.code is Code.ADMITTED
    [row] = kiosk.memory.journal
    draft = row.draft
    assert (draft.code, draft.entry, draft.token_id, draft.door) == ("ADMITTED", 0, TOKEN, DOOR)
    assert (draft.owner, draft.epoch, draft.operator) == (KEYS["owner"], EPOCH, "Ada")
    assert (draft.mirror_block, draft.mirror_age) == (100, 5)
    assert draft.pass_hash == sha256(kiosk.code()).digest()
    assert kiosk.memory.claims[draft.nonce].state is ClaimState.WON


def test_a_refusal_is_journaled_and_claims_nothing(kiosk: Kiosk) -> None:
    assert kiosk.show(kiosk.door(), Shown(forged=True)).code is Code.BAD_PROOF
    [row] = kiosk.memory.journal
    assert (row.draft.code, row.draft.entry, row.draft.owner) == ("BAD_PROOF", None, bytes(20))
    assert kiosk.memory.claims == {}


def test_what_is_no_ticket_and_what_cannot_be_judged_leave_no_row(kiosk: Kiosk) -> None:
    door = kiosk.door()
    assert door.check(b"https://shop.example/menu").code is Code.NOT_A_TICKET
    assert door.check(b"EG1:").code is Code.UNREADABLE
    kiosk.mirror.block_time = None
    assert kiosk.show(door).code is Code.MIRROR_TOO_OLD
    kiosk.clock_trusted = False
    assert kiosk.show(door).code is Code.CLOCK_WRONG
    assert kiosk.memory.journal == []


def test_a_gate_that_cannot_write_is_never_green_and_says_so(kiosk: Kiosk) -> None:
    kiosk.memory.fail_with = "store.full"
    door = kiosk.door()
    verdict = kiosk.show(door)
    assert (verdict.code, verdict.detail) == (Code.STORE_FAILED, "store.full")
    assert verdict.severity is Severity.STOP
    assert not verdict.admits
    assert kiosk.show(door, Shown(forged=True)).code is Code.STORE_FAILED
    kiosk.memory.fail_with = None
    assert kiosk.show(door).code is Code.ADMITTED
    assert kiosk.show(door).already_shown_seconds == 0


def test_a_mirror_that_cannot_be_read_is_never_green(kiosk: Kiosk) -> None:
    kiosk.mirror.fail_with = StoreUnusable("mirror.db: it cannot be read")
    verdict = kiosk.show(kiosk.door())
    assert (verdict.code, verdict.detail) == (Code.STORE_FAILED, "store.unusable")


def test_a_bug_in_the_gate_is_not_mistaken_for_a_verdict(kiosk: Kiosk) -> None:
    kiosk.mirror.fail_with = ZeroDivisionError("a bug")
    with pytest.raises(ZeroDivisionError):
        kiosk.show(kiosk.door())


@pytest.mark.parametrize(
    ("stages", "code"),
    [
        (StageMarks(safe=90, finalized=80), Code.ADMITTED),
        (StageMarks(safe=89, finalized=80), Code.NEWER_THAN_MIRROR),
        (StageMarks(partial=90), Code.ADMITTED),
        (StageMarks(), Code.NEWER_THAN_MIRROR),
    ],
)
def test_a_ticket_must_be_as_settled_as_the_organizer_wants(
    kiosk: Kiosk, stages: StageMarks, code: Code
) -> None:
    kiosk.mirror.put(replace(make_ticket(), changed_block=90))
    kiosk.mirror.stages = stages
    assert kiosk.show(kiosk.door()).code is Code.ADMITTED
    kiosk.clock.advance(11)
    fresh = Kiosk(mirror=kiosk.mirror)
    assert fresh.show(fresh.door(Policy(least_stage=LeastStage.SAFE))).code is code


# ── used ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_second_use_is_refused_with_the_first(kiosk: Kiosk) -> None:
    door = kiosk.door()
    first_at = kiosk.clock.unix()
    kiosk.show(door)
    kiosk.clock.advance(11)
    verdict = kiosk.show(door)
    assert verdict.code is Code.ALREADY_USED
    assert verdict.first_use is not None
    assert (verdict.first_use.at, verdict.first_use.door) == (first_at, DOOR)
    assert verdict.first_use.source is UseSource.HERE
    assert kiosk.journaled() == ["ADMITTED", "ALREADY_USED"]


def test_neither_another_form_nor_a_new_epoch_renews_a_used_ticket(kiosk: Kiosk) -> None:
    door = kiosk.door()
    kiosk.show(door)
    kiosk.clock.advance(11)
    sold = replace(make_ticket(), owner=KEYS["other"], epoch=9, owner_epoch=8)
    kiosk.mirror.put(replace(sold, user=bytes(20), user_expires=0))
    shown = Shown(Binding.OWNER, ProofForm.STATIC, epoch=9, certifier="other")
    assert kiosk.show(door, shown).code is Code.ALREADY_USED


def test_a_ticket_used_on_chain_is_used_here(kiosk: Kiosk) -> None:
    kiosk.mirror.put(replace(make_ticket(), check_in_door=3, check_in_at=7))
    verdict = kiosk.show(kiosk.door())
    assert verdict.code is Code.ALREADY_USED
    assert verdict.first_use is not None
    assert (verdict.first_use.door, verdict.first_use.source) == (3, UseSource.CHAIN)


def test_a_ticket_used_by_a_compromised_door_only_goes_to_the_desk(kiosk: Kiosk) -> None:
    kiosk.mirror.put(replace(make_ticket(), check_in_door=3, check_in_at=7))
    kiosk.door_states[3] = DoorState.COMPROMISED
    verdict = kiosk.show(kiosk.door())
    assert (verdict.code, verdict.severity) == (Code.ALREADY_USED, Severity.DESK)
    assert kiosk.memory.claims == {}


def test_of_many_readers_of_one_ticket_exactly_one_admits(kiosk: Kiosk) -> None:
    doors = [kiosk.door() for _ in range(4)]
    together = threading.Barrier(8)
    codes: list[Code] = []

    def read(number: int) -> None:
        together.wait()
        codes.append(kiosk.show(doors[number % 4]).code)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [claim for claim in kiosk.memory.claims.values() if claim.state is ClaimState.WON]
    assert len(won) == 1
    assert kiosk.journaled().count("ADMITTED") == 1
    assert len(codes) == 8


# ── shown again within ten seconds ────────────────────────────────────────────────────────────────


def test_the_same_ticket_within_ten_seconds_keeps_its_verdict(kiosk: Kiosk) -> None:
    door = kiosk.door()
    kiosk.show(door)
    kiosk.clock.advance(4)
    again = kiosk.show(door)
    assert (again.code, again.already_shown_seconds) == (Code.ADMITTED, 4)
    kiosk.clock.advance(6)
    assert kiosk.show(door, Shown(slot_offset=-1)).already_shown_seconds == 10
    kiosk.clock.advance(0.5)
    late = kiosk.show(door)
    assert (late.code, late.already_shown_seconds) == (Code.ALREADY_USED, None)
    assert kiosk.journaled() == ["ADMITTED", "ALREADY_USED"]
    kiosk.clock.advance(3)
    assert kiosk.show(door).already_shown_seconds == 3


@pytest.mark.parametrize(
    ("shown", "code"),
    [
        (Shown(forged=True), Code.BAD_PROOF),
        (Shown(slot_offset=-9), Code.CODE_EXPIRED),
        (Shown(gate="other"), Code.NOT_OWNER),
        (Shown(epoch=EPOCH - 1), Code.SUPERSEDED),
    ],
)
def test_a_proof_that_fails_within_ten_seconds_shows_its_own_verdict(
    kiosk: Kiosk, shown: Shown, code: Code
) -> None:
    door = kiosk.door()
    kiosk.show(door)
    verdict = kiosk.show(door, shown)
    assert (verdict.code, verdict.already_shown_seconds) == (code, None)
    assert kiosk.show(door).already_shown_seconds == 0


def test_another_door_does_not_share_the_ten_seconds(kiosk: Kiosk) -> None:
    kiosk.show(kiosk.door())
    assert kiosk.show(kiosk.door()).code is Code.ALREADY_USED


def test_an_undone_admission_is_judged_anew_at_once(kiosk: Kiosk) -> None:
    door = kiosk.door()
    kiosk.show(door)
    [claim] = kiosk.memory.claims.values()
    kiosk.memory.claims[claim.nonce] = replace(claim, state=ClaimState.RELEASED)
    verdict = kiosk.show(door)
    assert (verdict.code, verdict.already_shown_seconds) == (Code.ADMITTED, None)
    assert kiosk.memory.journal[-1].draft.entry == 0


def test_a_reader_that_lost_the_race_does_not_hide_the_admission(kiosk: Kiosk) -> None:
    """Two readers of one door see one phone; the loser's refusal must not outlive the moment."""

    class Late:
        """Answers as if the first claim had not been made yet, once."""

        def entries_of(self, event_id: bytes, token_id: int) -> object:
            found = kiosk.memory.entries_of(event_id, token_id)
            return replace(found, claims=()) if self.blind else found

        blind = False

    kiosk.uses = late = Late()  # type: ignore[assignment]
    door = kiosk.door()
    kiosk.show(door)
    late.blind = True
    assert kiosk.show(door).code is Code.ALREADY_USED
    late.blind = False
    again = kiosk.show(door)
    assert (again.code, again.already_shown_seconds) == (Code.ADMITTED, 0)


def test_only_so_many_tickets_are_remembered(kiosk: Kiosk) -> None:
    door = kiosk.door()
    kiosk.show(door)
    for token in range(100, 100 + REMEMBERED_TICKETS):
        kiosk.mirror.put(replace(make_ticket(), token_id=token))
        assert kiosk.show(door, Shown(token_id=token)).code is Code.ADMITTED
    assert kiosk.show(door).already_shown_seconds is None


# ── exits, re-entry, test mode ────────────────────────────────────────────────────────────────────


def test_out_and_in_again_within_seconds_is_judged_each_time(kiosk: Kiosk) -> None:
    entry, way_out = kiosk.door(AGAIN), kiosk.door(AGAIN, direction=Direction.EXIT)
    steps = [entry, way_out, way_out, entry, entry, way_out, entry]
    found = [
        (verdict.code, verdict.already_shown_seconds is not None)
        for verdict in (kiosk.show(door) for door in steps)
    ]
    assert found == [
        (Code.ADMITTED, False),
        (Code.EXITED, False),
        (Code.EXITED, True),
        (Code.ADMITTED_AGAIN, False),
        (Code.ADMITTED_AGAIN, True),
        (Code.EXITED, False),
        (Code.ADMITTED_AGAIN, False),
    ]
    entries = [row.draft.entry for row in kiosk.memory.journal]
    assert entries == [0, None, 1, None, 2]
    assert kiosk.memory.journal[1].draft.kind is JournalKind.EXIT


def test_without_re_entry_an_exit_opens_nothing(kiosk: Kiosk) -> None:
    entry = kiosk.door()
    kiosk.show(entry)
    assert kiosk.show(kiosk.door(direction=Direction.EXIT)).code is Code.EXITED
    back = kiosk.show(entry)
    assert (back.code, back.already_shown_seconds) == (Code.ALREADY_USED, None)


def test_entries_are_counted_against_the_policys_most(kiosk: Kiosk) -> None:
    twice = replace(AGAIN, max_entries=2)
    entry, way_out = kiosk.door(twice), kiosk.door(twice, direction=Direction.EXIT)
    found = [kiosk.show(door).code for door in (entry, way_out, entry, way_out, entry)]
    assert found[2:] == [Code.ADMITTED_AGAIN, Code.EXITED, Code.RULE]


def test_nobody_leaves_who_is_not_inside(kiosk: Kiosk) -> None:
    verdict = kiosk.show(kiosk.door(direction=Direction.EXIT))
    assert (verdict.code, verdict.detail) == (Code.RULE, "not-inside")


def test_a_test_scan_judges_and_claims_nothing(kiosk: Kiosk) -> None:
    trial = kiosk.door(test=True)
    assert kiosk.show(trial).code is Code.ADMITTED
    assert kiosk.show(trial).already_shown_seconds == 0
    assert [(row.draft.test, row.draft.entry) for row in kiosk.memory.journal] == [(True, None)]
    assert kiosk.memory.claims == {}
    assert kiosk.show(kiosk.door()).code is Code.ADMITTED
    assert kiosk.show(kiosk.door(test=True)).code is Code.ALREADY_USED


def test_a_test_exit_leaves_nobody_outside(kiosk: Kiosk) -> None:
    kiosk.show(kiosk.door(AGAIN))
    assert kiosk.show(kiosk.door(direction=Direction.EXIT, test=True)).code is Code.EXITED
    assert kiosk.show(kiosk.door(AGAIN)).code is Code.ALREADY_USED


# ── the quick look at the chain ───────────────────────────────────────────────────────────────────


def test_an_unknown_ticket_is_looked_for_once_and_judged_by_what_came(kiosk: Kiosk) -> None:
    kiosk.arrives.append(replace(make_ticket(), token_id=77))
    assert kiosk.show(kiosk.door(), Shown(token_id=77)).code is Code.ADMITTED
    assert kiosk.show(kiosk.door(), Shown(token_id=78)).code is Code.UNKNOWN_TICKET
    assert kiosk.looks == 2


def test_a_newer_pass_is_looked_for_once(kiosk: Kiosk) -> None:
    assert kiosk.show(kiosk.door(), Shown(epoch=EPOCH + 1)).code is Code.NEWER_THAN_MIRROR
    kiosk.arrives.append(replace(make_ticket(), epoch=EPOCH + 1))
    assert kiosk.show(kiosk.door(), Shown(epoch=EPOCH + 1)).code is Code.ADMITTED
    assert kiosk.looks == 2


@pytest.mark.parametrize(
    "payload_of",
    [
        lambda kiosk: kiosk.code(),
        lambda kiosk: kiosk.code(Shown(forged=True)),
        lambda kiosk: kiosk.code(Shown(epoch=EPOCH - 2)),
        lambda kiosk: kiosk.code(Shown(event=replace(EVENT, event_id=bytes(32)))),
        lambda _: REFERENCE,
        lambda _: b"EG1:%%%",
        lambda _: b"",
    ],
)
def test_no_other_verdict_asks_the_chain(kiosk: Kiosk, payload_of: object) -> None:
    assert callable(payload_of)
    kiosk.door().check(payload_of(kiosk))
    assert kiosk.looks == 0


# ── bare references, challenges ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (REFERENCE, Code.NO_PROOF),
        (f'{{"eventId":"0x{EVENT.event_id.hex()}","tokenId":{TOKEN}}}'.encode(), Code.NO_PROOF),
        (f"eip155:84532/erc721:0x{CONTRACT.hex()}/{TOKEN}".encode(), Code.NO_PROOF),
        (f"eip155:1/erc721:0x{CONTRACT.hex()}/{TOKEN}".encode(), Code.WRONG_CHAIN),
        (f"eip155:84532/erc721:0x{'00' * 20}/{TOKEN}".encode(), Code.WRONG_EVENT),
        (b'{"eventId": "2", "tokenId": 42}', Code.WRONG_EVENT),
        (b'{"eventId": "spring", "tokenId": 42}', Code.WRONG_EVENT),
        (b'{"eventId": "1", "tokenId": 9999}', Code.UNKNOWN_TICKET),
    ],
)
def test_a_bare_reference_is_looked_up_and_never_admits(
    kiosk: Kiosk, payload: bytes, code: Code
) -> None:
    assert kiosk.door().check(payload).code is code


def test_a_reference_to_a_guest_events_collection_means_the_open_event(kiosk: Kiosk) -> None:
    collection = b"\xcc" * 20
    payload = f"eip155:84532/erc721:0x{collection.hex()}/{TOKEN}".encode()
    assert kiosk.door().check(payload).code is Code.WRONG_EVENT
    kiosk.mirror.events[0] = replace(EVENT, collection=collection)
    assert kiosk.door().check(payload).code is Code.NO_PROOF


def test_a_challenge_answers_once_within_its_minute(kiosk: Kiosk) -> None:
    book = ChallengeBook(EVENT.event_id, DOOR, kiosk.clock, entropy)
    kiosk.challenges = book
    door = kiosk.door()
    answer = Shown(proof=ProofForm.CHALLENGE)
    assert kiosk.show(door, answer).code is Code.CODE_EXPIRED
    book.issue()
    [challenge] = book.open()
    answered = replace(answer, challenge=challenge)
    assert kiosk.show(door, replace(answered, forged=True)).code is Code.BAD_PROOF
    assert kiosk.show(door, answered).code is Code.ADMITTED
    assert book.open() == ()
    assert kiosk.show(door, answered).code is Code.CODE_EXPIRED


def test_a_challenge_is_spent_even_if_the_claim_is_lost(kiosk: Kiosk) -> None:
    kiosk.challenges = book = ChallengeBook(EVENT.event_id, DOOR, kiosk.clock, entropy)
    kiosk.show(kiosk.door())
    book.issue()
    [challenge] = book.open()
    answered = Shown(proof=ProofForm.CHALLENGE, challenge=challenge)
    assert kiosk.show(kiosk.door(), answered).code is Code.ALREADY_USED
    assert book.open() == ()
