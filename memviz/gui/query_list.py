"""The questions of this session, each with the run that answered it last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from memviz.core.query import Query
from memviz.core.text import normalised
from memviz.gui.tables.plain import one_line, tooltip

if TYPE_CHECKING:
    from memviz.session.run import Run

Index = QModelIndex | QPersistentModelIndex
AnswerRole = Qt.ItemDataRole.UserRole + 1
TextRole = Qt.ItemDataRole.UserRole + 2


@dataclass(slots=True)
class QueryItem:
    """A question and its latest run, if it was asked.

    ``query`` has what is known of it beside its text: its place in a story, the right answer.
    """

    query: Query
    run: Run | None = None

    @property
    def text(self) -> str:
        return self.query.text


class QueryList(QAbstractListModel):
    """Questions in the order in which they came, and which one is current. GUI thread.

    Signals:
        current_changed(int): the row in view, -1 for none.
    """

    current_changed = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._items: list[QueryItem] = []
        self.current = -1
        self.masks = False

    def set_masks(self, masks: bool) -> None:
        """Whether answers are shown as others may see them."""
        self.masks = masks
        if self._items:
            self.dataChanged.emit(self.index(0), self.index(len(self._items) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - an invalid index is immutable
        return 0 if parent.isValid() else len(self._items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        item = self._items[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return one_line(item.text)
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(f"{item.text}\n{_answer_words(item, self.masks)}")
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{one_line(item.text)}: {_answer_words(item, self.masks)}"
            case _ if role == TextRole:
                return item.text
            case _:
                return one_line(_answer_words(item, self.masks)) if role == AnswerRole else None

    def item(self, row: int) -> QueryItem:
        return self._items[row]

    def texts(self) -> list[str]:
        return [item.text for item in self._items]

    def add(self, queries: Sequence[Query | str]) -> int:
        """Appends questions; returns the row of the first one."""
        first = len(self._items)
        if queries:
            self.beginInsertRows(QModelIndex(), first, first + len(queries) - 1)
            self._items.extend(QueryItem(Query(query) if isinstance(query, str) else query) for query in queries)
            self.endInsertRows()
        return first

    def replace_placed(self, queries: Sequence[Query]) -> int:
        """The questions of one story file for those of another; what the user typed stays, before them. Returns the row
        of the first new one."""
        self.beginResetModel()
        self._items = [item for item in self._items if not item.query.source]
        self.current = -1
        self.endResetModel()
        return self.add(queries)

    def known(self, text: str) -> Query:
        """The current question where this is its text, with all that is known of it; else a new one."""
        if 0 <= self.current < len(self._items) and self._items[self.current].text == text:
            return self._items[self.current].query
        return Query(text)

    def record(self, run: Run) -> None:
        """Remembers a run under its question and makes that the current one."""
        text = run.query.text
        row = next((i for i, item in enumerate(self._items) if item.text == text), -1)
        if 0 <= self.current < len(self._items) and self._items[self.current].text == text:
            row = self.current
        if row < 0:
            row = self.add([run.query])
        self._items[row].run = run
        self.refresh(row)
        self.set_current(row)

    def refresh(self, row: int) -> None:
        """The row's answer may have changed."""
        index = self.index(row)
        self.dataChanged.emit(index, index)

    def set_current(self, row: int) -> None:
        if row != self.current and -1 <= row < len(self._items):
            self.current = row
            self.current_changed.emit(row)

    def clear(self) -> None:
        """Forgets all questions and answers."""
        self.beginResetModel()
        self._items.clear()
        self.endResetModel()
        self.set_current(-1)


def verdict(query: Query, answer: str) -> str:
    """A mark for an answer where the right one is known and something was answered."""
    if not query.expected or not answer:
        return ""
    return "✓ " if normalised(answer) == normalised(query.expected) else "✗ "


def _answer_words(item: QueryItem, masks: bool) -> str:
    if item.run is None:
        return "not asked yet"
    if item.run.state == "failed":
        return "failed"
    answer = item.run.masked.answer.strip() if masks else item.run.answer
    return verdict(item.run.query, item.run.answer) + answer or {
        "waiting": "waiting …",
        "cancelled": "cancelled",
    }.get(item.run.state, "…")
