"""What the cells of the table of entries say, and how they are edited."""

from __future__ import annotations

from typing import Any, NamedTuple

from PySide6.QtCore import Qt, Signal

from memviz.core.edit_conflict import EditConflict
from memviz.core.edits import Change, Update
from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.core.privacy import MASK, PRIVATE_FIELDS
from memviz.gui.slot_colors import SlotStyle
from memviz.gui.tables import cells, past_marks, standing
from memviz.gui.tables.columns import COLUMNS, RUN_COLUMNS, Column
from memviz.gui.tables.entry_rows import EntryRows, Index
from memviz.gui.tables.row_cache import Row
from memviz.gui.tables.row_loader import PAGE

_INITIATOR = "table"
_PLAIN = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
_CHECKABLE = _PLAIN | Qt.ItemFlag.ItemIsUserCheckable
_EDITABLE = _PLAIN | Qt.ItemFlag.ItemIsEditable


class Look(NamedTuple):
    """A cell as it is painted.

    Attributes:
        text: on one line; empty for nothing.
        share: 0..1 for a bar beside the text, else None.
        style: of the entry's slot in this run, in the columns that follow it.
        quiet: the row is disabled, expired, superseded or was cut.
        mark: a sign before the text, see ``standing.mark``; in the past, see ``past_marks``.
        struck: the entry has expired: its text is struck through.
        fate: what happened to the entry since, where the past is shown.
        link: the cell leads somewhere.
    """

    text: str
    share: float | None = None
    style: SlotStyle | None = None
    quiet: bool = False
    mark: str = ""
    struck: bool = False
    fate: str = ""
    link: bool = False


_NOTHING = Look("")


