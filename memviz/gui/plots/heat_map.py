"""A heat map of rows over steps, with names, bars and words around it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QKeyEvent, QMouseEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from memviz.core.arrays import FloatArray
from memviz.gui.fonts import ui_font
from memviz.gui.metrics import unit
from memviz.gui.plots.canvas import Canvas
from memviz.gui.plots.heat_axes import LYING, STANDING, Row
from memviz.gui.plots.heat_geometry import HeatGeometry, Zoom, height_in_rows
from memviz.gui.plots.heat_scene import Heat, HeatScene
from memviz.gui.theme import colors_of

_WHEEL_STEP = 1.2


class HeatMap(QWidget):
    """Draws levels [rows, steps], 0..1. Wheel: zoom steps; Ctrl and wheel: zoom rows; drag: move; double click: all.

    Signals:
        picked(int row, int step): a click; -1 where it hit no row or no step.
        pointed(int row, int step): the mouse is over a cell, or over a row's name (step -1); (-1, -1) elsewhere.
    """

    picked = Signal(int, int)
    pointed = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[Row] = []
        self.words: list[str] = []
        self.levels: FloatArray = np.zeros((0, 0), dtype=np.float32)
        self.row = -1
        self.step = -1
        self.zoom = Zoom()
        self.row_zoom = Zoom()
        self._apart = 0
        self._room = 1.0
        self._small = ui_font(self.font(), scale=0.92)
        self._pressed: QPointF | None = None
        self._dragged = False
        self._canvas = Canvas(self)
        self._scene = HeatScene(self._canvas)
        self._scene.dress(colors_of(self.palette()))
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(10 * unit(self))

    def show_levels(
        self,
        levels: FloatArray,
        rows: list[Row],
        words: list[str],
        *,
        apart: int,
        room: float,
        row: int = -1,
        step: int = -1,
    ) -> None:
        """``apart``: that many last rows stand apart; ``room``: columns that the picture has place for.

        ``row`` and ``step`` are chosen; -1 for none.
        """
        self.levels, self.rows, self.words = levels, rows, words
        self._apart, self._room = apart, max(1.0, room)
        self.row, self.step = row, step
        self._refresh()

    def _refresh(self) -> None:
        """Tells the items what changed; they are drawn once, when the event loop is free."""
        if self.rows:
            heat = Heat(self.levels, self.rows, self.words, self.row, self.step)
            self._scene.show(heat, self.geometry_now(), self._small, colors_of(self.palette()))

    def reset_zoom(self, most_rows: int = 0) -> None:
        """Everything in sight; with ``most_rows`` only the first so many rows, where there are more."""
        self.zoom, self.row_zoom = Zoom(), Zoom(0.0, float(most_rows))
        self._refresh()

    def geometry_now(self) -> HeatGeometry:
        """Where everything stands at the widget's size."""
        space = unit(self)
        labels, bars = min(24.0 * space, 0.3 * self.width()), min(16.0 * space, 0.22 * self.width())
        first, shown = self.zoom.within(self._room)
        width = (self.width() - labels - bars) / shown
        line = QFontMetricsF(self._small).height()
        foot = min((6.0 if STANDING * line <= width < LYING * line else 2.5) * space, self.height() / 3)
        rows = len(self.rows)
        top, shown_rows = self.row_zoom.within(height_in_rows(rows, self._apart))
        return HeatGeometry(
            self.width(), self.height(), labels, bars, foot, rows, self._apart, first, shown, top, shown_rows
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._canvas.setGeometry(self.rect())
        self._refresh()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._small = ui_font(self.font(), scale=0.92)
        if event.type() == QEvent.Type.PaletteChange:
            self._scene.dress(colors_of(self.palette()))
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.PaletteChange):
            self._refresh()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._scene.focus(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._scene.focus(False)

    # -- input -------------------------------------------------------------------------------------------------------

    def cell_at(self, point: QPointF) -> tuple[int, int]:
        """(row, step) under a pixel; step -1 over names and bars, row -1 over words."""
        geometry = self.geometry_now()
        row = geometry.row_at(point.y())
        inside = geometry.cells.left() <= point.x() < geometry.cells.right()
        step = int(geometry.column_at(point.x())) if inside else -1
        return row, step if 0 <= step < len(self.words) else -1

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragged = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None and event.buttons() & Qt.MouseButton.LeftButton:
            moved = self._pressed - event.position()
            if self._dragged or moved.manhattanLength() > unit(self):
                self._dragged = True
                self._pressed = event.position()
                geometry = self.geometry_now()
                self._move(moved.x() / geometry.column_width, moved.y() / geometry.row_height)
            return
        self.pointed.emit(*self.cell_at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._pressed is not None:
            self._pressed = None
            if not self._dragged:
                self.picked.emit(*self.cell_at(event.position()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        del event
        self.reset_zoom()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta()
        if abs(turned.x()) > abs(turned.y()):
            self._move(-turned.x() / 60 * self.geometry_now().shown / 20, 0.0)
        elif turned.y():
            self._zoom_by(_WHEEL_STEP ** (-turned.y() / 120), event)
        event.accept()

    def _zoom_by(self, factor: float, event: QWheelEvent) -> None:
        geometry = self.geometry_now()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            room = height_in_rows(len(self.rows), self._apart)
            self.row_zoom = self.row_zoom.scaled(factor, geometry.place_at(event.position().y()), room)
        else:
            self.zoom = self.zoom.scaled(factor, geometry.column_at(event.position().x()), self._room)
        self._refresh()

    def _move(self, columns: float, rows: float) -> None:
        self.zoom = self.zoom.moved(columns, self._room)
        self.row_zoom = self.row_zoom.moved(rows, height_in_rows(len(self.rows), self._apart))
        self._refresh()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down choose a row; sideways keys belong to the playhead."""
        move = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if move is None or not self.rows:
            super().keyPressEvent(event)
            return
        self.picked.emit(min(max(self.row + move, 0), len(self.rows) - 1), -1)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        QToolTip.hideText()
        self.pointed.emit(-1, -1)
