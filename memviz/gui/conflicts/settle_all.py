"""Settling many conflicts at once: what will happen, before it does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from memviz.core.recall_settings import ConflictPolicy, RecallSettings
from memviz.gui.conflicts.shown_names import shown_name
from memviz.gui.conflicts.side_by_side import DECIDING
from memviz.gui.metrics import unit
from memviz.gui.privacy import Privacy
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.theme import colors_of
from memviz.gui.widgets import choice_box, plain_label
from memviz.session.settling import Settlement, settlements

if TYPE_CHECKING:
    from memviz.recall.conflicts import Conflict

#: The table shows these; the count says how many there are.
_SHOWN = 1_000
_COLUMNS = ("about", "stays recalled", "will be superseded")


class SettleAllDialog(QDialog):
    """Asks by which policy, and shows every winner and loser. Nothing is changed here. GUI thread."""

    def __init__(
        self, conflicts: Sequence[Conflict], settings: RecallSettings, privacy: Privacy, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Settle All Open Conflicts")
        self._conflicts, self._settings, self._privacy = conflicts, settings, privacy
        privacy.changed.connect(self._preview)
        space = unit(self)
        choices: list[tuple[str, object]] = [(words.capitalize(), policy) for policy, words in DECIDING.items()]
        if settings.policy in DECIDING:
            choices.insert(0, (f"As the memory says: {DECIDING[settings.policy]}", None))
        self.policy = choice_box(self, "Policy", "Who wins", choices)
        self.policy.currentIndexChanged.connect(self._preview)
        self.words = plain_label(self, "What will happen")
        self.words.setWordWrap(True)
        self.table = QTableWidget(0, len(_COLUMNS), self)
        self.table.setHorizontalHeaderLabels(list(_COLUMNS))
        self.table.setAccessibleName("Winners and losers")
        self.table.setToolTip("Which entry stays recalled, and which ones it will stand for")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.setTabKeyNavigation(False)
        self.table.setWordWrap(False)
        self.table.setShowGrid(False)
        self.table.setFrameShape(QTableWidget.Shape.NoFrame)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(round(2.75 * space))
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        standard = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(standard.Ok | standard.Cancel, self)
        self.ok = buttons.button(standard.Ok)
        self.ok.setToolTip("Mark the losers as superseded, in one edit that undo takes back")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.addRow("Who wins", self.policy)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * space, 2 * space, 2 * space, 2 * space)
        column.setSpacing(space)
        column.addLayout(form)
        column.addWidget(self.words)
        column.addWidget(self.table, 1)
        column.addWidget(buttons)
        self.resize(100 * space, 60 * space)
        self._preview()

    def chosen(self) -> ConflictPolicy | None:
        """Who wins; None: as the memory says."""
        chosen = self.policy.currentData()
        return ConflictPolicy(chosen) if chosen else None  # Qt gives back a plain string

    def _preview(self) -> None:
        told = settlements(self._conflicts, self._settings, self.chosen())
        losers = sum(len(one.losers) for one in told)
        count = len(told)
        self.words.setText(
            f"{count:,} {'conflict is' if count == 1 else 'conflicts are'} settled: {losers:,}"
            f" {'entry' if losers == 1 else 'entries'} will be marked as superseded. They stay in the memory, and one"
            " undo takes all of it back." + (f" The first {_SHOWN:,} are shown." if count > _SHOWN else "")
        )
        self.ok.setText(f"Settle {count:,}")
        self.ok.setEnabled(count > 0)
        self.table.setRowCount(min(count, _SHOWN))
        for row, one in enumerate(told[:_SHOWN]):
            self._fill(row, one)

    def _fill(self, row: int, one: Settlement) -> None:
        colors = colors_of(self.palette())
        winner = self._privacy.entry(one.winner)
        losers = "; ".join(f"{e.id}  {one_line(e.text, 120)}" for e in map(self._privacy.entry, one.losers))
        about = shown_name(one.conflict, self._privacy)
        cells = ((about, "text"), (f"{winner.id}  {winner.text}", "text"), (losers, "muted"))
        for column, (words, color) in enumerate(cells):
            item = QTableWidgetItem(one_line(words))
            item.setToolTip(tooltip(words))
            item.setForeground(colors.color(color))
            self.table.setItem(row, column, item)
