"""A slider over the versions of a memory, with a mark for each change and each new day."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSlider, QToolTip, QWidget

from memviz.core.past import Milestone
from memviz.gui.fonts import ui_font
from memviz.gui.metrics import unit
from memviz.gui.tables.ages import date_time
from memviz.gui.theme import colors_of

_PAGE_SHARE = 20
_LABEL_SCALE = 0.85


class Timeline(QSlider):
    """Its value is a version, from 0 (the empty memory) to the newest, which is now. GUI thread.

    Versions stand evenly, so that each can be reached however close in time they are; arrows go from one to the next.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._milestones: Sequence[Milestone] = ()
        self.setAccessibleName("Version of the memory")
        self.setToolTip("Drag to see the memory as it was; arrows go from one version to the next")
        self.setRange(0, 0)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_milestones(self, milestones: Sequence[Milestone]) -> None:
        """The versions of the memory, oldest first; some may be left out, but not the newest."""
        at_end = self.value() == self.maximum()
        self._milestones = milestones
        newest = milestones[-1].version if milestones else 0
        blocked = self.blockSignals(True)
        self.setRange(0, newest)
        self.setPageStep(max(1, newest // _PAGE_SHARE))
        if at_end:
            self.setValue(newest)
        self.blockSignals(blocked)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(40 * unit(self), round(2.6 * self.fontMetrics().height()))

    def minimumSizeHint(self) -> QSize:
        return QSize(16 * unit(self), self.sizeHint().height())

    # -- where things are --------------------------------------------------------------------------------------------

    def _track(self) -> QRectF:
        """Where the line of time runs."""
        side = unit(self)
        return QRectF(side, self.fontMetrics().height() * 0.7, max(1.0, self.width() - 2 * side), 0.0)

    def _x(self, version: int) -> float:
        track = self._track()
        return track.left() + track.width() * version / max(1, self.maximum())

    def _version_at(self, x: float) -> int:
        track = self._track()
        share = min(1.0, max(0.0, (x - track.left()) / track.width()))
        return round(share * self.maximum())

    # -- the mouse ---------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self.setValue(self._version_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self.setValue(self._version_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(False)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.words(self._version_at(event.pos().x())), self)
            return True
        return super().event(event)

    def words(self, version: int) -> str:
        """What a version is called: its number, and when it was made where that is known."""
        if version == self.maximum():
            return "Now"
        if version == 0:
            return "Version 0: the empty memory"
        near = [milestone for milestone in self._milestones if milestone.version <= version]
        about = "" if near and near[-1].version == version else "after "
        return f"Version {version:,}, {about}{date_time(near[-1].time)}" if near else f"Version {version:,}"

    # -- painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        colors = colors_of(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track, height = self._track(), self.fontMetrics().height()
        painter.setPen(colors.color("scroll"))
        painter.drawLine(track.topLeft(), track.topRight())
        self._paint_marks(painter, height * 0.22)
        self._paint_days(painter, height)
        here = self._x(self.value())
        past = self.value() < self.maximum()
        color = colors.color("warning" if past else "accent")
        painter.setPen(color)
        painter.drawLine(QPointF(here, track.top()), QPointF(track.right(), track.top()))  # what happened since
        painter.setBrush(color if self.isEnabled() else colors.color("faint"))
        painter.drawEllipse(QPointF(here, track.top()), height * 0.32, height * 0.32)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(colors.color("accent"))
            painter.drawEllipse(QPointF(here, track.top()), height * 0.48, height * 0.48)
        painter.end()

    def _paint_marks(self, painter: QPainter, half: float) -> None:
        """A short line for each change, as far as there is room for them."""
        colors, top, last = colors_of(self.palette()), self._track().top(), -9.0
        for milestone in self._milestones:
            x = round(self._x(milestone.version)) + 0.5
            if x - last >= 3:
                painter.setPen(colors.color("muted" if milestone.kind in ("load", "import") else "faint"))
                painter.drawLine(QPointF(x, top - half), QPointF(x, top + half))
                last = x

    def _paint_days(self, painter: QPainter, height: float) -> None:
        """The first change of a day has its date below, where there is room."""
        colors, top = colors_of(self.palette()), self._track().top()
        font = ui_font(self.font(), scale=_LABEL_SCALE)
        painter.setFont(font)
        metrics, free = painter.fontMetrics(), -1.0
        now = "now"
        end = self.width() - metrics.horizontalAdvance(now) - unit(self)
        painter.setPen(colors.color("muted"))
        painter.drawText(QPointF(end, top + 1.35 * height), now)
        for version, words in self._days():
            x, width = self._x(version), metrics.horizontalAdvance(words)
            if x < free or x + width > end - unit(self):
                continue
            painter.setPen(colors.color("faint"))
            painter.drawLine(QPointF(x, top - height * 0.35), QPointF(x, top + height * 0.6))
            painter.setPen(colors.color("muted"))
            painter.drawText(QPointF(x + 3, top + 1.35 * height), words)
            free = x + width + 2 * unit(self)

    def _days(self) -> Iterator[tuple[int, str]]:
        """The first version of each day, as far as it is known, with the date."""
        last = ""
        for milestone in self._milestones:
            try:
                day = datetime.date.fromtimestamp(milestone.time).isoformat()
            except (OverflowError, OSError, ValueError):
                continue
            if day != last:
                yield milestone.version, day
                last = day
