"""Third parties give blocks to look at and events to browse, and nothing else."""

from __future__ import annotations

import asyncio
import traceback
from typing import TYPE_CHECKING

import pytest

from app.chain.goldrush import GoldRush
from app.chain.hints import Hint, ListedEvent
from app.chain.http_api import ThirdPartyError
from app.chain.multibaas import MultiBaas
from app.chain.the_graph import TheGraph
from tests.integration.chain.bad_nodes import (
    endless,
    half,
    hang_up,
    http,
    not_http,
    serving,
    silence,
)
from tests.integration.chain.third_parties import (
    KEY,
    GoldRushApi,
    MultiBaasDeployment,
    Subgraph,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from app.chain.hints import HintSource

CONTRACT, OTHER = b"\x05" * 20, b"\x06" * 20


async def asked_of(source: HintSource, since: int) -> list[int | None]:
    try:
        return [hint.block for hint in await source.hints(since)]
    finally:
        await source.aclose()


# ── The Graph ─────────────────────────────────────────────────────────────────────────────────────


def test_the_graph_says_how_far_it_came_if_something_changed() -> None:
    async def scenario() -> None:
        async with Subgraph(block=90, changed_at=80).serving() as url:
            path = url + "/api/subgraphs/id/Qm1"
            assert await asked_of(TheGraph(path, KEY), 80) == [90]
            assert await asked_of(TheGraph(path, KEY), 81) == []

    asyncio.run(scenario())


@pytest.mark.parametrize("count", [0, 1, 4, 5, 10, 13])
def test_the_graphs_events_are_read_page_by_page_without_loss(count: int) -> None:
    async def scenario() -> None:
        subgraph = Subgraph(events=count)
        async with subgraph.serving() as url:
            source = TheGraph(url + "/api/subgraphs/id/Qm1", KEY, page=5)
            found = await source.events()
            await source.aclose()
        assert [event.reference for event in found] == [f"0x{n:06x}" for n in range(count)]
        assert len(subgraph.asked.requests) == count // 5 + 1
        if found:
            assert found[0] == ListedEvent(
                "The Graph",
                "0x000000",
                "Night 0x000000",
                "",
                "0x" + "22" * 20,
                1_800_000_000,
                1_800_003_600,
                100,
                5 * 10**16,
            )

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("subgraph", "words"),
    [
        (Subgraph(error="bad indexers: timeout"), "bad indexers"),
        (Subgraph(indexing_errors=True), "indexing errors"),
    ],
)
def test_the_graphs_errors_come_with_a_good_status_and_are_found(
    subgraph: Subgraph, words: str
) -> None:
    async def scenario() -> None:
        async with subgraph.serving() as url:
            source = TheGraph(url + "/api/subgraphs/id/Qm1", KEY)
            with pytest.raises(ThirdPartyError, match=words):
                await source.hints(0)
            with pytest.raises(ThirdPartyError, match=words):
                await source.events()
            await source.aclose()

    asyncio.run(scenario())


# ── MultiBaas ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("signatures", [(), ("CheckedIn(uint256)", "Transfer(address)")])
def test_multibaas_names_the_blocks_of_our_events(signatures: tuple[str, ...]) -> None:
    async def scenario() -> None:
        deployment = MultiBaasDeployment([3, 9, 9, 5, 12, 7, 8])
        async with deployment.serving() as url:
            source = MultiBaas(
                url + "/api/v0", KEY, [CONTRACT, OTHER], signatures=signatures, page=3
            )
            assert await source.hints(7) == [Hint("MultiBaas", n) for n in (7, 8, 9, 12)]
            assert await source.events() == []
            await source.aclose()
        paths = [path.partition("?")[0] for path, _ in deployment.asked.requests]
        assert set(paths) == {"/api/v0/queries" if signatures else "/api/v0/events"}

    asyncio.run(scenario())


def test_a_query_saved_at_multibaas_is_read_to_its_end() -> None:
    async def scenario() -> None:
        deployment = MultiBaasDeployment(list(range(1, 8)))
        async with deployment.serving() as url:
            source = MultiBaas(url + "/api/v0", KEY, [CONTRACT], page=3)
            found = await source.saved_query("check ins", 5)
            await source.aclose()
        assert [hint.block for hint in found] == [5, 6, 7]
        assert [path for path, _ in deployment.asked.requests] == [
            f"/api/v0/queries/check%20ins/results?limit=3&offset={offset}" for offset in (0, 3, 6)
        ]

    asyncio.run(scenario())


