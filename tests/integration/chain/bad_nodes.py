"""A TCP server that answers HTTP in whatever broken way a test asks for."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

Request = dict[str, object]
Answer = "Callable[[asyncio.StreamWriter, Request | list[Request]], Awaitable[None]]"


def http(
    body: bytes, status: int = 200, headers: dict[str, str] | None = None
) -> Callable[[asyncio.StreamWriter, object], Awaitable[None]]:
    """Answer every request with the same response."""
    lines = {"Content-Length": str(len(body)), **(headers or {})}
    head = f"HTTP/1.1 {status} X\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items())

    async def answer(writer: asyncio.StreamWriter, _request: object) -> None:
        writer.write(head.encode() + b"\r\n" + body)
        await writer.drain()

    return answer


def rpc(
    make: Callable[[Request], object],
) -> Callable[[asyncio.StreamWriter, object], Awaitable[None]]:
    """Answer every request, and every member of a batch, with what ``make`` returns, as JSON."""

    async def answer(writer: asyncio.StreamWriter, request: object) -> None:
        if isinstance(request, list):
            made: object = [make(member) for member in request]
        else:
            assert isinstance(request, dict)
            made = make(request)
        await http(json.dumps(made).encode())(writer, request)

    return answer


def result(value: object) -> Callable[[asyncio.StreamWriter, object], Awaitable[None]]:
    """Answer every request with the same result."""
    return rpc(lambda request: {"jsonrpc": "2.0", "id": request["id"], "result": value})


async def silence(_writer: asyncio.StreamWriter, _request: object) -> None:
    """Never answer."""
    await asyncio.Event().wait()


async def hang_up(writer: asyncio.StreamWriter, _request: object) -> None:
    """Close without an answer."""
    writer.close()


async def half(writer: asyncio.StreamWriter, _request: object) -> None:
    """Close in the middle of an answer."""
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"jsonrpc"')
    await writer.drain()
    writer.close()


async def not_http(writer: asyncio.StreamWriter, _request: object) -> None:
    """Answer in another protocol."""
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    await writer.drain()
    writer.close()


async def endless(writer: asyncio.StreamWriter, _request: object) -> None:
    """Send more than anybody should read, without saying how much."""
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[")
    try:
        while True:
            writer.write(b'"0x00",' * 10_000)
            await writer.drain()
    except ConnectionError:
        return


@asynccontextmanager
async def serving(
    answer: Callable[[asyncio.StreamWriter, object], Awaitable[None]],
) -> AsyncIterator[str]:
    """Serve on loopback, and give the address."""
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (
                        int(line.split(b":")[1])
                        for line in head.splitlines()
                        if line.lower().startswith(b"content-length:")
                    ),
                    0,
                )
                body = await reader.readexactly(length)
                await answer(writer, json.loads(body) if body else None)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            tasks.discard(task)
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.close()
        waiting = list(tasks)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await server.wait_closed()
