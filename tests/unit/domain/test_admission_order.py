"""Two faults at once: the earlier one in the order of ``docs/door.md`` is the verdict."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations

import pytest

from app.domain.admission import Uses
from app.domain.passes import Binding
from app.domain.policy import CutOff, EntryWindow, TicketDoors
from app.domain.typed_data import ProofForm
from app.domain.verdicts import Code, FirstUse, UseSource
from offline_cache.records import TicketStatus
from tests.fakes.door import DOOR, EPOCH, HOUR, KEYS, NOW, Scene, Shown, scene_for

Change = Callable[[Scene], Scene]


@dataclass(frozen=True)
class Fault:
    """Something wrong with the scene, with what is shown, or with both."""

    code: Code
    scene: Change = lambda scene: scene
    shown: Callable[[Shown], Shown] = lambda shown: shown
    group: str = ""  # two faults of one group cannot be had at once


def ticket(**changes: object) -> Change:
    def change(scene: Scene) -> Scene:
        if scene.ticket is None:
            return scene
        return replace(scene, ticket=replace(scene.ticket, **changes))  # type: ignore[arg-type]

    return change


def policy(**changes: object) -> Change:
    return lambda scene: replace(scene, policy=replace(scene.policy, **changes))  # type: ignore[arg-type]


UNKNOWN_EVENT = Fault(Code.WRONG_EVENT, lambda scene: replace(scene, known=False))
BAD_CLOCK = Fault(Code.CLOCK_WRONG, lambda scene: replace(scene, clock_trusted=False))
OLD_MIRROR = Fault(Code.MIRROR_TOO_OLD, lambda scene: replace(scene, mirror_age=86_401))
UNKNOWN_TICKET = Fault(Code.UNKNOWN_TICKET, lambda scene: replace(scene, ticket=None))
NOT_YET = Fault(
    Code.TOO_EARLY,
    lambda scene: replace(scene, event=replace(scene.event, start_time=NOW + 5 * HOUR)),
    group="time",
)
OVER = Fault(
    Code.TOO_LATE,
    lambda scene: replace(scene, event=replace(scene.event, end_time=NOW - 5 * HOUR)),
    group="time",
)
PASS_OVER = Fault(
    Code.TOO_LATE,
    shown=lambda shown: replace(shown, window=(NOW - HOUR, NOW - 1)),
    group="time",
)
VOID = Fault(Code.REVOKED, ticket(status=TicketStatus.VOID), group="status")
LISTED = Fault(Code.LISTED_FOR_SALE, ticket(status=TicketStatus.LISTED), group="status")
SOLD = Fault(Code.TRANSFERRED, ticket(epoch=9, owner_epoch=8), group="epoch")
BOUND_ANEW = Fault(Code.SUPERSEDED, ticket(epoch=EPOCH + 1), group="epoch")
STALE = Fault(Code.CODE_EXPIRED, shown=lambda shown: replace(shown, slot_offset=-4))
NO_CHALLENGE = Fault(Code.CODE_EXPIRED, lambda scene: replace(scene, challenges=()))
EXCLUDED = Fault(Code.SUPERSEDED, ticket(user=KEYS["gate"], user_expires=NOW))
NO_PRINTS = Fault(Code.NO_PROOF, policy(print_allowed=False))
FORGED = Fault(Code.BAD_PROOF, shown=lambda shown: replace(shown, forged=True))
UNCERTIFIED = Fault(Code.BAD_PROOF, shown=lambda shown: replace(shown, certifier="other"))
UNKNOWN_KID = Fault(Code.BAD_PROOF, lambda scene: replace(scene, issuers=()))
NOT_BOUND = Fault(Code.NOT_OWNER, ticket(user=KEYS["other"]))
MINUTE = NOW // 60 % 1_440
NOT_THIS_KIND_YET = Fault(
    Code.TOO_EARLY,
    policy(windows=(EntryWindow((MINUTE + 30) % 1_440, (MINUTE + 50) % 1_440),)),
    group="time",
)
UNSETTLED = Fault(
    Code.NEWER_THAN_MIRROR,
    lambda scene: ticket(changed_block=50)(replace(scene, settled_block=49)),
    group="use",  # of a used ticket its use is told
)
ELSEWHERE = Fault(Code.HOME_DOOR, policy(cut_off=CutOff.HOME_DOOR, home_doors=(9,)), group="cut")
OTHER_BLOCK = Fault(Code.WRONG_DOOR, policy(ticket_doors=(TicketDoors(0, 99, (9,)),)))
LONE = Fault(Code.WAITING_FOR_VENUE, lambda scene: replace(scene, alone_since=NOW - 5), group="cut")
WRONG_TIER = Fault(Code.WRONG_TIER, policy(tiers_by_door={DOOR: (9,)}))
USED = Fault(
    Code.ALREADY_USED,
    lambda scene: replace(
        scene,
        uses=Uses(FirstUse(NOW, 1, UseSource.HERE), entries=1, inside=True),
        policy=replace(scene.policy, max_entries=1),
    ),
    group="use",
)

FIRST = (UNKNOWN_EVENT, BAD_CLOCK, OLD_MIRROR, UNKNOWN_TICKET)
MIDDLE = (VOID, LISTED, SOLD, BOUND_ANEW)
LAST = (UNSETTLED, ELSEWHERE, OTHER_BLOCK, WRONG_TIER, USED, LONE)
ORDERS = {
    (Binding.CHAIN, ProofForm.ROTATING): (
        *FIRST, NOT_YET, OVER, NOT_THIS_KIND_YET, *MIDDLE, STALE, FORGED, NOT_BOUND, *LAST,
    ),
    (Binding.CHAIN, ProofForm.CHALLENGE): (
        UNKNOWN_EVENT, OLD_MIRROR, UNKNOWN_TICKET, NOT_YET, OVER, *MIDDLE, NO_CHALLENGE,
        NOT_BOUND, *LAST,
    ),
    (Binding.CHAIN, ProofForm.STATIC): (
        UNKNOWN_EVENT, OLD_MIRROR, UNKNOWN_TICKET, NOT_YET, OVER, *MIDDLE, NO_PRINTS, FORGED,
        NOT_BOUND, *LAST,
    ),
    (Binding.OWNER, ProofForm.ROTATING): (
        *FIRST, NOT_YET, PASS_OVER, *MIDDLE, STALE, EXCLUDED, UNCERTIFIED, *LAST,
    ),
    (Binding.OWNER, ProofForm.STATIC): (
        UNKNOWN_EVENT, OLD_MIRROR, UNKNOWN_TICKET, NOT_YET, PASS_OVER, *MIDDLE, EXCLUDED,
        NO_PRINTS, FORGED, *LAST,
    ),
    (Binding.ISSUER, ProofForm.ROTATING): (
        *FIRST, NOT_YET, PASS_OVER, *MIDDLE, STALE, EXCLUDED, UNKNOWN_KID, *LAST,
    ),
}  # fmt: skip
PAIRS = [
    pytest.param(*form, first, second, id=f"{form[0]:x}{form[1]:x} {first.code}, {second.code}")
    for form, order in ORDERS.items()
    for first, second in combinations(order, 2)
    if not first.group or first.group != second.group
]


def judged(binding: Binding, proof: ProofForm, *faults: Fault) -> Code:
    scene, shown = scene_for(binding), Shown(binding, proof)
    for fault in faults:
        scene, shown = fault.scene(scene), fault.shown(shown)
    return scene.judge(shown.code()).verdict.code


@pytest.mark.parametrize(("form", "order"), ORDERS.items())
def test_each_fault_alone_has_its_own_verdict(
    form: tuple[Binding, ProofForm], order: tuple[Fault, ...]
) -> None:
    assert [judged(*form, fault) for fault in order] == [fault.code for fault in order]


@pytest.mark.parametrize(("binding", "proof", "first", "second"), PAIRS)
def test_of_two_faults_the_earlier_one_is_told(
    binding: Binding, proof: ProofForm, first: Fault, second: Fault
) -> None:
    assert judged(binding, proof, first, second) is first.code
    assert judged(binding, proof, second, first) is first.code


def test_the_event_comes_before_the_certificate_and_early_before_late() -> None:
    both = (NOT_YET, PASS_OVER)
    assert judged(Binding.OWNER, ProofForm.ROTATING, *both) is Code.TOO_EARLY


def test_a_raised_epoch_that_fits_no_signature_ends_as_whatever_else_is_wrong() -> None:
    scene, raised = Scene(), replace(Shown().code(), epoch=EPOCH + 1)
    assert scene.judge(raised).verdict.code is Code.BAD_PROOF
    stale = replace(Shown(slot_offset=-9).code(), epoch=EPOCH + 1)
    assert scene.judge(stale).verdict.code is Code.CODE_EXPIRED
    excluded = replace(Shown(Binding.OWNER).code(), epoch=EPOCH + 1)
    assert scene.judge(excluded).verdict.code is Code.SUPERSEDED
