from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.safe_json import kept_recursion_limit, loads, quick_loads

VALUES = st.recursive(
    st.none() | st.integers(-(2**60), 2**60) | st.text('[]{}"\\ab', max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("[{a"), inner, max_size=4),
    max_leaves=30,
)


@given(VALUES)
def test_ordinary_json_is_read_as_ever(value: object) -> None:
    assert loads(json.dumps(value).encode()) == value
    assert quick_loads(json.dumps(value).encode()) == value


def test_a_long_page_of_logs_is_read() -> None:
    page = {"result": [{"topics": ["0x1"] * 4, "data": "0x"}] * 3_000}
    assert loads(json.dumps(page).encode()) == page


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000,
        b'[{"a":' * 50_000 + b"1" + b"}]" * 50_000,
        b"[]" * 1_000 + b"[" * 90_000,
    ],
)
def test_json_nested_too_deeply_is_refused_even_where_the_limit_was_raised(raw: bytes) -> None:
    # In a process of its own: failing means a crash, not an exception.
    program = (
        "import sys; sys.setrecursionlimit(100_000)\n"
        "from app.domain.safe_json import loads, quick_loads\n"
        "raw = sys.stdin.buffer.read()\n"
        "for read in (loads, quick_loads):\n"
        "    try: read(raw)\n"
        "    except ValueError as refused: print(refused)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=raw, capture_output=True, check=True
    )
    assert done.stdout.count(b"nested too deeply") == 2


@pytest.mark.parametrize("raw", [b'"\\ud800"', b'\xef\xbb\xbf"x"', '"x"'.encode("utf-16")])
def test_what_only_the_slow_reader_knows_is_read_all_the_same(raw: bytes) -> None:
    assert quick_loads(raw) == loads(raw)


@pytest.mark.parametrize("raw", [b"", b"{", b"nonsense", b"\xff", b'{"a":1}x'])
def test_what_is_no_json_is_refused_by_both(raw: bytes) -> None:
    for read in (loads, quick_loads):
        with pytest.raises(ValueError, match=r"\w"):
            read(raw)


def test_loading_the_ethereum_libraries_leaves_the_recursion_limit_alone() -> None:
    program = (
        "import asyncio, sys\n"
        "from app.chain.bridge import open_web3\n"
        "from app.chain.rpc import RpcClient\n"
        "from app.chain.signer import VaultSigner\n"
        "from app.chain.vault import MemoryVault\n"
        "before = sys.getrecursionlimit()\n"
        "VaultSigner(MemoryVault()).warm_up()\n"
        "asyncio.run(open_web3(RpcClient('http://127.0.0.1:1')))\n"
        "assert 'py_ecc' in sys.modules\n"
        "assert sys.getrecursionlimit() == before\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_limit_is_put_back_after_a_failed_import_too() -> None:
    before = sys.getrecursionlimit()
    with suppress(ImportError), kept_recursion_limit():
        sys.setrecursionlimit(before + 1)
        raise ImportError
    assert sys.getrecursionlimit() == before


def test_the_chain_package_is_cheap_to_import() -> None:
    program = (
        "import sys\n"
        "import app.chain.contract_calls, app.chain.deploy, app.chain.rpc, app.chain.signer\n"
        "import app.chain.sealed_vault, app.chain.source, app.chain.writer\n"
        "heavy = {'web3', 'eth_account', 'eth_abi', 'aiohttp', 'keyring', 'cryptography'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
