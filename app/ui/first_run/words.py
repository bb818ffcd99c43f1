"""The first run in words: pure functions from what is known to what is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.addresses import checksum
from app.domain.verdicts import Severity
from app.ui import texts
from app.ui.first_run.keys_model import PinStage
from app.ui.moments import day, day_and_time
from app.ui.theme import State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.domain.invitation import SealedInvitation
    from app.domain.verdicts import Verdict
    from app.ui.first_run.camera_model import CameraState
    from app.ui.first_run.invitation_model import InvitationState
    from app.ui.i18n import Words


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


NEXT = _("Next")
BACK = _("Back")
TAKE = _("Take this invitation")
START = _("Start scanning")
SKIP = _("Skip")
SOUNDS: Mapping[Severity, str] = {
    Severity.ADMIT: _("Let in"),
    Severity.REFUSE: _("Stop"),
    Severity.DESK: _("To the desk"),
}
PIN_STAGES: Mapping[PinStage, str] = {
    PinStage.UNKNOWN: _("Looking for the staff PIN …"),
    PinStage.CHOOSE: _("Choose a staff PIN of at least 6 digits."),
    PinStage.AGAIN: _("Enter the same PIN again."),
    PinStage.SET: _("The staff PIN is set."),
}


def step_words(place: int, count: int, tr: Words) -> str:
    """Say where in the first run a person is."""
    return tr(_("Step {place} of {count}")).format(place=place, count=count)


def invitation_facts(
    sealed: SealedInvitation, network: Callable[[int], str], tr: Words
) -> tuple[tuple[str, str], ...]:
    """Say who invites to what: pairs of a caption and what it is."""
    said = sealed.invitation
    signer = tr.isolated(checksum(said.signer))
    who = f"{said.sender} · {signer}" if said.sender else signer
    return (
        (tr(_("Event")), said.name or tr(_("Event {number}")).format(number=said.number)),
        (tr(_("When")), day_and_time(said.starts, tr)),
        (tr(_("Door")), str(said.door)),
        (tr(_("Invited by")), who),
        (tr(_("Network")), tr(network(said.chain_id))),
        (tr(_("Valid until")), day(sealed.valid_until, tr)),
    )


def joined_words(state: InvitationState, tr: Words) -> tuple[State, str]:
    """Say how far the door has come with its invitation."""
    joined = state.joined
    if not state.taken:
        return State.NEUTRAL, ""
    if state.filling:
        return State.NEUTRAL, tr(_("Reading the event bundle …"))
    if state.trouble:
        return State.WARN, trouble_words(state.trouble, tr)
    if joined.event is not None and not joined.trouble:
        return State.OK, tr(_("The chain confirms this invitation."))
    if joined.trouble:
        return State.WARN, trouble_words(joined.trouble, tr)
    return State.NEUTRAL, tr(_("Reading the event from the chain …"))


def trouble_words(code: str, tr: Words) -> str:
    """Say environment trouble with what to do."""
    text = texts.trouble(code)
    return f"{tr(text.says)} {tr(text.do)}"


def camera_words(state: CameraState, tr: Words) -> tuple[State, str]:
    """Say whether the camera gives a picture."""
    if state.trouble:
        return State.WARN, trouble_words(state.trouble, tr)
    if state.sees:
        return State.OK, tr(_("The camera works."))
    return State.NEUTRAL, tr(_("Opening the camera …"))


def sound_words(*, available: bool | None, tr: Words) -> tuple[State, str]:
    """Say whether sounds can be played."""
    if available is None:
        return State.NEUTRAL, tr(_("Looking for a loudspeaker …"))
    if available:
        return State.OK, tr(_("Touch a sound. Is it loud enough for your door?"))
    return State.WARN, tr(
        _("There is no loudspeaker. The screen alone will tell; you can go on without sound.")
    )


def verdict_words(verdict: Verdict, tr: Words) -> tuple[State, str]:
    """Say what the trial showed."""
    text = texts.VERDICTS[verdict.code]
    good = State.OK if verdict.admits else State.NEUTRAL
    word = tr(texts.WORDS[verdict.severity]).replace("\N{SOFT HYPHEN}", "")
    return good, f"{word}: {tr(text.says)}"
