"""The organizer's invitation of a door: which event, on which chain, reached how, signed.

An ``EchainDocument`` of the kind ``invitation`` (docs/invitation.md). It holds nothing secret: who
finds one learns what the chain tells anybody. A door that takes one believes it once the chain says
that its signer is the event's organizer, or the key that the organizer named for bundles.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from app.domain import invitation_text
from app.domain.addresses import checksum, parse_address
from app.domain.canonical_json import LARGEST_INTEGER, canonical, read_canonical
from app.domain.eip712 import digest, recover
from app.domain.errors import InvitationError
from app.domain.typed_data import echain_document, event_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.eip712 import TypedData
    from offline_cache.records import Event

KIND: Final = "invitation"
PREFIX: Final = "EGI1"
CLOCK_SLACK: Final = 300
MOST_NODES: Final = 3
_LONGEST_URL, _LONGEST_NAME = 200, 120
_LARGEST_DOOR: Final = 0xFFFF
_LARGEST_CHAIN: Final = 2**53 - 1
_KEY_LENGTH: Final = 24
_MEMBERS: Final = frozenset(
    {
        *("v", "chain", "factory", "contract", "event", "name", "starts"),
        *("door", "rpc", "block", "signer", "issued", "from", "bundle"),
    }
)
_FORBIDDEN: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a new door needs to know.

    Attributes:
        chain_id: The chain of the event.
        factory: The factory's address, 20 bytes.
        contract: The event contract's address, 20 bytes.
        number: The event's number in the factory.
        name: The event's name.
        starts: When the event starts, unix seconds.
        door: The number of the door that is invited.
        nodes: JSON-RPC addresses, the best first; public ones, without keys.
        start_block: The first block that may hold anything of the factory.
        signer: Who signs it: the organizer, or the event's key for bundles; 20 bytes.
        issued_at: When it was made, unix seconds; the version of the document.
        sender: Who invites, in words; may be empty.
        bundle_url: Where the event's bundle can be fetched; may be empty.
    """

    chain_id: int
    factory: bytes
    contract: bytes
    number: int
    name: str
    starts: int
    door: int
    nodes: tuple[str, ...]
    start_block: int
    signer: bytes
    issued_at: int
    sender: str = ""
    bundle_url: str = ""

    @property
    def event_id(self) -> bytes:
        """The event's id, which follows from chain, factory and number."""
        return event_id(self.chain_id, self.factory, self.number)


@dataclass(frozen=True, slots=True)
class SealedInvitation:
    """An invitation with the last second of its signature, and the signature (64 bytes)."""

    invitation: Invitation
    valid_until: int
    signature: bytes = field(repr=False)

    def qr_text(self) -> str:
        """Return what the QR code holds."""
        content = content_of(self.invitation)
        return invitation_text.write(PREFIX, content, self.valid_until, self.signature)

    def message(self) -> str:
        """Return what may be pasted into a mail or a chat."""
        content = content_of(self.invitation)
        return invitation_text.write_message(PREFIX, content, self.valid_until, self.signature)


def content_of(invitation: Invitation) -> bytes:
    """Return the canonical bytes of an invitation (RFC 8785)."""
    return canonical(
        {
            "v": 1,
            "chain": invitation.chain_id,
            "factory": checksum(invitation.factory),
            "contract": checksum(invitation.contract),
            "event": invitation.number,
            "name": invitation.name,
            "starts": invitation.starts,
            "door": invitation.door,
            "rpc": list(invitation.nodes),
            "block": invitation.start_block,
            "signer": checksum(invitation.signer),
            "issued": invitation.issued_at,
            "from": invitation.sender,
            "bundle": invitation.bundle_url,
        }
    )


def document(invitation: Invitation, valid_until: int) -> TypedData:
    """Build what the organizer signs."""
    content = content_of(invitation)
    return echain_document(invitation, KIND, invitation.issued_at, content, valid_until)


def seal(
    invitation: Invitation, valid_until: int, sign: Callable[[TypedData], bytes]
) -> SealedInvitation:
    """Sign an invitation.

    Raises:
        InvitationError: ``invitation.malformed`` for what no door would read, a secret among it.
    """
    try:
        _read(read_canonical(content_of(invitation)))
    except (ValueError, KeyError, TypeError, AttributeError) as trouble:
        raise _malformed(str(trouble)) from trouble
    return SealedInvitation(invitation, valid_until, sign(document(invitation, valid_until)))


def is_invitation(text: str) -> bool:
    """Return whether a text means to be an invitation, good or not."""
    return text.lstrip().startswith((f"{PREFIX}:", f"{PREFIX}."))


