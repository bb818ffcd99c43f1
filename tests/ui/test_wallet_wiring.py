"""``echain wallet`` and ``echain desk`` put their screens together from a real device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from app.bootstrap import Device
from app.chain.vault import MemoryVault
from app.cli.commands import desk, wallet
from app.settings import Settings
from app.ui.i18n import Words
from app.ui.sales.view import SalesView
from app.ui.shells.desktop import DesktopShell
from app.ui.wallet.screens import TicketsPage
from offline_cache.records import EventCreatedFact
from tests.attendee import event
from tests.venue import page as block_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.ui.look import Look
    from tests.ui.conftest import Stage


@dataclass
class Session:
    """The two things that the screens take of a window's session."""

    look: Look
    tr: Words


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    bugs: list[BaseException] = []
    with Device(Settings(data=tmp_path), MemoryVault(), on_bug=bugs.append) as opened:
        yield opened
    assert bugs == []


def test_the_wallet_opens_with_the_tickets_of_this_devices_wallet(
    stage: Stage, look: Look, device: Device
) -> None:
    address = device.signer.create(device.settings.wallet)
    screens = wallet.screens(Session(look, Words()), device, None)  # type: ignore[arg-type]
    shell = DesktopShell(look, Words(), "My tickets", screens)
    page = shell.page("tickets")
    assert isinstance(page, TicketsPage)
    state = page._model

    stage.run(stage.until(lambda: state.state.holdings is not None))

    assert state.state.account is not None
    assert state.state.account.address == address
    shell.leave()
    shell.deleteLater()


def test_the_desk_opens_with_the_sales_of_the_devices_mirror(
    stage: Stage, look: Look, device: Device
) -> None:
    created = EventCreatedFact(b"\xfa" * 20, 1, 0, event())
    device.mirror.apply_page(block_of(1, [created], 0)).result()
    screens = desk.screens(Session(look, Words()), device, None)  # type: ignore[arg-type]
    shell = DesktopShell(look, Words(), "Desk", screens)
    page = shell.page("sales")
    assert isinstance(page, SalesView)

    stage.run(stage.until(lambda: page._model.state.report is not None))

    shell.leave()
    shell.deleteLater()
