"""Whatever a node does, the client says what is wrong by a code, and never shows a key."""

from __future__ import annotations

import asyncio
import json
import socket
import traceback
from typing import TYPE_CHECKING

import pytest

from app.chain.rpc import RpcClient
from app.chain.source import RpcSource
from app.chain.transport import ANSWER_CAP
from app.chain.troubles import RateLimitedError, RefusedError, TooMuchError
from app.domain.errors import ChainError
from tests.integration.chain.bad_nodes import (
    endless,
    half,
    hang_up,
    http,
    not_http,
    result,
    rpc,
    serving,
    silence,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Answer = Callable[[asyncio.StreamWriter, object], Awaitable[None]]

KEY = "s3cr3t-0123456789"


def trouble_of(answer: Answer, *, timeout: float = 5.0, cap: int = ANSWER_CAP) -> ChainError:
    """Ask a broken node for its chain id, and return what the client raises."""

    async def scenario() -> ChainError:
        async with serving(answer) as url, RpcClient(f"{url}/v2/{KEY}", timeout) as client:
            with pytest.raises(ChainError) as caught:
                await client.call("eth_chainId", cap=cap)
        return caught.value

    trouble = asyncio.run(scenario())
    shown = "".join(traceback.format_exception(trouble))
    assert KEY not in shown
    assert "127.0.0.1" in str(trouble)
    return trouble


def error(code: int, message: str, data: object = None) -> Answer:
    return rpc(
        lambda request: {
            "jsonrpc": "2.0",
            "id": request["id"],
            "error": {"code": code, "message": message, "data": data},
        }
    )


def test_a_node_that_never_answers_times_out() -> None:
    trouble = trouble_of(silence, timeout=0.2)
    assert (trouble.code, trouble.retryable) == ("rpc.timeout", True)


def test_a_node_that_is_not_there_is_unreachable() -> None:
    with socket.socket() as taken:
        # Bound but not listening: nobody else gets the port, and connecting is refused.
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

        async def scenario() -> ChainError:
            async with RpcClient(f"http://127.0.0.1:{port}/{KEY}") as client:
                with pytest.raises(ChainError) as caught:
                    await client.chain_id()
            return caught.value

        trouble = asyncio.run(scenario())
    assert (trouble.code, trouble.retryable) == ("rpc.unreachable", True)
    assert KEY not in "".join(traceback.format_exception(trouble))


@pytest.mark.parametrize("answer", [hang_up, half])
def test_a_node_that_breaks_off_is_unreachable(answer: Answer) -> None:
    assert trouble_of(answer).code == "rpc.unreachable"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (not_http, "rpc.bad_answer"),
        (http(b""), "rpc.bad_answer"),
        (http(b"<html>captive portal</html>"), "rpc.bad_answer"),
        (http(b'{"jsonrpc":'), "rpc.bad_answer"),
        (http(b"\xff\xfe\x00"), "rpc.bad_answer"),
        (http(b"[" * 200_000), "rpc.bad_answer"),
        (http(b"9" * 10_000), "rpc.bad_answer"),
        (http(b"null"), "rpc.bad_answer"),
        (http(b"[]"), "rpc.bad_answer"),
        (http(b"{}"), "rpc.bad_answer"),
        (http(b'{"id":1,"error":"no"}'), "rpc.bad_answer"),
        (http(b'{"id":77,"result":"0x1"}'), "rpc.bad_answer"),
        (http(b"x", 302, {"Location": "http://elsewhere.example/"}), "rpc.refused"),
        (http(b"", 401), "rpc.refused"),
        (http(b"<html>", 403), "rpc.refused"),
        (http(b"", 404), "rpc.refused"),
        (http(b"", 405), "rpc.refused"),
        (http(b"", 413), "rpc.too_much"),
        (http(b"", 500), "rpc.unreachable"),
        (http(b"<html>", 502), "rpc.unreachable"),
        (http(b"", 503), "rpc.unreachable"),
        (http(b"", 522), "rpc.unreachable"),
        (http(b"slow down", 429), "rpc.rate_limited"),
        (http(b'{"id":1,"error":{"code":-32000,"message":"header not found"}}', 500), "rpc.behind"),
        (http(b'{"id":1,"error":{"code":3,"message":"reverted"}}', 400), "rpc.refused"),
        (error(-32005, f"quota of {KEY} used up"), "rpc.rate_limited"),
        (error(-32601, f"/v2/{KEY} knows no such method"), "rpc.refused"),
        (error(-32000, "x", {"detail": f"{KEY} response is too big"}), "rpc.too_much"),
    ],
)
def test_each_broken_answer_has_its_code(answer: Answer, code: str) -> None:
    trouble = trouble_of(answer)
    assert trouble.code == code
    assert trouble.retryable == (code not in {"rpc.bad_answer", "rpc.refused"})


