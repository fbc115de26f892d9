"""What was found in a conversation, as rows that can be ticked and edited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from memviz.gui.chat.bar_delegate import ShareRole
from memviz.gui.tables.plain import one_line, tooltip

if TYPE_CHECKING:
    from memviz.session.chat_state import Proposal

Index = QModelIndex | QPersistentModelIndex
_HEADINGS = ("Claim", "Sure", "Turn")
_TIPS = ("A tick stores it in the memory; F2 edits the sentence", "Confidence", "The turn that it was found in")


class ClaimsModel(QAbstractTableModel):
    """Claims, the newest first, without those that were dismissed. GUI thread.

    Signals:
        store_wanted(int): number of a claim that was ticked.
        text_edited(int, str): number of a claim, and its new sentence.
    """

    store_wanted = Signal(int)
    text_edited = Signal(int, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[Proposal, ...] = ()
        self._hidden: frozenset[int] = frozenset()

    def show_proposals(self, proposals: tuple[Proposal, ...], hidden: frozenset[int] = frozenset()) -> None:
        """Takes over what was found, as it may be shown; rows that stay keep their place.

        Args:
            hidden: numbers of those that are masked, which cannot be edited.
        """
        rows = tuple(each for each in reversed(proposals) if each.status != "dismissed")
        if rows == self._rows and hidden == self._hidden:
            return
        same, self._hidden = hidden == self._hidden, hidden  # where not, an open editor has to close
        if same and [row.number for row in rows] == [row.number for row in self._rows]:
            self._rows = rows
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(_HEADINGS) - 1))
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def proposal(self, row: int) -> Proposal:
        return self._rows[row]

    def proposed(self) -> list[int]:
        """Numbers of those that wait for the user, the oldest first."""
        return [each.number for each in reversed(self._rows) if each.status == "proposed"]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - an invalid index is immutable
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(_HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(_HEADINGS):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _HEADINGS[section]
        return _TIPS[section] if role == Qt.ItemDataRole.ToolTipRole else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if index.isValid() and index.column() == 0:
            if self._rows[index.row()].number not in self._hidden:
                flags |= Qt.ItemFlag.ItemIsEditable
            if self._rows[index.row()].status == "proposed":
                flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], index.column()
        stored = row.status == "stored"
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return (one_line(row.claim.text), f"{100 * row.claim.confidence:.0f} %", str(row.turn))[column]
            case Qt.ItemDataRole.EditRole:
                return row.claim.text if column == 0 and row.number not in self._hidden else None
            case Qt.ItemDataRole.CheckStateRole if column == 0:
                return Qt.CheckState.Checked if stored else Qt.CheckState.Unchecked
            case Qt.ItemDataRole.ToolTipRole:
                words = "\n".join(evidence.words for evidence in row.claim.evidence)
                where = f"entry {row.entry_id}; Ctrl+Z takes it back" if stored else "not stored yet"
                return tooltip(f"{row.claim.text}\n“{words}”\nfound by {row.found_by} in turn {row.turn}; {where}")
            case Qt.ItemDataRole.TextAlignmentRole if column:
                return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            case _:
                return row.claim.confidence if role == ShareRole and column == 1 else None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if not index.isValid() or index.column() != 0:
            return False
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.CheckStateRole and Qt.CheckState(value) == Qt.CheckState.Checked:
            self.store_wanted.emit(row.number)
            return True
        if role != Qt.ItemDataRole.EditRole or row.number in self._hidden:
            return False
        if str(value).strip() and str(value) != row.claim.text:
            self.text_edited.emit(row.number, str(value))
            return True
        return False
