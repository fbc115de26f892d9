"""Recall at one k, by category: a bar for each way."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QContextMenuEvent, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from memviz.gui.fonts import ui_font
from memviz.gui.measure_dialog.export_menu import ExportMenu, Table
from memviz.gui.metrics import elided, unit
from memviz.gui.slot_colors import style_of_number
from memviz.gui.tables.plain import tooltip
from memviz.gui.theme import colors_of
from memviz.session.recall_eval import Comparison


class CategoryBars(QWidget):
    """Lying bars, grouped by category, from 0 to 1; pointing at one tells its figures. GUI thread."""

    def __init__(self, failed: Callable[[str], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._compared: Comparison | None = None
        self._k = 0
        self._shares: list[tuple[str, int, list[float]]] = []  # category, questions, share of each way
        self._small = ui_font(self.font(), scale=0.92)
        self.menu = ExportMenu(self, "recall-categories", self.table, failed)
        self.setAccessibleName("Recall by category")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)

    def show_rank(self, compared: Comparison, k: int) -> None:
        self._compared, self._k = compared, k
        self._shares = []
        for category in compared.categories:
            figures = [compared.figures(way, category) for way in compared.ways]
            self._shares.append((category, figures[0].questions, [each.recall[k] for each in figures]))
        told = ", ".join(f"{category} {shares[0]:.3f}" for category, _, shares in self._shares)
        self.setAccessibleDescription(f"Recall at {k} by category, {compared.ways[0].name}: {told}")
        self.setMinimumHeight(round(self._group() * len(self._shares)))
        self.update()

    def table(self) -> Table:
        """Header and rows, as they are exported."""
        if self._compared is None:
            return []
        head: list[object] = ["category", "questions", *(f"{way.name} recall@{self._k}" for way in self._compared.ways)]
        return [head, *([category, count, *shares] for category, count, shares in self._shares)]

    def sizeHint(self) -> QSize:
        return QSize(60 * unit(self), max(20 * unit(self), self.minimumHeight()))

    def _group(self) -> float:
        """Height of a category: its bars, and room to the next."""
        ways = len(self._compared.ways) if self._compared is not None else 1
        return max(1.6 * unit(self) * ways, 2.2 * unit(self)) + 1.2 * unit(self)

    def _left(self) -> float:
        """Where the bars begin: behind the widest category, and no further than a third."""
        metrics = QFontMetricsF(self.font())
        widest = max((metrics.horizontalAdvance(category) for category, _, _ in self._shares), default=0.0)
        return min(widest + 2 * unit(self), self.width() / 3)

    def _bar(self, row: int, way: int, share: float) -> QRectF:
        space, left = unit(self), self._left()
        height = (self._group() - 1.2 * space) / max(1, len(self._shares[row][2]))
        whole = max(1.0, self.width() - left - 6 * space)
        return QRectF(left, row * self._group() + way * height, max(1.0, whole * share), height - 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        colors, space, side = colors_of(self.palette()), unit(self), Qt.AlignmentFlag
        painter = QPainter(self)
        for row, (category, _, shares) in enumerate(self._shares):
            top = row * self._group()
            painter.setFont(self.font())
            painter.setPen(colors.color("text"))
            area = QRectF(0, top, self._left() - space, self._group() - 1.2 * space)
            words = elided(category, self.font(), area.width())
            painter.drawText(area, side.AlignRight | side.AlignVCenter, words)
            painter.setFont(self._small)
            for way, share in enumerate(shares):
                bar = self._bar(row, way, share)
                painter.fillRect(self._bar(row, way, 1.0), colors.color("hover"))
                style_of_number(way).paint(painter, bar)
                whole = self._bar(row, way, 1.0)
                painter.setPen(colors.color("muted"))
                number = QRectF(whole.right() + space / 2, whole.top(), 6 * space, whole.height())
                painter.drawText(number, side.AlignLeft | side.AlignVCenter, f"{share:.3f}")
        painter.end()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), tooltip(self.words_at(event.pos().y())), self)
            return True
        return super().event(event)

    def words_at(self, y: float) -> str:
        """What the category at this height has, way by way."""
        row = int(y // self._group())
        if self._compared is None or not 0 <= row < len(self._shares):
            return ""
        category, count, shares = self._shares[row]
        told = [f"{category}: {count:,} questions"]
        for way, share in zip(self._compared.ways, shares, strict=True):
            told.append(f"{way.name} {share:.4f}")
        return "\n".join(told)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu.show(event)
