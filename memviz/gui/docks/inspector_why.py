"""Why the chosen entry is not in the prompt, and changes that would bring it back, each with a button that tries it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from memviz.core.recall_settings import SETTING_NAMES
from memviz.core.why_not import Remedy, WhyNot
from memviz.gui.metrics import unit
from memviz.gui.tables.labels import PlainLabel
from memviz.gui.tables.plain import many_lines, tooltip

_RANKINGS = {"lexical": "words", "dense": "vectors"}


class WhyPart(QWidget):
    """The reason, the figures that decide, and the remedies. GUI thread.

    Signals:
        tried(object): a :class:`Remedy` that is to be tried.
        kept(object): a :class:`Remedy` whose recall setting is to be kept for the memory.
    """

    tried = Signal(object)
    kept = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reason = self._label("text")
        self._figures = self._label("muted")
        self._offer = self._label("muted")
        self._remedies = QVBoxLayout()
        self._remedies.setContentsMargins(0, 0, 0, 0)
        self._remedies.setSpacing(2)
        self._rows: list[QWidget] = []
        self.buttons: list[QPushButton] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(unit(self) // 2)
        for label in (self._reason, self._figures, self._offer):
            layout.addWidget(label)
        layout.addLayout(self._remedies)
        self.setAccessibleName("Why not?")
        self.say("")

    def _label(self, color: str) -> PlainLabel:
        label = PlainLabel("", self, color=color)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label

    @property
    def sentence(self) -> str:
        """The reason as it stands there."""
        return self._reason.text()

    def say(self, sentence: str) -> None:
        """A sentence in place of a reason: it is being looked for, or cannot be found."""
        self._reason.set_color("muted")
        self._reason.setText(many_lines(sentence))
        self._figures.hide()
        self._show_remedies(())

    def show_why(self, found: WhyNot) -> None:
        self._reason.set_color("text")
        self._reason.setText(many_lines(found.reason))
        figures = _figures(found)
        self._figures.setText(figures)
        self._figures.setVisible(bool(figures))
        self._show_remedies(found.remedies)

    def _show_remedies(self, remedies: tuple[Remedy, ...]) -> None:
        for row in self._rows:
            self._remedies.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows, self.buttons = [], []
        self._offer.setText("Each of these brings it back:" if len(remedies) > 1 else "This brings it back:")
        self._offer.setVisible(bool(remedies))
        for remedy in remedies:
            row = self._row(remedy)
            self._rows.append(row)
            self._remedies.addWidget(row)

    def _row(self, remedy: Remedy) -> QWidget:
        row = QWidget(self)
        words = PlainLabel(many_lines(remedy.words), row)
        words.setWordWrap(True)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)  # as word wrap set it: the row is as high as the words
        words.setSizePolicy(policy)
        words.setToolTip(tooltip(remedy.words))
        layout = QHBoxLayout(row)
        layout.setContentsMargins(unit(self), 0, 0, 0)
        layout.setSpacing(unit(self) // 2)
        layout.addWidget(words, 1)
        if remedy.edit is not None:
            tip = "Edit the entry so and ask again; Ctrl+Z takes the edit back"
        else:
            tip = "Ask again with this change, which counts for this question only"
        self._add_button(row, "Try", f"{tip}: {remedy.words}", partial(self.tried.emit, remedy))
        if remedy.query is not None and remedy.setting in SETTING_NAMES:
            tip = "Change the memory’s own settings so, for all questions, and ask again"
            self._add_button(row, "Keep", f"{tip}: {remedy.words}", partial(self.kept.emit, remedy))
        return row

    def _add_button(self, row: QWidget, words: str, tip: str, act: partial[None]) -> None:
        button = QPushButton(words, row)
        button.setFixedWidth(button.fontMetrics().horizontalAdvance("Keep") + 3 * unit(self))
        button.setAccessibleName(tip)
        button.setToolTip(tooltip(tip))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(act)
        layout = row.layout()
        assert layout is not None
        layout.addWidget(button)
        self.buttons.append(button)


def _figures(found: WhyNot) -> str:
    """Exact ranks and score."""
    said = [f"{rank:,} by {_RANKINGS.get(name, name)}" for name, rank in found.ranks.items()]
    figures = [f"Exact rank: {', '.join(said)}"] if said else []
    if found.score is not None:
        figures.append(f"score {found.score:.3f}")
    return " · ".join(figures)
