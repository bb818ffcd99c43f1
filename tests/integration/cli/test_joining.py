"""A new device joins the event of an invitation over a real chain, or says why it does not."""

from __future__ import annotations

import asyncio
import random
import threading
from dataclasses import dataclass, replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from app.bootstrap import Device
from app.chain.contract_calls import event_address
from app.chain.rpc import RpcClient
from app.chain.vault import MemoryVault
from app.cli.invited import invited, with_invitation, without_invitation
from app.cli.joining import Joining
from app.domain import invitation
from app.domain.addresses import checksum, parse_address
from app.domain.bundle_file import pack_policy
from app.domain.bundles import SealedBundle
from app.domain.eip712 import address_of_secret, digest, sign_digest
from app.domain.invitation import Invitation
from app.domain.keccak import keccak
from app.domain.policy import Bundle, Policy
from app.runtime.clock import SystemClock
from app.settings import Settings
from tests.integration.cli.town import CHAIN_ID, ORGANIZER_SECRET, People

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.domain.eip712 import TypedData
    from app.ui.first_run.ports import Joined
    from tests.integration.cli.processes import Node

PATIENCE = 60.0
STRANGER = keccak(b"somebody who organizes nothing")


class Told:
    """Hears how joining goes."""

    def __init__(self) -> None:
        self.heard: list[Joined] = []
        self._news = threading.Condition()

    def __call__(self, joined: Joined) -> None:
        with self._news:
            self.heard.append(joined)
            self._news.notify_all()

    def last(self) -> Joined:
        """Wait until the event is known or the invitation refused."""
        with self._news:
            assert self._news.wait_for(lambda: bool(self._settled()), PATIENCE)
            return self._settled()[-1]

    def hears(self, trouble: str) -> bool:
        """Wait until the bundle was tried and that came of it."""
        with self._news:
            return self._news.wait_for(
                lambda: any(each.trouble == trouble for each in self._settled()[1:]), PATIENCE
            )

    def _settled(self) -> list[Joined]:
        return [each for each in self.heard if each.event is not None or each.refused]


def no_bug(bug: BaseException) -> None:
    raise AssertionError from bug


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    """A device that was told nothing at all."""
    with Device(Settings(tmp_path / "data"), MemoryVault(), on_bug=no_bug) as opened:
        yield opened


@dataclass(frozen=True)
class Evening:
    """An event on the town's chain, and how it is reached."""

    town: Node
    number: int
    contract: bytes

    def invitation(self, secret: bytes, *nodes: str, bundle_url: str = "") -> Invitation:
        """Return what a new door has read; signed by whoever holds the secret."""
        now = SystemClock().unix()
        said = Invitation(
            chain_id=CHAIN_ID,
            factory=parse_address(self.town.factory),
            contract=self.contract,
            number=self.number,
            name="Harbour Night",
            starts=now,
            door=2,
            nodes=nodes or (self.town.rpc,),
            start_block=0,
            signer=address_of_secret(secret),
            issued_at=now,
            bundle_url=bundle_url,
        )

        def sign(document: TypedData) -> bytes:
            return sign_digest(secret, digest(document))

        return invitation.read(invitation.seal(said, now + 60, sign).message()).invitation


@pytest.fixture(scope="module")
def evening(town: Node) -> Evening:
    number = People.at(town, random.Random(3)).found("Harbour Night", 3)

    async def contract() -> bytes:
        async with RpcClient(town.rpc) as rpc:
            return await event_address(rpc, parse_address(town.factory), number)

    return Evening(town, number, asyncio.run(contract()))


def test_a_device_that_knows_nothing_learns_its_event_and_its_tickets(
    device: Device, evening: Evening
) -> None:
    told, joining = Told(), Joining(device, device.settings)
    joining.join(evening.invitation(ORGANIZER_SECRET), told)
    event = told.last().event
    assert event is not None
    assert (event.number, event.name) == (evening.number, "Harbour Night")
    assert (device.settings.door, device.settings.event) == (2, "0x" + event.event_id.hex())
    assert device.settings.factory == evening.town.factory
    joining.stop()
    joining.wait()
    assert device.event(event.factory) == device.mirror.event_by_id(event.event_id)


def test_a_node_that_does_not_answer_is_left_for_the_next_one(
    device: Device, evening: Evening
) -> None:
    told, joining = Told(), Joining(device, device.settings)
    nowhere = "http://127.0.0.1:9"
    joining.join(evening.invitation(ORGANIZER_SECRET, nowhere, evening.town.rpc), told)
    assert told.last().event is not None
    joining.stop()
    joining.wait()


def test_an_invitation_of_a_stranger_is_refused_once_the_chain_was_read(
    device: Device, evening: Evening
) -> None:
    told, joining = Told(), Joining(device, device.settings)
    joining.join(evening.invitation(STRANGER), told)
    assert told.last().trouble == "invitation.untrusted"
    joining.wait()
    # Another one may follow on the same device: one sync at a time reads into the mirror.
    again = Told()
    joining.join(evening.invitation(ORGANIZER_SECRET), again)
    assert again.last().event is not None
    joining.stop()
    joining.wait()


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder that is served on loopback."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()


def test_the_rules_are_fetched_from_where_the_invitation_says(
    device: Device, evening: Evening, shelf: tuple[Path, str]
) -> None:
    folder, address = shelf
    event_id = evening.invitation(ORGANIZER_SECRET).event_id
    bundle = Bundle(event_id, 1, Policy(print_allowed=False))
    (folder / "rules.bundle").write_bytes(pack_policy(SealedBundle(bundle.to_json())))
    (folder / "strange.bundle").write_bytes(b"nothing of ours")
    people = People.at(evening.town, random.Random(4))
    anchored = (bundle.version, bundle.content_hash)
    event = None
    for name, trouble in (
        ("missing.bundle", "bundle.not_fetched"),
        ("strange.bundle", "bundle.malformed"),
        ("rules.bundle", ""),
    ):
        told, joining = Told(), Joining(device, device.settings)
        said = evening.invitation(ORGANIZER_SECRET, bundle_url=f"{address}/{name}")
        joining.join(said, told)
        event = told.last().event
        assert event is not None
        assert told.hears(trouble)
        joining.stop()
        joining.wait()
        if name == "strange.bundle":
            people.open_door(event, 2, checksum(address_of_secret(STRANGER)), anchored)
    assert event is not None
    assert device.bundle(event) == bundle


def test_what_an_invitation_says_gives_way_to_what_a_device_was_told(
    tmp_path: Path, evening: Evening
) -> None:
    said = evening.invitation(ORGANIZER_SECRET)
    now = SystemClock().unix()
    sealed = invitation.seal(
        said, now + 60, lambda document: sign_digest(ORGANIZER_SECRET, digest(document))
    )
    blank, text = Settings(tmp_path), sealed.message()
    filled = with_invitation(blank, text)
    assert filled == invited(blank, said) != blank
    assert without_invitation(filled, text) == blank
    told = replace(blank, rpc=("https://other.example",))
    assert with_invitation(told, text) == without_invitation(told, text) == told
    assert with_invitation(blank, "EGI1.damaged") == blank
