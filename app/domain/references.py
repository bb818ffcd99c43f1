"""Whatever else a door meets: plain token references, and the single entry ``read_code``.

A reference names a ticket and proves nothing; the event's policy says what follows. No address in
a code is ever opened.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_plus

from app.domain.addresses import parse_address
from app.domain.flat_json import read_flat_object
from app.domain.passes import GatePass, NotOurs, Unreadable, parse

MAX_REFERENCE_LENGTH: Final = 4296  # the most an alphanumeric QR code holds
_MAX_EVENT_TEXT: Final = 80
_EVENT_ID: Final = re.compile(r"0x[0-9a-fA-F]{64}")
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,77}")
_CAIP: Final = re.compile(r"eip155:([0-9]+)/erc721:(0x[0-9a-fA-F]{40})/([0-9]+)")
_ETHEREUM: Final = re.compile(
    r"ethereum:(?:pay-)?(0x[0-9a-fA-F]{40})(?:@([0-9]+))?(?:/([A-Za-z]+))?\?([^?#]+)"
)
_UNLOCK: Final = re.compile(
    r"https://(?:[a-z0-9-]+\.)*unlock-protocol\.com/verification/?\?([^?#]+)"
)
# What takes a token id as its uint256; of an ERC-20's functions only transferFrom looks the same.
_TOKEN_FUNCTIONS: Final = frozenset({"ownerOf", "tokenURI", "transferFrom", "safeTransferFrom"})


@dataclass(frozen=True, slots=True)
class TokenReference:
    """A ticket's name without any proof.

    Attributes:
        token_id: Below 2²⁵⁶.
        chain_id: The chain it names, if it names one.
        contract: The token's contract, 20 bytes, if it names one.
        event_text: The event as an older Echain screen wrote it, at most 80 printable ASCII
            characters.
    """

    token_id: int
    chain_id: int | None = None
    contract: bytes | None = None
    event_text: str | None = None

    @property
    def event_id(self) -> bytes | None:
        """The 32-byte event id, if that is what the event's text is."""
        if self.event_text is None or not _EVENT_ID.fullmatch(self.event_text):
            return None
        return bytes.fromhex(self.event_text[2:])

    @property
    def event_number(self) -> int | None:
        """The event's number in its factory, if that is what the event's text is."""
        return None if self.event_text is None else _integer(self.event_text)


@dataclass(frozen=True, slots=True)
class NotATicket:
    """A code that is neither a pass nor a reference to a token."""


Presented = GatePass | TokenReference | Unreadable | NotATicket


def read_code(text: str | bytes) -> Presented:
    """Read whatever was scanned: the door's single entry; never raises."""
    outcome = parse(text)
    return read_reference(text) if isinstance(outcome, NotOurs) else outcome


def read_reference(text: str | bytes) -> TokenReference | NotATicket:
    """Read a token reference of one of the known kinds; never raises.

    Known: CAIP-22 (``eip155:84532/erc721:0x…/42``), an ``ethereum:`` URI (ERC-681) that hands a
    token id to an ERC-721 function, an Unlock verification URL, and JSON with eventId and tokenId.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", errors="replace")
    text = text.rstrip("\r\n")
    if len(text) > MAX_REFERENCE_LENGTH:
        return NotATicket()
    for read in (_caip, _ethereum_uri, _unlock_url, _echain_json):
        reference = read(text)
        if reference is not None:
            return reference
    return NotATicket()


def _caip(text: str) -> TokenReference | None:
    match = _CAIP.fullmatch(text)
    return _reference(match[3], match[1], match[2]) if match else None


def _ethereum_uri(text: str) -> TokenReference | None:
    match = _ETHEREUM.fullmatch(text)
    if match is None:
        return None
    contract, chain_id, function, query = match.groups()
    wanted = "tokenId" if function is None else "uint256"
    values = [value for name, value in _parameters(query) if name == wanted]
    if len(values) != 1 or (function is not None and function not in _TOKEN_FUNCTIONS):
        return None
    return _reference(values[0], chain_id, contract)


def _unlock_url(text: str) -> TokenReference | None:
    match = _UNLOCK.fullmatch(text)
    if match is None:
        return None
    values = [unquote_plus(value) for name, value in _parameters(match[1]) if name == "data"]
    members = read_flat_object(values[0]) if len(values) == 1 else None
    if members is None:
        return None
    contract = members.get("lockAddress")
    network = members.get("network")
    if not isinstance(contract, str) or network is None:
        return None
    return _reference(members.get("tokenId"), network, contract)


def _echain_json(text: str) -> TokenReference | None:
    members = read_flat_object(text)
    if members is None:
        return None
    event, token_id = members.get("eventId"), _integer(members.get("tokenId"))
    if event is None or token_id is None:
        return None
    event_text = str(event)
    if not event_text.isascii() or not event_text.isprintable():
        return None
    if not 0 < len(event_text) <= _MAX_EVENT_TEXT:
        return None
    return TokenReference(token_id, event_text=event_text)


def _parameters(query: str) -> list[tuple[str, str]]:
    pairs = [item.partition("=") for item in query.split("&")]
    return [(name, value) for name, _, value in pairs]


def _reference(
    token_id: str | int | None, chain_id: str | int | None, contract: str
) -> TokenReference | None:
    """Build a reference to a token of a contract; None if a part of it is no such thing."""
    token = _integer(token_id)
    chain = None if chain_id is None else _integer(chain_id)
    if token is None or (chain is None) is not (chain_id is None):
        return None
    try:
        return TokenReference(token, chain, parse_address(contract))
    except ValueError:
        return None


def _integer(value: str | int | None) -> int | None:
    """Read a uint256 in its one decimal spelling."""
    text = str(value)
    if not _DECIMAL.fullmatch(text):
        return None
    number = int(text)
    return number if number < 1 << 256 else None
