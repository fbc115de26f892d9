"""The heart of the window: how much each step read from each slot, live, with the chosen step as bars beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import ClassVar

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtWidgets import QToolTip, QVBoxLayout, QWidget

from memviz.core.events import FloatArray
from memviz.core.trace import Trace
from memviz.gui.fonts import ui_font
from memviz.gui.metrics import unit
from memviz.gui.plots.canvas import Canvas, view_box
from memviz.gui.plots.color_bar import ColorBar
from memviz.gui.plots.strips import ColumnLabels, Row, RowBars, RowLabels, StripLook
from memviz.gui.slot_colors import NEUTRAL_STYLE
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.theme import Colors, weight_map
from memviz.gui.views.base import View
from memviz.gui.views.slot_table import SlotRows, WeightColumns, slot_rows
from memviz.gui.widgets import ElidedLabel, choice_box

#: The least weight of the logarithmic scale.
LOG_FLOOR = 1e-3
#: Gap between the slots and the sink, in rows.
SINK_GAP = 0.35
#: The picture has room for this many steps at least, then for twice as many each time: columns don't jump with every token.
FIRST_ROOM = 6


class MemoryAttentionView(View):
    """Slots over steps. The sink (the first token) stands apart below; weights are shares of the rest, or raw."""

    title: ClassVar[str] = "Memory attention"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._columns = WeightColumns()
        self._rows: SlotRows | None = None
        self._weights: FloatArray = np.zeros((0, 0), dtype=np.float32)
        self._shown: Trace | None = None
        self._zoomed = False
        self._look = StripLook(self.colors, self.font())
        self._build_controls()
        self._build_canvas()
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._canvas, 1)
        self.restyle(self.colors)

    def _build_controls(self) -> None:
        self._words = ElidedLabel(self.controls, "Heads that are looked through")
        self.basis = choice_box(
            self.controls,
            "Weights",
            "Whether the sink’s share is left out before weights are shown",
            (("without sink", False), ("raw weights", True)),
        )
        self.scale = choice_box(
            self.controls,
            "Scale",
            "Linear from 0 to 1, or logarithmic from 0.001 to 1",
            (("linear", False), ("log", True)),
        )
        self.basis.currentIndexChanged.connect(self.mark_stale)
        self.scale.currentIndexChanged.connect(self.mark_stale)
        self._bar = ColorBar(self.controls)
        self.add_control(self._words, 1)
        for widget in (self.basis, self.scale, self._bar):
            self.add_control(widget)

    def _build_canvas(self) -> None:
        self._canvas = Canvas(
            "Heat map of memory attention", "Slots over steps; click a cell to choose its slot and step", self.content
        )
        self._canvas.setToolTip("")
        self._box = view_box(zoom_x=True)
        self._box.sigRangeChangedManually.connect(self._zoom_changed)
        self._box.sigResized.connect(self._resized)
        self._image = pg.ImageItem(axisOrder="row-major")
        self._band = pg.QtWidgets.QGraphicsRectItem()
        self._marker = pg.QtWidgets.QGraphicsRectItem()
        for item, height in ((self._image, 0), (self._band, 1), (self._marker, 2)):
            item.setZValue(height)
            self._box.addItem(item, ignoreBounds=True)
        self._labels = RowLabels(self._box, self._look, self._row_tip, self._choose_row)
        self._bars = RowBars(self._box, self._look, self._row_tip, self._choose_row)
        self._tokens = ColumnLabels(self._box, self._look, self._choose_step)
        layout = self._canvas.ci
        layout.addItem(self._labels, 0, 0)
        layout.addItem(self._box, 0, 1)
        layout.addItem(self._bars, 0, 2)
        layout.addItem(self._tokens, 1, 1)
        layout.layout.setColumnStretchFactor(1, 1)
        self._canvas.scene().sigMouseMoved.connect(self._hovered)
        self._canvas.scene().sigMouseClicked.connect(self._clicked)

    def restyle(self, colors: Colors) -> None:
        space = unit(self)
        self._look.colors = colors
        self._look.font = ui_font(self.font(), scale=0.92)
        self._canvas.restyle(colors)
        self._image.setLookupTable(weight_map(colors.dark))
        line = pg.mkPen(colors.color("accent"), width=1)
        line.setCosmetic(True)
        self._marker.setPen(line)
        self._band.setPen(line)
        layout = self._canvas.ci.layout
        layout.setContentsMargins(1.5 * space, 0, 2 * space, 0)
        for at, width in ((0, 24 * space), (2, 16 * space)):
            layout.setColumnFixedWidth(at, width)
        layout.setRowFixedHeight(1, self._tokens_height())
        layout.setColumnSpacing(0, space)

    # -- drawing -----------------------------------------------------------------------------------------------------

    def why_empty(self, trace: Trace | None) -> str:
        if trace is None:
            return "Here you will see what each word of the answer reads. Ask a question to begin."
        if trace.prompt is None:
            return "Waiting for the prompt …" if trace.finish is None else "The run ended before there was a prompt."
        if not trace.steps:
            return "The model is reading the prompt …" if trace.finish is None else "The model said nothing."
        if trace.read(0) is None:
            return "This model reports no reads, so there is nothing to draw."
        return ""

    def draw(self, trace: Trace, step: int) -> None:
        prompt = trace.prompt
        if prompt is None:
            return
        if trace is not self._shown:
            self._shown = trace
            self._zoomed = False
        self._rows = slot_rows(prompt.slots)
        self._weights = self._columns.update(trace, self.heads, bool(self.basis.currentData()))
        self._draw_cells()
        self._draw_rows(step)
        self._tokens.show_words(
            ["⏎" if output.special else one_line(output.text).strip() or "·" for output in trace.outputs], step
        )
        self._fit()
        self._draw_marks(step)
        self._resized()
        self._words.say(self.heads.words())

    def _draw_cells(self) -> None:
        rows, weights = self._rows, self._weights
        if rows is None:
            return
        log = bool(self.scale.currentData())
        order = rows.order
        body = len(order) - rows.sinks
        ordered = weights[order]
        if log:
            ordered = np.log10(np.maximum(ordered, LOG_FLOOR))
        low = math.log10(LOG_FLOOR) if log else 0.0
        gap = 20  # image rows of a slot: the gap before the sink is a fraction of a row
        blank = round(SINK_GAP * gap) if rows.sinks else 0
        cells = np.full((gap * len(order) + blank, weights.shape[1]), low, dtype=np.float32)
        cells[: gap * body] = np.repeat(ordered[:body], gap, axis=0)
        cells[gap * body + blank :] = np.repeat(ordered[body:], gap, axis=0)
        self._image.setImage(cells, autoLevels=False, levels=(low, 0.0 if log else 1.0))
        self._image.setRect(QRectF(0.0, 0.0, weights.shape[1], self._height()))
        if log:
            self._bar.set_ends("≤ 0.001", "1", "Colour of a weight: logarithmic from 0.001 to 1")
        else:
            self._bar.set_ends("0", "1", "Colour of a weight: linear from 0 to 1")

    def _draw_rows(self, step: int) -> None:
        if self._rows is None:
            return
        rows: list[Row] = []
        for number, (slot, style) in enumerate(zip(self._rows.slots, self._rows.styles, strict=True)):
            top = self._top(number)
            value = self._weights[slot.index, step].item() if 0 <= step < self._weights.shape[1] else 0.0
            quiet = slot.kind not in ("entry", "cell")
            rows.append(
                Row(_label(slot.label, slot.kind), style if not quiet else NEUTRAL_STYLE, top, top + 1.0, value, quiet)
            )
        chosen = self._rows.row_of_entry(self.entry_id)
        self._labels.show_rows(rows, chosen)
        self._bars.show_rows(rows, chosen)

    def _draw_marks(self, step: int) -> None:
        steps = self._weights.shape[1]
        chosen = self._rows.row_of_entry(self.entry_id) if self._rows is not None else -1
        self._band.setVisible(chosen >= 0)
        if chosen >= 0:
            self._band.setRect(QRectF(0.0, self._top(chosen), max(float(steps), self._span()), 1.0))
        self._marker.setVisible(0 <= step < steps)
        self._marker.setRect(QRectF(float(step), 0.0, 1.0, self._height()))

    def _top(self, row: int) -> float:
        rows = self._rows
        apart = rows is not None and rows.sinks and row >= len(rows.slots) - rows.sinks
        return row + (SINK_GAP if apart else 0.0)

    def _height(self) -> float:
        rows = self._rows
        return (len(rows.slots) + (SINK_GAP if rows.sinks else 0.0)) if rows is not None else 1.0

    def _span(self) -> float:
        """How many columns the picture is wide when it is not zoomed: all of a finished run, some room in a live one."""
        steps, room = self._weights.shape[1], FIRST_ROOM
        if self._shown is not None and self._shown.finish is not None:
            return float(max(steps, room))
        while room < steps:
            room *= 2
        return float(room)

    def _fit(self) -> None:
        self._box.setYRange(0.0, self._height(), padding=0.0)
        if not self._zoomed:
            self._box.setXRange(0.0, self._span(), padding=0.0)
        self._box.setLimits(xMin=0.0, xMax=self._span(), minXRange=min(4.0, self._span()))

    def _resized(self, *_args: object) -> None:
        height = self._tokens_height()
        if height != self._canvas.ci.layout.rowPreferredHeight(1):
            self._canvas.ci.layout.setRowFixedHeight(1, height)

    def _tokens_height(self) -> float:
        """Words of wide columns lie, those of narrow ones stand."""
        lying = self._tokens.lies(self._box.width() / self._span())
        return (2.5 if lying else 6.0) * unit(self)

    def _zoom_changed(self, *_args: object) -> None:
        low, high = self._box.viewRange()[0]
        self._zoomed = high - low < self._span() - 0.5

    # -- pointing ----------------------------------------------------------------------------------------------------

    def cell_at(self, scene: QPointF) -> tuple[int, int]:
        """(row, step) under a point of the scene, -1 where there is none."""
        if self._rows is None or not self._box.sceneBoundingRect().contains(scene):
            return -1, -1
        place = self._box.mapSceneToView(scene)
        step = int(place.x()) if 0 <= place.x() < self._weights.shape[1] else -1
        row = next((n for n in range(len(self._rows.slots)) if self._top(n) <= place.y() < self._top(n) + 1.0), -1)
        return row, step

    def cell_tip(self, row: int, step: int) -> str:
        """The exact number and the words of a cell."""
        if self._rows is None or self.trace is None:
            return ""
        slot = self._rows.slots[row]
        weight = self._weights[slot.index, step].item()
        basis = "raw" if self.basis.currentData() or slot.kind == "sink" else "without sink"
        lines = [
            f"{weight:.4f}   {basis}, {self.heads.words()}",
            f"step {step + 1}  “{one_line(self.trace.outputs[step].text)}”",
        ]
        return tooltip("\n".join([*lines, f"slot  {slot.label}"]))

    def _hovered(self, scene: QPointF) -> None:
        row, step = self.cell_at(scene)
        if row >= 0 and step >= 0:
            at = self._canvas.mapToGlobal(self._canvas.mapFromScene(scene))
            QToolTip.showText(at, self.cell_tip(row, step), self._canvas)

    def _clicked(self, event) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if event.double():
            self._zoomed = False
            self.mark_stale()
            return
        row, step = self.cell_at(event.scenePos())
        if step >= 0:
            self.step_chosen.emit(step)
        if row >= 0:
            self._choose_row(row)

    def _choose_row(self, row: int) -> None:
        if self._rows is not None and self._rows.slots[row].entry_id is not None:
            self.entry_chosen.emit(self._rows.slots[row].entry_id)

    def _choose_step(self, step: int) -> None:
        self.step_chosen.emit(step)

    def _row_tip(self, row: int) -> str:
        if self._rows is None:
            return ""
        slot = self._rows.slots[row]
        value = self._weights[slot.index, self.step].item() if 0 <= self.step < self._weights.shape[1] else 0.0
        return tooltip(f"{slot.label}\n{slot.kind}, {value:.4f} at step {self.step + 1}")

    def table(self) -> Iterable[Sequence[object]]:
        """Slots as rows, steps as columns; raw weights through the chosen heads."""
        trace = self.trace
        prompt = trace.prompt if trace is not None else None
        if trace is None or prompt is None:
            return
        yield ("slot", "kind", "entry id", *(f"{o.step + 1} {one_line(o.text)}" for o in trace.outputs))
        weights = WeightColumns().update(trace, self.heads, raw=True)
        for slot in slot_rows(prompt.slots).slots:
            entry_id = slot.entry_id if slot.entry_id is not None else ""
            yield (slot.label, slot.kind, entry_id, *(round(float(value), 6) for value in weights[slot.index]))


def _label(label: str, kind: str) -> str:
    return f"sink · {label}" if kind == "sink" and not label.lower().startswith("sink") else label
