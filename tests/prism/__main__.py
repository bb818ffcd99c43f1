"""Put the MultiBaas client before Prism, which holds each request to the official description.

`make prism` runs it: it needs a network the first time, so it is no part of `make test`. Prism
answers with random values of the described types; 422 is its word for a request that breaks the
description, 401 for one without the key that is asked for.
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from app.chain.http_api import JsonApi, ThirdPartyError
from app.chain.multibaas import MultiBaas

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator

HERE = Path(__file__).parent
DESCRIPTION = HERE / "multibaas.openapi.json"
CONTRACT = b"\x11" * 20
SIGNATURES = ("CheckedIn(uint256,uint16,address,bytes32)",)
KEY = "a.made-up.key"
START_SECONDS = 60.0
DEEPEST = 3
"""How often a schema is written out within itself: filters within filters."""
RANDOM = ("a row has no 'block'", "something that is no number")
"""Random rows do not know what the query called its column, and random numbers may be negative."""
WRONG = {"events": [{"eventName": 5, "select": []}]}


def written_out(part: object, whole: dict[str, object], within: tuple[str, ...] = ()) -> object:
    """Return a part of a description without references, in the way that Prism checks."""
    if isinstance(part, list):
        return [written_out(item, whole, within) for item in part]
    if not isinstance(part, dict):
        return part
    name = part.get("$ref")
    if not isinstance(name, str):
        plain = {key: written_out(value, whole, within) for key, value in part.items()}
        # A null among the values switches off all checks of the body; "nullable" says it as well.
        if isinstance(values := plain.get("enum"), list):
            plain["enum"] = [value for value in values if value is not None]
        return plain
    if within.count(name) == DEEPEST:
        return {}
    found: object = whole
    for key in name.removeprefix("#/").split("/"):
        assert isinstance(found, dict)
        found = found[key]
    return written_out(found, whole, (*within, name))


@contextmanager
def prism() -> Iterator[str]:
    """Serve the description on a free port of this machine; gives the address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    whole = json.loads(DESCRIPTION.read_text())
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / DESCRIPTION.name
        plain.write_text(json.dumps({**whole, "paths": written_out(whole["paths"], whole)}))
        command: list[str | Path] = [
            HERE / "node_modules/.bin/prism",
            "mock",
            "-d",
            "--errors",
            "-p",
            str(port),
        ]
        with subprocess.Popen([*command, plain], stdout=subprocess.DEVNULL) as process:
            try:
                _wait_for(port)
                yield f"http://127.0.0.1:{port}"
            finally:
                process.terminate()


def _wait_for(port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


async def accepted(name: str, asked: Awaitable[object]) -> bool:
    """Tell whether Prism took a request and the client could read the answer; say so."""
    try:
        await asked
    except ThirdPartyError as refused:
        if not any(words in str(refused) for words in RANDOM):
            sys.stdout.write(f"  {name}: {refused}\n")
            return False
    sys.stdout.write(f"  {name}: as described\n")
    return True


async def refused(name: str, asked: Awaitable[object]) -> bool:
    """Tell whether Prism turned a request down: were it not, nothing would be checked."""
    try:
        await asked
    except ThirdPartyError as trouble:
        sys.stdout.write(f"  {name}: {trouble}\n")
        return "HTTP 422" in str(trouble) or "key" in str(trouble)
    sys.stdout.write(f"  {name}: was taken, so this checks nothing\n")
    return False


async def check(url: str) -> bool:
    """Ask everything that the client can ask, and what the description forbids."""
    plain = MultiBaas(url, KEY, [CONTRACT])
    query = MultiBaas(url, KEY, [CONTRACT], signatures=SIGNATURES)
    bare, keyless = JsonApi(url, KEY), JsonApi(url, "")
    try:
        return all(
            [
                await accepted("GET /events", plain.hints(7)),
                await accepted("POST /queries", query.hints(7)),
                await accepted("GET /queries/{name}/results", plain.saved_query("check ins", 7)),
                await refused("a wrong query", bare.post("/queries", WRONG, {})),
                await refused("no key", keyless.get("/events", {})),
            ]
        )
    finally:
        for client in (plain, query, bare, keyless):
            await client.aclose()


def main() -> int:
    """Run the check; 0 when every request is as described."""
    with prism() as url:
        return 0 if asyncio.run(check(url)) else 1


if __name__ == "__main__":
    sys.exit(main())
