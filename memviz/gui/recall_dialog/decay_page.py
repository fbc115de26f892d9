"""How each kind of entry fades: a law with its figures, drawn while they are typed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from memviz.core.decay import DAY, Decay, DecayKind
from memviz.core.entry import Kind
from memviz.core.errors import KnownError
from memviz.core.recall_settings import RecallSettings
from memviz.gui.metrics import unit
from memviz.gui.recall_dialog.decay_curves import DecayCurves
from memviz.gui.recall_dialog.setting_rows import number, number_words
from memviz.gui.tables.labels import PlainLabel
from memviz.gui.widgets import choice_box
from memviz.session.fading import AgeSample, below_threshold

#: Law -> (short, what it means, its third figure).
LAWS = {
    DecayKind.NONE: ("never fades", "All of it is left, always", ""),
    DecayKind.EXPONENTIAL: ("exponential", "Halved again and again", ""),
    DecayKind.POWER: ("power law", "Fast at first, then ever slower", "exponent"),
    DecayKind.USE: ("by use", "Every use makes the half-life longer", "growth"),
}
HORIZONS = ((7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "1 year"), (1_825, "5 years"), (7_300, "20 years"))
_SHAPE_TIPS = {
    "": "This law has no further figure",
    "exponent": "Exponent of the power law, 0.01 to 100: greater ones forget more",
    "growth": "So many times longer does each use make the half-life, at least 1",
}


class LawRow(QObject):
    """The editors of one kind's law; they stand in the page's grid.

    Signals:
        edited(): the user changed something.
    """

    edited = Signal()

    def __init__(self, kind: Kind, grid: QGridLayout, row: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.kind = kind
        name = PlainLabel(kind.value, parent)
        choices = [(words, law) for law, (words, _, _) in LAWS.items()]
        self.law = choice_box(parent, f"Law of {kind.value}", f"How entries of the kind “{kind.value}” fade", choices)
        self.half_life = self._line(parent, f"Half-life of {kind.value} in days", "Days until one half is left")
        self.shape = self._line(parent, f"Further figure of {kind.value}", _SHAPE_TIPS[""])
        self.words = PlainLabel("", parent, color="muted", scale=0.94)
        self.words.setWordWrap(True)
        for column, widget in enumerate((name, self.law, self.half_life, self.shape, self.words)):
            grid.addWidget(widget, row, column, Qt.AlignmentFlag.AlignVCenter)
        self.law.activated.connect(self._law_chosen)
        self.show_law(Decay())

    def _line(self, parent: QWidget, name: str, tip: str) -> QLineEdit:
        line = QLineEdit(parent)
        line.setAccessibleName(name)
        line.setToolTip(tip)
        line.setFixedWidth(10 * unit(parent))
        line.textEdited.connect(self._typed)
        return line

    def _typed(self, _text: str) -> None:
        self.edited.emit()

    def _law_chosen(self, _index: int) -> None:
        """The third figure is another one now: what is usual for it."""
        self._suit()
        shape = LAWS[self._law()][2]
        self.shape.setText(number_words(getattr(Decay(), shape)) if shape else "")
        self.edited.emit()

    def _law(self) -> DecayKind:
        return DecayKind(self.law.currentData())  # Qt gives back a plain string

    def _suit(self) -> None:
        law = self._law()
        self.half_life.setEnabled(law is not DecayKind.NONE)
        shape = LAWS[law][2]
        self.shape.setEnabled(bool(shape))
        self.shape.setPlaceholderText(shape or "–")
        self.shape.setToolTip(_SHAPE_TIPS[shape])

    def show_law(self, decay: Decay) -> None:
        self.law.setCurrentIndex(self.law.findData(decay.kind))
        self.half_life.setText(number_words(decay.half_life))
        shape = LAWS[decay.kind][2]
        self.shape.setText(number_words(getattr(decay, shape)) if shape else "")
        self._suit()

    def read(self) -> Decay:
        """The law as it was entered.

        Raises:
            KnownError: a figure that it cannot have.
        """
        law = self._law()
        if law is DecayKind.NONE:
            return Decay()
        values: dict[str, Any] = {"half_life": number(self.half_life.text().strip())}
        if LAWS[law][2]:
            values[LAWS[law][2]] = number(self.shape.text().strip())
        return Decay(law, **values)

    def say(self, words: str, *, wrong: bool = False) -> None:
        self.words.set_color("error" if wrong else "muted")
        self.words.setText(words)


class DecayPage(QWidget):
    """A line for each kind, the threshold, and the curves. GUI thread.

    Signals:
        edited(): the user changed something.
    """

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sample: AgeSample | None = None
        self._settings = RecallSettings()
        space = unit(self)
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * space)
        grid.setVerticalSpacing(space)
        grid.setColumnStretch(4, 1)
        for column, words in enumerate(("Kind", "Law", "Half-life, days", "Exponent, growth", "What that means")):
            grid.addWidget(PlainLabel(words, self, semi_bold=True), 0, column)
        self.laws = {kind: LawRow(kind, grid, row, self) for row, kind in enumerate(Kind, 1)}
        for law in self.laws.values():
            law.edited.connect(self.edited)
        self.least = QLineEdit(self)
        self.least.setAccessibleName("Least retention")
        self.least.setToolTip("Entries of which less is left are not recalled, 0 to 1")
        self.least.setFixedWidth(10 * space)
        self.least.textEdited.connect(self._least_typed)
        self.least_words = PlainLabel("", self, color="muted", scale=0.94)
        self.least_words.setWordWrap(True)
        row = grid.rowCount()
        grid.addWidget(PlainLabel("Left out below", self), row, 0, 1, 2)
        grid.addWidget(self.least, row, 2)
        grid.addWidget(self.least_words, row, 3, 1, 2)
        self.curves = DecayCurves(self)
        self.horizon = choice_box(self, "Horizon", "How many days the curves show", [(w, d) for d, w in HORIZONS])
        self.horizon.setCurrentIndex(3)
        self.horizon.currentIndexChanged.connect(self._draw)
        self.words = PlainLabel("", self, color="muted", scale=0.94)
        self.words.setWordWrap(True)
        below = QHBoxLayout()
        below.addWidget(self.words, 1)
        below.addWidget(self.horizon, 0, Qt.AlignmentFlag.AlignTop)
        below_each_other = QVBoxLayout(self)
        below_each_other.setContentsMargins(2 * space, 2 * space, 2 * space, space)
        below_each_other.setSpacing(2 * space)
        below_each_other.addLayout(grid)
        below_each_other.addWidget(self.curves, 1)
        below_each_other.addLayout(below)

    def _least_typed(self, _text: str) -> None:
        self.edited.emit()

    # -- from and to settings ----------------------------------------------------------------------------------------

    def show_settings(self, settings: RecallSettings) -> None:
        for kind, row in self.laws.items():
            row.show_law(settings.decay_of(kind))
        self.least.setText(number_words(settings.least_retention))

    def collect(self) -> dict[str, Any]:
        """The settings of this page by name; a sentence stands beside each that cannot be.

        Raises:
            KnownError: at least one cannot be; the first one's sentence.
        """
        decay, wrong = {}, ""
        for kind, row in self.laws.items():
            try:
                law = row.read()
            except KnownError as error:
                row.say(str(error), wrong=True)
                wrong = wrong or str(error)
            else:
                if law.kind is not DecayKind.NONE:
                    decay[kind] = law
        least = RecallSettings().least_retention
        try:
            least = RecallSettings().changed(least_retention=number(self.least.text().strip())).least_retention
        except KnownError as error:
            self.least_words.set_color("error")
            self.least_words.setText("A number from 0 to 1 is needed.")
            wrong = wrong or str(error)
        if wrong:
            raise KnownError(wrong)
        return {"decay": decay, "least_retention": least}

    def show_effect(self, settings: RecallSettings) -> None:
        """Draws good settings and says what they mean."""
        self._settings = settings
        self.least_words.set_color("muted")
        self.least_words.setText("0 lets everything pass, however faded")
        for kind, row in self.laws.items():
            row.say(_meaning(settings.decay_of(kind), settings.least_retention))
        self._draw()

    def show_sample(self, sample: AgeSample | None) -> None:
        """The entries that stand for the memory; None: they are being read."""
        self._sample = sample
        self._draw()

    def _draw(self) -> None:
        entries = self._sample.entries if self._sample is not None else ()
        self.curves.show_decay(self._settings, entries, float(self.horizon.currentData()))
        self.words.setText(_sample_words(self._sample, self._settings))


def _meaning(law: Decay, least: float) -> str:
    words = LAWS[law.kind][1]
    if law.kind is DecayKind.NONE:
        return words
    days = law.age_at(least) / DAY
    end = "never left out" if math.isinf(days) else f"left out after {_days(days)}"
    if law.kind is DecayKind.USE and not math.isinf(days):
        end = f"left out after {_days(days)} unused, {_days(law.age_at(least, 3) / DAY)} after 3 uses"
    return f"{words}; {end}"


def _days(days: float) -> str:
    if days >= 3_650:
        return f"{days / 365:,.0f} years" if days < 3.65e8 else "millions of years"
    return f"{days:,.0f} days" if days >= 10 else f"{days:.2g} days"


def _sample_words(sample: AgeSample | None, settings: RecallSettings) -> str:
    if sample is None:
        return "Reading how old the entries are …"
    if not sample.entries:
        return "The memory is empty; its entries will be drawn on the curves."
    looked = len(sample.entries)
    which = f"{looked:,} of {sample.total:,} entries, spread over all ages" if looked < sample.total else "All entries"
    below = below_threshold(sample.entries, settings)
    gone = ", ".join(f"{count:,} of the kind “{kind}”" for kind, count in below.items() if count)
    ahead = _future_words(sample.entries)
    return f"{which}: {f'left out now are {gone}' if gone else 'none has faded too far'}.{ahead}"


def _future_words(entries: Sequence[Any]) -> str:
    count = sum(aged.age < -60.0 for aged in entries)
    if not count:
        return ""
    words = "has a date in the future and counts" if count == 1 else "have dates in the future and count"
    return f" {count:,} {words} as new."
