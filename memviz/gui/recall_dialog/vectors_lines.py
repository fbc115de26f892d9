"""Below the embedder: how far its vectors are, what is wrong, and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QInputDialog, QPushButton, QVBoxLayout, QWidget

from memviz.gui.choosers import short_name
from memviz.gui.metrics import unit
from memviz.gui.recall_dialog.embedder_slot import NO_EMBEDDER, EmbedderBox
from memviz.gui.recall_dialog.vectors_words import index_words, space_words, state_words, truncated_words
from memviz.gui.tables.labels import PlainLabel
from memviz.gui.vectors import Vectors, is_trouble

#: What the box offers besides names; no folder and no model is called so.
FOLDER, HUB_NAME = "/folder …", "/hub …"


class VectorsLines(QWidget):
    """Fills the embedder box and follows it. GUI thread.

    Args:
        vectors: of the open memory.
        box: offers the embedders.
        words: beside the box.
    """

    def __init__(self, vectors: Vectors, box: EmbedderBox, words: PlainLabel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._vectors, self._box, self._words = vectors, box, words
        self._weighs = False
        self._offered: list[tuple[str, str]] = []
        self._others: dict[str, tuple[int, int]] = {}
        self.lacking = ""  # why what was chosen last is not at hand
        space = unit(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(space // 2)
        self.index = PlainLabel("", self, color="muted", scale=0.94)
        self.trouble = PlainLabel("", self, color="error", scale=0.94)
        for label in (self.index, self.trouble):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(label)
        tip = "Compare the index with exact search, asked with 100 of the memory’s own vectors, by the probes applied"
        self.check_button = self._button("Check Index", tip)
        self.again_button = self._button("Go On", "Compute the vectors that are missing")
        self.anew_button = self._button("Compute Anew", "Remove this embedder’s vectors and compute all of them again")
        self._buttons = QWidget(self)
        row = QHBoxLayout(self._buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(space)
        for button in (self.again_button, self.anew_button, self.check_button):
            row.addWidget(button)
        row.addStretch(1)
        column.addWidget(self._buttons)
        self._spaces = QVBoxLayout()
        self._spaces.setSpacing(space // 2)
        column.addLayout(self._spaces)
        self.remove_buttons: dict[str, QPushButton] = {}
        box.wanted.connect(self._wanted)
        vectors.changed.connect(self.refresh)
        self.check_button.clicked.connect(vectors.check_index)
        self.again_button.clicked.connect(self._go_on)
        self.anew_button.clicked.connect(vectors.compute_anew)
        self.refresh()

    def _button(self, words: str, tip: str) -> QPushButton:
        button = QPushButton(words, self)
        button.setAccessibleName(words)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        return button

    def set_weighs(self, weighs: bool) -> None:
        """Whether vectors have a weight above 0 in what is in force."""
        if weighs != self._weighs:
            self._weighs = weighs
            self.refresh()

    # -- what is chosen ----------------------------------------------------------------------------------------------

    def _wanted(self, name: str) -> None:
        """A name, or a way to give one; how to get one that is not at hand is said, and nothing changes."""
        if name == FOLDER:
            name = QFileDialog.getExistingDirectory(self, "Choose the Folder of an Encoder")
        elif name == HUB_NAME:
            label = "Name of an encoder on the Hugging Face hub; it is downloaded where it is not in the local cache:"
            name, given = QInputDialog.getText(self, "Encoder on the Hub", label)
            name = name.strip() if given else ""
        elif not name:
            self.lacking = ""
            self._vectors.use("")
            return
        self.lacking = next((offer.lacking for offer in self._vectors.offers if offer.name == name), "")
        self._offered = []  # what the box shows is put right in any case
        if name and not self.lacking:
            self._vectors.use(name)
        self.refresh()

    def _go_on(self) -> None:
        self._vectors.use(self._vectors.state.name)

    # -- what is shown -----------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        vectors, state = self._vectors, self._vectors.state
        self._offer(state.name)
        self._words.setText(state_words(state, vectors.stored, weighs=self._weighs))
        told = (index_words(state, vectors.check), truncated_words(state))
        trouble = " ".join(filter(None, (self.lacking, state.notice)))
        idle = bool(state.name) and not state.working
        self._say(self.index, "" if state.working else " ".join(filter(None, told)))
        self._say(self.trouble, trouble)
        self.trouble.set_color("error" if self.lacking or is_trouble(state) else "muted")
        unfinished = idle and (not state.space or state.stopped or state.done < state.total)
        self.again_button.setText("Go On" if state.space else "Try Again")
        self.again_button.setVisible(unfinished)
        self.anew_button.setVisible(idle and bool(state.space) and is_trouble(state))
        self.check_button.setVisible(idle and state.kind.startswith("IVF"))
        self.check_button.setEnabled(not vectors.checking)
        self.check_button.setText("Checking …" if vectors.checking else "Check Index")
        self._buttons.setVisible(
            any(not b.isHidden() for b in (self.again_button, self.anew_button, self.check_button))
        )
        self._show_others({name: told for name, told in vectors.stored.spaces.items() if name != state.space})

        self.setVisible(bool(self.index.text() or self.trouble.text() or self._others) or not self._buttons.isHidden())

    def _say(self, label: PlainLabel, words: str) -> None:
        label.setText(words)
        label.setVisible(bool(words))

    def _offer(self, current: str) -> None:
        offered = [NO_EMBEDDER, *((offer.words, offer.name) for offer in self._vectors.offers)]
        if current and current not in {name for _, name in offered}:
            offered.append((short_name(current), current))
        offered += [("Folder …", FOLDER), ("Name on the hub …", HUB_NAME)]
        if (offered, current) != (self._offered, self._box.currentData()):
            self._offered = offered
            self._box.offer(offered, current)

    def _remove_clicked(self) -> None:
        self._vectors.remove(self.sender().property("space"))

    def _show_others(self, others: dict[str, tuple[int, int]]) -> None:
        """Vectors that the chosen embedder did not make, each with a button that removes them."""
        if others == self._others:
            return
        self._others = others
        while (item := self._spaces.takeAt(0)) is not None:
            if (line := item.widget()) is not None:
                line.deleteLater()
        self.remove_buttons = {}
        for space, (dimension, number) in others.items():
            line = QWidget(self)
            row = QHBoxLayout(line)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(unit(self))
            label = PlainLabel(f"Also here: {space_words(space, dimension, number)}", line, color="muted", scale=0.94)
            label.setWordWrap(True)
            button = self._button("Remove These Vectors", f"Take the vectors of “{space}” out of this memory")
            button.setProperty("space", space)
            button.clicked.connect(self._remove_clicked)
            row.addWidget(label, 1)
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
            self._spaces.addWidget(line)
            self.remove_buttons[space] = button
