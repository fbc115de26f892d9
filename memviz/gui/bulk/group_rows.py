"""Groups of duplicates as a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from memviz.gui.privacy import Privacy
from memviz.gui.tables.plain import one_line, tooltip

if TYPE_CHECKING:
    from memviz.core.entry import Entry
    from memviz.session.bulk.duplicates import Group

Index = QModelIndex | QPersistentModelIndex


class GroupRows(QAbstractListModel):
    """What stands for a group: why it is one, how large, and its first text, masked where it is private. GUI thread."""

    def __init__(self, privacy: Privacy, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._privacy = privacy
        self._groups: list[Group] = []
        self._first: dict[int, Entry] = {}  # of each group, by id
        privacy.changed.connect(self._draw_again)

    @property
    def groups(self) -> Sequence[Group]:
        return self._groups

    def show_groups(self, groups: Sequence[Group]) -> None:
        self.beginResetModel()
        self._groups, self._first = list(groups), {}
        self.endResetModel()

    def drop(self, gone: Sequence[Group]) -> None:
        """These are settled."""
        names = {group.ids for group in gone}
        self.beginResetModel()
        self._groups = [group for group in self._groups if group.ids not in names]
        self.endResetModel()

    def know(self, entries: Mapping[int, Entry]) -> None:
        """First entries came in, by id."""
        self._first.update(entries)
        self._draw_again()

    def _draw_again(self) -> None:
        if self._groups:
            self.dataChanged.emit(self.index(0), self.index(len(self._groups) - 1))

    def knows(self, entry_id: int) -> bool:
        return entry_id in self._first

    def group(self, row: int) -> Group | None:
        return self._groups[row] if 0 <= row < len(self._groups) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._groups)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        group = self.group(index.row())
        if group is None:
            return None
        first = self._first.get(group.ids[0])
        entry = self._privacy.entry(first) if first is not None else None
        text = entry.text or entry.key if entry is not None else f"entry {group.ids[0]}"
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{len(group.ids):,} ·  {one_line(text, 120)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(f"{words_of(group)}\n\n{text}")
        return None


class LineDelegate(QStyledItemDelegate):
    """A line that is as wide as the list, and elided there."""

    def sizeHint(self, option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(0, option.fontMetrics.height() + 8)


def words_of(group: Group) -> str:
    """Why its entries are in one group: ``nearly the same words, 86 % alike``."""
    alike = f", {100 * group.likeness:.0f} % alike" if group.likeness < 1.0 else ""
    return f"{group.sameness}{alike}"
