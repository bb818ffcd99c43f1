"""The committed artifacts are what the sources give, and the sources keep their rules."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

import contracts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.contracts.world import World

CODE_LIMIT = 24_576  # EIP-170
ROOM = 500
"""Bytes that the ticket contract must have left: a warning before the wall."""


@pytest.fixture(scope="module")
def rebuilt(compile_to: Callable[..., None], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("artifacts")
    compile_to(out)
    return out


def test_artifacts_are_rebuilt_byte_for_byte(rebuilt: Path, contracts_folder: Path) -> None:
    committed = {path.name: path.read_bytes() for path in contracts_folder.glob("artifacts/*")}
    built = {path.name: path.read_bytes() for path in rebuilt.iterdir()}
    assert sorted(committed) == sorted(built)
    for name, body in built.items():
        assert committed[name] == body, f"{name}: run `make contracts` and commit the artifacts"


@pytest.mark.parametrize("name", contracts.NAMES)
def test_code_fits_a_contract(name: str) -> None:
    assert len(contracts.artifact(name).deployed_bytecode) <= CODE_LIMIT - ROOM


def test_the_compiler_is_the_pinned_one(contracts_folder: Path) -> None:
    package = json.loads((contracts_folder / "package.json").read_text("utf-8"))
    pinned = package["devDependencies"]
    assert (pinned["solc"], pinned["@openzeppelin/contracts"]) == ("0.8.24", "5.4.0")
    for path in contracts_folder.glob("artifacts/*.json"):
        compiler = json.loads(path.read_text("utf-8"))["compiler"]
        assert compiler["version"].startswith(f"{pinned['solc']}+")
        assert compiler["settings"]["metadata"] == {"bytecodeHash": "none", "appendCBOR": False}


def test_deployed_code_is_recognised_and_other_code_is_not(world: World) -> None:
    places = {
        "EventFactory": world.factory,
        "POAP": world.poap,
        "EventTicket": world.implementation,
        "GuestEvent": world.guest_implementation,
        "EntryKeyRegistry": world.registry,
    }
    for name, place in places.items():
        code = world.chain.code(place.address)
        built = contracts.artifact(name)
        assert built.matches(code)
        assert not built.matches(code[:-1])
        assert not built.matches(bytes([code[0] ^ 1]) + code[1:])
        assert not built.matches(world.chain.code(world.ticket.address))


def test_no_artifact_and_no_deployment_where_there_is_none(tmp_path: Path) -> None:
    for name in ("Nothing", "../package", ""):
        with pytest.raises(KeyError):
            contracts.artifact(name)
    assert contracts.deployment(31337, tmp_path) is None


def test_a_deployment_file_is_read(tmp_path: Path) -> None:
    body: dict[str, Any] = {
        "format": 1,
        "chainId": 5,
        "block": 77,
        "contracts": {"EventFactory": "0xF", "POAP": "0xP", "EventTicket": "0xT"},
    }
    (tmp_path / "5.json").write_text(json.dumps(body), "utf-8")
    found = contracts.deployment(5, tmp_path)
    assert found == contracts.Deployment(5, "0xF", "0xP", "0xT", 77)
    body["contracts"] |= {"GuestEvent": "0xG", "EntryKeyRegistry": "0xR"}
    (tmp_path / "5.json").write_text(json.dumps(body), "utf-8")
    found = contracts.deployment(5, tmp_path)
    assert found == contracts.Deployment(5, "0xF", "0xP", "0xT", 77, "0xG", "0xR")


# ── rules of the sources ──────────────────────────────────────────────────────────────────────────


def sources(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in folder.glob("src/**/*.sol")}


def test_there_is_no_assembly_and_no_safe_mint(contracts_folder: Path) -> None:
    for name, text in sources(contracts_folder).items():
        assert "assembly" not in text, name
        assert "_safeMint" not in text, name
        assert "ECDSA.recover(" not in text, name


def test_contracts_are_behind_interfaces_and_state_is_private(contracts_folder: Path) -> None:
    for path in contracts_folder.glob("src/*.sol"):
        text = path.read_text("utf-8")
        if re.search(r"^library ", text, re.MULTILINE):
            continue
        assert re.search(r"contract \w+ is [\w, ]*(I[A-Z]\w+|TicketLedger)", text), path.name
        # One level in, ended by a semicolon: state, constants and immutables.
        for line in re.findall(r"^    (?!using|struct|function)\w[^{}/;]*;$", text, re.MULTILINE):
            assert re.search(r" (private|public constant) ", line), f"{path.name}: {line}"


def test_every_external_function_event_and_error_is_documented(contracts_folder: Path) -> None:
    for name, text in sources(contracts_folder / "src" / "..").items():
        lines = text.splitlines()
        for number, line in enumerate(lines):
            told = re.match(r"    (event|error) ", line)
            outside = re.match(r"    function \w+", line) and is_outside(lines, number)
            if told or outside:
                assert lines[number - 1].lstrip().startswith("///"), f"{name}:{number + 1}"


def is_outside(lines: list[str], number: int) -> bool:
    head = " ".join(lines[number : number + 8]).split("{")[0].split(";")[0]
    return " external" in head or " public" in head
