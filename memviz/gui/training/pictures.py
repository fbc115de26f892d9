"""What a training looks like: its curves, and for a classifier the mistakes that are left."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from memviz.core.confusion import Confusion, read_confusion
from memviz.core.errors import KnownError
from memviz.gui.metrics import unit
from memviz.gui.plots.color_bar import ColorBar
from memviz.gui.training.confusion_grid import ConfusionGrid
from memviz.gui.training.curves import Curve
from memviz.gui.training.kinds import TrainingKind
from memviz.gui.training.process import Round
from memviz.gui.widgets import ElidedLabel, plain_label

_NOT_YET = "Which label is taken for which is counted on the kept-out texts when the training ends."


class Pictures(QTabWidget):
    """Curves of loss and of the watched figure; a second tab with the confusion matrix where the kind has one.

    Attributes:
        loss, measured: the curves.
        confusion: the page of the matrix.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDocumentMode(True)
        self.loss, self.measured = Curve("Loss", parent=self), Curve("", percent=True, parent=self)
        curves = QWidget(self)
        column = QVBoxLayout(curves)
        column.setContentsMargins(0, unit(self), 0, 0)
        column.setSpacing(unit(self))
        column.addWidget(self.loss, 1)
        column.addWidget(self.measured, 1)
        self.confusion = ConfusionPage(self)
        self.addTab(curves, "Curves")
        self.addTab(self.confusion, "Confusion Matrix")
        self.setTabToolTip(0, "Loss and figures of every round")
        self.setTabToolTip(1, "Which label was taken for which, on the kept-out texts")
        self._figure = "error"

    def suit(self, kind: TrainingKind) -> None:
        """What the kind is watched by."""
        self._figure = kind.figure
        self.measured.set_name(f"Validation {kind.figure}", whole=kind.figure == "accuracy")
        self.setTabVisible(1, kind.confusion)
        self.tabBar().setVisible(kind.confusion)

    def best(self, rounds: Sequence[Round]) -> Round | None:
        """The first of the best rounds; None as long as nothing was measured."""
        measured = [each for each in rounds if self._figure in each.figures]
        sign = -1.0 if self._figure == "accuracy" else 1.0
        return min(measured, key=lambda each: sign * each.figures[self._figure], default=None)

    def best_words(self, rounds: Sequence[Round]) -> str:
        best = self.best(rounds)
        if best is None:
            return ""
        value = self.measured.words_of(best.figures[self._figure])
        return f"best {self._figure} {value} in round {best.round:,}"

    def show_rounds(self, rounds: Sequence[Round]) -> None:
        most = rounds[-1].rounds if rounds else 1
        best = self.best(rounds)
        marked = best.round if best is not None else 0
        measured = [(each.round, each.figures[self._figure]) for each in rounds if self._figure in each.figures]
        self.loss.show_values([(each.round, each.loss) for each in rounds], most, marked)
        self.measured.show_values(measured, most, marked)

    def show_confusion(self, folder: Path | None) -> None:
        """The matrix that lies in ``folder``; None: none yet."""
        if folder is None:
            self.confusion.say(_NOT_YET)
            return
        try:
            self.confusion.show_confusion(read_confusion(folder))
        except KnownError as error:
            self.confusion.say(str(error))


class ConfusionPage(QStackedWidget):
    """The matrix with its figures and the meaning of its colours, or a sentence why there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        space = unit(self)
        self.sentence = plain_label(self, "Confusion matrix: why it is empty", quiet=True)
        self.sentence.setWordWrap(True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.sentence.setMargin(2 * space)
        page = QWidget(self)
        self.figures = ElidedLabel(page, "Figures of the confusion matrix")
        self.scale_bar = ColorBar(page)
        self.scale_bar.set_ends("0", "100 %", "Colour of a cell: its share of the texts with the true label")
        self.grid = ConfusionGrid(page)
        self.told = ElidedLabel(page, "The chosen cell")
        self.grid.chosen.connect(self._tell)
        self.grid.failed.connect(self.told.say)
        above = QHBoxLayout()
        above.setSpacing(2 * space)
        above.addWidget(self.figures, 1)
        above.addWidget(self.scale_bar)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, space, 0, 0)
        column.setSpacing(space)
        column.addLayout(above)
        column.addWidget(self.grid, 1)
        column.addWidget(self.told)
        self.addWidget(self.sentence)
        self.addWidget(page)
        self.say(_NOT_YET)

    def say(self, words: str) -> None:
        """Why there is no matrix."""
        self.sentence.setText(words)
        self.grid.show_confusion(None)
        self.setCurrentIndex(0)

    def show_confusion(self, confusion: Confusion) -> None:
        wrong = confusion.examples - round(confusion.accuracy * confusion.examples)
        self.figures.say(
            f"{confusion.examples:,} kept-out texts   ·   {wrong:,} wrong   ·   accuracy"
            f" {100 * confusion.accuracy:.1f} %   ·   macro-F1 {confusion.macro_f1:.3f}"
        )
        self.grid.show_confusion(confusion)
        self._tell("")
        self.setCurrentIndex(1)

    def _tell(self, words: str) -> None:
        self.told.say(words or "Rows are the true labels, columns those that were given; point at a cell.")
