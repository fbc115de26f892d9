"""The figures of a measurement: a row for each way and category."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QContextMenuEvent, QFont
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from memviz.gui.fonts import ui_font
from memviz.gui.measure_dialog.export_menu import ExportMenu, Table
from memviz.gui.metrics import unit
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.theme import colors_of
from memviz.session.recall_eval import OVERALL, Comparison, Measured


class FiguresTable(QTableWidget):
    """Shares and times of each way, all questions first, then by category. GUI thread.

    Of nDCG one rank is shown; an export has them all.
    """

    def __init__(self, failed: Callable[[str], None], parent: QWidget | None = None) -> None:
        super().__init__(0, 0, parent)
        self._compared: Comparison | None = None
        self.menu = ExportMenu(self, "recall", self.table, failed)
        self.setAccessibleName("Figures of recall")
        self.setToolTip("Recall, mean reciprocal rank and nDCG of each way, and how long recall took")
        dress_table(self)

    def show_comparison(self, compared: Comparison) -> None:
        self._compared = compared
        head, *rows = self.table()
        self.setColumnCount(len(head))
        self.setHorizontalHeaderLabels([str(name) for name in head])
        self.setRowCount(len(rows))
        colors = colors_of(self.palette())
        strong = ui_font(self.font(), semi_bold=True)
        for row, values in enumerate(rows):
            for column, value in enumerate(values):
                item = QTableWidgetItem(_shown(value))
                item.setToolTip(tooltip(self._explained(str(head[column]), value)))
                number = isinstance(value, int | float)
                side = Qt.AlignmentFlag.AlignRight if number else Qt.AlignmentFlag.AlignLeft
                item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
                item.setFont(strong if values[1] == OVERALL else QFont(self.font()))
                quiet = str(head[column]).endswith(" ms") or column == 2
                item.setForeground(colors.color("muted" if quiet else "text"))
                self.setItem(row, column, item)
        shown = 10 if 10 in compared.ks else compared.ks[-1]
        header = self.horizontalHeader()
        for column, name in enumerate(map(str, head)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
            self.setColumnHidden(column, name.startswith("nDCG@") and name != f"nDCG@{shown}")
            side = Qt.AlignmentFlag.AlignLeft if column < 2 else Qt.AlignmentFlag.AlignRight
            if (heading := self.horizontalHeaderItem(column)) is not None:
                heading.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)

    def table(self) -> Table:
        """Header and rows, as they are exported."""
        compared = self._compared
        if compared is None:
            return []
        k = compared.ks[0]
        shares = [*(f"recall@{each}" for each in compared.ks), "MRR", *(f"nDCG@{each}" for each in compared.ks)]
        times = ["median ms", "p95 ms"]
        difference = [f"Δ recall@{k}", "from", "to"] if len(compared.ways) > 1 else []
        rows: list[list[object]] = [["way", "category", "questions", *shares, *difference, *times]]
        for way in compared.ways:
            for category in (OVERALL, *compared.categories[:-1]):
                rows.append(self._row(compared, way, category))
        return rows

    def _row(self, compared: Comparison, way: Measured, category: str) -> list[object]:
        figures = compared.figures(way, category)
        row: list[object] = [way.name, category, figures.questions]
        row += [*figures.recall.values(), figures.mrr, *figures.ndcg.values()]
        if len(compared.ways) > 1:
            if way is compared.ways[0]:
                row += ["", "", ""]
            else:
                difference = compared.difference(way, category)
                row += [difference.mean, difference.low, difference.high]
        return [*row, figures.median_ms, figures.p95_ms]

    def _explained(self, name: str, value: object) -> str:
        first = self._compared.ways[0].name if self._compared is not None else ""
        if name.startswith("recall@"):
            return f"Mean share of a question’s evidence among the first {name.partition('@')[2]}"
        if name == "MRR":
            return "Mean of 1 / rank of the first evidence"
        if name.startswith("nDCG@"):
            return (
                f"Mean gain of the first {name.partition('@')[2]}, discounted by rank, as a share of the best possible"
            )
        if name.startswith("Δ"):
            return f"Difference from {first}"
        if name in ("from", "to"):
            return (
                "95 % of 2,000 resamples of the questions lie between these; where they have the same sign, the"
                " difference is hardly chance"
            )
        return str(value)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu.show(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._compared is not None:
            self.show_comparison(self._compared)


def dress_table(table: QTableWidget) -> None:
    """Quiet: no grid, whole rows, nothing to edit."""
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setTabKeyNavigation(False)
    table.setWordWrap(False)
    table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    table.setShowGrid(False)
    table.setFrameShape(QTableWidget.Shape.NoFrame)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(round(2.75 * unit(table)))
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setMinimumSectionSize(4 * unit(table))


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"
    return f"{value:,}" if isinstance(value, int) else one_line(str(value))
