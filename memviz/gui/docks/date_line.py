"""A line for a date that may also be picked from a calendar."""

from __future__ import annotations

import datetime

from PySide6.QtCore import QDate, QEvent, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCalendarWidget, QLineEdit, QWidget

from memviz.gui.icons import icon
from memviz.gui.theme import colors_of


class DateLine(QLineEdit):
    """What is picked is written as ``2030-12-31`` and counts as typed (``textEdited``); the time of day stays.

    GUI thread. The calendar is made when it is first opened (its button, or the Down key).
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.calendar: QCalendarWidget | None = None
        self._pick = QAction("Pick a date", self)
        self._pick.setToolTip("Pick a date from a calendar (Down)")
        self._pick.triggered.connect(self.open_calendar)
        self.addAction(self._pick, QLineEdit.ActionPosition.TrailingPosition)
        down = QAction(self)
        down.setShortcut(Qt.Key.Key_Down)
        down.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        down.triggered.connect(self.open_calendar)
        self.addAction(down)
        self._dress()

    def open_calendar(self) -> None:
        """Shows the month of what is written, or this month."""
        if self.isReadOnly():
            return
        if self.calendar is None:
            self.calendar = QCalendarWidget(self)
            self.calendar.setWindowFlag(Qt.WindowType.Popup)
            self.calendar.setGridVisible(False)
            self.calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
            self.calendar.setAccessibleName("Calendar")
            self.calendar.clicked.connect(self.pick)
            self.calendar.activated.connect(self.pick)
        written = self.text().strip()[:10]
        date = QDate.fromString(written, Qt.DateFormat.ISODate)
        self.calendar.setSelectedDate(date if date.isValid() else QDate.currentDate())
        size = self.calendar.sizeHint()
        corner = self.mapToGlobal(QPoint(self.width() - size.width(), self.height()))
        screen = self.screen().availableGeometry()
        if corner.y() + size.height() > screen.bottom():
            corner = self.mapToGlobal(QPoint(self.width() - size.width(), -size.height()))
        self.calendar.move(max(screen.left(), corner.x()), max(screen.top(), corner.y()))
        self.calendar.show()
        self.calendar.setFocus()

    def pick(self, date: QDate) -> None:
        """Writes a day; the time of day that was written stays."""
        time = _time_of(self.text())
        words = f"{date.toString(Qt.DateFormat.ISODate)}{time}"
        if self.calendar is not None:
            self.calendar.hide()
        if words != self.text():
            self.setText(words)
            self.textEdited.emit(words)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    def _dress(self) -> None:
        self._pick.setIcon(icon("calendar", colors_of(self.palette())))


def _time_of(text: str) -> str:
    """“ 14:00” of “2030-12-31 14:00”; nothing where no time is written."""
    try:
        datetime.datetime.fromisoformat(text.strip())
    except ValueError:
        return ""
    return text.strip()[10:]
