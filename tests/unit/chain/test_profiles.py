from __future__ import annotations

import pytest

from app.chain.profiles import BASE, BASE_SEPOLIA, DEMO, PROFILES, custom_profile, profile_named
from app.chain.transport import Endpoint
from app.domain.errors import SettingsError


def test_the_known_networks_have_their_chain_ids() -> None:
    assert {name: profile.chain_id for name, profile in PROFILES.items()} == {
        "demo": 31_337,
        "base-sepolia": 84_532,
        "base": 8_453,
    }
    for name in PROFILES:
        assert profile_named(name).name == name
        Endpoint(PROFILES[name].rpc_url)


def test_the_demo_never_leaves_this_computer() -> None:
    assert Endpoint(DEMO.rpc_url).label == "http://127.0.0.1:8545"
    assert DEMO.test
    assert not BASE.test


def test_explorer_pages_are_linked_where_there_is_an_explorer() -> None:
    address = bytes.fromhex("f39fd6e51aad88f6f4ce6ab8827279cfffb92266")
    assert BASE.transaction_url(b"\x01" * 32) == "https://basescan.org/tx/0x" + "01" * 32
    assert BASE_SEPOLIA.address_url(address) == (
        "https://sepolia.basescan.org/address/0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    )
    assert DEMO.transaction_url(b"\x01" * 32) == ""


def test_a_network_through_another_node_is_the_same_network() -> None:
    own = BASE.with_node("https://node.example")
    assert (own.chain_id, own.rpc_url) == (BASE.chain_id, "https://node.example")


def test_an_unknown_network_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="base-sepolia") as caught:
        profile_named("mainnet")
    assert caught.value.code == "settings.network"


@pytest.mark.parametrize("chain_id", [0, -1, 2**63])
def test_a_chain_id_out_of_range_is_refused(chain_id: int) -> None:
    with pytest.raises(SettingsError):
        custom_profile(chain_id, "https://node.example")


def test_a_network_can_be_set_by_hand() -> None:
    profile = custom_profile(10, "https://node.example", "https://explorer.example/")
    assert profile.address_url(bytes(20)).startswith("https://explorer.example/address/0x")
