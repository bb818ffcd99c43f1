"""Settings: which source wins, and what is refused with which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.errors import SettingsError
from app.paths import DataFolder, chosen_data_folder
from app.settings import SETTABLE, Settings, load_settings

ADDRESS = "0x5FbDB2315678afecb367f032d93F642f64180aa3"


def load(
    tmp_path: Path,
    toml: str = "",
    environment: dict[str, str] | None = None,
    flags: dict[str, object] | None = None,
) -> Settings:
    file = DataFolder(tmp_path).settings_file
    if toml:
        file.write_text(toml, "utf-8")
    return load_settings(tmp_path, file, environment or {}, flags or {})


def refusal(tmp_path: Path, toml: str = "", **rest: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, toml, rest.get("environment"), dict(rest.get("flags", {})))
    return f"{caught.value.code}: {caught.value}"


def test_without_any_source_the_defaults_hold(tmp_path: Path) -> None:
    assert load(tmp_path) == Settings(tmp_path)


def test_the_environment_goes_over_the_file_and_the_command_line_over_both(tmp_path: Path) -> None:
    toml = 'event = "1"\ndoor = 2\ncamera = "a"\noperator = "Ann"\n'
    environment = {"ECHAIN_DOOR": "3", "ECHAIN_CAMERA": "b", "ECHAIN_FACTORY": ""}
    found = load(tmp_path, toml, environment, {"camera": "c", "door": None})
    assert (found.event, found.door, found.camera, found.operator) == ("1", 3, "c", "Ann")
    assert found.factory == ""


def test_other_environment_variables_do_not_count(tmp_path: Path) -> None:
    environment = {"DOOR": "9", "ECHAIN_PASSPHRASE_FILE": "x", "ECHAIN_DATA": "y"}
    assert load(tmp_path, environment=environment) == Settings(tmp_path)


def test_an_events_number_may_be_written_as_a_number(tmp_path: Path) -> None:
    found = load(tmp_path, "event = 7\ncamera = 0\n")
    assert (found.event, found.event_named, found.camera) == ("7", 7, "0")


def test_an_event_may_be_named_by_its_id(tmp_path: Path) -> None:
    assert load(tmp_path, flags={"event": "0x" + "ab" * 32}).event_named == b"\xab" * 32
    assert load(tmp_path).event_named is None


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("door = 0", "1 to 65535"),
        ("door = 65536", "1 to 65535"),
        ("door = true", "type int"),
        ('door = "x"', "type int"),
        ("start_block = -1", "start_block"),
        ('network = "moon"', "moon"),
        ('rpc = "ws://node"', "http://host"),
        ('rpc = "http://["', "http://host"),
        ('rpc = "http://"', "http://host"),
        ('rpc = "http://host:99999"', "http://host"),
        ('factory = "0x12"', "factory"),
        ('event = "first"', "first"),
        ('event = "0x1234"', "32-byte"),
        ("chain_id = 5", "31337"),
        ("dor = 1", "dor"),
        ("door = ", "cannot be read"),
        ("[door]\nnumber = 1", "type int"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, toml: str, words: str) -> None:
    found = refusal(tmp_path, toml)
    assert found.startswith("settings.wrong: ")
    assert words in found


def test_the_source_of_a_wrong_setting_is_named(tmp_path: Path) -> None:
    assert "the environment" in refusal(tmp_path, environment={"ECHAIN_DOOR": "x"})
    assert "settings.toml" in refusal(tmp_path, 'door = "x"')


def test_a_nodes_address_is_never_repeated(tmp_path: Path) -> None:
    assert "hunter2" not in refusal(tmp_path, 'rpc = "ws://me:hunter2@node"')


def test_a_custom_network_needs_chain_id_and_node(tmp_path: Path) -> None:
    assert refusal(tmp_path, 'network = "custom"\nchain_id = 5').startswith("settings.missing")
    found = load(tmp_path, 'network = "custom"\nchain_id = 5\nrpc = "http://localhost:1"')
    assert (found.profile.chain_id, found.profile.rpc_url) == (5, "http://localhost:1")


def test_several_nodes_may_be_named(tmp_path: Path) -> None:
    nodes = ("https://a.test", "https://b.test/{alchemy}")
    assert load(tmp_path, f'rpc = ["{nodes[0]}", "{nodes[1]}"]').route.nodes == nodes
    assert load(tmp_path, environment={"ECHAIN_RPC": ", ".join(nodes)}).route.nodes == nodes
    assert load(tmp_path, flags={"rpc": [nodes[1]]}).route.nodes == nodes[1:]
    assert Settings(tmp_path, network="base").route.nodes == ("https://mainnet.base.org",)


def test_nodes_that_need_a_secret_are_not_for_others(tmp_path: Path) -> None:
    nodes = ("https://b.test/{alchemy}", "https://a.test")
    assert Settings(tmp_path, rpc=nodes).shared_nodes == ("https://a.test",)
    public = Settings(tmp_path, network="base", rpc=nodes[:1]).shared_nodes
    assert public == ("https://mainnet.base.org",)
    own = Settings(tmp_path, network="custom", chain_id=5, rpc=nodes[:1])
    assert own.shared_nodes == nodes[:1]


def test_everything_that_tells_of_blocks_may_be_named(tmp_path: Path) -> None:
    toml = (
        'ws = "wss://node.test/{alchemy}"\nwitness = "https://other.test"\n'
        'the_graph = "https://gateway.thegraph.com/api/subgraphs/id/x"\n'
        'multibaas = "https://abc.multibaas.com"\ngoldrush = "base-mainnet"\n'
        'webhooks = "[::1]:8090"\n'
    )
    route = load(tmp_path, toml).route
    assert (route.ws, route.witness) == ("wss://node.test/{alchemy}", "https://other.test")
    assert (route.goldrush, route.webhooks) == ("base-mainnet", ("::1", 8_090))
    assert load(tmp_path, 'webhooks = "localhost:80"').route.webhooks == ("localhost", 80)


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("rpc = 5", "neither an address nor a list"),
        ("rpc = [5]", "neither an address nor a list"),
        ('rpc = ["http://a.test", "node"]', "'rpc' must look like http://host"),
        ('rpc = ["http://a.test", "http://a.test"]', "twice"),
        (f"rpc = {[f'http://{n}.test' for n in range(9)]}", "more than 8"),
        ('rpc = "http://a.test/{}"', "no name, such as {alchemy}"),
        ('rpc = "http://a.test/{A}"', "no name, such as {alchemy}"),
        ('ws = "http://a.test"', "'ws' must look like ws://host or wss://host"),
        ('witness = "wss://a.test"', "'witness' must look like http://host"),
        ('rpc = "http://a.test"\nwitness = "http://a.test"', "second opinion"),
        ('witness = "http://127.0.0.1:8545"', "second opinion"),
        ('the_graph = "gateway"', "'the_graph' must look like https://host/path"),
        ('the_graph = "https://a.test/x?key=hunter2"', "echain secret set the-graph"),
        ('multibaas = "https://me:hunter2@a.test"', "echain secret set multibaas"),
        ('multibaas = "http://a.test"', "must begin with https://"),
        ('goldrush = "Base Mainnet"', "such as base-mainnet"),
        ('webhooks = "8090"', "127.0.0.1:8090"),
        ('webhooks = "host:0"', "127.0.0.1:8090"),
        ('webhooks = "host:70000"', "127.0.0.1:8090"),
        ('webhooks = "http://host:80"', "127.0.0.1:8090"),
        ('webhooks = "host:80/x"', "127.0.0.1:8090"),
    ],
)
def test_an_address_that_cannot_be_is_named_and_not_repeated(
    tmp_path: Path, toml: str, words: str
) -> None:
    found = refusal(tmp_path, toml)
    assert found.startswith("settings.wrong: ")
    assert words in found
    assert "hunter2" not in found


@pytest.mark.parametrize("chain_id", ["0", "-1", str(2**63)])
def test_a_chain_id_is_a_positive_number(tmp_path: Path, chain_id: str) -> None:
    toml = f'network = "custom"\nrpc = "http://localhost:1"\nchain_id = {chain_id}'
    assert refusal(tmp_path, toml).startswith("settings.")


def test_a_file_that_is_not_text_is_refused_in_words(tmp_path: Path) -> None:
    DataFolder(tmp_path).settings_file.write_bytes(b"\xff\xfe\x00")
    assert "cannot be read" in refusal(tmp_path)


def test_a_folder_in_the_files_place_is_refused_in_words(tmp_path: Path) -> None:
    DataFolder(tmp_path).settings_file.mkdir()
    assert "cannot be read" in refusal(tmp_path)


def test_the_known_networks_node_can_be_another(tmp_path: Path) -> None:
    found = load(tmp_path, f'network = "base"\nrpc = "https://node.test/x"\nfactory = "{ADDRESS}"')
    assert (found.profile.chain_id, found.profile.rpc_url) == (8_453, "https://node.test/x")
    assert found.factory_address == bytes.fromhex(ADDRESS[2:])


def test_everything_but_the_folder_can_be_set() -> None:
    assert set(SETTABLE) | {"data"} == set(Settings.__dataclass_fields__)


def test_the_data_folder_is_the_flag_then_the_environment(tmp_path: Path) -> None:
    environment = {"ECHAIN_DATA": str(tmp_path)}
    assert chosen_data_folder(Path("here"), environment) == Path("here")
    assert chosen_data_folder(None, environment) == tmp_path
    assert chosen_data_folder(None, {"ECHAIN_DATA": ""}).name == "echain-gate"
    assert chosen_data_folder(Path("~/x"), {}) == Path.home() / "x"


@pytest.mark.parametrize("keep", ["0", "10001"])
def test_a_number_of_copies_that_makes_no_sense_is_refused(tmp_path: Path, keep: str) -> None:
    with pytest.raises(SettingsError, match="backup_keep"):
        load_settings(tmp_path, tmp_path / "none", {"ECHAIN_BACKUP_KEEP": keep}, {})


@pytest.mark.parametrize(
    ("name", "value"),
    [("backup_minutes", "0"), ("max_fee_gwei", "0"), ("batch_wait", "86401")],
)
def test_a_pace_or_a_limit_that_makes_no_sense_is_refused(
    tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(SettingsError, match=name):
        load_settings(tmp_path, tmp_path / "none", {f"ECHAIN_{name.upper()}": value}, {})


def test_a_guest_has_longer_to_go_through_than_the_relay_is_held(tmp_path: Path) -> None:
    told = {"relay": "gpio:17,sensor=27", "open_seconds": 8, "turn_seconds": 8}
    with pytest.raises(SettingsError, match="turn_seconds"):
        load_settings(tmp_path, tmp_path / "none", {}, told)
    assert load_settings(tmp_path, tmp_path / "none", {}, told | {"turn_seconds": 9}).relay
    with pytest.raises(SettingsError, match="relay"):
        load_settings(tmp_path, tmp_path / "none", {}, {"relay": "usb:1"})
