"""A sync that is killed: ``python -m tests.integration.sync.syncer FOLDER URL FACTORY PAGES``.

It dies by SIGKILL in the middle of its nth page, or just after it: before or after the commit. Page
0 stands for the step that takes replaced blocks back.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from app.chain.rpc import RpcClient
from app.chain.source import RpcSource
from app.services.sync import SyncService
from offline_cache.mirror import Mirror
from offline_cache.records import MirrorPage

SPAN = 4
T = TypeVar("T")


class MortalMirror:
    """A mirror whose process dies at a page: before it is applied, while, or after that."""

    def __init__(self, mirror: Mirror, page: int, moment: str) -> None:
        self._mirror, self._left, self._moment = mirror, page, moment

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - stands for the whole mirror
        return getattr(self._mirror, name)

    def apply_pages(self, pages: Sequence[MirrorPage]) -> Future[int]:
        self._left -= 1
        return self._write(lambda: self._mirror.apply_pages(pages))

    def revert_to(self, number: int) -> Future[None]:
        return self._write(lambda: self._mirror.revert_to(number))

    def _write(self, write: Callable[[], Future[T]]) -> Future[T]:
        if self._left == 0 and self._moment == "before":
            _die()
        done = write()
        if self._left == 0:
            if self._moment == "after":
                done.result()
            _die()
        return done


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def _sync(mirror: Any, url: str, factory: bytes) -> None:  # noqa: ANN401 - real or mortal
    async with RpcClient(url) as rpc:
        source = RpcSource(rpc, 31_337, factory, max_span=SPAN)
        service = SyncService(source, mirror)
        service.facts_a_write = 0
        await service.step()


def main(folder: str, url: str, factory: str, page: str, moment: str) -> None:
    mirror = Mirror(Path(folder), lambda: 0.0)
    asyncio.run(_sync(MortalMirror(mirror, int(page), moment), url, bytes.fromhex(factory)))
    mirror.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
