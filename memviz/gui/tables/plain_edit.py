"""An editor for plain text that gives back what it was given."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QResizeEvent, QTextOption
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from memviz.gui.widgets import keep_from_sideways

_PARAGRAPH = "\u2029"
#: Laying out a million characters takes most of a second, so of longer texts the beginning is shown first.
LONGEST_AT_ONCE = 50_000


class PlainEdit(QPlainTextEdit):
    """Shows and edits any text, nothing interpreted.

    :meth:`text` returns what :meth:`set_text` was given as long as the user has not edited it; after that every line
    break is a ``\\n``. (``toPlainText`` would also turn no-break spaces into spaces.)

    Signals:
        edited(): the user changed the text.
        shortened(int, int): how many characters of how many are shown; the text can be edited when all are.
    """

    edited = Signal()
    shortened = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._given = ""
        self._filling = False
        self._lines: tuple[int, int] | None = None
        self.textChanged.connect(self._changed)
        self.setTabChangesFocus(True)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        keep_from_sideways(self)

    def set_text(self, text: str) -> None:
        """Replaces the text; what was typed before cannot be undone any more."""
        self._given = text
        self._put(text[:LONGEST_AT_ONCE])

    def show_whole(self) -> None:
        """Shows all of a text of which only the beginning was shown."""
        self._put(self._given)
        self.setFocus()

    def _put(self, shown: str) -> None:
        whole = len(shown) == len(self._given)
        self.setReadOnly(not whole)
        self._filling = True
        try:
            self.setPlainText(shown)
            self.document().setModified(False)
        finally:
            self._filling = False
        self.shortened.emit(len(shown), len(self._given))

    def _changed(self) -> None:
        if not self._filling:
            self.edited.emit()

    def text(self) -> str:
        document = self.document()
        if self._filling or not document.isModified():
            return self._given
        return document.toRawText().replace(_PARAGRAPH, "\n")

    def fit_lines(self, fewest: int, most: int) -> None:
        """Makes the editor as high as its text from now on, within these numbers of lines."""
        self._lines = fewest, most
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        if self._lines is None:
            return
        fewest, most = self._lines
        lines = max(fewest, min(round(self.document().size().height()), most))
        height = lines * self.fontMetrics().lineSpacing() + 2 * self.frameWidth() + 10
        if height != self.height():
            self.setFixedHeight(height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()
