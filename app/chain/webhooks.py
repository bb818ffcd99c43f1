"""Receive signed webhooks: a delivery that proves where it comes from becomes a hint.

Signatures are taken over the raw body, compared in constant time, and good for five minutes. What a
delivery says is not believed; only the number of the block to look at is read.
"""

from __future__ import annotations

import hmac
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from app.chain.hints import Hint
from app.domain.errors import SettingsError
from app.domain.safe_json import loads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from aiohttp import web

    from app.chain.hints import OnHint

    Judge = Callable[[bytes, Mapping[str, str], bytes, float], "Verdict"]

WINDOW_SECONDS: Final = 300
BODY_CAP: Final = 1_000_000
MULTIBAAS_PATH: Final = "/webhooks/multibaas"
COINBASE_PATH: Final = "/webhooks/coinbase"

_MILLISECONDS_FROM: Final = 100_000_000_000
"""From here on a time is in milliseconds: as seconds it would lie in the year 5138."""
_MOST_BLOCKS: Final = 100


class Verdict(StrEnum):
    """What a delivery's signature is worth."""

    GOOD = "good"
    FORGED = "forged"
    STALE = "stale"
    MALFORMED = "malformed"


def judge_multibaas(secret: bytes, headers: Mapping[str, str], body: bytes, now: float) -> Verdict:
    """Judge a delivery of MultiBaas: hex HMAC-SHA256 over the raw body and the timestamp.

    Args:
        secret: The webhook's secret.
        headers: The request's headers, their names in lower case.
        body: The raw body.
        now: Unix seconds.
    """
    time = headers.get("x-multibaas-timestamp", "")
    given = headers.get("x-multibaas-signature", "")
    if not _is_time(time) or not given:
        return Verdict.MALFORMED
    return _judged(secret, body + time.encode(), given, time, now)


def judge_coinbase(secret: bytes, headers: Mapping[str, str], body: bytes, now: float) -> Verdict:
    """Judge a delivery of Coinbase CDP: ``X-Hook0-Signature`` with ``t``, ``v0``, ``h``, ``v1``.

    ``v0`` covers time and body, ``v1`` also the headers that ``h`` names; older deliveries carry
    ``v1`` alone.

    Args:
        secret: The subscription's secret.
        headers: The request's headers, their names in lower case.
        body: The raw body.
        now: Unix seconds.
    """
    parts = {
        name.strip(): value.strip()
        for name, mark, value in (
            piece.partition("=") for piece in headers.get("x-hook0-signature", "").split(",")
        )
        if mark
    }
    time = parts.get("t", "")
    if not _is_time(time):
        return Verdict.MALFORMED
    if parts.get("v0"):
        return _judged(secret, f"{time}.".encode() + body, parts["v0"], time, now)
    names = parts.get("h", "").split()
    if not parts.get("v1") or any(name.lower() not in headers for name in names):
        return Verdict.MALFORMED
    values = ".".join(headers[name.lower()] for name in names)
    signed = f"{time}.{parts.get('h', '')}.{values}.".encode() + body
    return _judged(secret, signed, parts["v1"], time, now)


def _judged(secret: bytes, signed: bytes, given: str, time: str, now: float) -> Verdict:
    expected = hmac.new(secret, signed, "sha256").hexdigest()
    if not hmac.compare_digest(expected.encode(), given.lower().encode()):
        return Verdict.FORGED
    seconds = int(time) / 1000 if int(time) >= _MILLISECONDS_FROM else float(time)
    return Verdict.GOOD if abs(now - seconds) <= WINDOW_SECONDS else Verdict.STALE


def _is_time(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 16


class WebhookReceiver:
    """A small HTTP server for deliveries; start and stop it on the engine's event loop.

    Behind it stands whatever leads the internet here: by itself it listens to this machine only.

    Args:
        on_hint: Told of each good delivery; must be quick, such as ``SyncService.wake``.
        unix: Returns unix seconds.
        multibaas: The secret of MultiBaas' webhook, none to take none.
        coinbase: The secret of Coinbase's subscription, none to take none.
        host: Address to listen on.
        port: TCP port; 0 takes a free one.

    Raises:
        SettingsError: ``settings.wrong`` if a secret is empty.
    """

    def __init__(
        self,
        on_hint: OnHint,
        unix: Callable[[], float],
        *,
        multibaas: bytes | None = None,
        coinbase: bytes | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        """Listen to nothing yet."""
        if b"" in {multibaas, coinbase}:
            raise SettingsError("a webhook's secret is empty", code="settings.wrong")
        self._on_hint = on_hint
        self._unix = unix
        self._kinds: dict[str, tuple[str, bytes, Judge]] = {}
        if multibaas is not None:
            self._kinds[MULTIBAAS_PATH] = ("MultiBaas", multibaas, judge_multibaas)
        if coinbase is not None:
            self._kinds[COINBASE_PATH] = ("Coinbase", coinbase, judge_coinbase)
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None
        self.refused = 0
        self.accepted = 0

    async def start(self) -> int:
        """Listen, and return the port.

        Raises:
            SettingsError: ``settings.wrong`` if the address cannot be listened on.
        """
        from aiohttp import web

        app = web.Application(client_max_size=BODY_CAP)
        for path in self._kinds:
            app.router.add_post(path, self._take)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except OSError as exc:
            await runner.cleanup()
            raise SettingsError(
                f"cannot listen on {self._host}, port {self._port}; choose another port",
                code="settings.wrong",
            ) from exc
        self._runner = runner
        port: int = runner.addresses[0][1]
        return port

    async def stop(self) -> None:
        """Listen no more; safe to call again."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        from aiohttp import web

        name, secret, judge = self._kinds[request.path]
        body = await request.read()
        headers = {key.lower(): value for key, value in request.headers.items()}
        verdict = judge(secret, headers, body, self._unix())
        if verdict is not Verdict.GOOD:
            self.refused += 1
            # The same words for all: a stranger learns nothing of how far a guess got.
            return web.Response(status=401, text="signature not accepted")
        self.accepted += 1
        blocks: list[int | None] = [*blocks_of(body)]
        for block in blocks or [None]:
            self._on_hint(Hint(name, block))
        return web.Response(status=204)


def blocks_of(body: bytes) -> list[int]:
    """Return the block numbers that a delivery names, ascending; none if it names none."""
    try:
        delivery = loads(body)
    except ValueError:
        return []
    items = delivery if isinstance(delivery, list) else [delivery]
    found = {block for item in items for block in _blocks_in(item)}
    return sorted(found)[:_MOST_BLOCKS]


def _blocks_in(item: object) -> Iterable[int]:
    """Look where MultiBaas (``data.transaction``) and Coinbase (``data``) put the number."""
    if not isinstance(item, dict):
        return
    data = item.get("data")
    places = [item, data, data.get("transaction") if isinstance(data, dict) else None]
    for place in places:
        if isinstance(place, dict):
            for name in ("blockNumber", "block_number"):
                number = _number(place.get(name))
                if number is not None:
                    yield number


def _number(value: object) -> int | None:
    """Read a block number as JSON number, decimal text or ``0x`` text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if 0 <= value < 2**63 else None
    if isinstance(value, str) and len(value) <= 20:
        try:
            number = int(value, 16 if value.startswith("0x") else 10)
        except ValueError:
            return None
        return number if 0 <= number < 2**63 else None
    return None
