"""What the pinned questions will no longer recall."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.core.privacy import masked_entry
from memviz.core.recall_settings import RecallSettings
from memviz.gui.export import save_csv
from memviz.gui.metrics import unit
from memviz.gui.privacy import Privacy
from memviz.gui.tables.ages import date_time
from memviz.gui.tables.labels import PlainLabel
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.theme import colors_of
from memviz.session.fading import fades_at
from memviz.session.recalling import FORECAST_DAYS, Forecast

_LOST = ("id", "entry", "falls below", "why it is not recalled then")


class ForecastPage(QWidget):
    """A table of questions and days, and the entries behind the chosen cell, private ones masked. GUI thread.

    Signals:
        pin_wanted(): the question in the box shall be pinned.
        unpin_wanted(str): this question shall not be pinned any more.
        entry_chosen(int)
        failed(object): the file could not be written.
    """

    pin_wanted = Signal()
    unpin_wanted = Signal(str)
    entry_chosen = Signal(int)
    failed = Signal(object)

    def __init__(self, privacy: Privacy, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._privacy = privacy
        self._told: list[Forecast] = []
        self._settings = RecallSettings()
        space = unit(self)
        self.words = PlainLabel("", self, color="muted")
        self.words.setWordWrap(True)
        self.table = self._table("Forecast", "Choose a number to see which entries those are")
        self.table.setColumnCount(2 + len(FORECAST_DAYS))
        ahead = [f"lost in {days} days" for days in FORECAST_DAYS]
        self.table.setHorizontalHeaderLabels(["pinned question", "recalled now", *ahead])
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        self.table.currentCellChanged.connect(self._cell_chosen)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in range(1, self.table.columnCount()):
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            item = self.table.horizontalHeaderItem(column)
            if item is not None:
                item.setTextAlignment(right)
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.heading = PlainLabel("", self, semi_bold=True)
        self.heading.setWordWrap(True)
        self.lost = self._table("Entries of the chosen cell", "Choose one to see it in the window")
        self.lost.setColumnCount(len(_LOST))
        self.lost.setHorizontalHeaderLabels(list(_LOST))
        self.lost.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        for column, mode in enumerate(("ResizeToContents", "Stretch", "ResizeToContents", "Stretch")):
            self.lost.horizontalHeader().setSectionResizeMode(column, QHeaderView.ResizeMode[mode])
        self.lost.currentCellChanged.connect(self._entry_row_chosen)
        self.pin_button = self._button("Pin the Question in the Box", "Keep the question that stands in the box")
        self.pin_button.clicked.connect(self.pin_wanted)
        self.unpin_button = self._button("Unpin", "The chosen question is not looked at any more")
        self.unpin_button.clicked.connect(self._unpin)
        self.export_button = self._button("Export CSV …", "Every question, day and lost entry as a table")
        self.export_button.clicked.connect(self._export)
        buttons = QHBoxLayout()
        for button in (self.pin_button, self.unpin_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.export_button)
        column_of_all = QVBoxLayout(self)
        column_of_all.setContentsMargins(2 * space, 2 * space, 2 * space, space)
        column_of_all.setSpacing(space)
        column_of_all.addWidget(self.words)
        column_of_all.addWidget(self.table, 2)
        column_of_all.addWidget(self.heading)
        column_of_all.addWidget(self.lost, 3)
        column_of_all.addLayout(buttons)
        self.show_waiting()
        privacy.changed.connect(self._draw_again)

    def _table(self, name: str, tip: str) -> QTableWidget:
        table = QTableWidget(0, 0, self)
        table.setAccessibleName(name)
        table.setToolTip(tip)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setTabKeyNavigation(False)
        table.setWordWrap(False)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        table.setShowGrid(False)
        table.setFrameShape(QTableWidget.Shape.NoFrame)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(round(2.75 * unit(self)))
        table.horizontalHeader().setHighlightSections(False)
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return table

    def _button(self, words: str, tip: str) -> QPushButton:
        button = QPushButton(words, self)
        button.setAccessibleName(words)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        return button

    # -- what is shown -----------------------------------------------------------------------------------------------

    def show_waiting(self, words: str = "Looking ahead …") -> None:
        self.words.setText(words)

    def show_forecast(self, told: Sequence[Forecast], settings: RecallSettings, note: str = "") -> None:
        """``settings``: by which it was looked ahead; ``note``: whose they are."""
        self._told, self._settings = list(told), settings
        chosen = (max(0, self.table.currentRow()), self.table.currentColumn())
        self.table.blockSignals(True)
        self.table.setRowCount(len(self._told))
        for row, one in enumerate(self._told):
            self._fill(row, one)
        self.table.blockSignals(False)
        if not self._told:
            self.words.setText(
                "No question is pinned to this memory. Pin the one in the box, or right-click a question of the list."
            )
        else:
            self.words.setText(
                f"What these questions lose when the memory stays as it is and nobody uses it{note}."
                " Numbers are entries; choose one to see which."
            )
        self.export_button.setEnabled(bool(self._told))
        self.unpin_button.setEnabled(bool(self._told))
        if self._told:
            row, column = min(chosen[0], len(self._told) - 1), chosen[1]
            if column <= 0:  # nothing was chosen yet: what is lost first is of most interest
                row, column = self._first_loss()
            self.table.setCurrentCell(row, column)
            self._cell_chosen(row, column)
        else:
            self._cell_chosen(-1, -1)

    def _first_loss(self) -> tuple[int, int]:
        """Row and column of the earliest loss."""
        for column, days in enumerate(FORECAST_DAYS, 2):
            for row, one in enumerate(self._told):
                if one.lost[days]:
                    return row, column
        return 0, 1 + len(FORECAST_DAYS)

    def _fill(self, row: int, one: Forecast) -> None:
        colors = colors_of(self.palette())
        now = [self._privacy.entry(one.now.entries[entry_id]) for entry_id in one.now.injected]
        cells = [(one_line(one.question), one.question, "text"), (f"{len(now):,}", _names(now), "text")]
        for days in FORECAST_DAYS:
            lost = [self._privacy.entry(entry) for entry, _ in one.lost[days]]
            words = "–" if not lost else "all" if len(lost) == len(now) else f"{len(lost):,}"
            cells.append((words, _names(lost), "warning" if lost else "faint"))
        for column, (words, tip, color) in enumerate(cells):
            item = QTableWidgetItem(words)
            item.setToolTip(tooltip(tip))
            item.setForeground(colors.color(color))
            if column:
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.table.setItem(row, column, item)

    def _cell_chosen(self, row: int, column: int, *_before: int) -> None:
        self.lost.blockSignals(True)
        rows = self._rows_of(row, column)
        self.lost.setRowCount(len(rows))
        for at, (entry, reason) in enumerate(rows):
            when = fades_at(entry, self._settings)
            date = date_time(when) if math.isfinite(when) else "never"
            shown = self._privacy.entry(entry)
            for place, words in enumerate((str(entry.id), shown.text or shown.key, date, reason)):
                item = QTableWidgetItem(one_line(words))
                item.setToolTip(tooltip(words))
                self.lost.setItem(at, place, item)
        self.lost.setCurrentCell(-1, -1)
        self.lost.blockSignals(False)
        self.heading.setText(self._heading_of(row, column, len(rows)))

    def _rows_of(self, row: int, column: int) -> list[tuple[Entry, str]]:
        if not 0 <= row < len(self._told):
            return []
        one = self._told[row]
        if column < 2:
            return [(one.now.entries[entry_id], "recalled now") for entry_id in one.now.injected]
        return list(one.lost[FORECAST_DAYS[column - 2]])

    def _heading_of(self, row: int, column: int, count: int) -> str:
        if not 0 <= row < len(self._told):
            return ""
        question = one_line(self._told[row].question, 80)
        if column < 2:
            return f"“{question}” recalls {count:,} {'entry' if count == 1 else 'entries'} now"
        days = FORECAST_DAYS[column - 2]
        if not count:
            return f"“{question}” loses nothing in {days:,} days"
        return f"“{question}” will have lost {count:,} {'entry' if count == 1 else 'entries'} in {days:,} days"

    def _entry_row_chosen(self, row: int, *_rest: int) -> None:
        item = self.lost.item(row, 0)
        if item is not None:
            self.entry_chosen.emit(int(item.text()))

    def _unpin(self) -> None:
        row = self.table.currentRow()
        if 0 <= row < len(self._told):
            self.unpin_wanted.emit(self._told[row].question)

    # -- export ------------------------------------------------------------------------------------------------------

    def rows(self) -> list[list[object]]:
        """A line for each question, day and lost entry, the header first. Private entries are always masked."""
        lines: list[list[object]] = [
            ["question", "days", "recalled_now", "lost", "entry_id", "key", "falls_below", "why"]
        ]
        for one in self._told:
            for days in FORECAST_DAYS:
                lost = one.lost[days]
                begin: list[object] = [one.question, days, len(one.now.injected), len(lost)]
                if not lost:
                    lines.append([*begin, "", "", "", ""])
                for entry, reason in lost:
                    when = fades_at(entry, self._settings)
                    key = masked_entry(entry).key
                    lines.append([*begin, entry.id, key, date_time(when) if math.isfinite(when) else "", reason])
        return lines

    def _export(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Export Forecast", "forecast.csv", "CSV (*.csv)")
        if path:
            try:
                save_csv(self.rows(), path)
            except KnownError as error:
                self.failed.emit(error)

    def _draw_again(self) -> None:
        """Other colours, or masking was switched."""
        self.table.blockSignals(True)
        for row, one in enumerate(self._told):
            self._fill(row, one)
        self.table.blockSignals(False)
        self._cell_chosen(self.table.currentRow(), self.table.currentColumn())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._told:
            self._draw_again()


def _names(entries: Sequence[Entry]) -> str:
    shown = [f"{entry.id}  {one_line(entry.text or entry.key, 80)}" for entry in entries[:12]]
    return "\n".join([*shown, *([f"and {len(entries) - 12:,} more"] if len(entries) > 12 else [])]) or "nothing"
