"""Settings: a TOML file, over it the environment, over it the command line; checked once."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from app.chain.profiles import DEMO, PROFILES, NetworkProfile, custom_profile, profile_named
from app.chain.route import Route
from app.chain.service_keys import NAME, names_in
from app.domain.addresses import parse_address
from app.domain.errors import SettingsError
from app.domain.hardware import GpioRelay, parse_printer, parse_relay

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ENVIRONMENT_PREFIX = "ECHAIN_"
EVENT_ID_BYTES = 32
RANGES = {
    "backup_keep": (1, 10_000),
    "backup_minutes": (1, 1_440),
    "max_fee_gwei": (1, 1_000_000),
    "batch_wait": (0, 86_400),
    "open_seconds": (1, 60),
    "turn_seconds": (2, 120),
    "gun_pace": (10, 200),
}
HIGHEST_DOOR = 0xFFFF
LARGEST_NUMBER = 2**63 - 1
MOST_NODES = 8
_CHAIN_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,60}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a device was told.

    Args:
        data: Folder of the databases, keys and logs.
        network: A known network's name, or ``custom`` with ``chain_id`` and ``rpc``.
        chain_id: Chain id; 0 means the network's own.
        rpc: JSON-RPC addresses, the preferred one first; none means the network's public node.
        ws: WebSocket address of a node that tells of new blocks; empty means to ask each second.
        witness: JSON-RPC address of a second node that every page of logs is compared with.
        the_graph: Address of a subgraph at The Graph that gives hints; its key is ``the-graph``.
        multibaas: Address of a MultiBaas deployment that gives hints; its key is ``multibaas``.
        goldrush: The chain's name at GoldRush, for hints of it; its key is ``goldrush``.
        webhooks: Where to listen for signed webhooks, as ``host:port``; empty means nowhere.
        factory: The event factory's address; empty means the one deployed for this chain.
        start_block: First block that may hold anything of the factory.
        event: The event's number at the factory, or its 0x id; empty means none is open.
        door: This door's number, 1 to 65535.
        camera: A device (``0``), a folder, a file or a stream address.
        wallet: Key id of the wallet that pays for check-ins.
        operator: Who is on duty, as the journal notes it.
        backup: A second folder, best on another disk, for copies of the journal.
        backup_keep: How many copies to keep in each folder.
        backup_minutes: Minutes between two copies while a door or desk is open.
        max_fee_gwei: The most that a unit of gas may cost, its data counted; above it nothing is
            sent by itself.
        batch_wait: Seconds that a check-in waits at most for company, where transactions are dear.
        screen: The display of a locked kiosk, by name (``HDMI-1``) or by a part of maker and model;
            empty means the main one.
        relay: What opens a self-service door, see ``docs/kiosk.md``; empty means nothing does.
        printer: What prints its badges or receipts; empty means nothing does.
        open_seconds: For which the relay is held.
        turn_seconds: Within which a guest has to go through.
        also: More cameras, streams and serial guns, with semicolons between; see
            ``docs/operating.md``.
        gun: How scanner guns that type are told from people: ``auto``, or ``off``.
        gun_prefix: What such a gun types before each code.
        gun_suffix: What it types after each code, before Enter or Tab.
        gun_pace: The longest pause between two of its keys, in milliseconds.
    """

    data: Path
    network: str = DEMO.name
    chain_id: int = 0
    rpc: tuple[str, ...] = ()
    ws: str = ""
    witness: str = ""
    the_graph: str = ""
    multibaas: str = ""
    goldrush: str = ""
    webhooks: str = ""
    factory: str = ""
    start_block: int = 0
    event: str = ""
    door: int = 1
    camera: str = "0"
    wallet: str = "wallet"
    operator: str = ""
    backup: str = ""
    backup_keep: int = 24
    backup_minutes: int = 60
    max_fee_gwei: int = 100
    batch_wait: int = 120
    screen: str = ""
    relay: str = ""
    printer: str = ""
    open_seconds: int = 3
    turn_seconds: int = 8
    also: str = ""
    gun: str = "auto"
    gun_prefix: str = ""
    gun_suffix: str = ""
    gun_pace: int = 45

    @property
    def profile(self) -> NetworkProfile:
        """The network, reached through the first of ``rpc`` where that is set."""
        first = self.rpc[0] if self.rpc else ""
        if self.network == "custom":
            return custom_profile(self.chain_id, first)
        profile = profile_named(self.network)
        return profile.with_node(first) if first else profile

    @property
    def route(self) -> Route:
        """How the chain is reached."""
        return Route(
            nodes=self.rpc or (self.profile.rpc_url,),
            ws=self.ws,
            witness=self.witness,
            the_graph=self.the_graph,
            multibaas=self.multibaas,
            goldrush=self.goldrush,
            webhooks=_listening(self.webhooks) if self.webhooks else None,
        )

    @property
    def shared_nodes(self) -> tuple[str, ...]:
        """The nodes that others can be told of: those that need no secret of this device.

        If every one does, it is the network's public node; without that, the addresses as they are:
        who takes them is told which secret is missing.
        """
        own = PROFILES.get(self.network)
        return self.route.shareable or (self.route.nodes if own is None else (own.rpc_url,))

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
    if kind is tuple:
        return _addresses(key, value, origin)
    if kind is str and type(value) is int:
        return str(value)  # event = 1 and camera = 0 mean what they say
    if not isinstance(value, kind) or isinstance(value, bool):
        raise SettingsError(
            f"{origin} sets '{key}' to something that is not of type {kind.__name__}",
            code="settings.wrong",
        )
    return value


