"""API keys and webhook secrets rest in the vault, and go into addresses only when one is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.chain.sealed_vault import MIN_WORK, SealedVault
from app.chain.service_keys import ServiceKeys, names_in
from app.chain.vault import LONGEST_TEXT, KeyringVault, MemoryVault, Vault
from app.domain.errors import KeyTrouble
from tests.unit.chain.keyring_for_tests import MODULES, MemoryKeyring

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=["memory", "sealed", "keyring"])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Vault:
    if request.param == "memory":
        return MemoryVault()
    if request.param == "sealed":
        return SealedVault.open(tmp_path / "keys.sealed", "correct horse", work=MIN_WORK)
    return KeyringVault(MemoryKeyring(), safe=MODULES)


@pytest.mark.parametrize("secret", ["k", "kéy with words", "x" * LONGEST_TEXT])
def test_a_secret_comes_back_as_it_was(vault: Vault, secret: str) -> None:
    keys = ServiceKeys(vault)
    assert keys.find("alchemy") is None
    keys.keep("alchemy", secret)
    assert ServiceKeys(vault).find("alchemy") == secret
    keys.keep("alchemy", "another")
    assert keys.find("alchemy") == "another"
    assert keys.forget("alchemy")
    assert not keys.forget("alchemy")
    assert keys.find("alchemy") is None


@pytest.mark.parametrize("secret", ["", "x" * (LONGEST_TEXT + 1)])
def test_what_no_keyring_takes_is_refused(vault: Vault, secret: str) -> None:
    with pytest.raises(KeyTrouble) as caught:
        ServiceKeys(vault).keep("alchemy", secret)
    assert caught.value.code == "keys.bad_secret"


def test_private_keys_still_have_32_bytes(vault: Vault) -> None:
    with pytest.raises(KeyTrouble) as caught:
        vault.store("wallet", b"short")
    assert caught.value.code == "keys.bad_secret"


def test_an_address_is_filled_with_what_it_names() -> None:
    keys = ServiceKeys(MemoryVault())
    keys.keep("alchemy", "s3cret")
    assert keys.fill("https://a.test/{alchemy}/x") == "https://a.test/s3cret/x"
    assert keys.fill("https://a.test/x") == "https://a.test/x"
    assert names_in("https://a.test/{alchemy}/{b}") == ["alchemy", "b"]
    assert "s3cret" not in repr(keys)


def test_a_secret_that_is_not_there_is_named_with_what_to_do() -> None:
    with pytest.raises(KeyTrouble, match="echain secret set alchemy") as caught:
        ServiceKeys(MemoryVault()).fill("https://a.test/{alchemy}")
    assert caught.value.code == "keys.missing"


@pytest.mark.parametrize("name", ["", "Two Words", "-x", "x" * 41, "a/b"])
def test_a_name_is_short_and_plain(name: str) -> None:
    with pytest.raises(KeyTrouble) as caught:
        ServiceKeys(MemoryVault()).find(name)
    assert caught.value.code == "keys.bad_id"
