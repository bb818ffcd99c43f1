"""Amounts of ether as people of a language write them: with their decimal sign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale

from app.domain.money import exact_ether, grouped, short

if TYPE_CHECKING:
    from app.ui.i18n import Words


def amount(wei: int, tr: Words) -> tuple[str, str]:
    """Return an amount's number, with no more digits than mean something, and its unit."""
    made = short(wei)
    return _signed(made.number, tr), str(made.unit)


def amount_words(wei: int, tr: Words) -> str:
    """Return an amount in one piece, such as ``0,03 ETH`` in German."""
    return _signed(str(short(wei)), tr)


def exact_amount(wei: int, tr: Words) -> str:
    """Return an amount with every digit, in ether and in wei."""
    return f"{_signed(exact_ether(wei), tr)} ETH = {grouped(wei)} wei"


def _signed(number: str, tr: Words) -> str:
    return number.replace(".", QLocale(tr.language).decimalPoint())
