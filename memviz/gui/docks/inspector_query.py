"""What part the chosen entry has in the current query."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from memviz.core.entry import Entry
from memviz.core.events import Candidate
from memviz.gui.docks.inspector_score import ScoreBill
from memviz.gui.slot_colors import SlotStyle, style_of_entry
from memviz.gui.tables.ages import date_time
from memviz.gui.tables.cells import share
from memviz.gui.tables.labels import PlainLabel
from memviz.gui.tables.plain import one_line
from memviz.gui.tables.run_figures import RunFigures
from memviz.gui.theme import colors_of

if TYPE_CHECKING:
    from memviz.gui.docks.inspector_map import HeadMap


class QueryPart(QWidget):
    """Rank, score in parts, status with its reason, attention, and the map of heads. GUI thread."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sentence = PlainLabel("", self)
        self._sentence.setWordWrap(True)
        self._sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.bill = ScoreBill(self)
        self.shares = ShareBars(self)
        self.map: HeadMap | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(6)
        for widget in (self._sentence, self.bill, self.shares):
            self._layout.addWidget(widget)

    @property
    def sentence(self) -> str:
        return self._sentence.text()

    def show_entry(self, figures: RunFigures, entry_id: int, step: int, remark: str = "") -> None:
        """Shows what the run says of an entry at a step; ``remark``: why recall may not have found it."""
        candidate = figures.candidates.get(entry_id)
        self._sentence.setText(_sentence(figures, candidate, remark))
        self.bill.setVisible(candidate is not None)
        if candidate is not None:
            metric = figures.trace.recall.metric if figures.trace and figures.trace.recall else ""
            self.bill.show_score(candidate.parts, candidate.score, metric)
        self.show_step(figures, entry_id, step)

    def show_step(self, figures: RunFigures, entry_id: int, step: int) -> None:
        """Follows the playhead: attention and map only."""
        whole, now = figures.attention(entry_id), figures.attention_at(entry_id, step)
        self.shares.setVisible(whole is not None)
        if whole is not None:
            self.shares.show_shares(whole, now, step, style_of_entry(entry_id, figures.trace))
        heads = figures.heads_at(entry_id, step)
        several = heads is not None and heads.size > 1
        if heads is not None and several:
            self._made_map().show_weights(heads)
        if self.map is not None:
            self.map.setVisible(several)

    def _made_map(self) -> HeadMap:
        """The map; pyqtgraph is imported with the first one, so that the window need not wait for it."""
        if self.map is None:
            from memviz.gui.docks.inspector_map import HeadMap

            self.map = HeadMap(self)
            self._layout.addWidget(self.map)
        return self.map


def not_recalled(entry: Entry | None) -> str:
    """Why an entry is never recalled, as it is now."""
    if entry is not None and not entry.enabled:
        return "It is disabled."
    if entry is not None and entry.expires is not None and entry.expires <= time.time():
        return f"It expired {date_time(entry.expires)}."
    return ""


def _sentence(figures: RunFigures, candidate: Candidate | None, remark: str) -> str:
    if figures.trace is None:
        return "Ask a question to see what part this entry has in its answer."
    if figures.trace.recall is None and not figures.finished:
        return "Looking for entries …"
    if candidate is None:
        return f"Recall did not find this entry for the question. {remark}".rstrip()
    place = f"Rank {candidate.rank} of {len(figures.candidates)}"
    if candidate.status == "injected":
        return f"{place}, injected into the prompt."
    return f"{place}, {candidate.status}{': ' + one_line(candidate.reason, 300) if candidate.reason else ''}."


class ShareBars(QWidget):
    """Two bars from 0 to 1: attention at the chosen step and over the whole answer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[str, float | None]] = []
        self._style: SlotStyle | None = None
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Attention on this entry")

    def show_shares(self, whole: float, now: float | None, step: int, style: SlotStyle | None) -> None:
        self._rows = [(f"at step {step + 1}", now), ("whole answer", whole)]
        self._style = style
        words = "\n".join(f"{name}: {value:.4f}" for name, value in self._rows if value is not None)
        how = "Share of attention, each slot by the layer and head that reads it most, without the sink"
        self.setToolTip(f"{words}\n{how}".lstrip())
        self.setAccessibleDescription(words)
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, 2 * (self.fontMetrics().height() + 4))

    def paintEvent(self, _event: QPaintEvent) -> None:
        colors = colors_of(self.palette())
        painter = QPainter(self)
        metrics, row = self.fontMetrics(), self.fontMetrics().height() + 4
        left = metrics.horizontalAdvance("whole answer") + 10
        right = metrics.horizontalAdvance("100 %") + 8
        for number, (name, value) in enumerate(self._rows):
            top = number * row
            painter.setPen(colors.color("muted"))
            painter.drawText(QRectF(0, top, left, row), int(Qt.AlignmentFlag.AlignVCenter), name)
            track = QRectF(left, top + row / 2 - 4, max(0, self.width() - left - right), 8)
            painter.fillRect(track, colors.color("hover"))
            if value is not None:
                filled = QRectF(track.left(), track.top(), track.width() * min(value, 1.0), track.height())
                if self._style is not None:
                    self._style.paint(painter, filled)
                else:
                    painter.fillRect(filled, colors.color("accent"))
            painter.setPen(colors.color("text"))
            side = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            painter.drawText(QRectF(0, top, self.width(), row), side, share(value) or "—")
        painter.end()
