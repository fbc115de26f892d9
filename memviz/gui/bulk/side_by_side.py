"""The entries of a group of duplicates, side by side, with what differs from the first."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QPushButton, QScrollArea, QToolButton, QWidget

from memviz.core.entry import Entry
from memviz.gui.docks.inspector_diff import DiffText
from memviz.gui.metrics import unit
from memviz.gui.privacy import Privacy
from memviz.gui.tables.ages import age, date_time
from memviz.gui.tables.labels import PlainLabel
from memviz.gui.tables.plain import many_lines, tooltip
from memviz.gui.tables.word_diff import word_diff

#: More do not fit beside each other; the line under them says how many there are.
MOST = 6
_FACTS = ("key", "owner", "source", "tags", "edited", "confidence", "used")
_TOP = Qt.AlignmentFlag.AlignTop


class EntriesSideBySide(QScrollArea):
    """Private ones are masked. GUI thread. Signals: entry_chosen(int); keep_wanted(int): this one shall stay."""

    entry_chosen = Signal(int)
    keep_wanted = Signal(int)

    def __init__(self, privacy: Privacy, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._privacy = privacy
        self._entries: Sequence[Entry] = ()
        privacy.changed.connect(self._draw_again)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("Entries side by side")

    def _draw_again(self) -> None:
        if self._entries:
            place = self.verticalScrollBar().value()
            self.show_entries(self._entries)
            self.verticalScrollBar().setValue(place)

    def show_sentence(self, sentence: str) -> None:
        self._entries = ()
        label = PlainLabel(sentence, self, color="muted")
        label.setWordWrap(True)
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        label.setMargin(3 * unit(self))
        self.setWidget(label)

    def show_entries(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        body, space = QWidget(self), unit(self)
        grid = QGridLayout(body)
        grid.setContentsMargins(2 * space, space, 2 * space, 2 * space)
        grid.setHorizontalSpacing(3 * space)
        grid.setVerticalSpacing(space)
        shown = [self._privacy.entry(entry) for entry in entries[:MOST]]
        for column, entry in enumerate(shown, 1):
            grid.setColumnStretch(column, 1)
            grid.setColumnMinimumWidth(column, 18 * space)
            head = QToolButton(body)
            head.setText(f"Entry {entry.id}")
            head.setAccessibleName(f"Show entry {entry.id}")
            head.setToolTip("Choose this entry in the window")
            head.setStyleSheet("QToolButton { border: none; padding: 0px; color: palette(link); }")
            head.clicked.connect(partial(self.entry_chosen.emit, entry.id))
            grid.addWidget(head, 0, column, Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(self._text(body, shown[0], entry), 1, column, _TOP)
            keep = QPushButton("Keep This One", body)
            keep.setAutoDefault(False)
            keep.setAccessibleName(f"Keep entry {entry.id}")
            keep.setToolTip("It stays, the others are superseded by it or deleted, as chosen below")
            keep.clicked.connect(partial(self.keep_wanted.emit, entry.id))
            grid.addWidget(keep, len(_FACTS) + 2, column, Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(PlainLabel("text", body, color="faint"), 1, 0, _TOP)
        for row, name in enumerate(_FACTS, 2):
            values = [_fact(entry, name) for entry in shown]
            grid.addWidget(PlainLabel(name, body, color="faint"), row, 0, _TOP)
            for column, words in enumerate(values, 1):
                label = PlainLabel(
                    many_lines(words, limit=300) or "–", body, color="muted" if len(set(values)) == 1 else "text"
                )
                label.wrap()
                label.setToolTip(tooltip(words))
                grid.addWidget(label, row, column, _TOP)
        if len(entries) > MOST:
            more = PlainLabel(f"and {len(entries) - MOST:,} more entries", body, color="muted")
            grid.addWidget(more, grid.rowCount(), 1, 1, -1)
        grid.setRowStretch(grid.rowCount(), 1)
        self.setWidget(body)

    def _text(self, body: QWidget, first: Entry, entry: Entry) -> QWidget:
        masked = self._privacy.hides(first) or self._privacy.hides(entry)
        if entry is first or masked or entry.text == first.text:
            same = entry is not first and entry.text == first.text
            label = PlainLabel(many_lines(entry.text or entry.key), body, color="muted" if same else "text")
            label.wrap()
            return label
        diff = DiffText(word_diff(first.text, entry.text), body)
        diff.setAccessibleName(f"Text of entry {entry.id}, compared with entry {first.id}")
        return diff


def _fact(entry: Entry, name: str) -> str:
    match name:
        case "edited":
            return f"{age(entry.updated)} · {date_time(entry.updated)}"
        case "confidence":
            return f"{entry.confidence:.2f}"
        case "used":
            return f"{entry.used_count:,}"
        case "tags":
            return ", ".join(entry.tags)
    return str(getattr(entry, name))
