"""The turns of a conversation as rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from memviz.core.privacy import MASK
from memviz.gui.chat.times import clock, day
from memviz.gui.tables.plain import many_lines, one_line, tooltip

if TYPE_CHECKING:
    from memviz.session.chat_state import ChatState, ChatTurn

Index = QModelIndex | QPersistentModelIndex
RowRole = Qt.ItemDataRole.UserRole + 1
_LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class TurnRow:
    """What is painted of a turn.

    Attributes:
        who, when: of its heading.
        text: as plain text that cannot hide anything.
        user: whether the user said it.
        session: name of the sitting that begins with it; empty where none does.
        mark: in or out of the buffer, in words; empty before that is known.
        evicted: whether it is out.
        recalled: ids of the entries that were read for it.
        entry_id: of the turn; None while it is not stored.
    """

    who: str
    when: str
    text: str
    user: bool
    session: str = ""
    mark: str = ""
    evicted: bool = False
    recalled: tuple[int, ...] = ()
    entry_id: int | None = None


class TurnsModel(QAbstractListModel):
    """All turns, the oldest first, and at the end what is being answered. GUI thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._turns: tuple[ChatTurn, ...] = ()
        self._evicted: dict[int, int] = {}
        self._pending: tuple[TurnRow, ...] = ()
        self._hidden: frozenset[int] = frozenset()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - an invalid index is immutable
        return 0 if parent.isValid() else len(self._turns) + len(self._pending)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.row(index.row())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return one_line(row.text)
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(f"{row.who} {row.when}\n{row.mark}".strip())
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{row.who}: {one_line(row.text)}"
            case _:
                return row if role == RowRole else None

    def row(self, number: int) -> TurnRow:
        """What is painted at a row."""
        if number >= len(self._turns):
            return self._pending[number - len(self._turns)]
        said = self._turns[number]
        before = self._turns[number - 1] if number else None
        evicted = self._evicted.get(said.number)
        new = before is None or before.session != said.session
        user = said.turn.role == "user"
        hides = said.number in self._hidden
        mark = f"out of the buffer since turn {evicted}" if evicted is not None else ""
        return TurnRow(
            (said.turn.speaker if not hides else "") or ("You" if user else said.model or "Assistant"),
            clock(said.turn.time),
            MASK if hides else many_lines(said.turn.text, limit=_LONGEST),
            user,
            (day(said.turn.time) or said.session) if new else "",
            mark,
            evicted is not None,
            said.recalled,
            said.entry_id,
        )

    def row_of_entry(self, entry_id: int | None) -> int:
        """The row of a turn's entry; -1 where none is."""
        return next((at for at, turn in enumerate(self._turns) if turn.entry_id == entry_id), -1)

    def show_state(self, state: ChatState | None, asked: str = "", answered: str = "", who: str = "") -> None:
        """Takes over a state; ``asked`` and ``answered``: what is on its way, and by whom."""
        self._set_pending(())
        turns = state.turns if state is not None else ()
        evicted = {gone.number: gone.evicted_by or 0 for gone in state.buffer.evicted} if state is not None else {}
        known = len(self._turns)
        if turns[:known] != self._turns:
            self.beginResetModel()
            self._turns, self._evicted = turns, evicted
            self.endResetModel()
        else:
            if len(turns) > known:
                with self._inserting(known, len(turns) - known):
                    self._turns = turns
            changed = [number for number in evicted if number not in self._evicted]
            self._evicted = evicted
            if changed:
                self.dataChanged.emit(self.index(min(changed) - 1), self.index(max(changed) - 1))
        if asked:
            rows = (TurnRow(state.owner if state is not None else "You", "", asked, True),)
            self._set_pending((*rows, TurnRow(who, "", answered or "…", False)))

    def hide_turns(self, numbers: frozenset[int]) -> None:
        """From now on no word of the turns with these numbers is shown, and those of all others."""
        changed = numbers ^ self._hidden
        self._hidden = numbers
        if changed and self._turns:
            self.dataChanged.emit(self.index(0), self.index(len(self._turns) - 1))

    def show_answer(self, answered: str) -> None:
        """The answer that is on its way has grown."""
        if self._pending and self._pending[-1].text != answered:
            last = self._pending[-1]
            self._pending = (*self._pending[:-1], TurnRow(last.who, "", answered or "…", False))
            at = self.index(self.rowCount() - 1)
            self.dataChanged.emit(at, at)

    def _set_pending(self, rows: tuple[TurnRow, ...]) -> None:
        first = len(self._turns)
        if self._pending:
            self.beginRemoveRows(QModelIndex(), first, first + len(self._pending) - 1)
            self._pending = ()
            self.endRemoveRows()
        if rows:
            with self._inserting(first, len(rows)):
                self._pending = rows

    @contextmanager
    def _inserting(self, first: int, count: int) -> Iterator[None]:
        self.beginInsertRows(QModelIndex(), first, first + count - 1)
        try:
            yield
        finally:
            self.endInsertRows()
