"""The entries of one conflict side by side: what they say, where it is from, and who would win."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QPushButton, QScrollArea, QToolButton, QWidget

from memviz.core.entry import Entry
from memviz.core.recall_settings import ConflictPolicy, RecallSettings
from memviz.gui.docks.inspector_diff import DiffText
from memviz.gui.metrics import unit
from memviz.gui.privacy import Privacy
from memviz.gui.recall_dialog.ranking_page import POLICIES
from memviz.gui.tables.ages import age, date_time
from memviz.gui.tables.labels import PlainLabel
from memviz.gui.tables.plain import many_lines, one_line, tooltip
from memviz.gui.tables.word_diff import word_diff

if TYPE_CHECKING:
    from memviz.recall.conflicts import Conflict

#: Policies that decide who wins, as buttons say it.
DECIDING = {
    ConflictPolicy.NEWEST: "newest",
    ConflictPolicy.CONFIDENT: "most confident",
    ConflictPolicy.SOURCES: "most sources",
}
#: More entries than these are only counted.
MOST = 12
_TOP = Qt.AlignmentFlag.AlignTop


class SideBySide(QScrollArea):
    """A grid with a column for each entry and a row for each thing to compare. Private ones are masked. GUI thread.

    Signals:
        entry_chosen(int)
        settle_wanted(object): a policy that shall decide this conflict.
    """

    entry_chosen = Signal(int)
    settle_wanted = Signal(object)

    def __init__(self, privacy: Privacy, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._privacy = privacy
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setAccessibleName("Entries side by side")
        self.setToolTip("The entries that disagree, and who would win")
        self.ticks: dict[ConflictPolicy, list[bool]] = {}
        self.settle_buttons: dict[ConflictPolicy, QPushButton] = {}
        self.show_sentence("Choose a conflict to see its entries side by side.")

    def show_sentence(self, sentence: str) -> None:
        """Nothing to compare: one sentence instead."""
        self.ticks, self.settle_buttons = {}, {}
        label = PlainLabel(sentence, self, color="muted")
        label.setWordWrap(True)
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        label.setMargin(3 * unit(self))
        self.setWidget(label)

    def show_conflict(self, conflict: Conflict, settings: RecallSettings, *, writable: bool = True) -> None:
        place = self.verticalScrollBar().value()
        body = QWidget(self)
        space = unit(self)
        grid = QGridLayout(body)
        grid.setContentsMargins(2 * space, space, 2 * space, 2 * space)
        grid.setHorizontalSpacing(3 * space)
        grid.setVerticalSpacing(space)
        entries = conflict.entries[:MOST]
        for column in range(1, len(entries) + 1):
            grid.setColumnStretch(column, 1)
            grid.setColumnMinimumWidth(column, 18 * space)
        self._add_heads(grid, body, entries)
        shown = tuple(map(self._privacy.entry, entries))
        self._add_texts(grid, body, shown)
        self._add_facts(grid, body, shown, conflict.decided)
        self._add_outcomes(grid, body, conflict, settings, writable)
        if len(conflict.entries) > MOST:
            more = PlainLabel(f"and {len(conflict.entries) - MOST:,} more entries", body, color="muted")
            grid.addWidget(more, grid.rowCount(), 1, 1, -1)
        grid.setRowStretch(grid.rowCount(), 1)
        self.setWidget(body)
        self.verticalScrollBar().setValue(place)

    def _add_heads(self, grid: QGridLayout, body: QWidget, entries: tuple[Entry, ...]) -> None:
        for column, entry in enumerate(entries, 1):
            head = QToolButton(body)
            head.setText(f"Entry {entry.id}")
            head.setAccessibleName(f"Show entry {entry.id}")
            head.setToolTip("Choose this entry in the window")
            head.setStyleSheet("QToolButton { border: none; padding: 0px; color: palette(link); }")
            head.clicked.connect(partial(self.entry_chosen.emit, entry.id))
            grid.addWidget(head, 0, column, Qt.AlignmentFlag.AlignLeft)

    def _add_texts(self, grid: QGridLayout, body: QWidget, entries: tuple[Entry, ...]) -> None:
        self._label(grid, body, 1, "text")
        for column, entry in enumerate(entries, 1):
            masked = self._privacy.hides(entries[0]) or self._privacy.hides(entry)
            if column == 1 or masked or entry.text == entries[0].text:
                color = "muted" if column > 1 and entry.text == entries[0].text else "text"
                text: QWidget = self._cell(body, many_lines(entry.text or entry.key, limit=2_000), color)
            else:
                text = DiffText(word_diff(entries[0].text, entry.text), body)
                text.setAccessibleName(f"Text of entry {entry.id}, compared with entry {entries[0].id}")
                text.setToolTip(tooltip(f"{entry.text}\n\ncompared with entry {entries[0].id}"))
            grid.addWidget(text, 1, column, _TOP)

    def _add_facts(self, grid: QGridLayout, body: QWidget, entries: tuple[Entry, ...], decided: frozenset[int]) -> None:
        best = {
            "edited": max(entry.updated for entry in entries),
            "confidence": max(entry.confidence for entry in entries),
        }
        for row, name in enumerate(("source", "edited", "confidence", "used", "standing"), 2):
            self._label(grid, body, row, name)
            for column, entry in enumerate(entries, 1):
                words, tip = _fact(entry, name, decided)
                top = {"edited": entry.updated, "confidence": entry.confidence}.get(name)
                equal = name == "confidence" and len({other.confidence for other in entries}) == 1
                color = "text" if (top is not None and top == best[name] and not equal) else "muted"
                if name == "standing":
                    color = "warning" if entry.id in decided else "muted"
                cell = self._cell(body, words, color)
                cell.setToolTip(tooltip(tip))
                grid.addWidget(cell, row, column, _TOP)

    def _add_outcomes(
        self, grid: QGridLayout, body: QWidget, conflict: Conflict, settings: RecallSettings, writable: bool
    ) -> None:
        """As if nothing was decided yet: what each policy would recall."""
        row = grid.rowCount()
        line = QFrame(body)
        line.setFixedHeight(1)
        line.setProperty("hairline", True)
        line.setStyleSheet("background: palette(mid);")
        grid.addWidget(line, row, 0, 1, -1)
        own = settings.exceptions.get(conflict.name)
        holds = own or settings.policy
        whose = "for this one" if own else "the memory’s policy"
        head = PlainLabel("Who is recalled", body, semi_bold=True)
        grid.addWidget(head, row + 1, 0)
        grid.addWidget(PlainLabel(f"{whose}: {POLICIES[holds][0].lower()}", body, color="muted"), row + 1, 1, 1, -1)
        undecided = replace(conflict, decided=frozenset())
        self.ticks, self.settle_buttons = {}, {}
        rows = [*DECIDING, ConflictPolicy.BOTH]
        for number, policy in enumerate(rows, row + 2):
            kept = {entry.id for entry in undecided.kept(policy)}
            words = DECIDING.get(policy, "keep both")
            if policy in DECIDING:
                self.settle_buttons[policy] = self._settle_button(body, policy, conflict.settled, writable)
                grid.addWidget(self.settle_buttons[policy], number, 0)
            else:
                grid.addWidget(PlainLabel(words, body, color="muted"), number, 0)
            self.ticks[policy] = [entry.id in kept for entry in conflict.entries[:MOST]]
            for column, wins in enumerate(self.ticks[policy], 1):
                mark = "✓ recalled" if wins else "–"
                grid.addWidget(
                    self._cell(body, mark, "accent" if wins and policy is holds else "text" if wins else "faint"),
                    number,
                    column,
                )

    def _settle_button(self, body: QWidget, policy: ConflictPolicy, settled: bool, writable: bool) -> QPushButton:
        button = QPushButton(f"Settle: {DECIDING[policy]}", body)
        button.setAccessibleName(f"Settle by {DECIDING[policy]}")
        tip = "Mark the others as superseded; they stay in the memory, and undo takes it back"
        if settled:
            tip = "It is settled already; take that back first"
        elif not writable:
            tip = "This memory cannot be written"
        button.setToolTip(tip)
        button.setEnabled(writable and not settled)
        button.setAutoDefault(False)
        button.clicked.connect(partial(self._settle_clicked, policy))
        return button

    def _settle_clicked(self, policy: ConflictPolicy, _checked: bool = False) -> None:
        self.settle_wanted.emit(policy)

    def _label(self, grid: QGridLayout, body: QWidget, row: int, words: str) -> None:
        grid.addWidget(PlainLabel(words, body, color="muted"), row, 0, _TOP)

    def _cell(self, body: QWidget, words: str, color: str) -> PlainLabel:
        cell = PlainLabel(words, body, color=color)
        cell.wrap()
        cell.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return cell


def _fact(entry: Entry, name: str, decided: frozenset[int]) -> tuple[str, str]:
    """(Words of a cell, the whole in a tool tip)."""
    match name:
        case "source":
            return one_line(entry.source, 80) or "none", entry.source or "An entry without a source stands for itself"
        case "edited":
            ago = age(entry.updated)
            when = date_time(entry.updated)
            words = f"{when[:10]} · {ago} ago" if ago not in ("", "now", "later") else f"{when[:10]} · {ago}"
            return words, f"created {date_time(entry.created)}, edited {when}"
        case "confidence":
            return f"{entry.confidence:g}", "Confidence, 0 to 1"
        case "used":
            return f"{entry.used_count:,} ×" if entry.used_count else "not yet", "How often an answer’s prompt held it"
    if entry.id in decided:
        return f"superseded by entry {entry.superseded_by}", "It stays in the memory and is not recalled"
    if entry.superseded_by is not None:
        return "stands again", f"Entry {entry.superseded_by}, which stood for it, is gone or not recalled any more"
    return "stands", "No other entry stands for it"
