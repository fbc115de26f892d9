"""The memory that a model needs at each dtype, against what is free."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from memviz.core.sizes import size_words
from memviz.gui.fonts import ui_font
from memviz.gui.metrics import unit
from memviz.gui.theme import colors_of
from memviz.session.model_details import MemoryNeed

_TOO_MUCH = "does not fit"


class MemoryBars(QWidget):
    """One row for each dtype: its name, a bar that is full where all free memory is needed, the figure. GUI thread."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._needs: tuple[MemoryNeed, ...] = ()
        self._free = 1
        self._where = ""
        self._chosen = ""
        self.setAccessibleName("Memory needed")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_needs(self, needs: Sequence[MemoryNeed], free: int, where: str, chosen: str) -> None:
        """``free``: bytes free ``where`` the model would lie; ``chosen``: the dtype that stands out, if any."""
        self._needs, self._free, self._where, self._chosen = tuple(needs), max(1, free), where, chosen
        lines = [f"{need.dtype}: {self._words(need)}" for need in needs]
        self.setAccessibleDescription("; ".join([self._heading(), *lines]))
        self.setToolTip("The weights, a tenth of them more for what is computed with them, and 100 MB")
        self.setVisible(bool(needs))
        self.updateGeometry()
        self.update()

    def fits(self, need: MemoryNeed) -> bool:
        """In the main memory, through which it goes, and where it would lie."""
        return need.fits and need.bytes <= self._free

    def _words(self, need: MemoryNeed) -> str:
        return size_words(need.bytes) if self.fits(need) else f"{size_words(need.bytes)}, {_TOO_MUCH}"

    def _heading(self) -> str:
        return f"Memory needed, of {size_words(self._free)} free on {self._where}"

    def _line(self) -> int:
        return round(1.5 * self.fontMetrics().height())

    def sizeHint(self) -> QSize:
        return QSize(40 * unit(self), self._line() * (1 + len(self._needs)))

    def minimumSizeHint(self) -> QSize:
        return QSize(30 * unit(self), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        colors, space, line = colors_of(self.palette()), unit(self), self._line()
        small, bold = ui_font(self.font(), scale=0.92), ui_font(self.font(), semi_bold=True)
        side = Qt.AlignmentFlag
        figures = QFontMetrics(self.font())
        names = max((QFontMetrics(bold).horizontalAdvance(need.dtype) for need in self._needs), default=0) + 2 * space
        words = max((figures.horizontalAdvance(self._words(need)) for need in self._needs), default=0) + space
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(small)
        painter.setPen(colors.color("muted"))
        painter.drawText(QRectF(0, 0, self.width(), line), side.AlignVCenter, self._heading())
        for at, need in enumerate(self._needs, 1):
            row = QRectF(0, at * line, self.width(), line)
            painter.setFont(bold if need.dtype == self._chosen else self.font())
            painter.setPen(colors.color("text"))
            painter.drawText(row, side.AlignVCenter, need.dtype)
            painter.setFont(self.font())
            fits = self.fits(need)
            painter.setPen(colors.color("text" if fits else "warning"))
            painter.drawText(row, side.AlignVCenter | side.AlignRight, self._words(need))
            track = QRectF(names, row.center().y() - 3, max(0.0, row.width() - names - words), 6)
            share = min(1.0, need.bytes / self._free) if fits else 1.0
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.color("hover"))
            painter.drawRoundedRect(track, 3, 3)
            painter.setBrush(colors.color("accent" if fits else "warning"))
            painter.drawRoundedRect(QRectF(track.left(), track.top(), max(6.0, share * track.width()), 6), 3, 3)
        painter.end()
