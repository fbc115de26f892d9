"""What a measurement found: figures, pictures, and what was missed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from memviz.gui.measure_dialog.category_bars import CategoryBars
from memviz.gui.measure_dialog.figures_table import FiguresTable
from memviz.gui.measure_dialog.misses_table import MissesTable
from memviz.gui.measure_dialog.recall_curves import RecallCurves
from memviz.gui.metrics import unit
from memviz.gui.privacy import Privacy
from memviz.gui.widgets import choice_box, plain_label
from memviz.session.recall_eval import OVERALL, Comparison


class Results(QTabWidget):
    """Three pages of one :class:`Comparison`. GUI thread.

    Signals:
        asked(str): a question that was missed is to be asked.
        failed(str): an export could not be written.
    """

    asked = Signal(str)
    failed = Signal(str)

    def __init__(self, privacy: Privacy, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDocumentMode(True)
        self._compared: Comparison | None = None
        self.figures = FiguresTable(self.failed.emit, self)
        self.curves = RecallCurves(self.failed.emit, self)
        self.bars = CategoryBars(self.failed.emit, self)
        self.misses = MissesTable(self.failed.emit, privacy, self)
        self.misses.asked.connect(self.asked)
        self.category = choice_box(self, "Category of the curves", "Which questions the curves are of", [])
        self.rank = choice_box(self, "Rank of the bars", "Among how many entries the evidence is to be", [])
        self.way = choice_box(self, "Way of recall", "Whose missed questions are listed", [])
        self.missed = plain_label(self, "How many questions were missed", quiet=True)
        self.category.currentIndexChanged.connect(self._draw)
        self.rank.currentIndexChanged.connect(self._draw)
        self.way.currentIndexChanged.connect(self._draw)
        for page, words, tip in (
            (self.figures, "Figures", "Recall, MRR, nDCG and times"),
            (self._pictures(), "Pictures", "Recall at every k, and by category"),
            (self._missed(), "Missed", "Questions whose evidence is not all recalled"),
        ):
            self.setTabToolTip(self.addTab(page, words), tip)

    def _pictures(self) -> QWidget:
        page, space = QWidget(self), unit(self)
        bars = QScrollArea(page)
        bars.setWidget(self.bars)
        bars.setWidgetResizable(True)
        bars.setFrameShape(QScrollArea.Shape.NoFrame)
        bars.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        bars.setAccessibleName("Recall by category")
        both = QHBoxLayout(page)
        both.setContentsMargins(0, space, 0, 0)
        both.setSpacing(3 * space)
        for box, picture in ((self.category, self.curves), (self.rank, bars)):
            column = QVBoxLayout()
            column.setSpacing(space)
            column.addWidget(box, 0, Qt.AlignmentFlag.AlignLeft)
            column.addWidget(picture, 1)
            both.addLayout(column, 1)
        return page

    def _missed(self) -> QWidget:
        page, space = QWidget(self), unit(self)
        above = QHBoxLayout()
        above.setSpacing(2 * space)
        above.addWidget(self.way)
        above.addWidget(self.missed, 1)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, space, 0, 0)
        column.setSpacing(space)
        column.addLayout(above)
        column.addWidget(self.misses, 1)
        return page

    def show_comparison(self, compared: Comparison) -> None:
        self._compared = None  # the boxes change one by one, and nothing is drawn before the last
        kept = self.category.currentText()
        for box, choices in (
            (self.category, [("all questions" if one == OVERALL else one, one) for one in compared.categories[::-1]]),
            (self.rank, [(f"recall at {k:,}", k) for k in compared.ks]),
            (self.way, [(way.name, number) for number, way in enumerate(compared.ways)]),
        ):
            box.clear()
            for words, data in choices:
                box.addItem(words, data)
        self.category.setCurrentIndex(max(0, self.category.findText(kept)))
        self._compared = compared
        self.figures.show_comparison(compared)
        self._draw()

    def _draw(self) -> None:
        compared = self._compared
        if compared is None:
            return
        self.curves.show_category(compared, self.category.currentData())
        self.bars.show_rank(compared, self.rank.currentData())
        way = compared.ways[self.way.currentData()]
        missed, k = len(compared.misses(way)), compared.ks[0]
        self.missed.setText(
            f"{missed:,} of {len(compared.questions):,} questions lack evidence among the first {k:,};"
            " double-click asks one."
            if missed
            else f"All evidence of all {len(compared.questions):,} questions is among the first {k:,}."
        )
        self.misses.show_misses(compared, way)
