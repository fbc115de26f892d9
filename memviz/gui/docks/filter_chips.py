"""What the table is filtered by: a chip for each condition, or the sentence why they cannot be understood."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from memviz.gui.metrics import elided, unit
from memviz.gui.tables.labels import PlainLabel
from memviz.gui.tables.plain import one_line, tooltip

_MOST, _WIDEST = 12, 28


class FilterChips(QWidget):
    """A line under the search field; hidden while there is nothing to say. GUI thread.

    Signals:
        removed(int): a chip was pressed, by its place.
        cleared(): all of them are to go.
    """

    removed = Signal(int)
    cleared = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        space = unit(self)
        self.sentence = PlainLabel("", self, color="error", scale=0.95)
        self.sentence.wrap()
        self.sentence.setAccessibleName("What is wrong with the filter")
        self.chips: list[QToolButton] = []
        self._row = QHBoxLayout()
        self._row.setSpacing(space // 2)
        self.clear = QToolButton(self)
        self.clear.setText("Clear")
        self.clear.setToolTip("Take all conditions away; the words stay")
        self.clear.setAccessibleName("Clear the filter")
        self.clear.setAutoRaise(True)
        self.clear.clicked.connect(self.cleared)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 0, 4, 4)
        layout.setSpacing(space // 2)
        layout.addWidget(self.sentence, 1)
        layout.addLayout(self._row)
        layout.addWidget(self.clear)
        layout.addStretch(0)
        self.show_conditions(())

    def show_conditions(self, conditions: Sequence[str]) -> None:
        """A chip for each, as it is typed."""
        for chip in self.chips:
            self._row.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self.chips = [self._chip(number, text) for number, text in enumerate(conditions[:_MOST])]
        more = len(conditions) - _MOST
        self.clear.setText(f"Clear all ({more} more)" if more > 0 else "Clear")
        self.clear.setVisible(bool(conditions))
        self.sentence.hide()
        self.setVisible(bool(conditions))

    def say(self, sentence: str) -> None:
        """Why what is typed is no filter; the chips of before go."""
        self.show_conditions(())
        self.sentence.setText(sentence)
        self.sentence.show()
        self.show()

    def _chip(self, number: int, text: str) -> QToolButton:
        chip = QToolButton(self)
        words = elided(one_line(text), chip.font(), _WIDEST * unit(self))
        chip.setText(f"{words.replace('&', '&&')}  ✕")
        chip.setToolTip(f"{tooltip(text)}\nPress to take this condition away")
        chip.setAccessibleName(f"Take the condition {one_line(text)} away")
        chip.setCheckable(False)
        chip.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        chip.setProperty("chip", True)
        chip.clicked.connect(lambda: self.removed.emit(number))
        self._row.addWidget(chip)
        return chip
