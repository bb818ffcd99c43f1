"""Every code in words: what happened and what to do next. The only source of text for people.

No Qt here: the command line speaks the same words as the screens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.verdicts import Code
from app.ui.verdict_texts import RULES, SOURCES, VERDICTS, WORDS, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.domain.verdicts import Verdict

__all__ = [
    "CHAIN_TROUBLES",
    "RULES",
    "SOURCES",
    "TROUBLES",
    "VERDICTS",
    "WORDS",
    "Text",
    "describe",
    "trouble",
]


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


TROUBLES: Mapping[str, Text] = {
    "bundle.malformed": Text(
        _("This file is not an event bundle."), _("Ask the organizer for it again.")
    ),
    "bundle.untrusted": Text(
        _("This event bundle is not signed by the organizer."),
        _("Ask the organizer for the right file."),
    ),
    "bundle.wrong_chain": Text(
        _("This event bundle belongs to another chain or another factory."),
        _("Ask the organizer for the right file, or check the settings."),
    ),
    "bundle.too_large": Text(
        _("This event bundle is too large."), _("Ask the organizer for the right file.")
    ),
    "bundle.guests": Text(
        _("This guest list has lines that cannot be used."),
        _("Correct the lines that are named, and export again."),
    ),
    "bundle.guests_locked": Text(
        _("This device can no longer open its guest list."),
        _("Make a new sealing card, and ask the organizer for a new list."),
    ),
    "bundle.no_cards": Text(
        _("There is no door to seal the guest list for."),
        _("Make a sealing card at each door, and name the cards with --card."),
    ),
    "bundle.not_fetched": Text(
        _("The event bundle could not be fetched."),
        _("Open it from a file, or go on with the usual rules."),
    ),
    "bundle.no_key": Text(
        _("No key of this device may sign the rules of this event."),
        _("Use the device that holds the event's key for bundles, or the organizer's wallet."),
    ),
    "bundle.older": Text(
        _("A newer event bundle is already here."), _("Nothing to do; the newer one stays.")
    ),
    "invitation.malformed": Text(
        _("This is not an invitation, or a part of it is missing."),
        _("Scan or paste it again, as a whole."),
    ),
    "invitation.altered": Text(
        _("This invitation was changed after it was signed."),
        _("Do not use it. Ask the organizer for it again."),
    ),
    "invitation.expired": Text(
        _("This invitation has expired."), _("Ask the organizer for a new one.")
    ),
    "invitation.clock": Text(
        _("This invitation was made in the future."),
        _("Check the clock of this device and of the organizer's."),
    ),
    "invitation.untrusted": Text(
        _("The chain names another organizer than the one who signed this invitation."),
        _("Do not use it. Ask the organizer of the event."),
    ),
    "invitation.waiting": Text(
        _("This door does not know its event yet."),
        _("Wait until the chain was read, then try again."),
    ),
    "invitation.foreign": Text(
        _("This invitation is for another chain than this device works on."),
        _("Use another data folder, or ask the organizer for the right invitation."),
    ),
    "invitation.not_a_door": Text(
        _("This is not a door's card, or it was changed."),
        _("Let the door show it again, and scan it as a whole."),
    ),
    "invitation.other_event": Text(
        _("This door asks for another event."), _("Choose that event above, or invite the door.")
    ),
    "invitation.may_not": Text(
        _("None of this device's keys may invite to this event."),
        _("Use the organizer's key, or the event's key for bundles."),
    ),
    "camera.missing": Text(
        _("There is no such camera, file or folder."), _("Check the name, or plug the camera in.")
    ),
    "camera.unreadable": Text(
        _("The pictures cannot be read."), _("Choose another camera or file.")
    ),
    "camera.lost": Text(
        _("The camera stopped sending pictures."), _("Plug it in again; scanning then goes on.")
    ),
    "camera.empty": Text(
        _("There are no pictures in this folder."), _("Choose a folder with PNG or JPEG pictures.")
    ),
    "camera.control": Text(
        _("The camera's driver does not let this be set."),
        _("Light the place instead, or use another camera."),
    ),
    "camera.wrong_format": Text(
        _("The pictures have a form this program does not know."), _("Choose another camera.")
    ),
    "store.busy": Text(
        _("Another window of this program uses this data folder."),
        _("Close it, or choose another folder."),
    ),
    "store.full": Text(
        _("The disk is full."), _("Free some space; nothing recorded so far is lost.")
    ),
    "store.corrupt": Text(
        _("The journal file is damaged."), _("Do not delete it. Restore a backup beside it.")
    ),
    "store.too_new": Text(
        _("A newer version of this program wrote this data."), _("Install the newer version.")
    ),
    "store.unusable": Text(
        _("The data folder cannot be written."), _("Check the folder's permissions and the disk.")
    ),
    "store.evidence_malformed": Text(
        _("This file is not a journal bundle, or it was changed."),
        _("Ask for it again, from the machine that wrote it."),
    ),
    "store.evidence_untrusted": Text(
        _("No door that the organizer granted has signed this journal bundle."),
        _("Sync with the chain, then import it again."),
    ),
    "store.evidence_empty": Text(
        _("The journal is empty."), _("Nothing to do; there is no evidence yet.")
    ),
    "store.closed": Text(
        _("The program is shutting down."), _("Start it again to go on scanning.")
    ),
    "store.failed": Text(_("The database failed."), _("Restart the program.")),
    "relay.missing": Text(
        _("The relay that opens the door is not there."),
        _("Check its cable and power; it is found again by itself."),
    ),
    "relay.failed": Text(
        _("The relay stopped in the middle: the door may have opened or not."),
        _("Check its cable and power, and look after the last guest."),
    ),
    "relay.refused": Text(
        _("The relay does not take our orders."), _("Check its address and its token.")
    ),
    "relay.timeout": Text(
        _("The relay does not answer: the door may have opened or not."),
        _("Check its cable and power, and look after the last guest."),
    ),
    "relay.repeated": Text(
        _("The door was opened for this admission before."), _("Look after the last guest.")
    ),
    "printer.missing": Text(
        _("The printer is not there."),
        _("Check its cable, power and paper; it is found again by itself."),
    ),
    "printer.failed": Text(
        _("The printer stopped in the middle."), _("Check its paper and its cable.")
    ),
    "settings.missing": Text(_("A setting that is needed is missing."), _("Give it as an option.")),
    "settings.no_supervisor": Text(
        _("This system cannot start the kiosk again by itself."),
        _("Start it with --no-supervisor."),
    ),
    "settings.no_display": Text(
        _("There is no display here."), _("Use a command that needs no window.")
    ),
    "settings.wrong": Text(_("A setting is wrong."), _("Correct it and start again.")),
    "settings.network": Text(
        _("There is no such network."), _("Choose a known one, or give its chain id and node.")
    ),
    "settings.rpc_url": Text(
        _("The address of the chain's node is no web address."), _("Correct it and start again.")
    ),
    "settings.deployment": Text(
        _("The file of deployed contracts cannot be used."), _("Deploy again, or set the factory.")
    ),
}
"""Environment trouble by its stable code; families of the chain and the keys are below."""

CHAIN_TROUBLES: Mapping[str, Text] = {
    "rpc.unreachable": Text(
        _("The chain cannot be reached."), _("Scanning goes on; check the network or the address.")
    ),
    "rpc.timeout": Text(
        _("The chain's node answers too slowly."), _("Scanning goes on; try another node.")
    ),
    "rpc.rate_limited": Text(
        _("The chain's node asks to slow down."), _("It goes on by itself in a moment.")
    ),
    "rpc.too_much": Text(
        _("The chain's node cannot give that much at once."), _("It goes on with smaller steps.")
    ),
    "rpc.behind": Text(
        _("The chain's node has not got that block yet."), _("It goes on by itself in a moment.")
    ),
    "rpc.bad_answer": Text(_("The chain's node answers nonsense."), _("Use another node.")),
    "rpc.refused": Text(_("The chain's node refused the request."), _("Look at the details.")),
    "chain.lagging": Text(
        _("The chain's node is behind what this door knows."), _("Wait, or use another node.")
    ),
    "chain.wrong_id": Text(
        _("The node belongs to another network."), _("Check the address of the node.")
    ),
    "chain.wrong_code": Text(
        _("The contract at this address is not ours."), _("Check the factory's address.")
    ),
    "chain.distrusted": Text(
        _("The chain's node contradicts itself, or another node."),
        _("Scanning goes on with what is known; use another node."),
    ),
    "chain.third_party": Text(
        _("An outside service cannot be used."),
        _("Nothing depends on it: the chain itself is read as before."),
    ),
    "chain.fee_ceiling": Text(
        _("The chain's fees are above the limit that was set."),
        _("Nothing is lost; it goes on when fees fall, or raise the limit."),
    ),
    "chain.above_limit": Text(
        _("It would cost more than the limit that was set."),
        _("Nothing was sent; look at the price, and say yes to it if it is worth it."),
    ),
    "chain.no_funds": Text(
        _("The wallet that pays for check-ins is empty."),
        _("Send it ether; scanning goes on, and so does the rest by itself."),
    ),
    "chain.too_much_gas": Text(
        _("A transaction is too large for one block."), _("Send less at once.")
    ),
    "chain.not_sent": Text(
        _("The chain's node did not take a transaction."), _("Look at the details.")
    ),
    "chain.not_waiting": Text(
        _("This transaction waits for nothing."),
        _("Look at the queue again; it was mined meanwhile."),
    ),
    "chain.reverted": Text(
        _("The contract refused a transaction."), _("Look at the details; the desk can help.")
    ),
    "chain.door_unknown": Text(
        _("The event's contract does not know this door yet."),
        _("Ask the organizer to grant the door; its check-ins wait and go on by themselves."),
    ),
    "chain.record_rejected": Text(
        _("The contract does not take one of the check-ins."),
        _("The others go on; look at the details and at the conflict."),
    ),
    "chain.malformed_record": Text(
        _("A check-in has a form that the contract cannot read."),
        _("The others go on; look at the details."),
    ),
    "chain.unknown_event": Text(
        _("The chain holds no such event."), _("Check the event's number, then sync again.")
    ),
    "node.missing": Text(_("The embedded chain is not installed."), _("Run make demo once.")),
    "node.failed": Text(_("The embedded chain did not start."), _("Look into its log file.")),
    "keys.missing": Text(_("A key that is needed is not here."), _("Make or import it first.")),
    "keys.exists": Text(
        _("A key of this name is already here."), _("Keep it, or choose another name.")
    ),
    "keys.bad_id": Text(
        _("This is no name for a key."), _("Use lower-case letters, digits and dashes.")
    ),
    "keys.bad_secret": Text(_("This is no private key."), _("Check that it was copied whole.")),
    "keys.weak_passphrase": Text(_("The passphrase is too short."), _("Choose a longer one.")),
    "keys.unavailable": Text(
        _("The key file cannot be used."), _("Check the folder's permissions and the disk.")
    ),
    "keys.native_backend": Text(
        _("The library for signatures gives wrong answers."), _("Install the program again.")
    ),
    "keys.locked": Text(_("The key store is locked."), _("Give its passphrase.")),
    "keys.wrong_passphrase": Text(_("The passphrase is wrong."), _("Try again.")),
    "keys.damaged": Text(_("The key store is damaged."), _("Restore it from a backup.")),
    "keys.passphrases_differ": Text(
        _("The two passphrases differ."), _("Enter the same one twice.")
    ),
    "keys.pin_differs": Text(
        _("The two PINs differ."), _("Enter the one you chose, or choose another.")
    ),
    "keys.pin_weak": Text(
        _("This staff PIN is too easy to guess."),
        _("Choose 6 to 12 digits, neither all the same nor a run such as 123456."),
    ),
    "keys.pin_damaged": Text(
        _("The staff PIN's file is damaged."),
        _("Set the PIN anew at a terminal, with echain kiosk --set-pin."),
    ),
    "keys.unsafe_backend": Text(
        _("This system has no safe place for keys."), _("Use the sealed key file.")
    ),
}


def describe(verdict: Verdict, translate: Callable[[str], str] = str) -> str:
    """Say a verdict in one or two sentences, with its facts."""
    text = VERDICTS[verdict.code]
    parts = [translate(text.says)]
    if verdict.first_use is not None and verdict.code is Code.ALREADY_USED:
        parts.append(
            translate(_("Door {door}, {source}.")).format(
                door=verdict.first_use.door, source=translate(SOURCES[verdict.first_use.source])
            )
        )
    if verdict.code is Code.RULE and verdict.detail in RULES:
        parts.append(translate(RULES[verdict.detail]))
    if verdict.words:
        parts.append(verdict.words)  # the organizer's own
    parts.append(translate(text.do))
    return " ".join(parts)


def trouble(code: str) -> Text:
    """Return the words for environment trouble; an unknown code is a bug a test catches."""
    known = TROUBLES.get(code) or CHAIN_TROUBLES.get(code)
    return known or Text(_("Something outside the program failed."), _("Look into the log."))
