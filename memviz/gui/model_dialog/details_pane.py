"""What is known of the chosen model."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from memviz.gui.fonts import ui_font
from memviz.gui.icons import SIZE, icon
from memviz.gui.metrics import unit
from memviz.gui.model_dialog.memory_bars import MemoryBars
from memviz.gui.model_dialog.options import AUTO, CPU, LoadOptionsForm
from memviz.gui.theme import colors_of
from memviz.gui.widgets import ElidedLabel, plain_label
from memviz.session.model_details import ModelDetails
from memviz.session.model_kinds import is_transformer
from memviz.session.model_words import DETAIL_NAMES, detail_rows, state_words

NOTHING = "Choose a model on the left to see what it is and what it needs, before it is loaded."
READING = "Its files are read …"
CHECKING = "Its architecture is checked; the first time this takes some seconds …"
ASKING = "The Hugging Face hub is asked …"


class DetailsPane(QWidget):
    """Facts, memory, sentences, and how it is to be loaded. GUI thread.

    Signals:
        look_up_wanted(): the user wants the hub to be asked.
    """

    look_up_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.details: ModelDetails | None = None
        space = unit(self)
        self.title = ElidedLabel(self, "Chosen model")
        self.title.setFont(ui_font(self.font(), scale=1.25, semi_bold=True))
        self.title.setProperty("quiet", False)
        self._facts: dict[str, tuple[QLabel, ElidedLabel]] = {}
        facts = QGridLayout()
        facts.setHorizontalSpacing(2 * space)
        facts.setVerticalSpacing(space // 2)
        facts.setColumnStretch(1, 1)
        for at, what in enumerate(DETAIL_NAMES):
            label, value = plain_label(self, quiet=True), ElidedLabel(self, what)
            label.setText(what)
            value.setProperty("quiet", False)
            facts.addWidget(label, at, 0)
            facts.addWidget(value, at, 1)
            self._facts[what] = label, value
        self.memory = MemoryBars(self)
        self._sign = QLabel(self)
        self.words = plain_label(self, "About the chosen model")
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.MinimumExpanding)
        said = QHBoxLayout()
        said.setSpacing(space)
        said.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        said.addWidget(self.words, 1)
        self.look_up = QPushButton("Look up", self)
        self.look_up.setAccessibleName("Look up on the hub")
        self.look_up.setToolTip("Ask the Hugging Face hub for the size of the download and the parameters")
        self.look_up.setAutoDefault(False)
        self.look_up.clicked.connect(self.look_up_wanted)
        self.options = LoadOptionsForm(self)
        self.options.changed.connect(self._show_memory)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * space, 0, 0, 0)
        column.setSpacing(2 * space)
        column.addWidget(self.title)
        column.addLayout(facts)
        column.addWidget(self.memory)
        column.addLayout(said)
        column.addWidget(self.look_up, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        column.addWidget(self.options)
        self.show_nothing()

    def show_nothing(self) -> None:
        self.details = None
        self.title.say("")
        self._show_facts({})
        self._say(NOTHING)
        self.memory.hide()
        self.look_up.hide()
        self.options.setEnabled(False)

    def show_name(self, name: str, words: str = READING) -> None:
        """Another model was chosen; its details come in a moment."""
        self.show_nothing()
        self.title.say(name)
        self._say(words)

    def show_asking(self) -> None:
        """The hub is asked about the model that is shown."""
        self.look_up.setEnabled(False)
        self._say(ASKING)

    def show_details(self, details: ModelDetails) -> None:
        self.details = details
        self.title.say(details.name)
        self._show_facts(dict(detail_rows(details)))
        words = state_words(details)
        self._say(words if words or details.checked else CHECKING, "warning" if details.problem else "info")
        self.look_up.setVisible(details.to_download and details.download is None)
        self.look_up.setEnabled(True)
        network = bool(details.kind) and not is_transformer(details.kind)
        self.options.setEnabled(not details.problem and not network)
        self.options.setToolTip("A memory network runs on the CPU, in float32" if network else "")
        self._show_memory()

    def _show_facts(self, rows: dict[str, str]) -> None:
        for what, (label, value) in self._facts.items():
            value.say(rows.get(what, ""))
            for widget in (label, value):
                widget.setVisible(what in rows)

    def _show_memory(self) -> None:
        details = self.details
        if details is None:
            return
        options, free = self.options.options(), self.options.free()
        chosen = options.dtype if options.dtype != AUTO and is_transformer(details.kind) else ""
        where = "the CPU" if options.device == CPU or free is None else options.device
        self.memory.show_needs(details.needs, details.free if free is None else free, where, chosen)

    def _say(self, words: str, level: str = "") -> None:
        self.words.setText(words)
        self.words.setVisible(bool(words))
        self._level = level if words else ""
        self._restyle()

    def _restyle(self) -> None:
        self._sign.setVisible(bool(self._level))
        if self._level:
            drawn = icon(self._level, colors_of(self.palette()))
            self._sign.setPixmap(drawn.pixmap(QSize(SIZE, SIZE), self.devicePixelRatioF()))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._restyle()
