"""Recall at every k, a curve for each way."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QContextMenuEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from memviz.gui.fonts import ui_font
from memviz.gui.measure_dialog.export_menu import ExportMenu, Table
from memviz.gui.metrics import elided, unit
from memviz.gui.plots.canvas import Canvas
from memviz.gui.slot_colors import style_of_number
from memviz.gui.theme import colors_of
from memviz.session.recall_eval import OVERALL, Comparison


class RecallCurves(QWidget):
    """From 0 to 1 over the ranks that were measured, which stand side by side at equal distances. GUI thread."""

    def __init__(self, failed: Callable[[str], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._compared: Comparison | None = None
        self._category = OVERALL
        self._shares: list[tuple[str, list[float]]] = []  # name of a way, recall at each k
        self._small = ui_font(self.font(), scale=0.92)
        self._canvas = Canvas(self)
        self._lines: list[pg.PlotDataItem] = []
        self.menu = ExportMenu(self, "recall-curves", self.table, failed)
        self.setAccessibleName("Recall curves")
        self.setToolTip("Share of the evidence that is among the first k, for each way of recall")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._canvas.dress(colors_of(self.palette()))

    def show_category(self, compared: Comparison, category: str) -> None:
        self._compared, self._category = compared, category
        self._shares = [(way.name, [*compared.figures(way, category).recall.values()]) for way in compared.ways]
        while len(self._lines) < len(self._shares):
            line = pg.PlotDataItem(symbol="o", symbolSize=unit(self), antialias=True)
            self._canvas.addItem(line)
            self._lines.append(line)
        told = ", ".join(f"{name} {shares[0]:.3f}" for name, shares in self._shares)
        self.setAccessibleDescription(f"Recall at {compared.ks[0]}, {category}: {told}")
        self._place()
        self.update()

    def table(self) -> Table:
        """Header and rows, as they are exported."""
        if self._compared is None:
            return []
        head: list[object] = ["way", "category", *(f"recall@{k}" for k in self._compared.ks)]
        return [head, *([name, self._category, *shares] for name, shares in self._shares)]

    def sizeHint(self) -> QSize:
        return QSize(60 * unit(self), 40 * unit(self))

    def _room(self) -> QRectF:
        """Of the picture, between numbers on the left, ranks below and the names of the curves under these."""
        line, space = self.fontMetrics().height(), unit(self)
        return QRectF(self.rect()).adjusted(6 * space, line, -2 * space, -(2 + len(self._shares)) * line)

    def _xs(self, width: float) -> list[float]:
        count = len(self._compared.ks) if self._compared is not None else 0
        return [width * (at + 0.5) / count for at in range(count)]

    def _place(self) -> None:
        room = self._room()
        self._canvas.setGeometry(room.toRect())
        width, height, edge = room.width(), max(1.0, room.height()), unit(self)
        xs = np.array(self._xs(width))
        for number, line in enumerate(self._lines):
            shares = np.array(self._shares[number][1] if number < len(self._shares) else [])
            color = style_of_number(number).color
            line.setData(xs[: len(shares)], edge + (height - 2 * edge) * (1.0 - shares))
            line.setPen(QPen(color, 1.5))
            line.setSymbolBrush(color)
            line.setSymbolPen(None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._canvas.dress(colors_of(self.palette()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu.show(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        if self._compared is None:
            return
        colors, room = colors_of(self.palette()), self._room()
        line, space, edge = self.fontMetrics().height(), unit(self), unit(self)
        side = Qt.AlignmentFlag
        painter = QPainter(self)
        painter.setPen(colors.color("hairline"))
        painter.drawRect(room.adjusted(-1, -1, 0, 0))
        painter.setFont(self._small)
        painter.setPen(colors.color("muted"))
        for share in (0.0, 0.5, 1.0):
            y = room.top() + edge + (room.height() - 2 * edge) * (1.0 - share)
            painter.drawText(
                QRectF(0, y - line / 2, room.left() - space, line), side.AlignRight | side.AlignVCenter, f"{share:.1f}"
            )
        for k, x in zip(self._compared.ks, self._xs(room.width()), strict=True):
            area = QRectF(room.left() + x - 6 * space, room.bottom() + space / 4, 12 * space, line)
            painter.drawText(area, side.AlignCenter, f"first {k:,}")
        for number, (name, shares) in enumerate(self._shares):
            top = room.bottom() + (1.5 + number) * line
            mark = QRectF(room.left(), top + line / 2 - space / 2, space, space)
            style_of_number(number).paint(painter, mark)
            painter.setPen(colors.color("text"))
            words = f"{name}   {'   '.join(f'{share:.3f}' for share in shares)}"
            area = QRectF(mark.right() + space, top, room.right() - mark.right() - space, line)
            painter.drawText(area, side.AlignLeft | side.AlignVCenter, elided(words, self._small, area.width()))
        painter.end()