def read(text: str) -> SealedInvitation:
    """Read a scanned or pasted text; its signature fits the signer that it names.

    Whether that signer may invite is for ``expect_vouched`` to say, with the chain's help.

    Raises:
        InvitationError: ``invitation.malformed`` (none, cut off, damaged, or of another version),
            or ``invitation.altered`` (somebody changed it).
    """
    try:
        content, valid_until, signature = invitation_text.read(PREFIX, text)
        invitation = _read(read_canonical(content))
        _integer(valid_until, 0, LARGEST_INTEGER)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as trouble:
        raise _malformed(str(trouble)) from trouble
    if recover(digest(document(invitation, valid_until)), signature) != invitation.signer:
        raise InvitationError(
            "this invitation was changed after it was signed; ask the organizer for it again",
            code="invitation.altered",
        )
    return SealedInvitation(invitation, valid_until, signature)


def expect_valid(sealed: SealedInvitation, now: int) -> None:
    """Check that an invitation is neither over nor of the future.

    Raises:
        InvitationError: ``invitation.expired``, or ``invitation.clock``.
    """
    if now > sealed.valid_until:
        raise InvitationError(
            "this invitation has expired; ask the organizer for a new one",
            code="invitation.expired",
        )
    if sealed.invitation.issued_at > now + CLOCK_SLACK:
        raise InvitationError(
            "this invitation was made in the future: one of the two clocks is wrong",
            code="invitation.clock",
        )


def expect_vouched(invitation: Invitation, event: Event) -> None:
    """Check, with what the chain says of the event, that its signer may invite.

    Raises:
        InvitationError: ``invitation.untrusted``.
    """
    same = (event.event_id, event.contract) == (invitation.event_id, invitation.contract)
    allowed = {key for key in (event.organizer, event.bundle_key) if any(key)}
    if not same or invitation.signer not in allowed:
        raise InvitationError(
            f"{checksum(invitation.signer)} may not invite to this event: the chain names another"
            " organizer; ask the organizer for an invitation",
            code="invitation.untrusted",
        )


def expect_public(url: str) -> str:
    """Return an address that may stand in an invitation.

    Raises:
        ValueError: It is no http(s) address, or holds what looks like a key or a password.
    """
    parts = urlsplit(url)
    _ = parts.port  # raises where it is none
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("an address must begin with http:// or https://")
    if len(url) > _LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("an address is too long, or has letters that no address has")
    secret = any(_looks_secret(part) for part in parts.path.split("/"))
    if parts.username or parts.password or parts.query or parts.fragment or secret:
        raise ValueError("an address seems to hold a key; everybody can read an invitation")
    return url


def _looks_secret(part: str) -> bool:
    """Tell a provider's key from a word: long, and of letters and digits mixed."""
    word = part.rpartition(".")[0] or part
    mixed = any(letter.isdigit() for letter in word) and any(each.isalpha() for each in word)
    return len(word) >= _KEY_LENGTH and mixed


def _read(members: dict[str, Any]) -> Invitation:
    if set(members) != _MEMBERS or members["v"] != 1:
        raise ValueError("it is of another form than this version knows")
    nodes = members["rpc"]
    if not isinstance(nodes, list) or not 1 <= len(nodes) <= MOST_NODES:
        raise ValueError("it names no node of the chain, or too many")
    bundle_url = _text(members["bundle"], _LONGEST_URL)
    return Invitation(
        chain_id=_integer(members["chain"], 1, _LARGEST_CHAIN),
        factory=_address(members["factory"]),
        contract=_address(members["contract"]),
        number=_integer(members["event"], 0, LARGEST_INTEGER),
        name=_text(members["name"], _LONGEST_NAME),
        starts=_integer(members["starts"], 0, LARGEST_INTEGER),
        door=_integer(members["door"], 1, _LARGEST_DOOR),
        nodes=tuple(expect_public(_text(node, _LONGEST_URL)) for node in nodes),
        start_block=_integer(members["block"], 0, LARGEST_INTEGER),
        signer=_address(members["signer"]),
        issued_at=_integer(members["issued"], 0, LARGEST_INTEGER),
        sender=_text(members["from"], _LONGEST_NAME),
        bundle_url=expect_public(bundle_url) if bundle_url else "",
    )


def _integer(value: object, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ValueError(f"a number is not one from {least} to {most}")
    return value


def _text(value: object, longest: int) -> str:
    """Take a text that looks on the screen like what it is: nothing hidden, nothing turned."""
    if not isinstance(value, str) or len(value) > longest:
        raise ValueError("a text is none, or too long")
    if any(unicodedata.category(letter) in _FORBIDDEN for letter in value):
        raise ValueError("a text has letters that cannot be seen")
    return value


def _address(value: object) -> bytes:
    address = parse_address(_text(value, 42))
    if checksum(address) != value:
        raise ValueError("an address is not written as ours are")
    return address


def _malformed(why: str) -> InvitationError:
    return InvitationError(
        f"this is not an invitation: {why}; ask the organizer for it again",
        code="invitation.malformed",
    )
