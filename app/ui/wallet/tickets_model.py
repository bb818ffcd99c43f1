"""The tickets of an account as a Qt list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from app.ui.wallet.words import ticket_face

if TYPE_CHECKING:
    from app.services.holdings import Holding, Holdings
    from app.ui.i18n import Words
    from app.ui.wallet.words import TicketFace

FACE_ROLE = Qt.ItemDataRole.UserRole + 1
_NO_PARENT = QModelIndex()


class TicketsModel(QAbstractListModel):
    """One row a ticket; the display role is the event's name, which is what a search looks at.

    Args:
        tr: Words of the language in force.
    """

    def __init__(self, tr: Words) -> None:
        """Hold nothing."""
        super().__init__()
        self._tr = tr
        self._tickets: tuple[Holding, ...] = ()
        self._faces: tuple[TicketFace, ...] = ()

    @property
    def tickets(self) -> tuple[Holding, ...]:
        """Every ticket, in the order of the rows."""
        return self._tickets

    def show_holdings(self, holdings: Holdings | None) -> None:
        """Take a look; rows stay where they are while the same tickets are held in one order."""
        tickets = () if holdings is None else holdings.tickets
        at = 0 if holdings is None else holdings.at
        faces = tuple(ticket_face(holding, at, self._tr) for holding in tickets)
        same_rows = [_key(each) for each in tickets] == [_key(each) for each in self._tickets]
        if not same_rows:
            self.beginResetModel()
        changed = [row for row, face in enumerate(faces) if same_rows and face != self._faces[row]]
        self._tickets, self._faces = tickets, faces
        if not same_rows:
            self.endResetModel()
        for row in changed:
            self.dataChanged.emit(self.index(row), self.index(row))

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _NO_PARENT) -> int:
        """Return how many tickets there are; a ticket has none below it."""
        return 0 if parent.isValid() else len(self._tickets)

    def data(
        self,
        index: QModelIndex | QPersistentModelIndex,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """Return a ticket's name, what a screen reader says, or its face."""
        if not index.isValid() or not 0 <= index.row() < len(self._faces):
            return None
        face = self._faces[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.ToolTipRole:
                return face.name
            case Qt.ItemDataRole.AccessibleTextRole:
                return face.spoken()
            case _ if role == FACE_ROLE:
                return face
        return None


def _key(holding: Holding) -> tuple[bytes, int]:
    return holding.ticket.contract, holding.ticket.token_id
