"""Whose tickets: the wallets of this device to choose from, or an address to enter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox

from app.ui.wallet import words

if TYPE_CHECKING:
    from app.services.holdings import Account
    from app.ui.i18n import Words
    from app.ui.look import Look


class AccountField(QComboBox):
    """Offers accounts and takes addresses.

    Args:
        look: The look in force.
        tr: Words of the language in force.

    Signals:
        chosen (Account): One of those offered.
        entered (str): A text that a person wrote and confirmed.
    """

    chosen = Signal(object)
    entered = Signal(str)

    def __init__(self, look: Look, tr: Words) -> None:
        """Offer nothing."""
        super().__init__()
        self._tr = tr
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setMinimumWidth(look.theme.px(280))
        self.setMaximumWidth(look.theme.px(480))
        self.activated.connect(self._chosen)
        field = self.lineEdit()
        if field is not None:
            field.returnPressed.connect(self._entered)

    def retranslate(self) -> None:
        """Say everything again."""
        self.setAccessibleName(self._tr(words.ACCOUNT))
        field = self.lineEdit()
        if field is not None:
            field.setPlaceholderText(self._tr(words.ACCOUNT_HINT))
        for row in range(self.count()):
            self.setItemText(row, words.account_words(self.itemData(row), self._tr))

    def show_accounts(self, accounts: tuple[Account, ...], account: Account | None) -> None:
        """Offer accounts and show which one is chosen; what is being written stays."""
        if tuple(self.itemData(row) for row in range(self.count())) != accounts:
            self.clear()
            for each in accounts:
                self.addItem(words.account_words(each, self._tr), each)
            self.setCurrentIndex(-1)
        row = -1 if account is None else accounts.index(account)
        if row != self.currentIndex():
            self.setCurrentIndex(row)

    @Slot(int)
    def _chosen(self, row: int) -> None:
        self.chosen.emit(self.itemData(row))

    @Slot()
    def _entered(self) -> None:
        text = self.currentText()
        if self.findText(text) < 0:
            self.entered.emit(text)
