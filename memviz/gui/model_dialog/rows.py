"""The models that can be chosen, in sections, as a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from memviz.gui.tables.plain import one_line, tooltip

Index = QModelIndex | QPersistentModelIndex
WordsRole = Qt.ItemDataRole.UserRole + 1
KindRole = Qt.ItemDataRole.UserRole + 2

HEADING, MODEL, NOTE = "heading", "model", "note"


@dataclass(frozen=True, slots=True)
class ModelRow:
    """
    Attributes:
        name: as the user may call the model.
        short: as it is shown.
        words: beside it, in grey: its kind, its size …
        tip: what the tool tip adds to the name.
    """

    name: str
    short: str
    words: str = ""
    tip: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    kind: str
    section: str
    row: ModelRow


class ModelRows(QAbstractListModel):
    """Sections with their models; only models can be chosen. GUI thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sections: dict[str, tuple[Sequence[ModelRow], str]] = {}
        self._filter = ""
        self._lines: list[_Line] = []

    def set_sections(self, sections: Mapping[str, tuple[Sequence[ModelRow], str]]) -> None:
        """``sections``: heading -> its models, and what is said where there are none; empty: it is left out then."""
        self._sections = dict(sections)
        self._refill()

    def set_filter(self, text: str) -> None:
        """Only models whose name holds every word of ``text`` are shown."""
        self._filter = text
        self._refill()

    def _refill(self) -> None:
        wanted = self._filter.casefold().split()
        lines: list[_Line] = []
        for heading, (rows, nothing) in self._sections.items():
            shown = [row for row in rows if all(word in row.name.casefold() for word in wanted)]
            if shown or (nothing and not wanted):
                lines.append(_Line(HEADING, heading, ModelRow("", heading)))
                lines.extend(_Line(MODEL, heading, row) for row in shown)
            if not shown and nothing and not wanted:
                lines.append(_Line(NOTE, heading, ModelRow("", nothing)))
        if not lines:
            lines = [_Line(NOTE, "", ModelRow("", f"No model here is called like “{self._filter.strip()}”."))]
        self.beginResetModel()
        self._lines = lines
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - an invalid index is immutable
        return 0 if parent.isValid() else len(self._lines)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or self._lines[index.row()].kind != MODEL:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        line = self._lines[index.row()]
        row = line.row
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return one_line(row.short)
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip("\n".join(filter(None, (row.name, row.tip or row.words))))
            case Qt.ItemDataRole.AccessibleTextRole:
                return ", ".join(filter(None, (one_line(row.short), row.words, line.section if row.name else "")))
            case _:
                return {WordsRole: one_line(row.words), KindRole: line.kind}.get(role)

    def name(self, row: int) -> str:
        """Of the model in this row; empty where there is none."""
        return self._lines[row].row.name if 0 <= row < len(self._lines) else ""

    def row_of(self, name: str) -> int:
        """The first row with this model, -1 for none."""
        return next((at for at, line in enumerate(self._lines) if line.kind == MODEL and line.row.name == name), -1)
