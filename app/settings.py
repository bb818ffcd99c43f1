"""Settings: a TOML file, over it the environment, over it the command line; checked once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from app.chain.profiles import DEMO, PROFILES, NetworkProfile, custom_profile, profile_named
from app.domain.addresses import parse_address
from app.domain.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ENVIRONMENT_PREFIX = "ECHAIN_"
EVENT_ID_BYTES = 32
MOST_COPIES = 10_000
HIGHEST_DOOR = 0xFFFF
LARGEST_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Settings:
    """What a device was told.

    Args:
        data: Folder of the databases, keys and logs.
        network: A known network's name, or ``custom`` with ``chain_id`` and ``rpc``.
        chain_id: Chain id; 0 means the network's own.
        rpc: JSON-RPC address; empty means the network's public node.
        factory: The event factory's address; empty means the one deployed for this chain.
        start_block: First block that may hold anything of the factory.
        event: The event's number at the factory, or its 0x id; empty means none is open.
        door: This door's number, 1 to 65535.
        camera: A device (``0``), a folder, a file or a stream address.
        wallet: Key id of the wallet that pays for check-ins.
        operator: Who is on duty, as the journal notes it.
        backup: A second folder, best on another disk, for copies of the journal.
        backup_keep: How many copies to keep in each folder.
    """

    data: Path
    network: str = DEMO.name
    chain_id: int = 0
    rpc: str = ""
    factory: str = ""
    start_block: int = 0
    event: str = ""
    door: int = 1
    camera: str = "0"
    wallet: str = "wallet"
    operator: str = ""
    backup: str = ""
    backup_keep: int = 24

    @property
    def profile(self) -> NetworkProfile:
        """The network, reached through ``rpc`` where that is set."""
        if self.network == "custom":
            return custom_profile(self.chain_id, self.rpc)
        profile = profile_named(self.network)
        return profile.with_node(self.rpc) if self.rpc else profile

    @property
    def factory_address(self) -> bytes | None:
        """The factory's 20 bytes, None if not set."""
        return parse_address(self.factory) if self.factory else None

    @property
    def event_named(self) -> int | bytes | None:
        """The event's number at the factory, or its 32-byte id; None: no event is open.

        Raises:
            ValueError: If it is neither.
        """
        if not self.event:
            return None
        if _is_number(self.event):
            return int(self.event)
        event_id = bytes.fromhex(self.event.removeprefix("0x"))
        if len(event_id) != EVENT_ID_BYTES:
            raise ValueError("an event's id has 32 bytes")
        return event_id


SETTABLE = tuple(item.name for item in fields(Settings) if item.name != "data")
"""What a file, the environment (``ECHAIN_`` and the name) or the command line may set."""


def load_settings(
    data: Path, file: Path, environment: Mapping[str, str], flags: Mapping[str, object]
) -> Settings:
    """Put the sources together, the later over the earlier, and check the whole.

    Args:
        data: The data folder, already decided.
        file: The TOML file; it may be missing.
        environment: Environment variables; ``ECHAIN_`` and a setting's name count.
        flags: Settings from the command line; None means not given.

    Raises:
        SettingsError: ``settings.wrong``, naming the key and where it was set.
    """
    values: dict[str, Any] = {}
    for origin, found in (
        (str(file), _from_file(file)),
        ("the environment", _from_environment(environment)),
        ("the command line", {key: value for key, value in flags.items() if value is not None}),
    ):
        values |= {key: _typed(key, value, origin) for key, value in found.items()}
    settings = Settings(data=data, **values)
    _check(settings)
    return settings


def _kinds() -> dict[str, type]:
    defaults = {item.name: item.default for item in fields(Settings) if item.name != "data"}
    return {name: type(default) for name, default in defaults.items()}


def _from_file(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as trouble:
        raise SettingsError(
            f"the settings in {file} cannot be read ({trouble}); correct or remove the file",
            code="settings.wrong",
        ) from trouble


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: environment[ENVIRONMENT_PREFIX + name.upper()]
        for name in _kinds()
        if environment.get(ENVIRONMENT_PREFIX + name.upper())
    }


def _typed(key: str, value: object, origin: str) -> object:
    kind = _kinds().get(key)
    if kind is None:
        raise SettingsError(
            f"{origin} sets '{key:.80}', which is no setting; known are {', '.join(SETTABLE)}",
            code="settings.wrong",
        )
    if kind is int and isinstance(value, str) and _is_number(value):
        return int(value)
    if kind is str and type(value) is int:
        return str(value)  # event = 1 and camera = 0 mean what they say
    if not isinstance(value, kind) or isinstance(value, bool):
        raise SettingsError(
            f"{origin} sets '{key}' to something that is not of type {kind.__name__}",
            code="settings.wrong",
        )
    return value


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < len(str(LARGEST_NUMBER))


def _check(settings: Settings) -> None:
    _check_network(settings)
    if not 1 <= settings.door <= HIGHEST_DOOR:
        raise SettingsError("'door' must be a number from 1 to 65535", code="settings.wrong")
    if not 0 <= settings.start_block <= LARGEST_NUMBER:
        raise SettingsError("'start_block' must be a block's number", code="settings.wrong")
    if not 1 <= settings.backup_keep <= MOST_COPIES:
        raise SettingsError(
            f"'backup_keep' must be a number from 1 to {MOST_COPIES}", code="settings.wrong"
        )
    try:
        _ = settings.event_named
    except ValueError as trouble:
        raise SettingsError(
            f"'event' is neither an event's number nor its 32-byte id: '{settings.event:.80}'",
            code="settings.wrong",
        ) from trouble
    if settings.rpc and not _is_web_address(settings.rpc):
        # Not repeated: it may hold a key.
        raise SettingsError(
            "'rpc' must look like http://host or https://host", code="settings.wrong"
        )
    try:
        _ = settings.factory_address
    except ValueError as trouble:
        raise SettingsError(
            f"'factory' is not an address: {trouble}", code="settings.wrong"
        ) from trouble


def _check_network(settings: Settings) -> None:
    if settings.network != "custom" and settings.network not in PROFILES:
        raise SettingsError(
            f"there is no network '{settings.network}'; known are {', '.join(PROFILES)} and custom",
            code="settings.wrong",
        )
    if settings.network == "custom" and not (settings.chain_id and settings.rpc):
        raise SettingsError(
            "the network 'custom' needs 'chain_id' and 'rpc'", code="settings.missing"
        )
    own = settings.profile.chain_id
    if settings.chain_id and settings.chain_id != own:
        raise SettingsError(
            f"the network '{settings.network}' has the chain id {own}, not {settings.chain_id};"
            " for another chain set the network 'custom' with 'chain_id' and 'rpc'",
            code="settings.wrong",
        )


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
