"""What a thing in the status line means, in words, and what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from app.gates.port import Reach
from app.services.sync import LinkState
from app.ui import texts
from app.ui.kiosk import words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.services.door_status import DoorStatus
    from app.ui.i18n import Words
    from app.ui.kiosk.view_model import KioskState

MEGABYTE = 2**20


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


class Topic(StrEnum):
    """What can be asked about."""

    LINK = "link"
    MIRROR = "mirror"
    QUEUE = "queue"
    CONFLICTS = "conflicts"
    COUNTS = "counts"
    CLOCK = "clock"
    DISK = "disk"
    BATTERY = "battery"
    SOUND = "sound"
    TROUBLE = "trouble"


class Remedy(StrEnum):
    """What the card's button does."""

    NONE = ""
    SHIFT = "shift"
    SOUNDS = "sounds"


@dataclass(frozen=True, slots=True)
class Explanation:
    """A card: title, facts, what to do, and what its button does; all translated."""

    title: str
    facts: tuple[str, ...]
    what_to_do: str
    remedy: Remedy = Remedy.NONE
    button: str = ""


def explain(topic: Topic, state: KioskState, tr: Words) -> Explanation:
    """Explain what stands in the status line now."""
    if topic is Topic.SOUND:
        return _sound(state, tr)
    if topic is Topic.TROUBLE:
        return _trouble(state, tr)
    if state.status is None:
        return Explanation(tr(_("Not known yet")), (), tr(_("Wait a moment.")))
    return _ABOUT[topic](state.status, tr)


def _link(status: DoorStatus, tr: Words) -> Explanation:
    if status.mode.reach is Reach.CUT_OFF:
        return Explanation(
            tr(_("This door is alone")),
            (tr(_("It has lost the venue's other doors, and does as the organizer decided.")),),
            tr(_("Check the network of the venue. Tickets that are known as used are refused.")),
        )
    if status.link is LinkState.ONLINE:
        fact = _("The chain is reached: new tickets and transfers arrive within seconds.")
        source = words.source_words(status, tr)
        facts = (tr(fact), source) if source else (tr(fact),)
        return Explanation(tr(_("Online")), facts, tr(_("Nothing to do.")))
    return Explanation(
        tr(_("Offline")),
        (
            tr(_("Tickets are judged by the list on this device. Nobody comes in twice here.")),
            tr(_("Check-ins wait in the queue and are sent by themselves.")),
        ),
        tr(_("Go on scanning. Connect the device when there is a network.")),
    )


def _mirror(status: DoorStatus, tr: Words) -> Explanation:
    facts = [words.mirror_words(status, tr)]
    known = tr.plural("{count} ticket is known.", "{count} tickets are known.", status.tickets)
    facts.append(known.format(count=words.number(status.tickets)))
    facts.append(tr(_("What was sold or passed on later is not known here.")))
    return Explanation(
        tr(_("The ticket list")),
        tuple(facts),
        tr(_("Connect the device, or take a fresh event bundle from the organizer.")),
    )


def _queue(status: DoorStatus, tr: Words) -> Explanation:
    waiting, on_chain, refused = status.waiting, status.on_chain, status.refused
    lines = (
        (tr.plural("{count} check-in waits.", "{count} check-ins wait.", waiting), waiting),
        (tr.plural("{count} is on chain.", "{count} are on chain.", on_chain), on_chain),
        (tr.plural("{count} was refused.", "{count} were refused.", refused), refused),
    )
    facts = tuple(line.format(count=words.number(count)) for line, count in lines)
    return Explanation(
        tr(_("Waiting for the chain")),
        facts,
        tr(_("Nothing is lost when the device is switched off. It sends when it is online.")),
    )


def _conflicts(status: DoorStatus, tr: Words) -> Explanation:
    return Explanation(
        tr(_("Conflicts")),
        (words.conflict_words(status, tr),),
        tr(_("The organizer's desk sees both doors and both times, and a person decides there.")),
    )


def _counts(status: DoorStatus, tr: Words) -> Explanation:
    number = words.number
    facts = [
        tr(_("Let in at this door: {count}")).format(count=number(status.admitted_here)),
        tr(_("Let out at this door: {count}")).format(count=number(status.exited_here)),
        tr(_("Came in at all doors: {count} of {capacity}")).format(
            count=number(status.everywhere), capacity=number(status.capacity)
        ),
    ]
    facts += [
        tr(_("Door {number}: {count} on chain")).format(number=door, count=number(count))
        for door, count in sorted(status.by_door.items())
    ]
    return Explanation(
        tr(_("Who is in")),
        tuple(facts),
        "",
        Remedy.SHIFT,
        tr(_("Summary of the shift")),
    )


def _clock(status: DoorStatus, tr: Words) -> Explanation:
    behind = status.health.drift_seconds
    pattern = (
        _("By the codes of five guests, this clock is {seconds} s behind.")
        if behind > 0
        else _("By the codes of five guests, this clock is {seconds} s ahead.")
    )
    return Explanation(
        tr(_("This device's clock")),
        (tr(pattern).format(seconds=abs(behind)),),
        tr(_("Set the clock of this device: good codes may be refused as too old.")),
    )


def _disk(status: DoorStatus, tr: Words) -> Explanation:
    free = status.health.free_bytes or 0
    return Explanation(
        tr(_("Room on the disk")),
        (tr(_("{count} MB are free.")).format(count=words.number(free // MEGABYTE)),),
        tr(_("Free some space: a check-in that cannot be written lets nobody in.")),
    )


def _battery(status: DoorStatus, tr: Words) -> Explanation:
    health = status.health
    pattern = _("{count} %, charging") if health.charging else _("{count} %, not charging")
    return Explanation(
        tr(_("Battery")),
        (tr(pattern).format(count=health.battery or 0),),
        "" if health.charging else tr(_("Connect the charger. Nothing is lost if it goes out.")),
    )


def _sound(state: KioskState, tr: Words) -> Explanation:
    if not state.sound:
        return Explanation(
            tr(_("No sound")),
            (tr(_("This device has no loudspeaker that the program can use.")),),
            tr(_("Look at the screen, or connect a loudspeaker and open the door again.")),
        )
    return Explanation(
        tr(_("Check the sound")),
        (tr(_("Let in sounds upwards, stop sounds low and rough.")),),
        tr(_("Turn the volume up until you hear both from where you stand.")),
        Remedy.SOUNDS,
        tr(_("Play the sounds")),
    )


def _trouble(state: KioskState, tr: Words) -> Explanation:
    code = state.trouble or ("" if state.status is None else state.status.trouble)
    if code:
        text = texts.trouble(code)
        return Explanation(tr(text.says), (), tr(text.do))
    return Explanation(
        tr(_("Something failed inside")),
        (tr(_("Scanning goes on. The log tells more.")),),
        tr(_("Tell the organizer when there is time.")),
    )


_ABOUT: Mapping[Topic, Callable[[DoorStatus, Words], Explanation]] = {
    Topic.LINK: _link,
    Topic.MIRROR: _mirror,
    Topic.QUEUE: _queue,
    Topic.CONFLICTS: _conflicts,
    Topic.COUNTS: _counts,
    Topic.CLOCK: _clock,
    Topic.DISK: _disk,
    Topic.BATTERY: _battery,
}
