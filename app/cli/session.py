"""What most commands open: the device with its keys, and a connection to the chain."""

from __future__ import annotations

import sys
import traceback
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from app.bootstrap import Device, Link
from app.chain.deploy import read_deployment
from app.cli.vaults import LaterVault, open_vault
from app.diagnostics import BugHandler, logging_to, redact
from app.domain.addresses import parse_address
from app.domain.errors import SettingsError
from app.paths import DataFolder, make_private_folder
from contracts import deployments_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.settings import Settings


def show_bug(bug: BaseException) -> None:
    """Print what a background thread has raised; it is in the log too."""
    words = "".join(traceback.format_exception(bug))
    print(f"a bug rose:\n{redact(words)}", file=sys.stderr, flush=True)


@contextmanager
def open_device(settings: Settings) -> Iterator[Device]:
    """Open the data folder with its log and its keys, and close it in order."""
    folder = DataFolder(make_private_folder(settings.data))
    bugs = BugHandler(show_bug)
    vault = LaterVault(partial(open_vault, folder))
    with (
        logging_to(folder.log_file),
        bugs.installed(),
        Device(settings, vault, on_bug=bugs.report) as device,
    ):
        yield device


@contextmanager
def open_link(device: Device) -> Iterator[Link]:
    """Connect to the settings' chain and factory, and disconnect at the end."""
    factory, start_block = find_factory(device.settings)
    link = device.link(factory, start_block)
    try:
        yield link
    finally:
        device.engine.submit(link.aclose()).result()


def find_factory(settings: Settings) -> tuple[bytes, int]:
    """Return the factory's address and first block: as set, else as deployed for this chain.

    Raises:
        SettingsError: ``settings.missing`` if neither is there.
    """
    given = settings.factory_address
    if given is not None:
        return given, settings.start_block
    chain_id = settings.profile.chain_id
    own = read_deployment(chain_id, DataFolder(settings.data).deployments)
    found = own or read_deployment(chain_id, deployments_folder())
    if found is None:
        raise SettingsError(
            f"no factory is known for chain {chain_id}: give --factory ADDRESS,"
            " or run 'echain node' with the same --data",
            code="settings.missing",
        )
    return parse_address(found.factory), found.block
