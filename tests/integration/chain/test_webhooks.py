"""Deliveries over real HTTP: a good one is a hint, anything else is refused alike."""

from __future__ import annotations

import asyncio
import hmac
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest

from app.chain.hints import Hint
from app.chain.webhooks import BODY_CAP, COINBASE_PATH, MULTIBAAS_PATH, WebhookReceiver
from app.domain.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = 1_800_000_000
BODY = '[{"id": "1", "event": "event.emitted",  "data": {"transaction": {"blockNumber": 5}}}]'


def signed(body: bytes, time: int = NOW) -> dict[str, str]:
    mark = hmac.new(b"mb", body + str(time).encode(), "sha256").hexdigest()
    return {"X-MultiBaas-Timestamp": str(time), "X-MultiBaas-Signature": mark}


class Door:
    """A receiver, and somebody who posts to it."""

    def __init__(self, *, coinbase: bytes | None = b"cb") -> None:
        self.hints: list[Hint] = []
        self.receiver = WebhookReceiver(
            self.hints.append, lambda: NOW, multibaas=b"mb", coinbase=coinbase
        )
        self.url = ""

    async def post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.url + path, data=body, headers=headers) as response,
        ):
            return response.status, await response.text()


@asynccontextmanager
async def open_door(door: Door) -> AsyncIterator[Door]:
    door.url = f"http://127.0.0.1:{await door.receiver.start()}"
    try:
        yield door
    finally:
        await door.receiver.stop()
        await door.receiver.stop()


def test_a_good_delivery_is_a_hint_for_its_block() -> None:
    async def scenario() -> None:
        async with open_door(Door()) as door:
            assert await door.post(MULTIBAAS_PATH, BODY.encode(), signed(BODY.encode())) == (
                204,
                "",
            )
            mark = hmac.new(b"cb", f"{NOW}.".encode() + b"{}", "sha256").hexdigest()
            headers = {"X-Hook0-Signature": f"t={NOW},v0={mark}"}
            assert (await door.post(COINBASE_PATH, b"{}", headers))[0] == 204
            assert door.hints == [Hint("MultiBaas", 5), Hint("Coinbase", None)]
            assert (door.receiver.accepted, door.receiver.refused) == (2, 0)

    asyncio.run(scenario())


def test_the_body_counts_as_it_was_sent_not_as_it_reads() -> None:
    async def scenario() -> None:
        async with open_door(Door()) as door:
            tidy = BODY.replace(",  ", ", ").encode()
            assert (await door.post(MULTIBAAS_PATH, tidy, signed(BODY.encode())))[0] == 401
            assert door.hints == []

    asyncio.run(scenario())


def test_every_refusal_reads_alike() -> None:
    async def scenario() -> None:
        async with open_door(Door()) as door:
            body = BODY.encode()
            cases: list[dict[str, str]] = [
                {},
                signed(b"other"),
                signed(body, NOW - 301),
                signed(body) | {"X-MultiBaas-Timestamp": "soon"},
            ]
            answers = {await door.post(MULTIBAAS_PATH, body, case) for case in cases}
            assert answers == {(401, "signature not accepted")}
            assert (await door.post(COINBASE_PATH, body, signed(body)))[0] == 401
            assert (door.hints, door.receiver.refused) == ([], 5)

    asyncio.run(scenario())


def test_what_was_not_asked_for_is_not_there() -> None:
    async def scenario() -> None:
        async with open_door(Door(coinbase=None)) as door:
            assert (await door.post(COINBASE_PATH, b"{}", {}))[0] == 404
            assert (await door.post("/", b"{}", {}))[0] == 404
            async with aiohttp.ClientSession() as session:
                found = await session.get(door.url + MULTIBAAS_PATH)
                assert found.status == 405

    asyncio.run(scenario())


def test_a_body_beyond_the_cap_is_refused() -> None:
    async def scenario() -> None:
        async with open_door(Door()) as door:
            body = b" " * (BODY_CAP + 1)
            assert (await door.post(MULTIBAAS_PATH, body, signed(body)))[0] == 413
            assert door.hints == []

    asyncio.run(scenario())


def test_an_empty_secret_would_let_anybody_in() -> None:
    with pytest.raises(SettingsError, match="empty"):
        WebhookReceiver(lambda _hint: None, lambda: NOW, multibaas=b"")


def test_a_port_that_is_taken_is_told() -> None:
    async def scenario() -> None:
        async with open_door(Door()) as door:
            port = int(door.url.rpartition(":")[2])
            second = WebhookReceiver(lambda _hint: None, lambda: NOW, multibaas=b"x", port=port)
            with pytest.raises(SettingsError, match="choose another port"):
                await second.start()

    asyncio.run(scenario())
