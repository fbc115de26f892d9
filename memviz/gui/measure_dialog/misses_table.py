"""The questions of which evidence was missed, with the ranks that it has."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from memviz.core.privacy import MASK
from memviz.gui.measure_dialog.export_menu import ExportMenu, Table
from memviz.gui.measure_dialog.figures_table import dress_table
from memviz.gui.metrics import unit
from memviz.gui.privacy import Privacy
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.theme import colors_of
from memviz.session.recall_eval import Comparison, Measured, category_of
from memviz.session.recall_questions import Reference

_HEAD = ("line", "category", "question", "evidence", "ranks")


class MissesTable(QTableWidget):
    """A row for each question that lacks evidence among the first k. Double-click or Return asks it. GUI thread.

    Evidence that quotes a private entry is masked while those are, in files too.

    Signals:
        asked(str): the user wants to ask this question.
    """

    asked = Signal(str)

    def __init__(self, failed: Callable[[str], None], privacy: Privacy, parent: QWidget | None = None) -> None:
        super().__init__(0, len(_HEAD), parent)
        self._privacy = privacy
        privacy.changed.connect(self._draw_again)
        self._shown: tuple[Comparison, Measured] | None = None
        self._questions: list[str] = []
        self.menu = ExportMenu(self, "missed", self.table, failed)
        self.setHorizontalHeaderLabels([*_HEAD])
        self.setAccessibleName("Missed questions")
        self.setToolTip("Questions whose evidence is not all recalled; double-click or Return asks one")
        dress_table(self)
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for section, name in enumerate(_HEAD):
            wide, narrow = QHeaderView.ResizeMode.Stretch, QHeaderView.ResizeMode.ResizeToContents
            header.setSectionResizeMode(section, wide if name == "question" else narrow)
        header.setSectionResizeMode(3, QHeaderView.ResizeMode.Interactive)
        header.resizeSection(3, 24 * unit(self))
        self.activated.connect(lambda index: self._ask(index.row()))

    def show_misses(self, compared: Comparison, way: Measured) -> None:
        self._shown = compared, way
        _, *rows = self.table()
        self._questions = [str(row[2]) for row in rows]
        self.setRowCount(len(rows))
        colors = colors_of(self.palette())
        for at, values in enumerate(rows):
            for column, value in enumerate(values):
                item = QTableWidgetItem(one_line(str(value)))
                item.setToolTip(tooltip(str(value)))
                quiet = _HEAD[column] in ("line", "category", "evidence")
                item.setForeground(colors.color("muted" if quiet else "text"))
                side = Qt.AlignmentFlag.AlignRight if _HEAD[column] == "line" else Qt.AlignmentFlag.AlignLeft
                item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
                self.setItem(at, column, item)

    def table(self) -> Table:
        """Header and rows, as they are exported."""
        if self._shown is None:
            return []
        compared, way = self._shown
        missing = {(question.line, one) for question, one in compared.missing}
        rows: list[list[object]] = [[*_HEAD]]
        for at in compared.misses(way):
            question, asked = compared.questions[at], way.asked[at]
            evidence = ", ".join(self._words(compared, one) for one in question.evidence)
            ranks = ", ".join(
                str(rank) if rank is not None else "not there" if (question.line, one) in missing else "not recalled"
                for rank, one in zip(asked.ranks, question.evidence, strict=True)
            )
            rows.append([question.line, category_of(question), question.text, evidence, ranks])
        return rows

    def _words(self, compared: Comparison, one: Reference) -> str:
        """What names an entry, as it may be shown; the number of one says nothing of it."""
        number = one.by == "id" and str(one.value).isdecimal()
        hides = self._privacy.masks and one in compared.private and not number
        return f"{one.by} {MASK}" if hides else one.words()

    def _ask(self, row: int) -> None:
        if 0 <= row < len(self._questions):
            self.asked.emit(self._questions[row])

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu.show(event)

    def _draw_again(self) -> None:
        if self._shown is not None:
            self.show_misses(*self._shown)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_again()