def test_the_pause_that_a_provider_asks_for_is_kept() -> None:
    trouble = trouble_of(http(b"", 429, {"Retry-After": "17"}))
    assert isinstance(trouble, RateLimitedError)
    assert trouble.retry_after == 17


@pytest.mark.parametrize("answer", [endless, result("0x" + "00" * 100_000)])
def test_an_answer_beyond_the_cap_is_too_much_and_not_read_on(answer: Answer) -> None:
    assert isinstance(trouble_of(answer, cap=50_000), TooMuchError)


def test_a_compressed_answer_cannot_exceed_the_cap_either() -> None:
    import gzip

    packed = gzip.compress(b"0" * 20_000_000)
    bomb = http(packed, 200, {"Content-Encoding": "gzip"})
    assert isinstance(trouble_of(bomb, cap=1_000_000), TooMuchError)


def test_a_revert_keeps_the_nodes_words_and_data() -> None:
    trouble = trouble_of(error(3, "execution reverted: no", "0x08c379a0"))
    assert isinstance(trouble, RefusedError)
    assert (trouble.node_message, trouble.data) == (
        "execution reverted: no",
        bytes.fromhex("08c379a0"),
    )


@pytest.mark.parametrize("value", [None, 7, "7", "0x", "0xzz", [], {}, "0x" + "f" * 100])
def test_a_chain_id_that_is_no_number_is_a_bad_answer(value: object) -> None:
    async def scenario() -> str:
        async with serving(result(value)) as url, RpcClient(url) as client:
            with pytest.raises(ChainError) as caught:
                await client.chain_id()
        return caught.value.code

    assert asyncio.run(scenario()) == "rpc.bad_answer"


def test_the_members_of_a_batch_are_matched_by_id_and_fail_one_by_one() -> None:
    async def answer(writer: asyncio.StreamWriter, request: object) -> None:
        assert isinstance(request, list)
        answers: list[object] = [{"id": item["id"], "result": item["params"]} for item in request]
        answers[1] = {"id": request[1]["id"], "error": {"code": 3, "message": "no"}}
        await http(json.dumps(answers[::-1]).encode())(writer, request)

    async def scenario() -> None:
        async with serving(answer) as url, RpcClient(url) as client:
            found = await client.batch([("a", [1]), ("b", [2]), ("c", [3])])
            assert (found[0], found[2]) == ([1], [3])
            assert isinstance(found[1], RefusedError)
            assert len(await client.batch([("a", [n]) for n in range(250)])) == 250

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (http(b'{"error":{"code":-32005,"message":"batch rate limit"}}'), "rpc.rate_limited"),
        (http(b'{"id":null,"result":"0x1"}'), "rpc.bad_answer"),
        (http(b"[]"), "rpc.bad_answer"),
        (http(b"[1,null,{}]"), "rpc.bad_answer"),
        (http(b"7"), "rpc.bad_answer"),
    ],
)
def test_a_node_that_does_not_do_batches_is_told(answer: Answer, code: str) -> None:
    async def scenario() -> str:
        async with serving(answer) as url, RpcClient(url) as client:
            with pytest.raises(ChainError) as caught:
                await client.batch_results([("a", []), ("b", [])])
        return caught.value.code

    assert asyncio.run(scenario()) == code


def test_a_node_that_refuses_batches_is_asked_one_by_one() -> None:
    batches = 0

    async def answer(writer: asyncio.StreamWriter, request: object) -> None:
        nonlocal batches
        if isinstance(request, list):
            batches += 1
            refusal = {"id": None, "error": {"code": -32600, "message": "no batches"}}
            await http(json.dumps(refusal).encode())(writer, request)
            return
        assert isinstance(request, dict)
        if request["method"] == "bad":
            body = {"id": request["id"], "error": {"code": 3, "message": "no"}}
        else:
            body = {"id": request["id"], "result": request["params"]}
        await http(json.dumps(body).encode())(writer, request)

    async def scenario() -> None:
        async with serving(answer) as url, RpcClient(url) as client:
            for _ in range(3):
                found = await client.batch([("a", [1]), ("bad", []), ("a", [2])])
                assert (found[0], found[2]) == ([1], [2])
                assert isinstance(found[1], RefusedError)

    asyncio.run(scenario())
    assert batches == 1


