"""Editors of the rules' fields: each shows a text and tells when a person has changed it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.ui.policy import words
from app.ui.policy.fields import Kind
from app.ui.widgets.buttons import TouchButton

if TYPE_CHECKING:
    from app.ui.i18n import Words
    from app.ui.look import Look
    from app.ui.policy.fields import Field


class Editor(QObject):
    """One field's widget.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        field: What is edited.

    Signals:
        edited (str, str): The field's name and its new text.
    """

    edited = Signal(str, str)

    def __init__(self, look: Look, tr: Words, field: Field) -> None:
        """Make the widget that fits the field's kind."""
        super().__init__()
        self._look, self._tr, self.field = look, tr, field
        self.widget: QWidget = QWidget()
        self.build()
        self.widget.setAccessibleName(tr(field.label))

    def build(self) -> None:
        """Make the widget."""

    def show_text(self, text: str) -> None:
        """Show a text without telling of it."""

    def retranslate(self) -> None:
        """Say everything again."""
        self.widget.setAccessibleName(self._tr(self.field.label))

    def tell(self, text: str) -> None:
        """Tell of a new text."""
        self.edited.emit(self.field.name, text)


class LineEditor(Editor):
    """A single line: numbers, names, times."""

    def build(self) -> None:
        """Make the line."""
        self.line = QLineEdit()
        self.line.setPlaceholderText(self.field.hint)
        self.line.setMaximumWidth(self._look.theme.px(240))
        self.line.textEdited.connect(self.tell)
        self.widget = self.line

    def show_text(self, text: str) -> None:
        """Show a text."""
        self.line.setText(text)


class LinesEditor(Editor):
    """Several lines, one for each door, kind or ticket."""

    def build(self) -> None:
        """Make the field."""
        self.lines = QPlainTextEdit()
        self.lines.setPlaceholderText(self.field.hint)
        self.lines.setTabChangesFocus(True)
        self.lines.setFixedHeight(self._look.theme.px(96))
        self.lines.textChanged.connect(self._changed)
        self.widget = self.lines

    def show_text(self, text: str) -> None:
        """Show a text."""
        blocker = QSignalBlocker(self.lines)
        self.lines.setPlainText(text)
        blocker.unblock()

    @Slot()
    def _changed(self) -> None:
        self.tell(self.lines.toPlainText())


class CheckEditor(Editor):
    """Yes or no; the label is on the box."""

    def build(self) -> None:
        """Make the box."""
        self.box = QCheckBox(self._tr(self.field.label))
        self.box.clicked.connect(lambda on: self.tell("1" if on else ""))
        self.widget = self.box

    def show_text(self, text: str) -> None:
        """Show yes or no."""
        self.box.setChecked(bool(text))

    def retranslate(self) -> None:
        """Say everything again."""
        super().retranslate()
        self.box.setText(self._tr(self.field.label))


class ChoiceEditor(Editor):
    """One of a few."""

    def build(self) -> None:
        """Make the list."""
        self.combo = QComboBox()
        policy = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        self.combo.setSizeAdjustPolicy(policy)
        self.combo.setMinimumContentsLength(12)
        for value, meaning in (self.field.choices or {}).items():
            self.combo.addItem(self._tr(meaning), value)
        self.combo.activated.connect(lambda row: self.tell(self.combo.itemData(row)))
        self.widget = self.combo

    def show_text(self, text: str) -> None:
        """Show a value."""
        self.combo.setCurrentIndex(self.combo.findData(text))

    def retranslate(self) -> None:
        """Say everything again."""
        super().retranslate()
        for row, meaning in enumerate((self.field.choices or {}).values()):
            self.combo.setItemText(row, self._tr(meaning))


class ChecksEditor(Editor):
    """Any of several."""

    def build(self) -> None:
        """Make a box for each."""
        self.widget = QWidget()
        column = QVBoxLayout(self.widget)
        column.setContentsMargins(0, 0, 0, 0)
        self.boxes: dict[str, QCheckBox] = {}
        for value, meaning in (self.field.choices or {}).items():
            box = QCheckBox(self._tr(meaning))
            box.clicked.connect(self._changed)
            self.boxes[value] = box
            column.addWidget(box)

    def show_text(self, text: str) -> None:
        """Show what is chosen."""
        chosen = set(text.split())
        for value, box in self.boxes.items():
            box.setChecked(value in chosen)

    def retranslate(self) -> None:
        """Say everything again."""
        super().retranslate()
        for value, meaning in (self.field.choices or {}).items():
            self.boxes[value].setText(self._tr(meaning))

    @Slot()
    def _changed(self) -> None:
        self.tell(" ".join(value for value, box in self.boxes.items() if box.isChecked()))


class WindowsEditor(Editor):
    """Entry hours, a row each."""

    def build(self) -> None:
        """Make the table and its buttons."""
        self.table = QTableWidget(0, len(words.COLUMNS))
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.verticalHeader().hide()
        self.table.setTabKeyNavigation(False)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.setFixedHeight(self._look.theme.px(160))
        self.table.itemChanged.connect(self._changed)
        self.add = TouchButton(self._look, "", icon="plus")
        self.remove = TouchButton(self._look, "", icon="minus")
        self.add.clicked.connect(self._add)
        self.remove.clicked.connect(self._remove)
        buttons = QHBoxLayout()
        buttons.addWidget(self.add)
        buttons.addWidget(self.remove)
        buttons.addStretch(1)
        self.widget = QWidget()
        column = QVBoxLayout(self.widget)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)
        column.addLayout(buttons)
        self.retranslate()

    def show_text(self, text: str) -> None:
        """Show the rows of a text."""
        blocker = QSignalBlocker(self.table)
        rows = [line.split("\t") for line in text.splitlines()]
        self.table.setRowCount(0)
        for cells in rows:
            self._append(cells)
        blocker.unblock()

    def retranslate(self) -> None:
        """Say everything again."""
        super().retranslate()
        self.table.setHorizontalHeaderLabels([self._tr(name) for name in words.COLUMNS])
        self.table.setAccessibleName(self._tr(self.field.label))
        self.add.set_text(self._tr(words.ADD_HOURS))
        self.remove.set_text(self._tr(words.REMOVE_HOURS))

    def _append(self, cells: list[str]) -> None:
        row = self.table.rowCount()
        self.table.insertRow(row)
        for column in range(len(words.COLUMNS)):
            text = cells[column] if column < len(cells) else ""
            self.table.setItem(row, column, QTableWidgetItem(text))

    @Slot()
    def _add(self) -> None:
        blocker = QSignalBlocker(self.table)
        self._append(["18:00", "23:00"])
        blocker.unblock()
        self._changed()

    @Slot()
    def _remove(self) -> None:
        if self.table.rowCount():
            row = self.table.currentRow()
            self.table.removeRow(row if row >= 0 else self.table.rowCount() - 1)
            self._changed()

    @Slot()
    def _changed(self) -> None:
        rows = range(self.table.rowCount())
        columns = range(self.table.columnCount())
        cells = [[self.table.item(row, column) for column in columns] for row in rows]
        texts = [[("" if cell is None else cell.text()).strip() for cell in row] for row in cells]
        self.tell("\n".join("\t".join(row) for row in texts))


EDITORS: dict[Kind, type[Editor]] = {
    Kind.CHECK: CheckEditor,
    Kind.CHOICE: ChoiceEditor,
    Kind.NUMBER: LineEditor,
    Kind.LINE: LineEditor,
    Kind.LINES: LinesEditor,
    Kind.CHECKS: ChecksEditor,
    Kind.WINDOWS: WindowsEditor,
}