class EntryModel(EntryRows):
    """The rows with their cells. Cells are here for the pages around what is painted: the others say ``…`` until the
    store thread has brought them. GUI thread.

    Signals:
        refused(str, object): the sentence why an edit did not happen, and (entry id, column name, what was typed).
        conflicted(object, object): the :class:`EditConflict` with somebody else's newer edit, and the same.
        vanished(object, str, str): a row went away under an open editor: its entry as it was shown, the column, and
            what was typed.
    """

    refused = Signal(str, object)
    conflicted = Signal(object, object)
    vanished = Signal(object, str, str)
    masks = False  # private entries are masked

    def set_masks(self, masks: bool) -> None:
        """Whether private entries are masked; they can be edited only while they are not."""
        if masks != self.masks:
            self.masks = masks
            if len(self._ids):
                self.dataChanged.emit(self.index(0, 0), self.index(len(self._ids) - 1, len(COLUMNS) - 1))

    def hides(self, index: Index) -> bool:
        """Whether what a cell says is masked, as far as it is here."""
        row = self._loader.get(self.entry_id(index.row())) if index.isValid() else None
        return row is not None and self._hides(row, COLUMNS[index.column()].name)

    def _hides(self, row: Row, name: str) -> bool:
        return self.masks and row.entry.private and name in PRIVATE_FIELDS

    # -- Qt's questions ----------------------------------------------------------------------------------------------

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        column = COLUMNS[section]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._title(column)
            case Qt.ItemDataRole.ToolTipRole:
                return f"{column.tip}. Click to sort, right-click to choose columns."
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column.numeric)
        return None

    def _title(self, column: Column) -> str:
        if column.name != self._sort:
            return column.title
        return f"{column.title} {'↓' if self._descending else '↑'}"

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        column = COLUMNS[index.column()]
        if self._past is not None or not (column.editable or column.name == "enabled"):
            return _PLAIN
        row = self._loader.get(self.entry_id(index.row()))
        if row is None or column.name in row.lengths or self._hides(row, column.name):
            return _PLAIN
        return _EDITABLE if column.editable else _CHECKABLE

    def look(self, row: int, number: int) -> Look:
        """A cell for painting, all in one: the same text as the display role."""
        entry_id, name = self._ids.item(row), COLUMNS[number].name
        stored = self._loader.get(entry_id)
        fate = self._past.fate(entry_id) if self._past is not None else ""
        candidate = self._figures.candidates.get(entry_id)
        expired = stored is not None and cells.is_expired(stored.entry)
        out = stored is not None and (not stored.entry.enabled or stored.entry.superseded_by is not None)
        quiet = expired or out or (candidate is not None and candidate.status == "cut")
        if name in RUN_COLUMNS:
            if candidate is None:
                return Look("", fate=fate) if fate else _NOTHING
            share = self._figures.value(name, entry_id, self._step) if name in ("attention", "now") else None
            text = cells.run_text(self._figures, name, entry_id, self._step)
            return Look(text, share, self._styles.get(entry_id), quiet)
        mark = ""
        if name == "id" and stored is not None:
            mark = past_marks.SIGNS.get(fate) or standing.mark(stored.entry, self._rivals(entry_id))
        return Look(
            self._stored_display(row, name, entry_id),
            quiet=quiet,
            mark=mark,
            struck=expired and name in ("key", "text"),
            fate=fate,
            link=name == "source" and stored is not None and bool(stored.link),
        )

    def _stored_display(self, row_number: int, name: str, entry_id: int) -> str:
        if name == "id":
            return str(entry_id)
        row = self._loader.get(entry_id)
        if row is None:
            self._loader.want(row_number // PAGE)
            return cells.WAITING
        text = cells.stored_text(row, name)
        return MASK if text and self._hides(row, name) else text

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._ids):
            return None
        entry_id, column = self.entry_id(index.row()), COLUMNS[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column.numeric)
        if column.name in RUN_COLUMNS:
            return self._run_data(column.name, entry_id, role)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._stored_display(index.row(), column.name, entry_id)
        return self._stored_data(column.name, entry_id, role)

    def _run_data(self, name: str, entry_id: int, role: int) -> Any:
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return cells.run_text(self._figures, name, entry_id, self._step)
            case Qt.ItemDataRole.ToolTipRole:
                return cells.run_tip(self._figures, name, entry_id, self._step)
        return None

    def _stored_data(self, name: str, entry_id: int, role: int) -> Any:
        row = self._loader.get(entry_id)
        if row is None:
            return None
        if self._hides(row, name):
            return standing.MASKED if role == Qt.ItemDataRole.ToolTipRole else None
        match role:
            case Qt.ItemDataRole.EditRole:
                return cells.edited_text(row.entry, name)
            case Qt.ItemDataRole.ToolTipRole if name == "id":
                return self._id_tip(row, entry_id)
            case Qt.ItemDataRole.ToolTipRole:
                return cells.stored_tip(row, name)
            case Qt.ItemDataRole.CheckStateRole if name == "enabled":
                return Qt.CheckState.Checked if row.entry.enabled else Qt.CheckState.Unchecked
        return None

    def _id_tip(self, row: Row, entry_id: int) -> str:
        said = [
            past_marks.WORDS.get(self._past.fate(entry_id), "") if self._past is not None else "",
            cells.stored_tip(row, "expires") if cells.is_expired(row.entry) else "",
            standing.standing_words(row.entry, self._rivals(entry_id)),
        ]
        return "\n".join(words for words in said if words)

    def link(self, index: Index) -> str:
        """What the cell of a source leads to; empty where it leads nowhere, or for another cell."""
        row = self._loader.get(self.entry_id(index.row())) if index.isValid() else None
        return row.link if row is not None and COLUMNS[index.column()].name == "source" else ""

    def value(self, index: Index) -> tuple[str, Entry] | None:
        """The column and the entry of a cell, where they are here."""
        row = self._loader.get(self.entry_id(index.row())) if index.isValid() else None
        return None if row is None else (COLUMNS[index.column()].name, row.entry)

    def cached(self, entry_id: int) -> bool:
        """The entry's cells are here."""
        return self._loader.get(entry_id) is not None

    def length(self, index: Index) -> int | None:
        """Characters of a cell's field when it is too long for the table, else None."""
        row = self._loader.get(self.entry_id(index.row()))
        return row.lengths.get(COLUMNS[index.column()].name) if row is not None else None

    # -- editing -----------------------------------------------------------------------------------------------------

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Sends an edit; the cell says the new text when the change comes back, and the old one if it is refused."""
        row = self._loader.get(self.entry_id(index.row())) if index.isValid() else None
        if row is None:
            return False
        name = COLUMNS[index.column()].name
        if self._past is not None:
            self.refused.emit(past_marks.READ_ONLY, (row.entry.id, name, None))
            return False
        if role == Qt.ItemDataRole.CheckStateRole and name == "enabled":
            return self._send(row.entry.id, name, Qt.CheckState(value) == Qt.CheckState.Checked, row.entry.enabled)
        if role != Qt.ItemDataRole.EditRole or not COLUMNS[index.column()].editable:
            return False
        return self.type_over(row.entry, name, str(value))

    def entry_at(self, index: Index) -> Entry | None:
        """The entry of a row as it is shown now, which an edit that begins now is on top of; None: not here yet."""
        row = self._loader.get(self.entry_id(index.row())) if index.isValid() else None
        return None if row is None else row.entry

    def type_over(self, seen: Entry, name: str, typed: str) -> bool:
        """Sends what was typed over a field of an entry as it was shown when the typing began."""
        if typed == cells.edited_text(seen, name):
            return False
        return self._send(seen.id, name, typed, getattr(seen, name))

    def seen(self, entry_id: int) -> dict[str, Any]:
        """What a deletion is made dependent on: the time of the edit that is shown; nothing where no row is here."""
        row = self._loader.get(entry_id)
        return {} if row is None else {"updated": row.entry.updated}

    def _send(self, entry_id: int, name: str, typed: str | bool, seen: Any) -> bool:
        def refuse(error: BaseException) -> None:
            if isinstance(error, EditConflict):
                self._loader.refresh([entry_id])
                self.conflicted.emit(error, (entry_id, name, typed))
            elif isinstance(error, KnownError):
                self.refused.emit(str(error), (entry_id, name, typed))
            else:
                self.failed.emit(error)

        try:
            value: Any = cells.parsed(name, typed) if isinstance(typed, str) else typed
            edit = Update(entry_id, seen={name: seen}, **{name: value})
            future = self._session.edit_async(edit, initiator=_INITIATOR)
        except KnownError as error:
            refuse(error)
            return False
        self._bridge.watch(future, _nothing_more, refuse)
        self._loader.refresh((entry_id,))  # read right behind the edit, before whatever else follows the change
        return True


def _nothing_more(change: Change) -> None:
    """The change itself arrives through ``Bridge.changed``."""


def _alignment(numeric: bool) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if numeric else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
