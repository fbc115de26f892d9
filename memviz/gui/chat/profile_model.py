"""The profile of an owner as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from memviz.gui.chat.bar_delegate import ShareRole
from memviz.gui.chat.times import day
from memviz.gui.tables.plain import one_line, tooltip

if TYPE_CHECKING:
    from memviz.dialogue.profile import ProfileRow, ProfileValue

Index = QModelIndex | QPersistentModelIndex
_HEADINGS = ("Attribute", "Value", "Sure", "Evidence")
_TIPS = ("What is known", "What holds now", "Confidence; it rises with each turn that says it", "Turns that say it")


class ProfileModel(QAbstractTableModel):
    """One row for each attribute. GUI thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[ProfileRow, ...] = ()

    def show_profile(self, rows: tuple[ProfileRow, ...]) -> None:
        if rows != self._rows:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()

    def profile_row(self, row: int) -> ProfileRow:
        return self._rows[row]

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

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], index.column()
        now = row.current
        match role:
            case Qt.ItemDataRole.DisplayRole:
                value = one_line(now.value) + (f"  (also {len(row.others)})" if row.others else "")
                return (one_line(row.label), value, f"{100 * now.confidence:.0f} %", str(len(now.evidence)))[column]
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(_story(row))
            case Qt.ItemDataRole.TextAlignmentRole if column > 1:
                return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            case _:
                return now.confidence if role == ShareRole and column == 2 else None


def _story(row: ProfileRow) -> str:
    """The value that holds, those beside it, and those before it, each with the words that say so."""
    lines = [f"{row.label}: {_told(row.current)}"]
    lines += [f"also: {_told(value)}" for value in row.others]
    lines += [f"before: {_told(value)}" for value in row.earlier]
    return "\n".join(lines)


def _told(value: ProfileValue) -> str:
    words = "; ".join(f"“{evidence.words}”" for evidence in value.evidence)
    since = day(value.time)
    return " ".join(part for part in (value.value, f"({100 * value.confidence:.0f} %, {since})", words) if part)
