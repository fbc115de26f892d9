"""The changes of a memory as rows, read by pages."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from memviz.core.edits import ChangeRow, who_and_what
from memviz.core.errors import KnownError
from memviz.core.memory import Store
from memviz.gui.bridge import Bridge
from memviz.gui.bulk.words import did_words, without_tags
from memviz.gui.privacy import Privacy
from memviz.gui.tables.ages import age, date_time
from memviz.gui.tables.plain import one_line, tooltip

if TYPE_CHECKING:
    from memviz.session.session import Session

Index = QModelIndex | QPersistentModelIndex
COLUMNS = ("version", "when", "who", "what", "entries")
PAGE = 200


class ChangeRows(QAbstractTableModel):
    """Newest first; the next page comes when the last row is scrolled to. GUI thread.

    Signals:
        loaded(): rows came in.
        failed(object): the exception of a reading.
    """

    loaded = Signal()
    failed = Signal(object)

    def __init__(self, session: Session, bridge: Bridge, privacy: Privacy, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._bridge, self._privacy = session, bridge, privacy
        privacy.changed.connect(self._draw_again)
        self._rows: list[ChangeRow] = []
        self._entry: int | None = None
        self._words = ""
        self._more = False
        self._epoch = 0
        self.busy = False

    def change(self, row: int) -> ChangeRow | None:
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def row_of(self, version: int) -> int:
        """-1 where it is not among the rows."""
        return next((at for at, row in enumerate(self._rows) if row.version == version), -1)

    def show_changes(self, entry_id: int | None = None, words: str = "") -> None:
        """Reads the first page, of one entry and of whom or what the words name where they are given."""
        self._entry, self._words = entry_id, words
        self._epoch += 1
        self._ask(None)

    def _ask(self, before: int | None) -> None:
        epoch, entry_id, words = self._epoch, self._entry, self._words

        def read(store: Store) -> list[ChangeRow]:
            return store.changes(before, limit=PAGE, entry_id=entry_id, initiator=words)

        try:
            future = self._session.store_call(read)
        except KnownError as error:
            self.failed.emit(error)
            return
        self.busy = True
        self._bridge.watch(future, partial(self._take, epoch, before), self._fail)

    def _take(self, epoch: int, before: int | None, rows: list[ChangeRow]) -> None:
        if epoch != self._epoch:
            return
        self.busy = False
        self._more = len(rows) == PAGE
        if before is None:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
        elif rows:
            self.beginInsertRows(QModelIndex(), len(self._rows), len(self._rows) + len(rows) - 1)
            self._rows += rows
            self.endInsertRows()
        self.loaded.emit()

    def _fail(self, error: BaseException) -> None:
        self.busy = False
        self.beginResetModel()
        self._rows, self._more = [], False
        self.endResetModel()
        self.failed.emit(error)

    def _draw_again(self) -> None:
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(COLUMNS) - 1))

    def words(self, row: ChangeRow, name: str) -> str:
        """What a cell says, as it may be shown."""
        words = cell_words(row, name)
        return without_tags(words) if self._privacy.masks and name == "what" else words

    # -- Qt ----------------------------------------------------------------------------------------------------------

    def canFetchMore(self, parent: Index) -> bool:
        return not parent.isValid() and self._more and not self.busy

    def fetchMore(self, parent: Index) -> None:
        if self.canFetchMore(parent):
            self._ask(self._rows[-1].version)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.change(index.row())
        if row is None:
            return None
        name = COLUMNS[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.words(row, name)
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(date_time(row.time) if name == "when" else self.words(row, name))
        return None


def cell_words(row: ChangeRow, name: str) -> str:
    """What a cell says."""
    who, what = who_and_what(row.initiator)
    match name:
        case "version":
            return str(row.version)
        case "when":
            ago = age(row.time)
            return f"{ago} ago" if ago not in ("", "now", "later") else ago
        case "who":
            return one_line(who, 60) or "someone"
        case "what":
            words = what or {"edit": "Edit", "load": "Load"}.get(row.kind, row.kind.capitalize())
            if row.target is not None:
                words = f"{row.kind.capitalize()} of {row.target}"
            return one_line(words, 120) + (" · undone" if row.undone else "")
    return did_words(row)
