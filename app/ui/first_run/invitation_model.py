"""The step of the invitation: read, checked, taken, and vouched for by the chain."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.domain import invitation
from app.domain.errors import InvitationError
from app.runtime.courier import Courier
from app.ui.first_run.ports import Joined

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

    from app.domain.invitation import SealedInvitation
    from app.ui.first_run.ports import FirstRunPorts


@dataclass(frozen=True, slots=True)
class InvitationState:
    """Everything the step shows.

    Args:
        sealed: The invitation that was read, whole and signed; None: none yet.
        trouble: Code of what is wrong with the text that was given last.
        taken: Whether the person took it.
        joined: How far the door has come with it.
        filling: Whether a bundle is being read.
    """

    sealed: SealedInvitation | None = None
    trouble: str = ""
    taken: bool = False
    joined: Joined = Joined()  # noqa: RUF009 - frozen
    filling: bool = False


class InvitationModel(QObject):
    """Reads invitations and joins their event.

    Args:
        ports: What it needs.
        parent: Owns it.

    Signals:
        state_changed (InvitationState): The whole new state.
    """

    state_changed = Signal(object)

    def __init__(self, ports: FirstRunPorts, parent: QObject | None = None) -> None:
        """Know no invitation."""
        super().__init__(parent)
        self.state = InvitationState()
        self._ports = ports
        self._courier = Courier(self)
        self._turn = 0

    @Slot(str)
    def take_text(self, text: str) -> None:
        """Read what was scanned or pasted."""
        if self.state.taken:
            return
        try:
            sealed = self._checked(text)
        except InvitationError as refusal:
            self._change(sealed=None, trouble=refusal.code)
            return
        self._change(sealed=sealed, trouble="")

    @Slot(str)
    def glance(self, text: str) -> None:
        """Read what the camera saw; a code of another kind is passed over while one is there."""
        if invitation.is_invitation(text) or (self.state.sealed is None and text):
            self.take_text(text)

    @Slot()
    def accept(self) -> None:
        """Take the invitation: the door begins to join its event."""
        sealed = self.state.sealed
        if sealed is None or self.state.taken:
            return
        self._ports.keeper.keep(invitation=sealed.message())
        self._join(sealed)

    def resume(self, text: str) -> None:
        """Go on with an invitation that was taken before a crash; a bad one is forgotten."""
        try:
            self._join(self._checked(text))
        except InvitationError as refusal:
            self._change(trouble=refusal.code)

    @Slot()
    def forget(self) -> None:
        """Take it back: ask for another one."""
        self._turn += 1
        self._ports.joiner.stop()
        self._ports.keeper.keep(invitation="")
        self._change(sealed=None, trouble="", taken=False, joined=Joined(), filling=False)

    def take_bundle(self, file: Path) -> None:
        """Fill the ticket list from a file: there is no network here."""
        self._change(filling=True)
        filling: Future[None] = self._ports.waiting.submit(self._ports.joiner.take_bundle, file)
        self._courier.follow(filling, lambda _none: self._filled(""), self._filled)

    def close(self) -> None:
        """Stop joining; may be called again."""
        self._turn += 1
        self._courier.close()
        self._ports.joiner.stop()

    def _checked(self, text: str) -> SealedInvitation:
        sealed = invitation.read(text)
        invitation.expect_valid(sealed, self._ports.clock.unix())
        chain, said = self._ports.chain, sealed.invitation
        if chain is not None and chain != (said.chain_id, said.factory):
            raise InvitationError(
                "this device works on another chain or factory already", code="invitation.foreign"
            )
        return sealed

    def _join(self, sealed: SealedInvitation) -> None:
        self._turn += 1
        turn = self._turn
        self._change(sealed=sealed, trouble="", taken=True, joined=Joined())

        def told(joined: Joined) -> None:
            self._courier.call(lambda: self._take_joined(turn, joined))

        self._ports.joiner.join(sealed.invitation, told)

    def _take_joined(self, turn: int, joined: Joined) -> None:
        if turn != self._turn:
            return
        if joined.refused:
            self.forget()
            self._change(trouble=joined.trouble)
        else:
            self._change(joined=joined)

    def _filled(self, trouble: str) -> None:
        self._change(filling=False, trouble=trouble)

    def _change(self, **changes: object) -> None:
        state = replace(self.state, **changes)  # type: ignore[arg-type]  # names are checked by replace
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)
