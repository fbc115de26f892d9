"""A part of the inspector under a heading that folds it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from memviz.gui.fonts import ui_font
from memviz.gui.theme import colors_of


class Section(QWidget):
    """One hairline, a heading, and ``body`` under it."""

    def __init__(self, title: str, body: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.body = body
        self._heading = QToolButton(self)
        self._title = title
        self._heading.setCheckable(True)
        self._heading.setChecked(True)
        self._heading.setAutoRaise(True)
        self._heading.setToolTip(f"Fold or unfold “{title}”")
        self._heading.setStyleSheet("QToolButton { border: none; background: transparent; padding: 2px 0px; }")
        self._heading.toggled.connect(self._fold)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 5, 0, 3)
        layout.setSpacing(3)
        layout.addWidget(self._heading, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(body)
        self._fold(True)
        self._dress()

    def unfold(self) -> None:
        self._heading.setChecked(True)

    def _fold(self, open_: bool) -> None:
        self.body.setVisible(open_)
        self._heading.setText(f"{'▾' if open_ else '▸'} {self._title}")

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._dress()

    def _dress(self) -> None:
        self._heading.setFont(ui_font(self.font(), semi_bold=True))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(colors_of(self.palette()).color("hairline"))
        painter.drawLine(0, 0, self.width(), 0)
        painter.end()
