"""A bar for what the user should know now: it takes no focus and stands in nobody's way."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from memviz.gui.icons import SIZE, icon
from memviz.gui.metrics import unit
from memviz.gui.theme import colors_of
from memviz.gui.widgets import plain_label

LIMIT = 3
LONGEST = 600


class NoticeRow(QWidget):
    """One sentence with its level (``info`` or ``warning``) and a button that puts it away."""

    def __init__(self, message: str, level: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.message = message
        self.level = level
        space = unit(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * space, space // 2, space, space // 2)
        row.setSpacing(space)
        self._sign = QLabel(self)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        words = plain_label(self, f"{level.capitalize()}: {message[:200]}")
        words.setText(message if len(message) <= LONGEST else f"{message[:LONGEST]} …")
        words.setWordWrap(True)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row.addWidget(words, 1)
        self.close_button = QToolButton(self)
        self.close_button.setAccessibleName("Close this notice")
        self.close_button.setToolTip("Close this notice")
        self.close_button.setIconSize(QSize(SIZE - 4, SIZE - 4))
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self.restyle()

    def restyle(self) -> None:
        colors = colors_of(self.palette())
        name = "warning" if self.level == "warning" else "info"
        self._sign.setPixmap(icon(name, colors).pixmap(QSize(SIZE, SIZE), self.devicePixelRatioF()))
        self.close_button.setIcon(icon("cancel", colors))

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        colors = colors_of(self.palette())
        painter = QPainter(self)
        tint = colors.color("warning" if self.level == "warning" else "accent", 0.12)
        painter.fillRect(self.rect(), tint)
        edge = colors.color("warning" if self.level == "warning" else "accent")
        painter.fillRect(QRectF(0, 0, 3, self.height()), edge)
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), colors.color("hairline"))


class NoticeBar(QWidget):
    """The newest notices under each other; hidden while there are none. GUI thread."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.rows: list[NoticeRow] = []
        self._standing: tuple[str, ...] = ()
        self.hide()

    def say(self, message: str, level: str = "info") -> None:
        """Shows a sentence; the same one twice is shown once, and the oldest gives way."""
        for row in [row for row in self.rows if row.message == message]:
            self._remove(row)
        while len(self.rows) >= LIMIT:
            self._remove(self.rows[0])
        row = NoticeRow(message, level, self)
        row.close_button.clicked.connect(self._close_clicked)
        self.rows.append(row)
        self._column.addWidget(row)
        self.show()

    def stand(self, messages: tuple[str, ...]) -> None:
        """Shows sentences that hold until they are no longer among these; one that the user closed stays closed."""
        before, self._standing = self._standing, messages
        for row in [row for row in self.rows if row.message in before and row.message not in messages]:
            self._remove(row)
        for message in messages:
            if message not in before:
                self.say(message, "warning")

    def messages(self) -> list[str]:
        return [row.message for row in self.rows]

    def clear(self) -> None:
        """Puts away all but what stands."""
        for row in [row for row in self.rows if row.message not in self._standing]:
            self._remove(row)

    def restyle(self) -> None:
        for row in self.rows:
            row.restyle()

    def _close_clicked(self) -> None:
        row = self.sender().parent()
        if isinstance(row, NoticeRow):
            self._remove(row)

    def _remove(self, row: NoticeRow) -> None:
        self.rows.remove(row)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()
        self.setVisible(bool(self.rows))
