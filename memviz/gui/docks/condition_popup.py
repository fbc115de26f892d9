"""A condition made with the mouse: a field, how it is compared, and a value out of those that the memory has."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QCompleter, QFrame, QHBoxLayout, QPushButton, QWidget

from memviz.core.entry import Kind
from memviz.core.filters import FILTER_FIELDS, TEXT_FIELDS, TRUTH_FIELDS
from memviz.gui.metrics import unit
from memviz.gui.tables.plain import one_line
from memviz.gui.widgets import choice_box
from memviz.session.filter_words import TIME_FIELDS, written

#: Fields whose values the store counts.
COUNTED = ("kind", "owner", "source", "tags")
_TIMES = ("today", "yesterday", "7d ago", "30d ago", "2025")
_AHEAD = ("now", "7d", "30d", "365d")
#: (words, sign, negated)
_OF_TEXT = (("is", ":", False), ("contains", "~", False), ("is not", ":", True), ("does not contain", "~", True))
_OF_TAGS = (("has", ":", False), ("has not", ":", True))
_OF_NUMBERS = (("is", ":", False), ("at least", ">=", False), ("at most", "<=", False), ("above", ">", False))
_OF_TIMES = (("since", ">=", False), ("before", "<", False), ("on", ":", False), ("until", "<=", False))
_MOST_VALUES = 500


def _comparisons(field: str) -> tuple[tuple[str, str, bool], ...]:
    if field == "tags":
        return _OF_TAGS
    if field == "kind" or field in TRUTH_FIELDS:
        return (_OF_TEXT[0], _OF_TEXT[2])
    if field in TEXT_FIELDS:
        return (_OF_TEXT[1], _OF_TEXT[3]) if field == "text" else _OF_TEXT
    return _OF_TIMES if field in TIME_FIELDS else _OF_NUMBERS


class ConditionPopup(QFrame):
    """Opens under a button, closes with Esc or a click elsewhere. GUI thread.

    Signals:
        field_chosen(str): its values are wanted; :meth:`offer` takes them.
        chosen(str): the condition, as it is typed into the search field.
    """

    field_chosen = Signal(str)
    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAccessibleName("Add a condition")
        space = unit(self)
        fields = [(field.replace("_", " "), field) for field in FILTER_FIELDS]
        self.field = choice_box(self, "Field", "What is compared", fields)
        self.field.setMaxVisibleItems(len(fields))
        self.comparison = choice_box(self, "Comparison", "How it is compared", [])
        self.value = QComboBox(self)
        self.value.setEditable(True)
        self.value.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.value.setAccessibleName("Value")
        self.value.setToolTip("What it is compared with: type, or choose from what the memory has")
        self.value.setMinimumWidth(28 * space)
        self.value.activated.connect(self._value_activated)
        line = self.value.lineEdit()
        if line is not None:
            line.returnPressed.connect(self._add)
        self.add = QPushButton("Add", self)
        self.add.setToolTip("Filter by this as well (Return)")
        self.add.clicked.connect(self._add)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(space, space, space, space)
        layout.setSpacing(space)
        for widget in (self.field, self.comparison, self.value, self.add):
            layout.addWidget(widget)
        self.field.currentIndexChanged.connect(self._field_changed)

    def open_at(self, place: QPoint, field: str = "owner") -> None:
        """Opens with a field chosen."""
        self.field.setCurrentIndex(self.field.findData(field))
        self._field_changed()
        self.adjustSize()
        screen = self.screen().availableGeometry()
        self.move(min(place.x(), screen.right() - self.width()), min(place.y(), screen.bottom() - self.height()))
        self.show()
        self.value.setFocus()

    def _field_changed(self) -> None:
        field = self.field.currentData()
        self.comparison.clear()
        for words, sign, negated in _comparisons(field):
            self.comparison.addItem(words, (sign, negated))
        self.offer(field, [(value, None) for value in _known_values(field)])
        if field in COUNTED:
            self.field_chosen.emit(field)

    def offer(self, field: str, values: Sequence[tuple[str, int | None]]) -> None:
        """Values to choose from and how many entries have each; those of a field that is not chosen are left out."""
        if field != self.field.currentData():
            return
        typed = self.value.currentText() if self.value.count() else ""
        self.value.clear()
        for value, count in values[:_MOST_VALUES]:
            words = one_line(value, 60) or "(none)"
            self.value.addItem(words if count is None else f"{words}   {count:,}", value)
        completer = QCompleter([value for value, _ in values], self.value)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.value.setCompleter(completer)
        self.value.setCurrentIndex(-1)
        choosable = field in TRUTH_FIELDS and bool(values)
        self.value.setEditText(values[0][0] if choosable else typed if field in COUNTED else "")

    def _value_activated(self, place: int) -> None:
        value = self.value.itemData(place)
        if value is not None:
            self.value.setEditText(value or '""')

    def _add(self) -> None:
        sign, negated = self.comparison.currentData()
        value = self.value.currentText().strip()
        if not value:
            self.value.setFocus()
            return
        self.hide()
        self.chosen.emit(written(self.field.currentData(), sign, "" if value == '""' else value, negated=negated))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            return
        super().keyPressEvent(event)


def _known_values(field: str) -> tuple[str, ...]:
    if field in TRUTH_FIELDS:
        return ("yes", "no")
    if field == "kind":
        return tuple(kind.value for kind in Kind)
    if field == "expires":
        return _AHEAD
    return _TIMES if field in TIME_FIELDS else ()
