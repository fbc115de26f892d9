"""What came of a question under one policy: the answer, what was recalled, what was left out."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from memviz.core.events import Candidate
from memviz.core.recall_settings import ConflictPolicy
from memviz.gui.conflicts.policy_asker import Outcome
from memviz.gui.metrics import unit
from memviz.gui.privacy import Privacy
from memviz.gui.recall_dialog.ranking_page import POLICIES
from memviz.gui.tables.labels import PlainLabel
from memviz.gui.tables.plain import one_line, tooltip

#: So many recalled entries are shown, and the rest counted.
_MOST = 6
#: Characters of an answer; the tool tip has the whole.
_LONGEST = 160


class PolicyColumn(QWidget):
    """One policy. What came of it is shown as others may see it while private entries are masked. GUI thread.

    Signals:
        chosen(object): the memory shall use this policy.
        entry_chosen(int)
    """

    chosen = Signal(object)
    entry_chosen = Signal(int)

    def __init__(self, policy: ConflictPolicy, privacy: Privacy, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.policy = policy
        self._privacy = privacy
        privacy.changed.connect(self._draw_again)
        self.outcome: Outcome | None = None
        space = unit(self)
        name, meaning = POLICIES[policy]
        self.name = PlainLabel(name, self, semi_bold=True)
        self.meaning = self._words(meaning, "muted", 0.92)
        self.meaning.setMinimumHeight(2 * self.meaning.fontMetrics().lineSpacing())  # answers begin side by side
        self.meaning.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.answer = self._words("", "text", 1.15)
        self.answer.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.head = self._words("", "muted", 0.92)
        self._entries = QVBoxLayout()
        self._entries.setSpacing(space // 2)
        self.use_button = QPushButton("Use This Policy", self)
        self.use_button.setAccessibleName(f"Use this policy: {name}")
        self.use_button.setToolTip(f"This memory recalls so from now on: {meaning[0].lower()}{meaning[1:]}")
        self.use_button.setAutoDefault(False)
        self.use_button.clicked.connect(self._use)
        column = QVBoxLayout(self)
        column.setContentsMargins(space, 0, space, 0)
        column.setSpacing(space)
        for widget in (self.name, self.meaning, self.answer, self.head):
            column.addWidget(widget)
        column.addLayout(self._entries)
        column.addStretch(1)
        column.addWidget(self.use_button)

    def _words(self, words: str, color: str, scale: float = 1.0) -> PlainLabel:
        label = PlainLabel(words, self, color=color, scale=scale)
        label.wrap()
        return label

    def _use(self) -> None:
        self.chosen.emit(self.policy)

    def show_current(self, current: ConflictPolicy) -> None:
        """``current``: what the memory uses now."""
        own = current is self.policy
        self.use_button.setText("In Use" if own else "Use This Policy")
        self.use_button.setEnabled(not own and self.outcome is not None and not self.outcome.error)

    def show_waiting(self, words: str) -> None:
        self.outcome = None
        self._clear()
        self.answer.set_color("muted")
        self.answer.setText(words)
        self.head.setText("")

    def _draw_again(self) -> None:
        if self.outcome is not None:
            self.show_outcome(self.outcome)

    def show_outcome(self, outcome: Outcome) -> None:
        self.outcome = outcome
        outcome = outcome.masked if self._privacy.masks and outcome.masked is not None else outcome
        self._clear()
        self.answer.set_color("error" if outcome.error else "text")
        if outcome.error:
            self.answer.setText(outcome.error)
        else:
            self.answer.setText("" if outcome.answer is None else one_line(outcome.answer, _LONGEST) or "(no answer)")
        self.answer.setToolTip(tooltip(outcome.answer or ""))
        self.answer.setVisible(bool(self.answer.text()))
        if outcome.event is None:
            self.head.setText("")
            return
        # Those that are in conflict first: they are what is compared.
        injected = sorted(outcome.event.injected(), key=lambda one: not one.conflicts)
        count = len(injected)
        self.head.setText(f"recalls {count:,} {'entry' if count == 1 else 'entries'}" if count else "recalls nothing")
        for one in injected[:_MOST]:
            self._add(one, outcome, "✓" if one.conflicts else "·", "text" if one.conflicts else "muted")
        if count > _MOST:
            self._entries.addWidget(self._words(f"and {count - _MOST:,} more", "muted", 0.92))
        losers = [one for one in outcome.event.candidates if one.cause == "superseded"]
        if losers:
            self._entries.addWidget(self._words("left out in favour of another", "muted", 0.92))
        for one in losers[:_MOST]:
            self._add(one, outcome, "✗", "warning")

    def _add(self, one: Candidate, outcome: Outcome, mark: str, color: str) -> None:
        entry = (outcome.entries or {}).get(one.entry_id)
        if entry is None:
            return
        line = _EntryLine(f"{mark} {entry.id}  {one_line(entry.text or entry.key, 140)}", color, self)
        remark = outcome.event.remarks.get(one.entry_id, "") if outcome.event is not None else ""
        tip = "\n".join(
            filter(None, (entry.key, entry.text, one.reason, f"the model is told: {remark}" if remark else ""))
        )
        line.setToolTip(tooltip(tip))
        line.setAccessibleName(f"Show entry {entry.id}")
        line.clicked.connect(partial(self._entry_clicked, entry.id))
        self._entries.addWidget(line)

    def _entry_clicked(self, entry_id: int) -> None:
        self.entry_chosen.emit(entry_id)

    def _clear(self) -> None:
        while (item := self._entries.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()


class _EntryLine(PlainLabel):
    """An entry over as many lines as it takes; a click or Return chooses it.

    Signals:
        clicked()
    """

    clicked = Signal()

    def __init__(self, words: str, color: str, parent: QWidget) -> None:
        super().__init__(words, parent, color=color)
        self.wrap()
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.clicked.emit()
            return
        super().keyPressEvent(event)
