"""One node of its own, one world on it, and a snapshot around every test."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.chain.node import AnvilNode, NodeOptions
from tests.integration.contracts.toolkit import Chain
from tests.integration.contracts.world import T0, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONTRACTS = Path(__file__).parents[3] / "contracts"


@pytest.fixture(scope="session")
def compile_to() -> Callable[..., None]:
    """Run the build as `make contracts` does, into another folder."""
    own = Path(sys.prefix) / "node" / "bin" / "node"
    node = str(own) if own.is_file() else shutil.which("node")
    assert node is not None, "no Node: the set-up (`make test`) installs it"

    def run(out: Path, *arguments: str) -> None:
        command = [node, str(CONTRACTS / "build.mjs"), "--out", str(out), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    return run


@pytest.fixture(scope="session")
def probes(compile_to: Callable[..., None], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("probes")
    compile_to(out, "--extra", str(CONTRACTS / "test"))
    return out


@pytest.fixture(scope="session")
def chain() -> Iterator[Chain]:
    # A node of its own: its clock is far ahead, and its blocks are exactly a second apart, so that
    # gas figures and times come out the same in every run.
    with AnvilNode(NodeOptions(accounts=1)) as node:
        client = Chain(node.url)
        client.rpc("anvil_autoImpersonateAccount", True)
        client.rpc("anvil_setBlockTimestampInterval", 1)
        client.rpc("evm_setNextBlockTimestamp", T0)
        yield client
        client.close()


@pytest.fixture(scope="session")
def built_world(chain: Chain, probes: Path) -> World:
    return World(chain, probes)


@pytest.fixture
def world(built_world: World) -> Iterator[World]:
    chain = built_world.chain
    snapshot = chain.rpc("evm_snapshot")
    yield built_world
    chain.rpc("evm_revert", snapshot)


@pytest.fixture(scope="session")
def contracts_folder() -> Path:
    return CONTRACTS
