"""The settings that follow from an invitation, where nothing else says how the chain is reached."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from app.chain.profiles import PROFILES
from app.domain import invitation
from app.domain.addresses import checksum
from app.domain.errors import InvitationError
from app.settings import Settings

if TYPE_CHECKING:
    from app.domain.invitation import Invitation

_WAYS: Final = ("network", "chain_id", "rpc", "factory", "start_block")


def is_told(settings: Settings) -> bool:
    """Return whether file, environment or options say how the chain is reached."""
    blank = Settings(settings.data)
    return any(getattr(settings, name) != getattr(blank, name) for name in _WAYS)


def with_invitation(settings: Settings, text: str) -> Settings:
    """Fill in what an invitation says, unless the settings were told something else.

    Args:
        settings: What this device was told.
        text: The invitation that was taken in the first run; empty: none.
    """
    if not text or is_told(settings):
        return settings
    try:
        return invited(settings, invitation.read(text).invitation)
    except InvitationError:  # the file was damaged; the first run asks again
        return settings


def without_invitation(settings: Settings, text: str) -> Settings:
    """Take back what ``with_invitation`` filled in, so that another invitation may be taken."""
    blank = Settings(settings.data)
    empty = replace(settings, **{name: getattr(blank, name) for name in _WAYS})
    return empty if text and with_invitation(empty, text) == settings else settings


def invited(settings: Settings, said: Invitation) -> Settings:
    """Return the settings of a device that goes by an invitation."""
    known = (each.name for each in PROFILES.values() if each.chain_id == said.chain_id)
    network = next(known, "custom")
    return replace(
        settings,
        network=network,
        chain_id=said.chain_id if network == "custom" else 0,
        rpc=said.nodes,
        factory=checksum(said.factory),
        start_block=said.start_block,
    )


def network_title(chain_id: int) -> str:
    """Name a chain in English: one that is known by its name."""
    titles = (each.title for each in PROFILES.values() if each.chain_id == chain_id)
    return next(titles, f"Chain {chain_id}")
