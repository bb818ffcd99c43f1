from __future__ import annotations

import json
import logging
import stat
import sys
import threading
import traceback
from typing import TYPE_CHECKING

import keyring.backends.fail
import keyring.backends.null
import pytest
from keyring.backends.chainer import ChainerBackend

from app.chain.sealed_vault import MIN_WORK, SealedVault
from app.chain.vault import SERVICE, KeyringVault, MemoryVault, Vault
from app.domain.errors import KeyTrouble
from tests.unit.chain.keyring_for_tests import MODULES, MemoryKeyring

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from keyring.backend import KeyringBackend

SECRET = bytes(range(1, 33))
OTHER = bytes(range(101, 133))
PASSPHRASE = "correct horse battery"
NULL: Callable[[], KeyringBackend] = keyring.backends.null.Keyring


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(KeyTrouble) as caught:
        act()
    shown = "".join(traceback.format_exception(caught.value))
    assert SECRET.hex() not in shown
    assert PASSPHRASE not in shown
    return caught.value.code


@pytest.fixture(params=["memory", "keyring", "sealed"])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Vault:
    if request.param == "memory":
        return MemoryVault()
    if request.param == "keyring":
        return KeyringVault(MemoryKeyring(), safe=MODULES)
    return SealedVault.open(tmp_path / "keys.json", PASSPHRASE, work=MIN_WORK)


# ── every vault ───────────────────────────────────────────────────────────────────────────────────


def test_a_stored_secret_comes_back(vault: Vault) -> None:
    vault.store("gate/1", SECRET)
    vault.store("gate/2", OTHER)
    assert (vault.load("gate/1"), vault.load("gate/2")) == (SECRET, OTHER)
    assert vault.has("gate/1")


def test_a_secret_that_is_not_there_is_missing(vault: Vault) -> None:
    assert not vault.has("gate/1")
    assert code_of(lambda: vault.load("gate/1")) == "keys.missing"


def test_a_secret_is_never_overwritten(vault: Vault) -> None:
    vault.store("gate/1", SECRET)
    assert code_of(lambda: vault.store("gate/1", OTHER)) == "keys.exists"
    assert vault.load("gate/1") == SECRET


def test_an_erased_secret_is_gone_and_its_id_free(vault: Vault) -> None:
    vault.store("gate/1", SECRET)
    vault.erase("gate/1")
    vault.erase("gate/1")
    assert not vault.has("gate/1")
    vault.store("gate/1", OTHER)
    assert vault.load("gate/1") == OTHER


@pytest.mark.parametrize("key_id", ["", "A", "a b", "ä", "a" * 129, "../x", "*check*", "a\n"])
def test_an_odd_key_id_is_refused(vault: Vault, key_id: str) -> None:
    for act in (
        lambda: vault.load(key_id),
        lambda: vault.store(key_id, SECRET),
        lambda: vault.has(key_id),
        lambda: vault.erase(key_id),
    ):
        assert code_of(act) == "keys.bad_id"


@pytest.mark.parametrize("secret", [b"", SECRET[:31], SECRET + b"x"])
def test_a_secret_of_another_length_is_refused(vault: Vault, secret: bytes) -> None:
    assert code_of(lambda: vault.store("gate/1", secret)) == "keys.bad_secret"
    assert not vault.has("gate/1")


