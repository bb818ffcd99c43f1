"""Why a kiosk is out of order, in words; Qt-free, so that a test can read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.restarting import EndReason
from app.domain.verdicts import Code, Severity
from app.ui import texts
from app.ui.widgets.verdict import VerdictFace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.ui.i18n import Words


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


WORD = _("OUT OF \u00adORDER")
PUBLIC = _("Please use another door, or ask the staff.")
ENDS: Mapping[EndReason, str] = {
    EndReason.CRASHED: _("The program has crashed several times."),
    EndReason.KILLED: _("The program was ended from outside several times."),
    EndReason.HUNG: _("The program no longer answered, several times."),
    EndReason.FAILED: _("The program could not start, several times."),
}
END_REMEDY = _("It starts again by itself. If this goes on, restart the computer and read the log.")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why the kiosk cannot work.

    Args:
        code: Of environment trouble, such as ``store.full``; of a verdict that stops, such as
            ``CLOCK_WRONG``; or how the last run ended, such as ``crashed``.
        detail: For whoever is called to help: what the program knows, in its own words.
    """

    code: str
    detail: str = ""


def said(fault: Fault) -> texts.Text:
    """Return what is wrong and what to do, in English."""
    if fault.code in set(Code):
        return texts.VERDICTS[Code(fault.code)]
    if fault.code in set(EndReason):
        return texts.Text(ENDS[EndReason(fault.code)], END_REMEDY)
    return texts.trouble(fault.code)


def face(fault: Fault, tr: Words, *, public: bool) -> VerdictFace:
    """Say it as it fills the window.

    Args:
        fault: What is wrong.
        tr: Words of the language in force.
        public: Whether guests stand in front of it: they are sent elsewhere first.
    """
    text = said(fault)
    code = f"{fault.code}: {fault.detail}" if fault.detail else fault.code
    if public:
        staff = tr(_("Staff: {what} {todo}")).format(what=tr(text.says), todo=tr(text.do))
        return VerdictFace(Severity.STOP, tr(WORD), tr(PUBLIC), (staff, code))
    return VerdictFace(Severity.STOP, tr(WORD), tr(text.says), (code,), tr(text.do))


def waiting(seconds: int, tr: Words) -> str:
    """Say when it is tried again."""
    return tr(_("Trying again in {count} s")).format(count=seconds)
