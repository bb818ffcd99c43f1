"""The ways to the chain beside the first node: others to fail over to, a witness, a live feed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.chain import service_keys
from app.chain.rpc import RpcClient
from app.chain.web_socket import WebSocketCaller
from app.cli.doctor.checks import Check, Status, failed
from app.domain.errors import AppError, KeyTrouble

if TYPE_CHECKING:
    from app.chain.caller import Caller
    from app.cli.doctor.keys import Keys
    from app.settings import Settings

SECONDS: Final = 5.0


def address_of(address: str, keys: Keys) -> str:
    """Return an address with the secrets that it names.

    Raises:
        KeyTrouble: ``keys.missing`` if one is not there, ``keys.locked`` if nobody can tell.
    """
    return service_keys.filled(address, lambda name: _secret(name, keys))


async def route_checks(settings: Settings, keys: Keys) -> list[Check]:
    """Look at every further address of the settings, and whether each secret is there."""
    route = settings.route
    checks = [
        await _node(f"node-{number}", address, settings, keys)
        for number, address in enumerate(route.nodes[1:], 2)
    ]
    if route.witness:
        checks.append(await _node("witness", route.witness, settings, keys))
    if route.ws:
        checks.append(await _node("live", route.ws, settings, keys))
    return [*checks, *_secrets(settings, keys)]


async def _node(name: str, address: str, settings: Settings, keys: Keys) -> Check:
    """Look at one; without it the device works on, so it is a warning."""
    try:
        whole = address_of(address, keys)
        caller: Caller | str = whole
        if name == "live":
            caller = WebSocketCaller(whole, SECONDS)
        async with RpcClient(caller, SECONDS) as rpc:
            await rpc.expect_chain(settings.profile.chain_id)
            head = await rpc.block()
    except AppError as trouble:
        return failed(name, trouble, Status.WARN)
    return Check(name, Status.OK, f"{rpc.label} answers, at block {head.number}.")


def _secrets(settings: Settings, keys: Keys) -> list[Check]:
    route = settings.route
    needed = {
        "multibaas": (service_keys.MULTIBAAS,) if route.multibaas else (),
        "goldrush": (service_keys.GOLDRUSH,) if route.goldrush else (),
        "webhooks": (service_keys.MULTIBAAS_WEBHOOK, service_keys.COINBASE_WEBHOOK)
        if route.webhooks
        else (),
    }
    return [_secret_check(name, names, keys) for name, names in needed.items() if names]


def _secret_check(name: str, names: tuple[str, ...], keys: Keys) -> Check:
    try:
        found = [each for each in names if _secret(each, keys) is not None]
    except KeyTrouble as trouble:
        return failed(name, trouble, Status.WARN)
    if found:
        return Check(name, Status.OK, f"Its secret is stored: {', '.join(found)}.")
    return Check(
        name,
        Status.FAIL,
        f"Its secret is not stored: {' or '.join(names)}.",
        f"Store it with echain secret set {names[0]}.",
    )


def _secret(name: str, keys: Keys) -> str | None:
    if keys.vault is None:
        raise KeyTrouble(
            f"the secret '{name}' cannot be had: the key store is locked", code="keys.locked"
        )
    return service_keys.ServiceKeys(keys.vault).find(name)