def test_a_vault_shows_and_logs_no_secret(vault: Vault, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        vault.store("gate/1", SECRET)
        vault.load("gate/1")
    for text in (repr(vault), str(vault), caplog.text):
        assert SECRET.hex() not in text
        assert repr(SECRET) not in text


def test_two_threads_never_both_take_an_id(vault: Vault) -> None:
    wins: list[bytes] = []
    start = threading.Barrier(4)

    def take(secret: bytes) -> None:
        start.wait()
        try:
            vault.store("gate/1", secret)
        except KeyTrouble:
            return
        wins.append(secret)

    threads = [threading.Thread(target=take, args=(bytes([n]) * 32,)) for n in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wins == [vault.load("gate/1")]


# ── the sealed file ───────────────────────────────────────────────────────────────────────────────


def sealed(path: Path, passphrase: str = PASSPHRASE) -> SealedVault:
    return SealedVault.open(path, passphrase, work=MIN_WORK)


def test_a_sealed_file_opens_again_with_its_passphrase_only(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    sealed(path).store("gate/1", SECRET)
    assert sealed(path).load("gate/1") == SECRET
    assert code_of(lambda: sealed(path, "wrong horse battery")) == "keys.wrong_passphrase"


def test_a_passphrase_typed_on_another_keyboard_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    sealed(path, "Zu\u0308rich-Oerlikon").store("gate/1", SECRET)
    assert sealed(path, "Z\u00fcrich-Oerlikon").load("gate/1") == SECRET


def test_a_new_file_needs_a_passphrase_worth_the_name(tmp_path: Path) -> None:
    assert code_of(lambda: sealed(tmp_path / "keys.json", "short")) == "keys.weak_passphrase"
    assert not (tmp_path / "keys.json").exists()


def test_neither_secret_nor_passphrase_stands_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    sealed(path).store("gate/1", SECRET)
    text = path.read_text()
    assert SECRET.hex() not in text
    assert PASSPHRASE not in text


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_the_file_belongs_to_this_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    vault = sealed(path)
    path.chmod(0o644)
    vault.store("gate/1", SECRET)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_change_leaves_no_half_written_file_behind(tmp_path: Path) -> None:
    vault = sealed(tmp_path / "keys.json")
    vault.store("gate/1", SECRET)
    vault.erase("gate/1")
    assert {entry.name for entry in tmp_path.iterdir()} == {"keys.json", ".keys.json.lock"}


def test_two_programs_on_one_file_keep_each_others_keys(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    first, second = sealed(path), sealed(path)
    first.store("gate/1", SECRET)
    second.store("gate/2", OTHER)
    assert (first.load("gate/2"), second.load("gate/1")) == (OTHER, SECRET)


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda raw: raw[: len(raw) // 2],
        lambda raw: bytes(len(raw)),
        lambda _: b"[]",
        lambda _: b'"text"',
        lambda _: b"{}",
        lambda _: b"[" * 100_000,
        lambda raw: raw.replace(b"a", b"b", 1),
        lambda raw: raw.replace(b'"n": 32768', b'"n": 32769'),
    ],
)
def test_a_damaged_file_is_told_from_a_wrong_passphrase(
    tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "keys.json"
    sealed(path).store("gate/1", SECRET)
    path.write_bytes(damage(path.read_bytes()))
    assert code_of(lambda: sealed(path)) == "keys.damaged"


def rewrite(path: Path, change: Callable[[dict[str, object]], None]) -> None:
    """Change the file as somebody would who can also mend its checksum."""
    import hashlib

    body = json.loads(path.read_text())
    del body["checksum"]
    change(body)
    body["checksum"] = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    path.write_text(json.dumps(body))


def test_sealed_keys_cannot_be_swapped(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    vault = sealed(path)
    vault.store("gate/1", SECRET)
    vault.store("gate/2", OTHER)

    def swap(body: dict[str, object]) -> None:
        keys = body["keys"]
        assert isinstance(keys, dict)
        keys["gate/1"], keys["gate/2"] = keys["gate/2"], keys["gate/1"]

    rewrite(path, swap)
    assert code_of(lambda: sealed(path).load("gate/1")) == "keys.damaged"


@pytest.mark.parametrize("work", [2**14, 2**21, 2**15 + 1, 2**40, "32768", -1, True])
def test_a_file_cannot_name_a_cheap_or_ruinous_work_factor(tmp_path: Path, work: object) -> None:
    path = tmp_path / "keys.json"
    sealed(path)
    rewrite(path, lambda body: body.__setitem__("kdf", {"n": work}))
    assert code_of(lambda: sealed(path)) == "keys.damaged"


def test_a_file_replaced_while_open_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    vault = sealed(path)
    path.unlink()
    assert code_of(lambda: vault.has("gate/1")) == "keys.damaged"
    sealed(path, "another passphrase")
    assert code_of(lambda: vault.store("gate/1", SECRET)) == "keys.damaged"


def test_a_folder_that_cannot_be_used_is_told_in_words(tmp_path: Path) -> None:
    assert code_of(lambda: sealed(tmp_path / "gone" / "keys.json")) == "keys.unavailable"
    (tmp_path / "folder").mkdir()
    assert code_of(lambda: sealed(tmp_path / "folder")) == "keys.unavailable"


# ── the keyring ───────────────────────────────────────────────────────────────────────────────────


def chained(*members: KeyringBackend) -> ChainerBackend:
    class Chain(ChainerBackend):
        backends = members

    Chain.__module__ = ChainerBackend.__module__
    make: Callable[[], ChainerBackend] = Chain
    return make()


@pytest.mark.parametrize(
    "make",
    [
        keyring.backends.fail.Keyring,
        keyring.backends.null.Keyring,
        MemoryKeyring,
        chained,
        lambda: chained(MemoryKeyring(), NULL()),
    ],
)
def test_a_keyring_that_does_not_keep_keys_safe_is_refused(
    make: Callable[[], KeyringBackend],
) -> None:
    backend = make()
    safe = MODULES if isinstance(backend, ChainerBackend) else frozenset({"only.this"})
    assert code_of(lambda: KeyringVault(backend, safe=safe)) == "keys.unsafe_backend"


def test_a_chain_of_safe_keyrings_is_taken() -> None:
    KeyringVault(chained(MemoryKeyring()), safe=MODULES)


def test_a_keyring_that_forgets_what_it_took_is_refused() -> None:
    vault = KeyringVault(MemoryKeyring(forgetful=True), safe=MODULES)
    assert code_of(lambda: vault.store("gate/1", SECRET)) == "keys.unsafe_backend"


def test_a_locked_keyring_asks_to_be_unlocked() -> None:
    backend = MemoryKeyring()
    vault = KeyringVault(backend, safe=MODULES)
    vault.store("gate/1", SECRET)
    backend.locked = True
    assert code_of(lambda: vault.load("gate/1")) == "keys.locked"
    assert code_of(lambda: vault.store("gate/2", SECRET)) == "keys.locked"
    assert code_of(lambda: vault.erase("gate/1")) == "keys.locked"


def test_a_foreign_entry_in_the_keyring_is_damaged() -> None:
    backend = MemoryKeyring()
    backend.set_password(SERVICE, "gate/1", "my other password")
    vault = KeyringVault(backend, safe=MODULES)
    with pytest.raises(KeyTrouble) as caught:
        vault.load("gate/1")
    assert caught.value.code == "keys.damaged"
    assert "my other password" not in str(caught.value)
