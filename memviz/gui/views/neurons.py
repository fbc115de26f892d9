"""The memory in the weights: the strongest neurons of each layer at a step, and what each layer would say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDoubleSpinBox,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from memviz.core.neurons import NeuronReport, NeuronScale, NeuronSlot, Promoted
from memviz.core.trace import Trace
from memviz.gui.metrics import unit
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.views.layer_predictions import LayerPredictions
from memviz.gui.views.look_view import LookView
from memviz.gui.widgets import ElidedLabel

_COLUMNS = ("layer", "neuron", "activation", "share", "raises", "lowers", "×")
#: Of all layers together so many neurons are listed.
_LISTED = 40


class NeuronsView(LookView):
    """Neurons as slots, their activation as read weight, what their value vectors promote; scaled and asked again."""

    title: ClassVar[str] = "Neurons"
    what: ClassVar[str] = "neurons"
    invitation: ClassVar[str] = "Here you will see which neurons speak at a step. Ask a question to begin."

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scales: tuple[NeuronScale, ...] = ()
        self.layer = -1
        self.shown: list[NeuronSlot] = []
        self._filled: tuple[NeuronReport | None, int, tuple[NeuronScale, ...]] = (None, -1, ())
        self._filling = False
        self._place: tuple[int, int] | None = None  # of the neuron whose factor is shown
        self._words = ElidedLabel(self.controls, "What the neurons do")
        self.off = self._button("Switch Off", "The chosen neuron says nothing in the next question", self._switch)
        self.factor = QDoubleSpinBox(self.controls)
        self.factor.setRange(-100.0, 100.0)
        self.factor.setDecimals(2)
        self.factor.setSingleStep(0.5)
        self.factor.setPrefix("× ")
        self.factor.setAccessibleName("Factor of the chosen neuron")
        self.factor.setToolTip("The chosen neuron’s activation is multiplied by this in the next question")
        self.factor.setKeyboardTracking(False)
        self.factor.valueChanged.connect(self._scale)
        self.undo = self._button("Undo", "Takes the newest change of a neuron back", self.scales_undone.emit)
        self.clear = self._button("Clear", "All neurons as they are in the weights", self.scales_cleared.emit)
        self.again = self._button("Ask Again", "Asks the same question with these neurons", self._ask)
        self.add_control(self._words, 1)
        for widget in (self.factor, self.off, self.undo, self.clear, self.again):
            self.add_control(widget)
        self.layers = LayerPredictions()
        self.layers.chosen.connect(self._layer_chosen)
        scroll = QScrollArea(self.content)
        scroll.setWidget(self.layers)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setAccessibleName("Prediction of each layer")
        scroll.setToolTip("What the model would say if it ended after a layer; click one to see its neurons alone")
        self.neurons = self._neuron_table()
        space = unit(self)
        row = QHBoxLayout(self.content)
        row.setContentsMargins(2 * space, 0, 0, 0)
        row.setSpacing(2 * space)
        row.addWidget(scroll, 1)
        row.addWidget(self.neurons, 3)
        self.restyle(self.colors)

    def _button(self, words: str, tip: str, pressed: object) -> QPushButton:
        button = QPushButton(words, self.controls)
        button.setAccessibleName(words)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        button.clicked.connect(pressed)
        return button

    def _neuron_table(self) -> QTableWidget:
        table = QTableWidget(0, len(_COLUMNS), self.content)
        table.setHorizontalHeaderLabels(list(_COLUMNS))
        table.setAccessibleName("Strongest neurons")
        table.setToolTip("The strongest neurons at the chosen step; choose one to scale it")
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setFrameShape(QTableWidget.Shape.NoFrame)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(round(2.75 * unit(self)))
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        for section, name in enumerate(_COLUMNS):
            wide = name in ("raises", "lowers")
            header.setSectionResizeMode(
                section, QHeaderView.ResizeMode.Stretch if wide else QHeaderView.ResizeMode.ResizeToContents
            )
        table.currentCellChanged.connect(self._row_chosen)
        return table

    def restyle(self, _colors: object) -> None:
        palette = self.neurons.palette()
        palette.setColor(palette.ColorRole.Base, self.colors.color("window"))
        self.neurons.setPalette(palette)
        self._filled = (None, -1, ())

    # -- what is drawn -----------------------------------------------------------------------------------------------

    @property
    def report(self) -> NeuronReport | None:
        """The look that is in sight."""
        found: NeuronReport | None = self.found
        return found

    def show_scales(self, scales: tuple[NeuronScale, ...], can_undo: bool) -> None:
        self.scales = scales
        self.undo.setEnabled(can_undo)
        self.clear.setEnabled(bool(scales))
        self.mark_stale()

    def draw(self, trace: Trace, step: int) -> None:
        del step
        report = self.report
        if report is None:
            return
        self.layers.show_predictions(report.predictions, self.layer)
        known, *choice = self._filled
        if known is not report or choice != [self.layer, self.scales]:
            self._filled = (report, self.layer, self.scales)
            self._fill(report)
        self._words.say(self._sentence_for(trace, self.found_step))
        self.again.setEnabled(trace.finish is not None)
        self._suit_controls()

    def _fill(self, report: NeuronReport) -> None:
        chosen = self._chosen()
        known = (chosen.layer, chosen.neuron) if chosen is not None else None
        if 0 <= self.layer < len(report.slots):
            self.shown = list(report.slots[self.layer])
        else:
            every = [slot for layer in report.slots for slot in layer]
            self.shown = sorted(every, key=lambda slot: -slot.share)[:_LISTED]
        factors = {(scale.layer, scale.neuron): scale.factor for scale in self.scales}
        self._filling = True
        self.neurons.setRowCount(len(self.shown))
        for row, slot in enumerate(self.shown):
            factor = factors.get((slot.layer, slot.neuron))
            cells = (
                str(slot.layer + 1),
                f"{slot.neuron:,}",
                f"{slot.activation:.3f}",
                f"{100 * slot.share:.1f} %",
                _tokens(slot.raised),
                _tokens(slot.demotes if slot.activation >= 0 else slot.promotes),
                "" if factor is None else f"{factor:g}",
            )
            for column, text in enumerate(cells):
                self._put(row, column, text, changed=factor is not None)
        row = next((at for at, slot in enumerate(self.shown) if (slot.layer, slot.neuron) == known), -1)
        self.neurons.setCurrentCell(row, 0)
        self._filling = False

    def _put(self, row: int, column: int, text: str, *, changed: bool) -> None:
        item = QTableWidgetItem(text)
        side = Qt.AlignmentFlag.AlignLeft if column in (4, 5) else Qt.AlignmentFlag.AlignRight
        item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        item.setToolTip(tooltip(text))
        item.setForeground(self.colors.color("accent" if changed else "text" if column != 5 else "muted"))
        self.neurons.setItem(row, column, item)

    def _sentence_for(self, trace: Trace, step: int) -> str:
        words = [f"step {step + 1}"]
        if trace.query.neurons:
            count = len(trace.query.neurons)
            plain = self.look("unscaled", trace.steps - 1) if trace.finish is not None else None
            words = [f"{count} {'neuron' if count == 1 else 'neurons'} scaled: “{one_line(trace.answer, 60).strip()}”"]
            if plain is not None and plain.value is not None:
                words.append(f"as in the weights: “{one_line(plain.value, 60)}”")
        if self.report is not None and self.report.note:
            words.append(self.report.note)
        elif not trace.query.neurons:
            words.append("activation is the read weight of a neuron; what it raises is read off its value vector")
        return "   ·   ".join(words)

    # -- what is chosen ----------------------------------------------------------------------------------------------

    def _chosen(self) -> NeuronSlot | None:
        row = self.neurons.currentRow()
        return self.shown[row] if 0 <= row < len(self.shown) else None

    def _layer_chosen(self, layer: int) -> None:
        self.layer = layer
        self.mark_stale()

    def _row_chosen(self, *_: int) -> None:
        if not self._filling:
            self._suit_controls()

    def _suit_controls(self) -> None:
        """Buttons and factor are those of the chosen neuron."""
        slot = self._chosen()
        known = {(scale.layer, scale.neuron): scale.factor for scale in self.scales}
        factor = known.get((slot.layer, slot.neuron), 1.0) if slot is not None else 1.0
        for widget in (self.off, self.factor):
            widget.setEnabled(slot is not None and self.is_live())  # another model has other neurons
        self.off.setText("Switch On" if factor == 0.0 else "Switch Off")
        place = (slot.layer, slot.neuron) if slot is not None else None
        if place == self._place and self.factor.hasFocus():
            return  # something is being typed
        self._place = place
        self.factor.blockSignals(True)
        self.factor.setValue(factor)
        self.factor.blockSignals(False)

    def _switch(self) -> None:
        slot = self._chosen()
        if slot is not None:
            self.scale_wanted.emit(NeuronScale(slot.layer, slot.neuron, 1.0 if self.factor.value() == 0.0 else 0.0))

    def _scale(self, factor: float) -> None:
        slot = self._chosen()
        if slot is not None:
            self.scale_wanted.emit(NeuronScale(slot.layer, slot.neuron, factor))

    def _ask(self) -> None:
        if self.trace is not None:
            self.query_proposed.emit(self.trace.query.text)

    def table(self) -> Iterable[Sequence[object]]:
        """Every neuron that was looked up, with what its layer would say."""
        report = self.report
        if report is None:
            return
        yield (
            *("layer", "neuron", "activation", "strength", "share", "raises", "lowers"),
            *("layer’s prediction", "its log-probability"),
        )
        for layer, said in zip(report.slots, report.predictions, strict=True):
            for slot in layer:
                lowered = slot.demotes if slot.activation >= 0 else slot.promotes
                yield (
                    slot.layer + 1,
                    slot.neuron,
                    *(round(value, 6) for value in (slot.activation, slot.strength, slot.share)),
                    _tokens(slot.raised),
                    _tokens(lowered),
                    said.text,
                    round(said.logprob, 6),
                )


def _tokens(promoted: Sequence[Promoted]) -> str:
    return "  ".join(one_line(each.text).strip() or "␣" for each in promoted)
