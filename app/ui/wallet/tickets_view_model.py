"""What the tickets page shows: an account and what it holds."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal, Slot

from app.domain.addresses import parse_address
from app.runtime.courier import Courier
from app.services.holdings import Account
from app.services.watching import watch

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from app.runtime.engine import Engine
    from app.services.holdings import Holdings, HoldingsService
    from app.services.showing import PassMaker

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TicketsState:
    """Everything the page shows.

    Args:
        accounts: To choose from: those of this device first, then those that were entered.
        account: Whose tickets are shown; None: nobody's yet.
        holdings: The newest look; None before the first one.
        refused: The text that was entered and is no address.
        trouble: Code of what keeps the page from looking.
    """

    accounts: tuple[Account, ...] = ()
    account: Account | None = None
    holdings: Holdings | None = None
    refused: str = ""
    trouble: str = ""


class TicketsViewModel(QObject):
    """Looks at an account on the engine thread, and again when the mirror moved on.

    Args:
        engine: Runs the looks.
        holdings: Reads the mirror.
        maker: Knows the wallets of this device.

    Signals:
        state_changed (TicketsState): The whole new state.
    """

    state_changed = Signal(object)

    def __init__(
        self,
        engine: Engine,
        holdings: HoldingsService,
        maker: PassMaker,
        parent: QObject | None = None,
    ) -> None:
        """Show nobody's tickets."""
        super().__init__(parent)
        self.state = TicketsState()
        self._engine = engine
        self._holdings = holdings
        self._maker = maker
        self._courier = Courier(self)
        self._watching: Future[None] | None = None

    @Slot()
    def start(self) -> None:
        """Find this device's wallets, and show the first one's tickets."""
        future = self._engine.submit(asyncio.to_thread(self._maker.accounts))
        self._courier.follow(future, self._take_accounts, self._fail)

    @Slot(object)
    def choose(self, account: Account) -> None:
        """Show an account's tickets."""
        if account == self.state.account:
            self._change(refused="")
            return
        self._stop_watching()
        known = self.state.accounts
        accounts = known if account in known else (*known, account)
        self._change(accounts=accounts, account=account, holdings=None, refused="", trouble="")
        self._watching = self._engine.submit(
            watch(
                self._holdings.head,
                partial(self._holdings.of, account.address),
                self._tell(self._take, account),
                self._tell(self._take_trouble, account),
            )
        )
        self._courier.follow(self._watching, lambda _none: None, self._fail)

    @Slot(str)
    def enter_address(self, text: str) -> None:
        """Show the tickets of an address that a person typed or pasted."""
        try:
            address = parse_address(text.strip())
        except ValueError:
            self._change(refused=text)
            return
        known = (each for each in self.state.accounts if each.address == address)
        self.choose(next(known, Account(address)))

    def close(self) -> None:
        """Cancel what is waited for; may be called again."""
        self._stop_watching()
        self._courier.close()

    def _stop_watching(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None

    def _tell(self, take: Callable[[Account, T], None], account: Account) -> Callable[[T], None]:
        return lambda news: self._courier.call(lambda: take(account, news))

    def _take_accounts(self, accounts: tuple[Account, ...]) -> None:
        self._change(accounts=accounts)
        if accounts and self.state.account is None:
            self.choose(accounts[0])

    def _take(self, account: Account, holdings: Holdings) -> None:
        if account == self.state.account:
            self._change(holdings=holdings, trouble="")

    def _take_trouble(self, account: Account, code: str) -> None:
        if account == self.state.account:
            self._change(trouble=code)

    def _fail(self, code: str) -> None:
        self._change(trouble=code)

    def _change(self, **changes: object) -> None:
        state = replace(self.state, **changes)  # type: ignore[arg-type]  # names are checked by replace
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)
