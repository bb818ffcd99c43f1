"""``echain invitation``: invite a door to an event, and look into an invitation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.output import Exit, described
from app.cli.session import find_factory, open_device
from app.domain import invitation, qr_code
from app.domain.addresses import checksum
from app.domain.errors import InvitationError, SettingsError
from app.services.inviting import Inviter, Ways

if TYPE_CHECKING:
    import argparse

    from app.bootstrap import Device
    from app.cli.output import Output
    from app.domain.invitation import SealedInvitation
    from app.domain.qr_code import QrCode
    from app.settings import Settings

BUNDLE_KEY = "bundle"
_LONGEST_FILE = 20_000
_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"})


def run(arguments: argparse.Namespace, settings: Settings, output: Output) -> int:
    """Create or show; what is refused ends with exit code 4."""
    work = {"create": _create, "show": _show}[arguments.action]
    try:
        with open_device(settings) as device:
            return work(arguments, device, output)
    except InvitationError as refusal:
        output.complain(refusal)
        output.result({"error": described(refusal)})
        return Exit.REFUSED


def _create(arguments: argparse.Namespace, device: Device, output: Output) -> int:
    factory, start_block = find_factory(device.settings)
    event = device.event(factory)
    nodes = tuple(arguments.node) or device.settings.shared_nodes
    keys = (arguments.sign_with,) if arguments.sign_with else (BUNDLE_KEY, device.settings.wallet)
    inviter = Inviter(device.signer, keys, Ways(nodes, start_block), device.clock)
    sealed = inviter.invite(
        event,
        device.settings.door,
        days=arguments.days,
        sender=arguments.sender,
        bundle_url=arguments.bundle_url or "",
    )
    code = qr_code.draw(sealed.qr_text())
    if arguments.what:
        _write_picture(Path(arguments.what), sealed.qr_text())
    _say(sealed, "valid", vouched=True, output=output)
    output.say()
    output.say(in_blocks(code))
    output.say("To scan, show the code above; to send, copy this line:")
    output.say(sealed.message())
    output.result(_summary(sealed, "valid", vouched=True) | {"modules": code.side})
    return Exit.DONE


def _show(arguments: argparse.Namespace, device: Device, output: Output) -> int:
    sealed = invitation.read(_text(arguments.what))
    event = device.mirror.event_by_id(sealed.invitation.event_id)
    vouched = None
    try:
        invitation.expect_valid(sealed, device.clock.unix())
        if event is not None:
            invitation.expect_vouched(sealed.invitation, event)
            vouched = True
    except InvitationError as refusal:
        state = refusal.code.removeprefix("invitation.")
        _say(sealed, state, vouched=vouched, output=output)
        output.complain(refusal)
        summary = _summary(sealed, state, vouched=vouched)
        output.result(summary | {"error": described(refusal)})
        return Exit.REFUSED
    _say(sealed, "valid", vouched=vouched, output=output)
    output.result(_summary(sealed, "valid", vouched=vouched))
    return Exit.DONE


def _text(what: str | None) -> str:
    """Return the text of an invitation: given itself, or in a text file or a picture."""
    if not what:
        raise SettingsError(
            "give the invitation's text, or a file that holds it", code="settings.missing"
        )
    if invitation.is_invitation(what):
        return what
    path = Path(what)
    if path.suffix.lower() in _PICTURES:
        return _scanned(path)
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST_FILE).decode("utf-8", "replace")
    except OSError as error:
        raise SettingsError(
            f"'{what:.80}' is no invitation, and no file that can be read: {error.strerror}",
            code="settings.wrong",
        ) from error


def _scanned(path: Path) -> str:
    from app.scan.decoder import Decoder
    from app.scan.pictures import read_picture

    found = [payload.decode("utf-8", "replace") for payload in Decoder()(read_picture(path))]
    return next(filter(invitation.is_invitation, found), "")


def _write_picture(path: Path, text: str) -> None:
    import segno

    try:
        segno.make_qr(text, error="m", boost_error=False).save(
            str(path), scale=8, border=qr_code.QUIET_ZONE
        )
    except (OSError, ValueError) as trouble:
        raise SettingsError(
            f"{path} cannot be written as a picture: name a .png or .svg file ({trouble})",
            code="settings.wrong",
        ) from trouble


def in_blocks(code: QrCode) -> str:
    """Draw a code for a terminal, two rows of modules a line, white where it is lit."""
    white = bytes(code.side + 2 * qr_code.QUIET_ZONE)
    edge = bytes(qr_code.QUIET_ZONE)
    rows = [white] * qr_code.QUIET_ZONE
    rows += [edge + row + edge for row in code.rows]
    rows += [white] * (qr_code.QUIET_ZONE + len(rows) % 2)
    blocks = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}
    return "\n".join(
        "".join(blocks[upper, lower] for upper, lower in zip(top, bottom, strict=True))
        for top, bottom in zip(rows[::2], rows[1::2], strict=True)
    )


def _summary(sealed: SealedInvitation, state: str, *, vouched: bool | None) -> dict[str, object]:
    """Return what a program reads; ``vouched``: null where this device does not know the event."""
    said = sealed.invitation
    return {
        "state": state,
        "vouched": vouched,
        "event": "0x" + said.event_id.hex(),
        "number": said.number,
        "name": said.name,
        "starts": said.starts,
        "chain": said.chain_id,
        "factory": checksum(said.factory),
        "contract": checksum(said.contract),
        "door": said.door,
        "nodes": list(said.nodes),
        "start_block": said.start_block,
        "signer": checksum(said.signer),
        "sender": said.sender,
        "bundle_url": said.bundle_url,
        "issued": said.issued_at,
        "valid_until": sealed.valid_until,
        "text": sealed.qr_text(),
        "message": sealed.message(),
    }


def _say(sealed: SealedInvitation, state: str, *, vouched: bool | None, output: Output) -> None:
    said = sealed.invitation
    output.say(f"{state}: invitation of door {said.door} to '{said.name}', event {said.number}")
    output.say(
        f"  chain {said.chain_id}, factory {checksum(said.factory)}, through {said.nodes[0]}"
    )
    who = f" ({said.sender})" if said.sender else ""
    output.say(f"  signed by {checksum(said.signer)}{who}")
    if vouched is None:
        output.say("  this device does not know the event yet: compare the signer's address")
