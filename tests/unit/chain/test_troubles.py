from __future__ import annotations

import pytest

from app.chain.troubles import (
    BAD_ANSWER,
    BEHIND,
    RATE_LIMITED,
    REFUSED,
    TOO_MUCH,
    UNREACHABLE,
    RefusedError,
    TooMuchError,
    classify,
)

LABEL = "https://node.example"

RANGES = [
    ("eth_getLogs is limited to a 10,000 range", 10_000),
    ("eth_getLogs is limited to 1024 block range", 1_024),
    ("You can make eth_getLogs requests with up to a 500 block range", 500),
    ("exceed maximum block range: 50000", 50_000),
    ("exceed max block range: 2000", 2_000),
    ("maximum block range: 5000", 5_000),
    ("please limit the query to at most 1000 blocks", 1_000),
    ("maximum allowed is 3000 blocks", 3_000),
    ("requested too many blocks from 1 to 9000, maximum is set to 2048", 2_048),
    ("block range greater than 10000 max", 10_000),
    ("Block range too large. Max range: 800", 800),
    ("exceeds the range allowed for your plan (9000 > 100)", 100),
    ("ranges over 10000 blocks are not supported on freetier", 10_000),
    ("eth_getLogs range is too large, max is 1k blocks", 1_000),
    ("eth_getLogs range is too large, max is 10k blocks", 10_000),
    ("Block range limit exceeded.", None),
    ("block range is too wide", None),
    ("block range too large", None),
    ("exceeds the range allowed for your plan (9,000 > 2,000).", 2_000),
    ("eth_getLogs is limited to a 5 block range", 5),
    ("maximum block range: 1_000", 1_000),
]
ALCHEMY = (
    "You can make eth_getLogs requests with up to a 2K block range and no limit on the response "
    "size, or you can request any block range with a cap of 10K logs in the response. Based on "
    "your parameters, this block range should work: [0x0, 0x63]"
)
SUGGESTIONS = [
    ("Try with this block range [0x10, 0x1f].", 16, None),
    ("Query returned more than 10000 results. Try with this block range [0x1f, 0x10]", 16, 10_000),
    ("this block range should work: [0x0, 0x63]", 100, None),
    (ALCHEMY, 100, 10_000),
    ("query exceeds max results 20000, retry with the range 100-199", 100, 20_000),
    ("retry with the range 199-100", 100, None),
]
DENSE = [
    ("query returned more than 10000 results", 10_000),
    ("query exceeds max results 20000, retry with a smaller range", 20_000),
    ("logs matched by query exceeds limit of 10000", 10_000),
    ("backend response too large", None),
    ("response size should not greater than 10000000 bytes", None),
    ("response is too big", None),
    ("Log response size exceeded.", None),
    ("too many matches: more than 20000 logs", 20_000),
    ("query timeout exceeded", None),
]


@pytest.mark.parametrize(("message", "blocks"), RANGES)
def test_a_range_limit_is_too_much_and_names_the_providers_limit(
    message: str, blocks: int | None
) -> None:
    trouble = classify({"code": -32000, "message": message}, "eth_getLogs", LABEL)
    assert isinstance(trouble, TooMuchError)
    assert (trouble.code, trouble.retryable, trouble.max_blocks) == (TOO_MUCH, True, blocks)
    assert trouble.structural


@pytest.mark.parametrize(("message", "blocks", "logs"), SUGGESTIONS)
def test_a_range_that_a_provider_suggests_is_for_this_page_only(
    message: str, blocks: int, logs: int | None
) -> None:
    for error in ({"message": message}, {"message": "x", "data": {"message": message}}):
        trouble = classify({"code": -32602, **error}, "eth_getLogs", LABEL)
        assert isinstance(trouble, TooMuchError)
        assert (trouble.suggested, trouble.max_logs, trouble.structural) == (blocks, logs, False)


@pytest.mark.parametrize(("message", "logs"), DENSE)
@pytest.mark.parametrize("code", [-32000, -32005, -32602])
def test_a_page_with_too_many_logs_is_too_much_without_a_lasting_limit(
    message: str, logs: int | None, code: int
) -> None:
    trouble = classify({"code": code, "message": message}, "eth_getLogs", LABEL)
    assert isinstance(trouble, TooMuchError)
    assert (trouble.structural, trouble.max_blocks, trouble.max_logs) == (False, None, logs)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"code": 429, "message": "slow down"}, RATE_LIMITED),
        ({"code": -32005, "message": "daily limit"}, RATE_LIMITED),
        ({"code": -32000, "message": "rate limit exceeded"}, RATE_LIMITED),
        ({"code": -32000, "message": "Too Many Requests"}, RATE_LIMITED),
        ({"code": -32000, "message": "monthly quota used up"}, RATE_LIMITED),
        ({"code": -32000, "message": "request throttled"}, RATE_LIMITED),
        ({"code": -32000, "message": "more than 100 requests: rate limit"}, RATE_LIMITED),
        ({"code": -32005, "message": "request rate exceeds limit of 300"}, RATE_LIMITED),
        ({"code": -32000, "message": "hash 0x12 is not currently canonical"}, BEHIND),
        ({"code": -32000, "message": "x", "data": {"why": "rate limit"}}, RATE_LIMITED),
        (
            {"code": -32011, "message": "no backend is currently healthy to serve traffic"},
            UNREACHABLE,
        ),
        (
            {"code": -32000, "message": "block range extends beyond current head block"},
            BEHIND,
        ),
        ({"code": -32000, "message": "requested to block 9 after last accepted block 5"}, BEHIND),
        ({"code": -32000, "message": "header not found"}, BEHIND),
        ({"code": -32000, "message": "unknown block"}, BEHIND),
        ({"code": -32602, "message": "BlockOutOfRangeError: block height is 2"}, BEHIND),
        ({"code": -32601, "message": "rate limit of methods: not found"}, REFUSED),
        ({"code": -32700, "message": "parse error"}, REFUSED),
        ({"code": 3, "message": "execution reverted: too many requests"}, REFUSED),
        ({"message": "execution reverted"}, REFUSED),
        ({}, REFUSED),
        ({"code": "odd", "message": {"nested": 1}}, REFUSED),
    ],
)
def test_each_kind_of_refusal_has_its_code(error: dict[str, object], code: str) -> None:
    trouble = classify(error, "eth_call", LABEL)
    assert trouble.code == code
    assert trouble.retryable == (code not in {REFUSED, BAD_ANSWER})


@pytest.mark.parametrize(
    "message", ["gas limited to 16777216", "unknown block", "tx pool: more than 64 results"]
)
def test_a_transactions_own_limit_is_never_taken_for_a_range_of_blocks(message: str) -> None:
    error = {"code": -32000, "message": message}
    assert classify(error, "eth_sendRawTransaction", LABEL).code == REFUSED
    assert classify(error, "eth_getLogs", LABEL).code in {TOO_MUCH, BEHIND}


@pytest.mark.parametrize("data", ["0x08c379a0", {"data": "0x08c379a0"}])
def test_revert_data_is_kept_wherever_the_node_puts_it(data: object) -> None:
    trouble = classify({"code": 3, "message": "execution reverted", "data": data}, "eth_call", "x")
    assert isinstance(trouble, RefusedError)
    assert trouble.data == bytes.fromhex("08c379a0")
    assert trouble.rpc_code == 3


def test_a_providers_long_text_is_cut_and_kept_on_one_line() -> None:
    trouble = classify({"code": 1, "message": "a\nb " * 5_000}, "eth_call", LABEL)
    assert "\n" not in str(trouble)
    assert len(str(trouble)) < 500