def _addresses(key: str, value: object, origin: str) -> tuple[str, ...]:
    """Read one address or several: a list in a file, else with commas or blanks between."""
    if isinstance(value, str):
        return tuple(value.replace(",", " ").split())
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise SettingsError(
        f"{origin} sets '{key}' to something that is neither an address nor a list of them",
        code="settings.wrong",
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < len(str(LARGEST_NUMBER))


def _check(settings: Settings) -> None:
    _check_network(settings)
    if not 1 <= settings.door <= HIGHEST_DOOR:
        raise SettingsError("'door' must be a number from 1 to 65535", code="settings.wrong")
    if not 0 <= settings.start_block <= LARGEST_NUMBER:
        raise SettingsError("'start_block' must be a block's number", code="settings.wrong")
    for name, (least, most) in RANGES.items():
        if not least <= getattr(settings, name) <= most:
            raise SettingsError(
                f"'{name}' must be a number from {least} to {most}", code="settings.wrong"
            )
    try:
        _ = settings.event_named
    except ValueError as trouble:
        raise SettingsError(
            f"'event' is neither an event's number nor its 32-byte id: '{settings.event:.80}'",
            code="settings.wrong",
        ) from trouble
    _check_route(settings)
    if settings.gun not in {"auto", "off"}:
        raise SettingsError("'gun' must be auto or off", code="settings.wrong")
    _check_equipment(settings)
    try:
        _ = settings.factory_address
    except ValueError as trouble:
        raise SettingsError(
            f"'factory' is not an address: {trouble}", code="settings.wrong"
        ) from trouble


def _check_equipment(settings: Settings) -> None:
    relay = parse_relay(settings.relay)
    if isinstance(relay, GpioRelay) and settings.turn_seconds <= settings.open_seconds:
        # Who goes through after the time is up was given the ticket back already.
        raise SettingsError(
            "'turn_seconds' must be more than 'open_seconds'", code="settings.wrong"
        )
    parse_printer(settings.printer)


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


def _check_route(settings: Settings) -> None:
    """Look at every address; none is repeated in words, for it may hold a key."""
    named = {
        **{f"rpc {place}": address for place, address in enumerate(settings.rpc, 1)},
        "witness": settings.witness,
        "ws": settings.ws,
    }
    for name, address in named.items():
        schemes = ("ws", "wss") if name == "ws" else ("http", "https")
        if address and not _is_web_address(address, schemes):
            key = name.split()[0]
            raise _wrong(f"'{key}' must look like {schemes[0]}://host or {schemes[1]}://host")
        if not all(NAME.fullmatch(secret) for secret in names_in(address)):
            raise _wrong(f"'{name}' names a secret in braces that is no name, such as {{alchemy}}")
    if len(settings.rpc) > MOST_NODES:
        raise _wrong(f"'rpc' names more than {MOST_NODES} nodes")
    if len(set(settings.rpc)) != len(settings.rpc):
        raise _wrong("'rpc' names a node twice; a second one helps only if it is another")
    if settings.witness and settings.witness in settings.route.nodes:
        raise _wrong("'witness' is one of the nodes in 'rpc'; a second opinion is somebody else's")
    _check_third_parties(settings)
    if settings.webhooks:
        _listening(settings.webhooks)


def _check_third_parties(settings: Settings) -> None:
    for key in ("the_graph", "multibaas"):
        address = getattr(settings, key)
        if not address:
            continue
        if not _is_web_address(address, ("https", "http")):
            raise _wrong(f"'{key}' must look like https://host/path")
        parts = urlsplit(address)
        if parts.query or parts.username or parts.password or names_in(address):
            secret = key.replace("_", "-")
            raise _wrong(
                f"'{key}' is an address without a key; store the key with 'echain secret set"
                f" {secret}'"
            )
        if parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
            raise _wrong(f"'{key}' must begin with https://: a key goes there")
    if settings.goldrush and not _CHAIN_NAME.fullmatch(settings.goldrush):
        raise _wrong("'goldrush' is a chain's name there, such as base-mainnet")


def _listening(text: str) -> tuple[str, int]:
    """Return host and port to listen on.

    Raises:
        SettingsError: ``settings.wrong`` if it is neither ``host:port`` nor ``[address]:port``.
    """
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port or parts.path or parts.username:
        raise _wrong("'webhooks' must look like 127.0.0.1:8090, with a port from 1 to 65535")
    return host, port


def _wrong(sentence: str) -> SettingsError:
    return SettingsError(sentence, code="settings.wrong")


def _is_web_address(text: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.hostname)
