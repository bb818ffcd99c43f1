"""``echain bundle`` between an organizer's device and a door that was never online."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.domain import bundle_file
from app.domain.addresses import parse_address
from app.domain.bundles import SealedBundle
from app.domain.policy import Bundle, Policy
from offline_cache.journal import Journal
from offline_cache.mirror import Mirror
from offline_cache.records import BundleSetFact, ChainStage, StoredBundle
from tests.unit.cli.shell import Shell
from tests.venue import CONTRACT, TICKETS, Venue, page

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("passphrase")
POLICY = Policy(print_allowed=False)


@pytest.fixture
def key(venue: Venue, shell: Shell, passphrase: Path) -> str:
    """Make the key for bundles, and let the chain name it with a policy."""
    assert passphrase.exists()
    address = str(shell.json("keys", "create", "bundle").result["address"])
    policy = Bundle(venue.event.event_id, 3, POLICY)
    anchor(shell.data, venue, policy, address, 3)
    journal = Journal(shell.data, venue.clock.unix, bytes)
    content = policy.to_json()
    journal.put_bundle(
        StoredBundle(policy.event_id, 3, policy.content_hash, content, b"", 0)
    ).result()
    journal.close()
    return address


def anchor(data: Path, venue: Venue, policy: Bundle, address: str, number: int) -> None:
    mirror = Mirror(data, venue.clock.unix)
    fact = BundleSetFact(
        CONTRACT, number, 0, policy.version, policy.content_hash, parse_address(address)
    )
    mirror.apply_page(page(number, [fact], venue.clock.unix() - 30)).result()
    mirror.close()


@pytest.fixture
def file(tmp_path: Path, shell: Shell, key: str) -> str:
    path = str(tmp_path / "event.bundle")
    ran = shell.json("bundle", "export", path)
    assert (ran.code, ran.result["signer"]) == (0, key)
    assert (ran.result["tickets"], ran.result["policy"]) == (TICKETS, 3)
    return path


@pytest.fixture
def door(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path / "door", capsys)


def test_a_door_that_was_never_online_is_filled(
    door: Shell, file: str, key: str, venue: Venue
) -> None:
    told = door.json("bundle", "verify", file, "--signer", key)
    assert (told.code, told.result["outcome"]) == (0, "trusted")
    ran = door.json("bundle", "import", file, "--signer", key)
    assert (ran.code, ran.result["outcome"]) == (0, "imported")
    assert 30 <= ran.result["age"] < 90

    filled, source = Mirror(door.data, venue.clock.unix), Mirror(venue.mirror.path.parent, float)
    assert filled.tickets(CONTRACT).result() == source.tickets(CONTRACT).result()
    assert filled.event_by_id(venue.event.event_id) == source.event_by_id(venue.event.event_id)
    assert filled.head() == source.head()
    assert filled.marks().partial == 3
    assert filled.stage_of(3) is ChainStage.INCLUDED
    assert filled.damage().result() == []
    for mirror in (filled, source):
        mirror.close()
    journal = Journal(door.data, venue.clock.unix, bytes)
    held = journal.latest_bundle(venue.event.event_id)
    journal.close()
    assert held is not None
    assert Bundle.from_json(held.content).policy == POLICY


def test_a_guest_of_the_file_comes_in_at_that_door(
    door: Shell, file: str, key: str, venue: Venue
) -> None:
    assert door("bundle", "import", file, "--signer", key).code == 0
    ran = door.json("scan", "--door", "1", "--text", venue.payload(7))
    assert ran.code == 0
    verdicts = [code["verdict"] for entry in ran.result for code in entry["codes"]]
    assert [(verdict["code"], verdict["mirror"]["block"]) for verdict in verdicts] == [
        ("ADMITTED", 3)
    ]


def test_an_unknown_event_needs_the_organizers_key(door: Shell, file: str, key: str) -> None:
    for action in ("import", "verify"):
        ran = door.json("bundle", action, file)
        assert (ran.code, ran.result["error"]["code"]) == (4, "bundle.untrusted")
        assert key in ran.result["error"]["detail"]
    wrong = door.json("bundle", "import", file, "--signer", "0x" + "ab" * 20)
    assert (wrong.code, wrong.result["error"]["code"]) == (4, "bundle.untrusted")


def test_a_changed_file_another_chain_or_factory_is_refused(
    door: Shell, file: str, key: str, tmp_path: Path
) -> None:
    import_it = ("bundle", "import", file, "--signer", key)
    chain = door.json(*import_it, "--network", "base-sepolia")
    assert (chain.code, chain.result["error"]["code"]) == (4, "bundle.wrong_chain")
    factory = door.json(*import_it, "--factory", "0x" + "ab" * 20)
    assert (factory.code, factory.result["error"]["code"]) == (4, "bundle.wrong_chain")
    damaged = tmp_path / "damaged"
    content = bytearray((tmp_path / "event.bundle").read_bytes())
    content[40] ^= 1
    damaged.write_bytes(content)
    ran = door.json("bundle", "import", str(damaged), "--signer", key)
    assert (ran.code, ran.result["error"]["code"]) == (4, "bundle.untrusted")
    assert door.json("bundle", "import", str(tmp_path / "none")).code == 3


def test_what_is_older_than_the_mirror_needs_force(
    shell: Shell, file: str, key: str, venue: Venue
) -> None:
    assert shell.json("bundle", "import", file).result["outcome"] == "known"
    anchor(shell.data, venue, Bundle(venue.event.event_id, 3, POLICY), key, 4)
    older = shell.json("bundle", "import", file)
    assert (older.code, older.result["error"]["code"]) == (4, "bundle.older")
    forced = shell.json("bundle", "import", file, "--force")
    assert (forced.code, forced.result["outcome"], forced.result["block"]) == (0, "imported", 3)


@pytest.mark.usefixtures("key")
def test_only_the_key_that_the_chain_names_exports(shell: Shell, tmp_path: Path) -> None:
    shell("keys", "create", "another")
    path = tmp_path / "event.bundle"
    ran = shell.json("bundle", "export", str(path), "--sign-with", "another")
    assert (ran.code, ran.result["error"]["code"]) == (4, "bundle.untrusted")
    assert not path.exists()


def test_a_policy_alone_is_taken_if_it_is_signed(
    shell: Shell, key: str, venue: Venue, tmp_path: Path
) -> None:
    bundle = Bundle(venue.event.event_id, 3, POLICY)
    path = tmp_path / "policy.json"
    path.write_bytes(bundle_file.pack_policy(SealedBundle(bundle.to_json())))
    for action, outcome in (("verify", "trusted"), ("import", "imported")):
        ran = shell.json("bundle", action, str(path))
        assert (ran.code, ran.result["outcome"], ran.result["policy"]) == (0, outcome, 3)
        assert ran.result["signer"] == key
    newer = replace(bundle, version=4)
    path.write_bytes(bundle_file.pack_policy(SealedBundle(newer.to_json(), 2**40, bytes(64))))
    for action in ("verify", "import"):
        ran = shell.json("bundle", action, str(path))
        assert (ran.code, ran.result["error"]["code"]) == (4, "bundle.untrusted")
