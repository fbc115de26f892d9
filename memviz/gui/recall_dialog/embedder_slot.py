"""Which embedder makes the vectors of the open memory."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

#: What the box offers where nobody says otherwise: (words, name); an empty name is none.
NO_EMBEDDER = ("off", "")


class EmbedderBox(QComboBox):
    """Offers embedders by name. It only asks: whoever makes vectors fills it and listens. GUI thread.

    Signals:
        wanted(str): the user chose an embedder by name; empty for none.
    """

    wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Embedder")
        self.setToolTip("What makes the vectors that dense recall compares")
        self.activated.connect(self._chosen)
        self.offer([NO_EMBEDDER], "")

    def offer(self, embedders: list[tuple[str, str]], current: str) -> None:
        """Fills the box; with only one choice there is nothing to choose."""
        self.clear()
        for words, name in embedders:
            self.addItem(words, name)
        self.setCurrentIndex(max(0, self.findData(current)))
        self.setEnabled(len(embedders) > 1)

    def _chosen(self, index: int) -> None:
        self.wanted.emit(self.itemData(index))
