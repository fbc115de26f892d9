"""The widgets of the inspector and where they stand; what they mean is in ``inspector.py``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from memviz.core.entry import Entry
from memviz.gui.docks.conflict_box import ConflictBox
from memviz.gui.docks.inspector_form import FieldForm
from memviz.gui.docks.inspector_history import HistoryList
from memviz.gui.docks.inspector_query import QueryPart
from memviz.gui.docks.inspector_section import Section
from memviz.gui.docks.inspector_why import WhyPart
from memviz.gui.tables.ages import age, date_time
from memviz.gui.tables.labels import PlainLabel
from memviz.gui.tables.notice import Notice
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.tables.plain_edit import PlainEdit


class InspectorPage(QWidget):
    """Head, text, part in the query, fields, history; a bar for what is unsaved. GUI thread."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = PlainLabel("", self, scale=1.15, semi_bold=True)
        self.title.setWordWrap(True)
        self.title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.facts = PlainLabel("", self, color="muted")
        self.facts.setWordWrap(True)
        self.text = PlainEdit(self)
        self.text.setAccessibleName("Text of the entry")
        self.text.setToolTip("What the model reads (Ctrl+Enter saves, Esc reverts)")
        self.text.setPlaceholderText("What the model reads")
        self.text.fit_lines(3, 14)
        self.beginning = PlainLabel("", self, color="muted")
        self.beginning.setWordWrap(True)
        self.whole_button = QToolButton(self)
        self.whole_button.setText("Show all")
        self.whole_button.setToolTip("Show the whole text, to read and edit it; this may take a moment")
        self.whole_button.clicked.connect(self.text.show_whole)
        self.text.shortened.connect(self._show_cut)
        self.query = QueryPart(self)
        self.why = WhyPart(self)
        self.form = FieldForm(self)
        self.history = HistoryList(self)
        self.notice = Notice(self)
        self.conflict = ConflictBox(self)
        self.elsewhere = Notice(self)
        self.why_section = Section("Why not?", self.why, self)
        self._sections = [
            Section("This query", self.query, self),
            self.why_section,
            Section("Fields", self.form, self),
            Section("History", self.history, self),
        ]
        self._make_unsaved_bar()
        self._lay_out()
        self._show_cut(0, 0)

    def _make_unsaved_bar(self) -> None:
        self.unsaved = QWidget(self)
        self._unsaved_words = PlainLabel("", self.unsaved, color="muted")
        self._unsaved_words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.revert_button = QToolButton(self.unsaved)
        self.revert_button.setText("Revert")
        self.revert_button.setToolTip("Show what is stored again (Esc)")
        self.save_button = QPushButton("Save", self.unsaved)
        self.save_button.setToolTip("Save what was typed, as one edit (Ctrl+Enter)")
        self.save_button.setDefault(True)
        row = QHBoxLayout(self.unsaved)
        row.setContentsMargins(12, 4, 8, 6)
        row.addWidget(self._unsaved_words, 1)
        row.addWidget(self.revert_button)
        row.addWidget(self.save_button)
        self.unsaved.hide()

    def _lay_out(self) -> None:
        column = QVBoxLayout()
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(6)
        column.addWidget(self.title)
        column.addWidget(self.facts)
        self._lines = QVBoxLayout()
        column.addLayout(self._lines)
        column.addWidget(self.text)
        cut = QHBoxLayout()
        cut.addWidget(self.beginning, 1)
        cut.addWidget(self.whole_button)
        column.addLayout(cut)
        for section in self._sections:
            column.addWidget(section)
        column.addStretch(1)
        body = QWidget(self)
        body.setLayout(column)
        self.scroller = QScrollArea(self)
        self.scroller.setWidgetResizable(True)
        self.scroller.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroller.setFrameShape(QScrollArea.Shape.NoFrame)
        self.scroller.setWidget(body)
        page = QWidget(self)
        rows = QVBoxLayout(page)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.scroller, 1)
        for each in (self.conflict, self.notice, self.elsewhere, self.unsaved):
            rows.addWidget(each)
        self.sentence = PlainLabel("", self, color="muted")
        self.sentence.setWordWrap(True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.sentence.setMargin(24)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.sentence)
        self._stack.addWidget(page)

    def add_line(self, line: QWidget) -> None:
        """A line below the head that follows the chosen entry by itself."""
        self._lines.addWidget(line)

    # -- what is shown -----------------------------------------------------------------------------------------------

    def show_sentence(self, sentence: str) -> None:
        """Nothing is chosen: one sentence instead of the page."""
        self.sentence.setText(sentence)
        self._stack.setCurrentIndex(0)

    def show_page(self) -> None:
        self._stack.setCurrentIndex(1)

    def show_head(self, entry_id: int, entry: Entry | None) -> None:
        """The key as title, and what the store keeps of the entry; None: it was deleted."""
        for widget in (self.text, self._sections[0], self._sections[2]):
            widget.setVisible(entry is not None)
        if entry is None:
            self.why_section.hide()
        if entry is None:
            self.title.setText(f"Entry {entry_id}")
            self.title.setToolTip("")
            self.facts.setText("It is not in the memory any more. Restore a version below to bring it back.")
            return
        self.title.setText(one_line(entry.key, 160) or "(no key)")
        self.title.setToolTip(tooltip(entry.key))
        used = f"used {entry.used_count:,} ×" if entry.used_count else "not used yet"
        edited = f"edited {_ago(entry.updated)}" if entry.updated != entry.created else f"created {_ago(entry.created)}"
        self.facts.setText(f"#{entry_id} · {edited} · {used}")
        self.facts.setToolTip(
            f"created {date_time(entry.created)}\nedited {date_time(entry.updated)}\n"
            f"last used {date_time(entry.last_used) or 'never'}"
        )

    def show_why(self) -> None:
        """Brings the section “Why not?” into sight."""
        self.why_section.unfold()
        QTimer.singleShot(0, self._scroll_to_why)  # it has its place once the page was laid out

    def _scroll_to_why(self) -> None:
        self.scroller.verticalScrollBar().setValue(self.why_section.y())

    def show_unsaved(self, names: Sequence[str]) -> None:
        """Which fields of the shown entry are not saved."""
        self._unsaved_words.setText(f"Unsaved: {', '.join(names)}")
        self._unsaved_words.setToolTip(self._unsaved_words.text())
        self.unsaved.setVisible(bool(names))

    def show_unsaved_elsewhere(self, ids: Sequence[int], go: Callable[[int], object]) -> None:
        """Which other entries have unsaved changes."""
        if not ids:
            self.elsewhere.clear()
            return
        more = f" and {len(ids) - 1} more" if len(ids) > 1 else ""
        self.elsewhere.say(f"Entry {ids[0]}{more} has unsaved changes.", action="Show", act=partial(go, ids[0]))

    def _show_cut(self, shown: int, length: int) -> None:
        """A very long text shows its beginning first."""
        self.beginning.setText(f"The first {shown:,} of {length:,} characters.")
        for widget in (self.beginning, self.whole_button):
            widget.setVisible(shown < length)


def _ago(seconds: float) -> str:
    words = age(seconds)
    return "just now" if words == "now" else f"{words} ago" if words and words != "later" else date_time(seconds)
