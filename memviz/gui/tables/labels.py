"""Labels of plain text that keep their colour and size."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from memviz.gui.fonts import ui_font
from memviz.gui.theme import colors_of


class PlainLabel(QLabel):
    """Never takes its text for rich text, and dresses itself again whenever the style, the theme or its place has
    changed: Qt forgets a label's own font when it moves under another parent while the application has a style sheet.
    """

    def __init__(
        self, text: str, parent: QWidget, *, color: str = "text", scale: float = 1.0, semi_bold: bool = False
    ) -> None:
        """``color``: a name of :class:`~memviz.gui.theme.Colors`."""
        super().__init__(parent)
        self._color = color
        self._scale = scale
        self._semi_bold = semi_bold
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)
        self._dress()

    def set_color(self, color: str) -> None:
        self._color = color
        self._dress()

    def wrap(self) -> None:
        """Takes the width it is given, and as many lines as that needs."""
        self.setWordWrap(True)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        changed = (QEvent.Type.FontChange, QEvent.Type.PaletteChange, QEvent.Type.StyleChange, QEvent.Type.ParentChange)
        if event.type() in changed:
            self._dress()

    def _dress(self) -> None:
        owner = self.parentWidget()
        font = ui_font((owner or self).font(), scale=self._scale, semi_bold=self._semi_bold)
        if font != self.font():
            self.setFont(font)
        palette = self.palette()
        color = colors_of(palette).color(self._color)
        if palette.color(QPalette.ColorRole.WindowText) != color:
            palette.setColor(QPalette.ColorRole.WindowText, color)
            self.setPalette(palette)
