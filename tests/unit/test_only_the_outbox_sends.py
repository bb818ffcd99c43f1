"""Nothing but the transactor sends: what goes to a node was stored before, and is followed after.

The exceptions build a chain to stand on, where a crash costs a fresh start and nothing else:
deploying contracts, the embedded node, and the people of the demo, who stand for other computers.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tests.unit.test_architecture import ROOT, each_node

if TYPE_CHECKING:
    from collections.abc import Iterator

WIRE = {"app/chain/rpc.py", "app/chain/writer.py", "app/chain/sender.py"}
SIGNING = {
    "app/services/transaction_signing.py",
    "app/chain/sender.py",
    "app/chain/signer.py",
    "app/demo/actors.py",
}
SET_UP = {
    "app/chain/deploy.py",
    "app/chain/sender.py",
    "app/cli/commands/deploy.py",
    "app/cli/commands/node.py",
    "app/demo/stage.py",
}
METHOD = "eth_sendRawTransaction"
NAMES_IT = {"app/chain/troubles.py"}


def users_of(name: str) -> Iterator[str]:
    """Name the files of the app that call or take a method of this name."""
    for path, node in each_node(ast.Attribute):
        if isinstance(node, ast.Attribute) and node.attr == name and path.parts[0] == "app":
            yield path.as_posix()


def test_raw_transactions_go_over_the_wire_in_one_place() -> None:
    texts = {
        path.as_posix()
        for path, node in each_node(ast.Constant)
        if isinstance(node, ast.Constant) and node.value == METHOD
    }
    assert texts == NAMES_IT
    assert set(users_of("send_raw")) <= WIRE


def test_transactions_are_signed_for_the_outbox_and_for_setting_up_alone() -> None:
    assert set(users_of("sign_transaction")) == SIGNING


def test_only_the_transactor_hands_bytes_to_the_writer() -> None:
    senders = {
        path.as_posix()
        for path, node in each_node(ast.Call)
        if isinstance(node, ast.Call)
        and path.parts[0] == "app"
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "send"
        and ast.unparse(node.func.value) in {"self._chain", "self._writer", "writer", "chain"}
    }
    assert senders == {"app/services/transactor.py", "app/demo/actors.py"}


def test_the_plain_sender_sets_up_and_does_nothing_else() -> None:
    users = {
        path.as_posix()
        for path, node in each_node(ast.ImportFrom)
        if isinstance(node, ast.ImportFrom)
        and node.module == "app.chain.sender"
        and any(name.name == "Sender" for name in node.names)
        and path.parts[0] == "app"
    }
    assert users <= SET_UP
    assert (ROOT / "app/chain/sender.py").is_file()
