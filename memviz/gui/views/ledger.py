"""Every recall as a bill: a row for every entry that was looked at, from where it was found to how much it was read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QMenu, QToolButton, QVBoxLayout, QWidget

from memviz.core.events import PromptEvent, RecallEvent
from memviz.core.trace import Trace
from memviz.gui.metrics import unit
from memviz.gui.settings import Settings
from memviz.gui.slot_colors import SlotStyle, memory_slots, style_of_number
from memviz.gui.tables.ledger_model import ALL, CUT, INJECTED, LedgerModel
from memviz.gui.tables.ledger_table import LedgerTable
from memviz.gui.tables.plain import tooltip
from memviz.gui.tables.run_figures import RunFigures
from memviz.gui.theme import Colors
from memviz.gui.views.base import View
from memviz.gui.views.part_legend import PartLegend
from memviz.gui.widgets import ElidedLabel
from memviz.session.ledger import FIRST_RANKS, UNUSED_SHARE, candidates_of, summary

_REMARKS = (
    f"Remarks: “injected, unused” got less than {UNUSED_SHARE:.0%} of the answer’s attention;"
    f" “most attention, low rank” was read most, and is not among the first {FIRST_RANKS}."
)


class LedgerView(View):
    """What was searched, how it was scored, and what became of every candidate."""

    title: ClassVar[str] = "Ledger"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawn: tuple[RecallEvent | None, PromptEvent | None] = (None, None)
        self._figures = RunFigures()
        self.model = LedgerModel(self)
        self.rows = LedgerTable(self.model, self.content)
        self.rows.entry_chosen.connect(self.entry_chosen)
        self.buttons = {only: self._button(only) for only in (ALL, INJECTED, CUT)}
        self.field = QLineEdit(self.controls)
        self.field.setPlaceholderText("Filter")
        self.field.setClearButtonEnabled(True)
        self.field.setAccessibleName("Filter the candidates")
        self.field.setToolTip("Show candidates whose entry, id or reason holds this")
        self.field.setMaximumWidth(24 * unit(self))
        self.field.textChanged.connect(self._narrow)
        self.add_control(self.field)
        self.parts = PartLegend(self.controls)
        self.add_control(self.parts, 1)
        self.summary = ElidedLabel(self.content, "Summary of the recall", Qt.TextElideMode.ElideRight)
        space = unit(self)
        footer = QVBoxLayout()
        footer.setContentsMargins(2 * space, space // 4, 2 * space, space // 2)
        footer.addWidget(self.summary)
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.rows, 1)
        column.addLayout(footer)

    def _button(self, only: str) -> QToolButton:
        """All, injected or cut candidates; one of the three is on."""
        button = QToolButton(self.controls)
        button.setText(only.capitalize())
        button.setCheckable(True)
        button.setAutoExclusive(True)
        button.setChecked(only == ALL)
        button.setAutoRaise(True)
        button.setAccessibleName(f"Show {only} candidates")
        button.setToolTip(f"Show {only} candidates")
        button.toggled.connect(self._narrow)
        self.add_control(button)
        return button

    def _narrow(self) -> None:
        only = next((name for name, button in self.buttons.items() if button.isChecked()), ALL)
        self.model.narrow(only, self.field.text())

    def restyle(self, colors: Colors) -> None:
        del colors
        self.parts.update()

    def remember_in(self, settings: Settings) -> None:
        self.rows.remember_in(settings)

    def why_empty(self, trace: Trace | None) -> str:
        if trace is None:
            return "Nothing was recalled yet. Press Return in the question box to ask."
        recall = trace.recall
        if recall is None:
            if trace.finish is None:
                return "Searching the memory …"
            return "This run used no memory: open one in the File menu, or allow it in Run ▸ Options."
        if not recall.candidates:
            return recall.note or "No entry matches the question. Name a thing that the memory knows."
        return ""

    def draw(self, trace: Trace, step: int) -> None:
        del step
        recall, prompt = trace.recall, trace.prompt
        if recall is None:
            return
        if trace is not self._figures.trace:
            self._figures = RunFigures(trace)
        self._figures.update()
        if recall is not self._drawn[0] or prompt is not self._drawn[1]:
            self._drawn = (recall, prompt)
            self._show_recall(trace, recall, prompt)
        shares = {entry_id: self._figures.attention(entry_id) for entry_id in self._figures.slots}
        known = {entry_id: share for entry_id, share in shares.items() if share is not None}
        self.model.show_attention(known, finished=self._figures.finished)
        self.rows.choose(self.entry_id)

    def _show_recall(self, trace: Trace, recall: RecallEvent, prompt: PromptEvent | None) -> None:
        candidates = candidates_of(trace)
        words = {one.entry_id: self.words_of(one.entry_id) for one in candidates}
        self.model.show_recall(recall, candidates, prompt, words)
        styles: dict[int, SlotStyle] = {}
        for number, slot in enumerate(memory_slots(prompt.sources) if prompt is not None else ()):
            if slot.entry_id is not None:
                styles.setdefault(slot.entry_id, style_of_number(number))
        self.rows.set_styles(styles)
        self.parts.show_parts(list(dict.fromkeys(name for one in candidates for name in one.parts)))
        said = summary(recall, candidates, prompt)
        terms = "words: " + (" ".join(recall.terms) or "none")
        said += [terms, f"{1000 * recall.seconds:.0f} ms at version {recall.version}"]
        self.summary.say("  ·  ".join(said))
        self.summary.setToolTip(tooltip("\n".join([*said, _REMARKS])))

    def fill_menu(self, menu: QMenu) -> None:
        menu.addMenu(self.rows.menu(menu))
        menu.addSeparator()
        super().fill_menu(menu)

    def table(self) -> Iterable[Sequence[object]]:
        """Every column of every candidate, in the order in which they stand."""
        names = [column.name for column in self.model.columns]
        yield [column.title if column.name != "conflicts" else "conflicts" for column in self.model.columns]
        for one in self.model.rows:
            values = [self.model.value(one, name) for name in names]
            values[names.index("status")] = one.status
            values[names.index("conflicts")] = " ".join(map(str, one.conflicts))
            yield ["" if value is None else value for value in values]
