"""The rows of the ledger: one for every candidate of a run, sorted and filtered here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QWidget

from memviz.core.decay import DAY
from memviz.core.events import Candidate, PromptEvent, RecallEvent
from memviz.gui.tables.bill import Line, bill, digits_for
from memviz.gui.tables.cells import share
from memviz.gui.tables.columns import Column
from memviz.gui.tables.ledger_columns import DETAIL, LIVE, PART, ledger_columns
from memviz.gui.tables.plain import one_line, tooltip
from memviz.session.ledger import disagreements, passed, prompt_tokens

Index = QModelIndex | QPersistentModelIndex
Value = str | int | float | None

#: What the rows are narrowed to.
ALL, INJECTED, CUT = "all", "injected", "cut"


class LedgerModel(QAbstractTableModel):
    """Candidates with everything that is known of them. GUI thread.

    Attributes:
        columns: those that this run has, in their order.
        rows: the candidates that are shown, in their order.
        total: the greatest score, at least 0: as long as the cell is wide.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.columns: list[Column] = []
        self.rows: list[Candidate] = []
        self.total = 0.0
        self._recall: RecallEvent | None = None
        self._all: Sequence[Candidate] = ()
        self._words: Mapping[int, str] = {}
        self._tokens: dict[int, int] = {}
        self._shares: Mapping[int, float] = {}
        self._remarks: dict[int, str] = {}
        self._lines: dict[int, list[Line]] = {}
        self._digits = 2
        self._only, self._text = ALL, ""
        self._sort, self._descending = "rank", False

    # -- what is shown -----------------------------------------------------------------------------------------------

    def show_recall(
        self,
        recall: RecallEvent,
        candidates: Sequence[Candidate],
        prompt: PromptEvent | None,
        words: Mapping[int, str],
    ) -> None:
        """Another run, or its prompt has come; ``words``: for each entry."""
        with self._reset():
            self._all, self._words = candidates, words
            self._tokens = prompt_tokens(prompt)
            self._shares, self._remarks = {}, {}
            self._recall = recall
            self.columns = ledger_columns(recall, candidates, tokens=bool(self._tokens))
            self.total = max((sum(v for v in one.parts.values() if v > 0) for one in candidates), default=0.0)
            self._digits = digits_for(max((abs(one.score) for one in candidates), default=0.0))
            self._lines = {}
            self._arrange()

    def show_attention(self, shares: Mapping[int, float], *, finished: bool) -> None:
        """Shares of attention so far; remarks are made of a whole answer only."""
        remarks = disagreements(self._all, shares) if finished else {}
        if shares == self._shares and remarks == self._remarks:
            return
        again = finished and (self._sort in LIVE or bool(remarks) != bool(self._remarks))
        self._shares, self._remarks = shares, remarks
        if again and self._recall is not None:
            with self._reset():
                self.columns = ledger_columns(self._recall, self._all, tokens=bool(self._tokens), remarks=bool(remarks))
                self._arrange()
        elif self.rows:
            live = [number for number, column in enumerate(self.columns) if column.name in LIVE]
            self.dataChanged.emit(self.index(0, min(live)), self.index(len(self.rows) - 1, max(live)))

    def narrow(self, only: str, text: str) -> None:
        """Rows of one status (:data:`ALL`, :data:`INJECTED`, :data:`CUT`) that hold a text."""
        if (only, text) != (self._only, self._text):
            with self._reset():
                self._only, self._text = only, text.strip().casefold()
                self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        if 0 <= column < len(self.columns):
            with self._reset():
                self._sort = self.columns[column].name
                self._descending = order == Qt.SortOrder.DescendingOrder
                self._arrange()

    @property
    def sorted_by(self) -> tuple[str, bool]:
        """Name of the column, and whether the greatest comes first."""
        return self._sort, self._descending

    @contextmanager
    def _reset(self) -> Iterator[None]:
        self.beginResetModel()
        try:
            yield
        finally:
            self.endResetModel()

    def _arrange(self) -> None:
        """Ties by rank; what says nothing comes last."""
        if all(column.name != self._sort for column in self.columns):
            self._sort, self._descending = "rank", False
        shown = sorted((one for one in self._all if self._is_shown(one)), key=lambda one: one.rank)
        keyed = [(self.value(one, self._sort), one) for one in shown]
        known = [(value, one) for value, one in keyed if value not in (None, "")]
        known.sort(key=lambda pair: pair[0], reverse=self._descending)
        self.rows = [one for _, one in known] + [one for value, one in keyed if value in (None, "")]

    def _is_shown(self, one: Candidate) -> bool:
        if self._only != ALL and (one.status == "injected") != (self._only == INJECTED):
            return False
        said = f"{one.entry_id} {self._words.get(one.entry_id, '')} {one.cause} {one.reason}"
        return self._text in said.casefold()

    # -- cells -------------------------------------------------------------------------------------------------------

    def row_of(self, entry_id: int | None) -> int:
        """Where an entry stands; -1 where it does not."""
        return next((row for row, one in enumerate(self.rows) if one.entry_id == entry_id), -1)

    def value(self, one: Candidate, name: str) -> Value:
        """What a cell says, as a number where it is one; by this the rows are sorted."""
        if name.startswith(PART):
            return one.parts.get(name.removeprefix(PART))
        if name.startswith(DETAIL):
            return one.details.get(name.removeprefix(DETAIL))
        match name:
            case "rank":
                return one.rank
            case "id":
                return one.entry_id
            case "entry":
                return self._words.get(one.entry_id, "")
            case "words" | "vectors":
                return one.found.get("lexical" if name == "words" else "dense")
            case "filter":
                return passed(one)
            case "score":
                return one.score
            case "status":
                return one.cause or one.status
            case "tokens":
                return self._tokens.get(one.entry_id)
            case "attention":
                return self._shares.get(one.entry_id)
            case "conflicts":
                return len(one.conflicts) or None
            case "remark":
                return self._remarks.get(one.entry_id, "")
            case "retention":
                return one.details.get(name)
            case "age":
                return one.details["age"] / DAY if "age" in one.details else None
        return one.reason

    def share(self, one: Candidate) -> float | None:
        return self._shares.get(one.entry_id)

    def text(self, one: Candidate, name: str) -> str:
        """What a cell shows, on one line; the parts of a score add up as they are shown."""
        value = self.value(one, name)
        if value is None:
            return ""
        if name.startswith(PART):
            return self._shown(one, name.removeprefix(PART))
        match name:
            case "score":
                return f"{value:.{self._digits}f}"
            case "attention":
                return share(float(value))
            case "status":
                return f"cut · {value}" if one.cause else str(value)
            case "age":
                return _age(float(value))
            case "conflicts":
                return f"≠ {value}"
        return f"{value:.3f}" if isinstance(value, float) else one_line(str(value))

    def _shown(self, one: Candidate, part: str) -> str:
        lines = self._lines.get(one.entry_id)
        if lines is None:
            lines = self._lines[one.entry_id] = bill(one.parts, one.score, self._digits)
        return next((line.shown for line in lines if line.name == part), "")

    def tip(self, one: Candidate, name: str) -> str:
        """The whole of what a cell stands for."""
        match name:
            case "score":
                lines = [f"{part}: {value:.6f}" for part, value in one.parts.items()]
                return "\n".join([*lines, f"score: {one.score:.6f}"])
            case "status" | "filter":
                return f"{one.status}: {one.reason}" if one.reason else one.status
            case "conflicts" if one.conflicts:
                return f"Entries {', '.join(map(str, one.conflicts))} claim something else about the same."
            case "age" if "age" in one.details:
                return f"{one.details['age'] / DAY:,.2f} days"
        value = self.value(one, name)
        return f"{value:.6f}" if isinstance(value, float) else str(value if value is not None else "")

    # -- Qt’s questions ----------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - an invalid index is immutable
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - an invalid index is immutable
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        one, column = self.rows[index.row()], self.columns[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return self.text(one, column.name)
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(self.tip(one, column.name))
            case Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignRight if column.numeric else Qt.AlignmentFlag.AlignLeft
                return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                arrow = "" if column.name != self._sort else " ▾" if self._descending else " ▴"
                return column.title + arrow
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(f"{column.tip}. Click to sort, right-click to choose columns.")
            case Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignRight if column.numeric else Qt.AlignmentFlag.AlignLeft
                return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None


def _age(days: float) -> str:
    return f"{days:,.0f} d" if days >= 10 else f"{days:.1f} d"
