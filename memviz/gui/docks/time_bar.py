"""The slider through the past of a memory, what it shows, and the way back."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from memviz.gui.docks.timeline import Timeline
from memviz.gui.metrics import unit
from memviz.gui.tables.ages import age, date_time
from memviz.gui.tables.entry_source import ADDED, ALL, CHANGED, DELETED, Past
from memviz.gui.tables.labels import PlainLabel
from memviz.gui.tables.past_marks import COLORS, SIGNS
from memviz.gui.theme import colors_of
from memviz.gui.widgets import ElidedLabel

#: Name, words, words where there is little room, and a tip.
_PARTS = (
    (ALL, "All of then", "All", "All entries of then"),
    (CHANGED, "Changed since", "Changed", "Only entries that were changed since, as they were"),
    (DELETED, "Deleted since", "Deleted", "Only entries that were deleted since, as they were"),
    (ADDED, "Added later", "Added", "Only entries that came later, as they are now"),
)
#: A bar that is narrower, in units, has little room.
_NARROW = 118


class TimeBar(QWidget):
    """Two lines above the table; the lower one is there only while the past is shown. GUI thread.

    Signals:
        moved(int): a version was chosen on the slider.
        part_chosen(str): which entries of then are to be shown, see ``entry_source``.
        ask_toggled(bool): the next questions are to be asked as of this time.
        back_wanted(): back to now.
    """

    moved = Signal(int)
    part_chosen = Signal(str)
    ask_toggled = Signal(bool)
    back_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        space = unit(self)
        self._past: Past | None = None
        self.timeline = Timeline(self)
        self.timeline.valueChanged.connect(self.moved)
        self.title = PlainLabel("THE PAST", self, color="warning", semi_bold=True, scale=0.92)
        self.words = ElidedLabel(self, "The time that the table shows", Qt.TextElideMode.ElideRight)
        self.parts: dict[str, QToolButton] = {}
        group = QButtonGroup(self)
        self._below = QWidget(self)
        line = QHBoxLayout(self._below)
        line.setContentsMargins(space, 0, space // 2, space // 2)
        line.setSpacing(space // 2)
        line.addWidget(self.title)
        line.addWidget(self.words, 1)
        for part, words, _, tip in _PARTS:
            button = self._button(words, tip)
            button.setCheckable(True)
            button.setChecked(part == ALL)
            button.clicked.connect(lambda _checked=False, part=part: self.part_chosen.emit(part))
            group.addButton(button)
            line.addWidget(button)
            self.parts[part] = button
        self.ask = self._button(
            "Ask as of this time", "The next questions are asked of the memory as it was then, as the line under the "
            "question box says too"
        )  # fmt: skip
        self.ask.setCheckable(True)
        self.ask.toggled.connect(self.ask_toggled)
        self.back = self._button("Back to now", "Show the memory as it is, which can be edited (Esc)")
        self.back.clicked.connect(self.back_wanted)
        line.addSpacing(space)
        line.addWidget(self.ask)
        line.addWidget(self.back)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.timeline)
        column.addWidget(self._below)
        self._dress()
        self.show_past(None)

    def _button(self, words: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(words)
        button.setToolTip(tip)
        button.setAccessibleName(words)
        return button

    def show_past(self, past: Past | None, part: str = ALL) -> None:
        """Says what the table shows; None: the memory as it is."""
        self._past = past
        self._below.setVisible(past is not None)
        if past is not None:
            self.words.say(past_words(past))
            self._name_parts(past)
            self.parts[part].setChecked(True)
        self.update()

    def _name_parts(self, past: Past) -> None:
        """Which time it is comes first where there is little room."""
        narrow = self.width() < _NARROW * unit(self)
        counts = {
            ALL: past.count,
            CHANGED: len(past.changed),
            DELETED: len(past.deleted),
            ADDED: len(past.added),
        }
        for name, words, short, _ in _PARTS:
            sign = f"{SIGNS[name]} " if name in SIGNS else ""
            self.parts[name].setText(f"{sign}{short if narrow else words} {counts[name]:,}")
            self.parts[name].setEnabled(name == ALL or counts[name] > 0)
        self.title.setVisible(not narrow)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._past is not None:
            self._name_parts(self._past)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    def _dress(self) -> None:
        colors = colors_of(self.palette())
        for name, color in COLORS.items():
            button = self.parts[name]
            palette = button.palette()
            wanted = colors.color(color)
            if palette.color(palette.ColorRole.ButtonText) != wanted:
                palette.setColor(palette.ColorGroup.Active, palette.ColorRole.ButtonText, wanted)
                palette.setColor(palette.ColorGroup.Inactive, palette.ColorRole.ButtonText, wanted)
                button.setPalette(palette)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tinted while the past is shown."""
        super().paintEvent(event)
        if self._past is not None:
            painter = QPainter(self)
            tint: QColor = colors_of(self.palette()).color("warning", 0.10)
            painter.fillRect(self.rect(), tint)
            painter.end()


def past_words(past: Past) -> str:
    """``version 12 of 40, 2025-03-01 14:05 (3 d ago)``."""
    if past.made is None:
        return f"version 0 of {past.newest:,}: the empty memory"
    ago = age(past.made)
    ago = "" if ago in ("now", "later") else f" ({ago} ago)"
    return f"version {past.version:,} of {past.newest:,}, {date_time(past.made)}{ago}"
