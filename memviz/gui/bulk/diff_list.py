"""A list of entries with what changes in each, word by word."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from memviz.core.edits import EntryDiff
from memviz.core.entry import EDITABLE_FIELDS, Entry
from memviz.core.privacy import MASK, PRIVATE_FIELDS
from memviz.gui.docks.inspector_diff import DiffText
from memviz.gui.docks.inspector_draft import DRAFT_FIELDS, raw_of
from memviz.gui.metrics import unit
from memviz.gui.privacy import Privacy
from memviz.gui.tables.labels import PlainLabel
from memviz.gui.tables.plain import one_line
from memviz.gui.tables.word_diff import Piece, word_diff

#: Fields that are compared word by word.
_WORDED = ("key", "text", "owner", "source", "tags", "metadata")
_FIELDS = (*DRAFT_FIELDS, "superseded_by")


class DiffList(QScrollArea):
    """Private entries are masked in what is shown; buttons tell the change itself. GUI thread.

    Signals:
        entry_chosen(int): somebody wants to see this entry.
        acted(object): the button of a row was pressed; its :class:`EntryDiff`.
        more_wanted(): the button under the last row was pressed.
    """

    entry_chosen = Signal(int)
    acted = Signal(object)
    more_wanted = Signal()

    def __init__(
        self, name: str, privacy: Privacy, parent: QWidget | None = None, *, action: str = "", tip: str = ""
    ) -> None:
        """``action``: what the button of each row says; empty: it has none."""
        super().__init__(parent)
        self._action, self._tip = action, tip
        self._privacy, self._private = privacy, frozenset[int]()
        privacy.changed.connect(self._draw_again)
        self.setAccessibleName(name)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._rows: list[DiffRow] = []
        self._more: QToolButton | None = None
        self._page = QWidget(self)
        space = unit(self)
        self._column = QVBoxLayout(self._page)
        self._column.setContentsMargins(2 * space, space, 2 * space, space)
        self._column.setSpacing(2 * space)
        self._sentence = PlainLabel("", self._page, color="muted")
        self._sentence.wrap()
        self._column.addWidget(self._sentence)
        self._column.addStretch(1)
        self.setWidget(self._page)

    @property
    def rows(self) -> list[DiffRow]:
        return self._rows

    @property
    def sentence(self) -> str:
        """What stands there instead of rows, or above them."""
        return self._sentence.text()

    def say(self, sentence: str, color: str = "muted") -> None:
        """Takes all rows away and says something instead."""
        self._clear()
        self._sentence.set_color(color)
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))

    def show_diffs(self, diffs: Sequence[EntryDiff], *, more: str = "", private: Collection[int] = ()) -> None:
        """Shows these and nothing else.

        Args:
            more: what the button under them says; empty: there is none.
            private: ids of entries that are private by now, whatever they were when they changed.
        """
        self.say("")
        self._private = frozenset()
        self.verticalScrollBar().setValue(0)
        self.add_diffs(diffs, more=more, private=private)

    def add_diffs(self, diffs: Sequence[EntryDiff], *, more: str = "", private: Collection[int] = ()) -> None:
        """Shows these too."""
        self._drop_more()
        self._private |= frozenset(private)
        for diff in diffs:
            row = self._made(diff)
            self._rows.append(row)
            self._column.insertWidget(self._column.count() - 1, row)
        if more:
            self._more = QToolButton(self._page)
            self._more.setText(more)
            self._more.setToolTip("Read the next ones")
            self._more.setAccessibleName(more)
            self._more.clicked.connect(self.more_wanted)
            self._column.insertWidget(self._column.count() - 1, self._more)

    def know_private(self, private: Collection[int]) -> None:
        """These of the entries that are shown are private by now, and no others."""
        self._private = frozenset(private)
        self._draw_again()

    def _made(self, diff: EntryDiff) -> DiffRow:
        row = DiffRow(diff, self._privacy.diff(diff, self._private), self._page, self._action, self._tip)
        row.entry_chosen.connect(self.entry_chosen)
        row.acted.connect(self.acted)
        return row

    def _draw_again(self) -> None:
        """Masking was switched: each row is made anew in its place."""
        for number, row in enumerate(self._rows):
            made = self._rows[number] = self._made(row.diff)
            self._column.replaceWidget(row, made)
            made.show()
            row.hide()
            row.deleteLater()

    def _clear(self) -> None:
        self._drop_more()
        for row in self._rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = []

    def _drop_more(self) -> None:
        if self._more is not None:
            self._column.removeWidget(self._more)
            self._more.hide()
            self._more.deleteLater()
            self._more = None


class DiffRow(QWidget):
    """An entry's id and key, and each field that changes.

    Signals:
        entry_chosen(int), acted(object): as in :class:`DiffList`.
    """

    entry_chosen = Signal(int)
    acted = Signal(object)

    def __init__(self, diff: EntryDiff, shown: EntryDiff, parent: QWidget, action: str = "", tip: str = "") -> None:
        """``shown``: the change as it may be seen; ``diff`` itself where nothing is masked."""
        super().__init__(parent)
        self.diff = diff
        space = unit(self)
        entry = shown.after or shown.before
        self.title = QToolButton(self)
        self.title.setAutoRaise(True)
        self.title.setText(str(diff.entry_id))
        self.title.setToolTip("Show this entry in the table and the inspector")
        self.title.setAccessibleName(f"Entry {diff.entry_id}")
        self.title.clicked.connect(lambda: self.entry_chosen.emit(diff.entry_id))
        key = PlainLabel(one_line(entry.key, 120) if entry is not None else "", self, semi_bold=True)
        key.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(space)
        head.addWidget(self.title)
        head.addWidget(key, 1)
        self.button: QPushButton | None = None
        if action:
            self.button = QPushButton(action, self)
            self.button.setAutoDefault(False)
            self.button.setToolTip(tip)
            self.button.setAccessibleName(f"{action}: entry {diff.entry_id}")
            self.button.clicked.connect(lambda: self.acted.emit(diff))
            head.addWidget(self.button)
        grid = QGridLayout()
        grid.setContentsMargins(space, 0, 0, 0)
        grid.setHorizontalSpacing(space)
        grid.setVerticalSpacing(space // 2)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(0, 12 * space)
        for row, (name, pieces) in enumerate(field_diffs(diff, shown)):
            label = PlainLabel(name, self, color="faint")
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(DiffText(pieces, self), row, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(space // 2)
        column.addLayout(head)
        column.addLayout(grid)


def field_diffs(diff: EntryDiff, shown: EntryDiff) -> list[tuple[str, list[Piece]]]:
    """(Name, pieces) of each field that changes; of a new or deleted entry, of each that says something.

    Args:
        shown: the change as it may be seen; ``diff`` itself where nothing is masked.
    """
    if diff.before is None or diff.after is None:
        entry = shown.after or shown.before
        kind, word = ("inserted", "added") if diff.before is None else ("deleted", "deleted")
        return [(word, [Piece(kind, entry.text or entry.key)])] if entry is not None else []
    changed = [name for name in _FIELDS if name in EDITABLE_FIELDS and name in diff.changed_fields()]
    masks = PRIVATE_FIELDS if shown is not diff else frozenset()
    return [(name.replace("_", " "), _pieces(name, diff.before, diff.after, name in masks)) for name in changed]


def _pieces(name: str, before: Entry, after: Entry, masked: bool) -> list[Piece]:
    """Words of a text; anything else as a whole."""
    old, new = _words(before, name), _words(after, name)
    if masked:
        old, new = (MASK if words else "" for words in (old, new))
    elif name in _WORDED:
        return word_diff(old, new)
    return [piece for piece in (Piece("deleted", old), Piece("inserted", new)) if piece.text]


def _words(entry: Entry, name: str) -> str:
    value = raw_of(entry, name)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "confidence":
        return f"{value:g}"
    return "" if value is None else str(value)
