"""The entries that the first rows of a table become."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from memviz.gui.tables.ages import date_time
from memviz.gui.tables.plain import one_line, tooltip

_FIRST, _LAST = ("key", "text"), "metadata"


class PreviewModel(QAbstractTableModel):
    """Key and text, then the other fields that were chosen, then what is left. GUI thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._fields: tuple[str, ...] = (*_FIRST, _LAST)
        self._rows: list[dict[str, Any]] = []

    def show(self, fields: Sequence[str], rows: list[dict[str, Any]]) -> None:
        """Other rows, with columns for these fields."""
        self.beginResetModel()
        self._fields = (*_FIRST, *(field for field in fields if field not in _FIRST), _LAST)
        self._rows = rows
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._fields)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._fields[section]
        return None

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return one_line(self._words(index))
        return tooltip(self._words(index)) if role == Qt.ItemDataRole.ToolTipRole else None

    def _words(self, index: QModelIndex | QPersistentModelIndex) -> str:
        field = self._fields[index.column()]
        value = self._rows[index.row()].get(field)
        if value is None:
            return ""
        if field in ("created", "expires"):
            return date_time(value)
        if isinstance(value, Mapping):
            return json.dumps(value, ensure_ascii=False) if value else ""
        return ", ".join(value) if isinstance(value, list | tuple) else str(value)
