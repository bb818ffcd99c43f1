"""Signatures of deliveries; the vectors were made with ``openssl dgst -sha256 -hmac``."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.chain.webhooks import Verdict, blocks_of, judge_coinbase, judge_multibaas

NOW = 1_800_000_000
MULTIBAAS = b'[{"id":"d1","event":"event.emitted","data":{"transaction":{"blockNumber":4711}}}]'
MULTIBAAS_SECONDS = "96e359efdd637efa7bc974706e145e544c042fadc31335075805f6dd6f6e7eec"
MULTIBAAS_MILLISECONDS = "a9966a462dd74471eed374df5f9d60c7fa3661cbfdeab3978505a9d2078c2076"
COINBASE = b'{"id":"e1","type":"onchain.activity.detected","data":{"block_number":"4712"}}'
V0 = "9b276d5f87cb30f3ab07e40216272d1160c0c37259966547bd3c2a6911b480fd"
V1 = "06987600dcb06bccc83d76d14d3b964b015132d6bce1227d5d24635955feb47e"
V1_WITHOUT_HEADERS = "6ed9e9c05901e3a1b824aa502bcc49c8f454cd43b8b809270abf652dd413863e"
HEADERS = "h=content-type x-event"


def multibaas(
    time: str = str(NOW),
    signature: str = MULTIBAAS_SECONDS,
    *,
    body: bytes = MULTIBAAS,
    now: float = NOW,
    secret: bytes = b"topsecret",
) -> Verdict:
    headers = {"x-multibaas-timestamp": time, "x-multibaas-signature": signature}
    return judge_multibaas(secret, headers, body, now)


def coinbase(signature: str, *, body: bytes = COINBASE, now: float = NOW) -> Verdict:
    headers = {
        "x-hook0-signature": signature,
        "content-type": "application/json",
        "x-event": "a b",
    }
    return judge_coinbase(b"hooksecret", headers, body, now)


@pytest.mark.parametrize(
    ("time", "signature"),
    [
        (str(NOW), MULTIBAAS_SECONDS),
        (str(NOW), MULTIBAAS_SECONDS.upper()),
        (str(NOW * 1_000), MULTIBAAS_MILLISECONDS),
    ],
)
def test_a_delivery_of_multibaas_is_good(time: str, signature: str) -> None:
    assert multibaas(time, signature) is Verdict.GOOD


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (multibaas(body=MULTIBAAS + b" "), Verdict.FORGED),
        (multibaas(secret=b"other"), Verdict.FORGED),
        (multibaas(str(NOW + 1)), Verdict.FORGED),
        (multibaas(signature="00" * 32), Verdict.FORGED),
        (multibaas(signature="ü"), Verdict.FORGED),
        (multibaas(signature=MULTIBAAS_SECONDS[:-1]), Verdict.FORGED),
        (multibaas(signature=""), Verdict.MALFORMED),
        (multibaas(""), Verdict.MALFORMED),
        (multibaas("-1"), Verdict.MALFORMED),
        (multibaas("1e9"), Verdict.MALFORMED),
        (multibaas("٣" * 10), Verdict.MALFORMED),
        (multibaas("9" * 17), Verdict.MALFORMED),
        (judge_multibaas(b"topsecret", {}, MULTIBAAS, NOW), Verdict.MALFORMED),
    ],
)
def test_a_delivery_of_multibaas_that_was_touched_is_refused(
    verdict: Verdict, expected: Verdict
) -> None:
    assert verdict is expected


@pytest.mark.parametrize(
    "signature",
    [
        f"t={NOW},v0={V0}",
        f"t={NOW},{HEADERS},v1={V1}",
        f"t={NOW},v0={V0},{HEADERS},v1={V1}",
        f" t={NOW}, v0={V0} ",
        f"t={NOW},v1={V1_WITHOUT_HEADERS}",
        f"t={NOW},v2=new,v0={V0}",
    ],
)
def test_a_delivery_of_coinbase_is_good(signature: str) -> None:
    assert coinbase(signature) is Verdict.GOOD


@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        (f"t={NOW},v0={V1}", Verdict.FORGED),
        (f"t={NOW},v0={'0' * 64},{HEADERS},v1={V1}", Verdict.FORGED),
        (f"t={NOW + 1},v0={V0}", Verdict.FORGED),
        (f"t={NOW},h=content-type,v1={V1}", Verdict.FORGED),
        (f"t={NOW},h=x-event content-type,v1={V1}", Verdict.FORGED),
        (f"t={NOW},h=x-missing,v1={V1}", Verdict.MALFORMED),
        (f"t={NOW},{HEADERS}", Verdict.MALFORMED),
        (f"t={NOW}", Verdict.MALFORMED),
        (f"v0={V0}", Verdict.MALFORMED),
        (f"t=x,v0={V0}", Verdict.MALFORMED),
        ("", Verdict.MALFORMED),
        (",,==,=", Verdict.MALFORMED),
    ],
)
def test_a_delivery_of_coinbase_that_was_touched_is_refused(
    signature: str, expected: Verdict
) -> None:
    assert coinbase(signature) is expected
    assert coinbase(f"t={NOW},v0={V0}", body=COINBASE[:-1]) is Verdict.FORGED


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        (0, Verdict.GOOD),
        (300, Verdict.GOOD),
        (-300, Verdict.GOOD),
        (301, Verdict.STALE),
        (-301, Verdict.STALE),
        (86_400, Verdict.STALE),
    ],
)
def test_a_signature_is_good_for_five_minutes(late: int, expected: Verdict) -> None:
    now = NOW + late
    assert multibaas(now=now) is expected
    assert multibaas(str(NOW * 1_000), MULTIBAAS_MILLISECONDS, now=now) is expected
    assert coinbase(f"t={NOW},v0={V0}", now=now) is expected
    assert coinbase(f"t={NOW},{HEADERS},v1={V1}", now=now) is expected


def test_a_forged_delivery_is_forged_however_old_it_is() -> None:
    assert multibaas(signature="00" * 32, now=NOW + 9_999) is Verdict.FORGED


@pytest.mark.parametrize(
    ("body", "blocks"),
    [
        (MULTIBAAS, [4711]),
        (COINBASE, [4712]),
        (b'[{"data":{"blockNumber":"0x10"}},{"data":{"transaction":{"blockNumber":3}}}]', [3, 16]),
        (b'{"blockNumber": 7, "data": {"blockNumber": 7}}', [7]),
        (b"", []),
        (b"[", []),
        (b"7", []),
        (b"[7, null, {}, []]", []),
        (b'{"data": []}', []),
        (b'{"data": {"blockNumber": true, "block_number": -1}}', []),
        (b'{"data": {"blockNumber": "0xzz", "block_number": 1e9}}', []),
        (b'{"data": {"blockNumber": 99999999999999999999999999}}', []),
        (b"[" * 100_000, []),
    ],
)
def test_the_blocks_that_a_delivery_names_are_read_and_nothing_else(
    body: bytes, blocks: list[int]
) -> None:
    assert blocks_of(body) == blocks


@given(st.text(), st.binary(max_size=50))
def test_no_header_crashes_the_judges(text: str, body: bytes) -> None:
    headers = {
        "x-hook0-signature": text,
        "x-multibaas-signature": text,
        "x-multibaas-timestamp": text,
    }
    assert judge_coinbase(b"s", headers, body, NOW) is not Verdict.GOOD
    assert judge_multibaas(b"s", headers, body, NOW) is not Verdict.GOOD


@given(st.text(st.sampled_from("tvh01=, .x"), max_size=30))
def test_no_part_of_a_coinbase_header_crashes_the_judge(text: str) -> None:
    headers = {"x-hook0-signature": f"t={NOW}," + text}
    assert judge_coinbase(b"s", headers, b"", NOW) is not Verdict.GOOD
