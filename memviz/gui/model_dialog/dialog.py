"""Open a Model: what is at hand on the left, what the chosen one is on the right."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from memviz.core.sizes import size_words
from memviz.gui.bridge import Bridge
from memviz.gui.choosers import short_name
from memviz.gui.metrics import unit
from memviz.gui.model_dialog.details_pane import DetailsPane
from memviz.gui.model_dialog.list_view import ModelList
from memviz.gui.model_dialog.reader import ModelReader
from memviz.gui.model_dialog.rows import ModelRow, ModelRows
from memviz.gui.settings import Settings
from memviz.gui.tables.ages import age, date_time
from memviz.session.bundled import BUNDLED_MODELS
from memviz.session.model_details import ModelDetails
from memviz.session.model_kinds import kind_words
from memviz.session.models_at_hand import CachedModel, shipped_models

SHIPPED, RECENT, CACHED, FOLDERS = (
    "Comes with memviz",
    "Recent",
    "In the local Hugging Face cache",
    "Folders chosen just now",
)
_LOOKING = "Its files are counted …"
_EMPTY = "Nothing yet; a model that is opened by its hub name stays here."
_TYPING_MS = 250


class ModelDialog(QDialog):
    """The window behind it stays usable. GUI thread.

    Signals:
        wanted(str, str, str): name, device and dtype of the model to be loaded.
    """

    wanted = Signal(str, str, str)

    def __init__(self, bridge: Bridge, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Open a Model")
        self._settings = settings
        self._name = ""
        self._folders: list[str] = []
        self._cached: list[CachedModel] | None = None
        self.reader = ModelReader(bridge, self)
        self.reader.cached.connect(self._show_cached)
        self.rows = ModelRows(self)
        self.filter = self._line("Filter", "Show only models whose name holds this", "Filter by name …")
        self.list = ModelList(self.rows, self)
        self.list.setMinimumWidth(44 * unit(self))
        self.folder = self._button("Choose a Folder …", "Choose a model folder on this machine")
        self.hub_name = self._line(
            "Name on the Hugging Face hub",
            "A model’s name on the hub; nothing is asked there until you press a button",
            "or a name on the Hugging Face hub, e.g. Qwen/Qwen3-0.6B",
        )
        self.pane = DetailsPane(self)
        self.reader.devices.connect(self.pane.options.set_devices)
        self.open_button = self._button("Open", "Load this model; the old one stays until the new one is there")
        self.open_button.setDefault(True)
        self.close_button = self._button("Close", "Close this dialog")
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._connect()
        self._lay_out()

    def _connect(self) -> None:
        self.reader.told.connect(self._told)
        self.filter.textChanged.connect(self._filter)
        self.filter.installEventFilter(self)
        self.list.selectionModel().currentChanged.connect(self._row_chosen)
        self.list.activated.connect(self._activated)
        self.folder.clicked.connect(self._choose_folder)
        self.hub_name.textEdited.connect(self._typed)
        self.hub_name.returnPressed.connect(self._typed_all)
        self._typing.timeout.connect(self._typed_all)
        self.pane.look_up_wanted.connect(self._look_up)
        self.open_button.clicked.connect(self._open)
        self.close_button.clicked.connect(self.close)

    def _lay_out(self) -> None:
        space = unit(self)
        left = QVBoxLayout()
        left.setSpacing(space)
        for widget in (self.filter, self.list, self.hub_name, self.folder):
            left.addWidget(widget)
        buttons = QHBoxLayout()
        buttons.setSpacing(space)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.open_button)
        right = QVBoxLayout()
        right.setSpacing(2 * space)
        right.addWidget(self.pane, 1)
        right.addLayout(buttons)
        both = QHBoxLayout(self)
        both.setContentsMargins(2 * space, 2 * space, 2 * space, 2 * space)
        both.setSpacing(space)
        both.addLayout(left, 5)
        both.addLayout(right, 6)
        self.resize(112 * space, 72 * space)

    # -- what there is -----------------------------------------------------------------------------------------------

    def begin(self, current: str) -> None:
        """Shows the dialog with what there is now; ``current``: the model that is loaded."""
        self._cached = None
        self._fill()
        self.reader.look_around()
        self.show()
        self.raise_()
        self.activateWindow()
        self.filter.setFocus()
        self.filter.selectAll()
        self.choose(self._name or current)

    def _fill(self) -> None:
        recent = [name for name in self._settings.recent("models") if name not in BUNDLED_MODELS]
        shipped = [ModelRow(name, name, kind_words(BUNDLED_MODELS[name][0])) for name in shipped_models()]
        self.rows.set_sections(
            {
                FOLDERS: ([_folder_row(name) for name in self._folders], ""),
                RECENT: ([_folder_row(name) for name in recent], ""),
                CACHED: (_cached_rows(self._cached or ()), _LOOKING if self._cached is None else _EMPTY),
                SHIPPED: (shipped, ""),
            }
        )
        self._select(self._name)

    def _show_cached(self, models: list[CachedModel]) -> None:
        self._cached = models
        self._fill()

    def _filter(self, text: str) -> None:
        """Where the chosen model is no longer shown, the first one that is shown is chosen."""
        self.rows.set_filter(text)
        self._select(self._name)
        if text.strip() and not self.list.currentIndex().isValid():
            self._step(1)

    # -- what is chosen ----------------------------------------------------------------------------------------------

    def choose(self, name: str) -> None:
        """Shows what is known of a model; nothing is loaded."""
        self._typing.stop()
        self._name = name
        self._select(name)
        self._refresh_open(None)
        if not name:
            self.pane.show_nothing()
            return
        self.pane.show_name(name)
        self.pane.options.set_options(self._settings.load_options(name))
        self.reader.read(name)

    def _select(self, name: str) -> None:
        selection, row = self.list.selectionModel(), self.rows.row_of(name)
        if row < 0:
            selection.clear()
        else:
            selection.setCurrentIndex(self.rows.index(row), QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self.list.scrollTo(self.rows.index(row))

    def _row_chosen(self, index: QModelIndex) -> None:
        if (name := self.rows.name(index.row())) and name != self._name:
            self.hub_name.clear()
            self.choose(name)

    def _typed(self, _text: str) -> None:
        self._refresh_open(None)
        self._typing.start()

    def _typed_all(self) -> None:
        self.choose(self.hub_name.text().strip())

    def _choose_folder(self) -> None:
        if path := QFileDialog.getExistingDirectory(self, "Choose a Model Folder"):
            self.show_folder(path)

    def show_folder(self, path: str) -> None:
        """A folder that the user chose stands in the list from now on."""
        path = str(Path(path))
        self._folders = [path, *(known for known in self._folders if known != path)]
        self.filter.clear()
        self.hub_name.clear()
        self._fill()
        self.choose(path)

    def _look_up(self) -> None:
        self.pane.show_asking()
        self.reader.look_up(self._name)

    def _told(self, details: ModelDetails) -> None:
        self.pane.show_details(details)
        self._refresh_open(details)

    def _refresh_open(self, details: ModelDetails | None) -> None:
        self.open_button.setEnabled(details is not None and not details.problem)
        download = details is not None and details.to_download
        self.open_button.setText("Download and Open" if download else "Open")

    def _activated(self, _index: QModelIndex) -> None:
        self._open()

    def _open(self) -> None:
        if self.open_button.isEnabled():
            options = self.pane.options.options()
            self.wanted.emit(self._name, options.device, options.dtype)
            self.close()

    # -- Qt ----------------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The arrow keys go from the filter into the list."""
        if watched is self.filter and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None:
                self._step(step)
                return True
        return super().eventFilter(watched, event)

    def _step(self, step: int) -> None:
        count, at = self.rows.rowCount(), self.list.currentIndex().row()
        at = count if at < 0 and step < 0 else at
        rows = range(at + step, count if step > 0 else -1, step)
        row = next((row for row in rows if self.rows.name(row)), -1)
        if row >= 0:
            self.list.setCurrentIndex(self.rows.index(row))

    # -- parts -------------------------------------------------------------------------------------------------------

    def _line(self, name: str, tip: str, placeholder: str) -> QLineEdit:
        line = QLineEdit(self)
        line.setAccessibleName(name)
        line.setToolTip(tip)
        line.setPlaceholderText(placeholder)
        line.setClearButtonEnabled(True)
        return line

    def _button(self, words: str, tip: str) -> QPushButton:
        button = QPushButton(words, self)
        button.setAccessibleName(words)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        return button


def _folder_row(name: str) -> ModelRow:
    short = short_name(name)
    return ModelRow(name, short, str(Path(name).parent) if short != name else "")


def _cached_rows(models: Sequence[CachedModel]) -> list[ModelRow]:
    return [
        ModelRow(
            model.name,
            model.name,
            f"{size_words(model.size)} · {age(model.used)}",
            f"{size_words(model.size)} on disk, last used {date_time(model.used)}",
        )
        for model in models
    ]
