"""The card that tells a price and asks: nothing is paid before a person has seen how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout

from app.domain.standing import Action
from app.ui.amounts import amount_words
from app.ui.queue.cards import label
from app.ui.widgets.buttons import PrimaryButton, TouchButton
from app.ui.widgets.surfaces import Card

if TYPE_CHECKING:
    from app.ui.i18n import Words
    from app.ui.look import Look
    from app.ui.queue.view_model import Offer


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


TITLES = {Action.SPEED_UP: _("Speed it up?"), Action.CANCEL: _("Take it back?")}
COSTS = _("It costs up to {price}.")
ABOVE = _("That is more than the {limit} that are allowed for it.")
PAY, LEAVE = _("Pay it"), _("Leave it")


class OfferCard(Card):
    """What a replacement costs, and two buttons.

    Args:
        look: The look in force.
        tr: Words of the language in force.

    Signals:
        accepted (): The price is paid.
        declined (): Everything stays as it is.
    """

    accepted = Signal()
    declined = Signal()

    def __init__(self, look: Look, tr: Words) -> None:
        """Offer nothing."""
        super().__init__(look, " ")
        self._tr = tr
        self._costs, self._above = label("lead"), label("")
        self.pay, self.leave = PrimaryButton(look, ""), TouchButton(look, "")
        self.pay.clicked.connect(self.accepted)
        self.leave.clicked.connect(self.declined)
        row = QHBoxLayout()
        row.setSpacing(look.theme.space(1))
        for button in (self.pay, self.leave):
            row.addWidget(button)
        row.addStretch(1)
        for widget in (self._costs, self._above):
            self.column.addWidget(widget)
        self.column.addLayout(row)
        self.hide()

    def show_offer(self, offer: Offer | None, *, enabled: bool) -> None:
        """Show a price, or nothing."""
        self.setVisible(offer is not None)
        if offer is None:
            return
        tr, price = self._tr, offer.price
        self.set_title(tr(TITLES[offer.action]))
        self._costs.setText(tr(COSTS).format(price=amount_words(price.most, tr)))
        self._above.setVisible(price.above_ceiling)
        limit = amount_words(price.gas * price.ceiling, tr)
        self._above.setText(tr(ABOVE).format(limit=limit))
        self.pay.set_text(tr(PAY))
        self.leave.set_text(tr(LEAVE))
        self.pay.setEnabled(enabled)