# ── GoldRush ──────────────────────────────────────────────────────────────────────────────────────


def test_goldrush_names_the_blocks_of_our_logs() -> None:
    async def scenario() -> None:
        api = GoldRushApi([4, 5, 5, 6, 9])
        async with api.serving() as url:
            source = GoldRush(KEY, "base-mainnet", [CONTRACT, OTHER], url=url + "/v1", page=2)
            assert await asked_of(source, 5) == [5, 6, 9]
        assert len(api.asked.requests) == 4
        assert f"/address/0x{CONTRACT.hex()}/?starting-block=5" in api.asked.requests[0][0]

    asyncio.run(scenario())


def test_goldrushs_error_is_told_in_its_words() -> None:
    async def scenario() -> None:
        async with GoldRushApi(error="credit limit").serving() as url:
            source = GoldRush(KEY, "base-mainnet", [CONTRACT], url=url + "/v1")
            with pytest.raises(ThirdPartyError, match="credit limit"):
                await asked_of(source, 5)

    asyncio.run(scenario())


# ── any of them ───────────────────────────────────────────────────────────────────────────────────


def sources(url: str, key: str) -> list[HintSource]:
    return [
        TheGraph(url + "/" + key, key),
        MultiBaas(url + "/api/v0", key, [CONTRACT]),
        GoldRush(key, "base-mainnet", [CONTRACT], url=url + "/v1"),
    ]


@pytest.mark.parametrize(
    ("answer", "retryable"),
    [
        (hang_up, True),
        (half, True),
        (not_http, True),
        (http(b"", 500), True),
        (http(b"", 429, {"Retry-After": "9"}), True),
        (http(b"", 401), False),
        (http(b"", 404), False),
        (http(b"", 302, {"Location": "http://elsewhere.example/"}), False),
        (http(b"<html>"), False),
        (http(b"[" * 100_000), False),
        (http(b"[]"), False),
        (http(b"{}"), False),
        (http(b'{"data": [], "result": 7}'), False),
        (http(b'{"data": {"items": [7]}, "result": [{}]}'), False),
        (http(b'{"data": {"items": [{}]}, "result": [{"transaction": {}}]}'), False),
        (
            http(
                b'{"data": {"items": [{"block_height": -1}]},'
                b' "result": [{"transaction": {"blockNumber": true}}]}'
            ),
            False,
        ),
    ],
)
def test_a_third_partys_trouble_is_one_kind_of_error_without_its_key(
    answer: Callable[[asyncio.StreamWriter, object], Awaitable[None]], retryable: bool
) -> None:
    async def scenario() -> None:
        async with serving(answer) as url:
            for source in sources(url, KEY):
                with pytest.raises(ThirdPartyError) as caught:
                    await asked_of(source, 0)
                assert (caught.value.code, caught.value.retryable) == (
                    "chain.third_party",
                    retryable,
                )
                assert KEY not in "".join(traceback.format_exception(caught.value))

    asyncio.run(scenario())


def test_a_pause_that_was_asked_for_is_kept() -> None:
    async def scenario() -> None:
        async with serving(http(b"", 429, {"Retry-After": "9"})) as url:
            with pytest.raises(ThirdPartyError) as caught:
                await asked_of(sources(url, KEY)[1], 0)
            assert caught.value.retry_after == 9.0

    asyncio.run(scenario())


def test_an_answer_without_end_is_not_read_on() -> None:
    async def scenario() -> None:
        async with serving(endless) as url:
            with pytest.raises(ThirdPartyError, match="too much"):
                await asked_of(sources(url, KEY)[0], 0)

    asyncio.run(scenario())


def test_silence_is_waited_out_no_longer_than_allowed() -> None:
    from app.chain.http_api import JsonApi

    async def scenario() -> None:
        async with serving(silence) as url:
            api = JsonApi(url, KEY, timeout=0.1)
            with pytest.raises(ThirdPartyError, match="in time"):
                await api.get("/x", {})
            await api.aclose()

    asyncio.run(scenario())
