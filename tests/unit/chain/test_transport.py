from __future__ import annotations

import pytest

from app.chain.transport import Endpoint, retry_after
from app.domain.errors import SettingsError

KEY = "k3y-0123456789abcdef"


@pytest.mark.parametrize(
    ("url", "label"),
    [
        ("http://127.0.0.1:8545", "http://127.0.0.1:8545"),
        ("http://127.0.0.1:8545/", "http://127.0.0.1:8545"),
        ("https://mainnet.base.org", "https://mainnet.base.org"),
        (f"https://node.example/v2/{KEY}", "https://node.example/…"),
        (f"https://node.example/?key={KEY}", "https://node.example/…"),
        (f"https://user:{KEY}@node.example:8443/rpc", "https://node.example:8443/…"),
        ("http://[::1]:8545", "http://[::1]:8545"),
    ],
)
def test_only_the_host_of_a_nodes_address_is_shown(url: str, label: str) -> None:
    endpoint = Endpoint(url)
    assert endpoint.label == label
    assert KEY not in repr(endpoint)
    assert endpoint.reveal() == url


@pytest.mark.parametrize(
    "url",
    [
        f"https://node.example/v2/{KEY}",
        f"https://node.example/?apikey={KEY}&x=1",
        f"https://{KEY}@node.example/",
        f"https://user:{KEY}@node.example/",
        "https://node.example/v2/k3y%2D0123456789abcdef",
    ],
)
def test_a_provider_that_echoes_the_key_does_not_give_it_away(url: str) -> None:
    words = Endpoint(url).clean(f"project {KEY} is over its limit; see {url}")
    assert KEY not in words
    assert "is over its limit" in words


@pytest.mark.parametrize(
    "url",
    [
        "",
        "node.example",
        "ftp://node.example",
        "ws://node.example",
        "https://",
        "http://[::1",
        "http://h:99999",
    ],
)
def test_what_is_no_address_of_a_node_is_refused_in_words(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Endpoint(url)
    assert caught.value.code == "settings.rpc_url"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "1.5"}, 1.5),
        (
            {
                "Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT",
                "Date": "Fri, 31 Dec 1999 23:59:49 GMT",
            },
            10.0,
        ),
        ({"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-3"}, None),
        ({}, None),
    ],
)
def test_the_pause_a_provider_asks_for_is_read_without_this_machines_clock(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after(headers) == seconds
