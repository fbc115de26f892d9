"""The entries that a run read most, as a row of small chips."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from memviz.core.events import Slot
from memviz.core.trace import Trace
from memviz.gui.head_choice import HeadChoice, without_sink
from memviz.gui.metrics import elided, unit
from memviz.gui.slot_colors import SlotStyle
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.theme import colors_of
from memviz.gui.views.slot_table import ReadMass, slot_rows
from memviz.gui.widgets import plain_label

SHOWN = 3


class EntryChip(QAbstractButton):
    """Colour, key and share of one entry; a click chooses it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Entry that was read")
        self.setToolTip("An entry that was read")
        self.entry_id: int | None = None
        self._style: SlotStyle | None = None
        self._label = ""
        self._share = ""

    def show_slot(self, slot: Slot, style: SlotStyle, share: float, basis: str) -> None:
        """``basis``: what the share is a share of."""
        self.entry_id = slot.entry_id
        self._style, self._label, self._share = style, one_line(slot.label, 80), f"{100 * share:.0f} %"
        self.setAccessibleName(f"{self._label}: {self._share} of the attention")
        self.setToolTip(tooltip(f"{slot.label}\n{share:.3f}   {basis}\nClick to choose it."))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        width = metrics.horizontalAdvance(f"{self._label}  {self._share}") + 4 * unit(self)
        return QSize(min(width, 36 * unit(self)), metrics.height() + unit(self) // 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(8 * unit(self), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        colors = colors_of(self.palette())
        space = unit(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self.isChecked() or self.underMouse() or self.hasFocus():
            painter.setPen(colors.color("accent") if self.isChecked() or self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(colors.color("hover"))
            painter.drawRoundedRect(box, 4, 4)
        if self._style is not None:
            side = space * 1.1
            self._style.paint(painter, QRectF(space * 0.75, (self.height() - side) / 2, side, side))
        share_width = self.fontMetrics().horizontalAdvance(self._share)
        left, right = space * 2.5, self.width() - space * 0.75
        painter.setPen(colors.color("muted"))
        painter.drawText(
            QRectF(right - share_width, 0, share_width, self.height()), Qt.AlignmentFlag.AlignVCenter, self._share
        )
        painter.setPen(colors.color("text"))
        room = right - share_width - space - left
        painter.drawText(
            QRectF(left, 0, room, self.height()),
            Qt.AlignmentFlag.AlignVCenter,
            elided(self._label, self.font(), room),
        )


class EntryChips(QWidget):
    """The most read entries of a run, best first.

    Signals:
        entry_chosen(object): an entry's id.
    """

    entry_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mass = ReadMass()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(unit(self) // 2)
        self._words = plain_label(self, "What the entries beside this are", quiet=True)
        row.addWidget(self._words)
        self.chips = [EntryChip(self) for _ in range(SHOWN)]
        for chip in self.chips:
            row.addWidget(chip)
            chip.clicked.connect(self._clicked)
        row.addStretch(1)

    def show_mass(self, trace: Trace, heads: HeadChoice, chosen: int | None) -> None:
        """Shows the entries with the largest mean share over the answer's tokens."""
        prompt = trace.prompt
        mean = self._mass.update(trace, heads)
        slots: list[tuple[Slot, SlotStyle, float]] = []
        words = ""
        if prompt is not None and mean is not None:
            rows = slot_rows(prompt.sources)
            mass = without_sink(mean, prompt.sources)
            words = heads.words(prompt.layers)
            slots = [
                (slot, style, float(mass[slot.index]))
                for slot, style in zip(rows.slots[: rows.memory], rows.styles, strict=False)
            ]
            slots.sort(key=lambda item: -item[2])
        for number, chip in enumerate(self.chips):
            chip.setVisible(number < len(slots))
            if number < len(slots):
                slot, style, share = slots[number]
                chip.show_slot(slot, style, share, f"mean over the answer’s tokens, {words}, the sink left out")
                chip.setChecked(slot.entry_id is not None and slot.entry_id == chosen)
        reading_in = prompt is not None and trace.steps <= prompt.answer_from > 0
        nothing = "" if reading_in else "no memory was read: the model answered by itself"
        self._words.setText("read most" if slots else nothing)

    def _clicked(self) -> None:
        chip = self.sender()
        if isinstance(chip, EntryChip):
            chip.setChecked(True)
            self.entry_chosen.emit(chip.entry_id)