def test_a_node_that_lies_about_a_block_or_a_transaction_is_not_believed() -> None:
    header = {
        "number": "0x5",
        "hash": "0x" + "11" * 32,
        "parentHash": "0x" + "11" * 32,
        "timestamp": "0x1",
    }

    async def scenario() -> None:
        async with serving(result(header)) as url, RpcClient(url) as client:
            assert (await client.block(5)).number == 5
            with pytest.raises(ChainError, match="block 5 instead of 6"):
                await client.block(6)
        async with serving(result("0x" + "11" * 32)) as url, RpcClient(url) as client:
            with pytest.raises(ChainError, match="another transaction"):
                await client.send_raw(b"raw")

    asyncio.run(scenario())


def answers_by_method(table: dict[str, object]) -> Answer:
    return rpc(lambda asked: {"id": asked["id"], "result": table[str(asked["method"])]})


BLOCK = {
    "number": "0x9",
    "hash": "0x" + "99" * 32,
    "parentHash": "0x" + "88" * 32,
    "timestamp": "0x1",
}
LOG = {
    "address": "0x" + "01" * 20,
    "topics": ["0x" + "77" * 32],
    "data": "0x",
    "blockNumber": "0x9",
    "logIndex": "0x0",
    "blockHash": "0x" + "99" * 32,
}


@pytest.mark.parametrize(
    ("logs", "code"),
    [
        ([LOG], ""),
        ([LOG | {"blockHash": "0x" + "66" * 32}], "rpc.behind"),
        ([LOG, LOG | {"blockHash": "0x" + "66" * 32}], "rpc.behind"),
        ([LOG | {"blockNumber": "0xa"}], "rpc.bad_answer"),
        ([LOG | {"blockNumber": "0x3"}], "rpc.bad_answer"),
        ([LOG | {"blockNumber": None}], "rpc.bad_answer"),
        ([LOG | {"address": "0x" + "33" * 20}], "rpc.bad_answer"),
        ([LOG | {"address": None}], "rpc.bad_answer"),
        ([7], "rpc.bad_answer"),
        ({}, "rpc.bad_answer"),
    ],
)
def test_logs_that_do_not_fit_their_blocks_make_no_page(logs: object, code: str) -> None:
    async def scenario() -> None:
        node = answers_by_method({"eth_getLogs": logs, "eth_getBlockByNumber": BLOCK})
        async with serving(node) as url, RpcClient(url) as client:
            source = RpcSource(client, 1, b"\x01" * 20, poap=b"\x02" * 20)
            if not code:
                page = await source.page(5, 9, [])
                assert (page.blocks[-1].number, page.facts) == (9, [])
                return
            with pytest.raises(ChainError) as caught:
                await source.page(5, 9, [])
            assert caught.value.code == code

    asyncio.run(scenario())


def test_a_provider_that_names_its_limit_is_obeyed_from_then_on() -> None:
    asked: list[int] = []

    def answer(request: dict[str, object]) -> object:
        if request["method"] == "eth_getBlockByNumber":
            params = request["params"]
            assert isinstance(params, list)
            number = params[0] if params[0].startswith("0x") else hex(1_000)
            return {"id": request["id"], "result": BLOCK | {"number": number}}
        query = request["params"]
        assert isinstance(query, list)
        span = int(query[0]["toBlock"], 16) - int(query[0]["fromBlock"], 16) + 1
        asked.append(span)
        if span > 100:
            error = {"code": -32600, "message": "maximum block range: 100"}
            return {"id": request["id"], "error": error}
        return {"id": request["id"], "result": []}

    async def scenario() -> None:
        async with serving(rpc(answer)) as url, RpcClient(url) as client:
            source = RpcSource(client, 1, b"\x01" * 20, poap=b"\x02" * 20)
            source.sizer.blocks = 500
            at = 1
            while at <= 1_000:
                page = await source.page(at, 1_000, [])
                at = page.blocks[-1].number + 1

    asyncio.run(scenario())
    assert asked == [500, *[100] * 10]


def test_a_page_that_stays_too_much_at_one_block_is_given_up() -> None:
    async def scenario() -> None:
        node = error(-32005, "query returned more than 10000 results")
        async with serving(node) as url, RpcClient(url) as client:
            source = RpcSource(client, 1, b"\x01" * 20, poap=b"\x02" * 20)
            with pytest.raises(TooMuchError):
                await source.page(1, 1_000, [])

    asyncio.run(scenario())


def test_a_block_that_is_not_there_is_none() -> None:
    async def scenario() -> None:
        async with serving(result(None)) as url, RpcClient(url) as client:
            assert await RpcSource(client, 1, b"\x01" * 20).block(7) is None
            assert await client.receipt(bytes(32)) is None

    asyncio.run(scenario())
