"""The window in which a network is trained."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from memviz.core.errors import KnownError
from memviz.gui.metrics import unit
from memviz.gui.training.kinds import KINDS, TrainingKind
from memviz.gui.training.pictures import Pictures
from memviz.gui.training.process import Round, TrainingProcess
from memviz.gui.widgets import choice_box, plain_label


class TrainingDialog(QDialog):
    """Asks for data and folder, trains, and draws the figures of every round. Closing it does not end a training.

    Signals:
        wanted(str): the user wants to open the network in this folder.
    """

    wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Train a Network")
        self.process = TrainingProcess(self)
        self.process.told.connect(self._told)
        self.process.noted.connect(self._noted)
        self.process.ended.connect(self._ended)
        self._rounds: list[Round] = []
        self._arguments: list[str] = []
        space = unit(self)
        self.kind = choice_box(self, "Network", "What is trained", [(kind.words, kind) for kind in KINDS])
        self.kind.currentIndexChanged.connect(self._suit)
        self.data, data_row = self._path("Data", "Choose …", self._choose_data)
        self.base, base_row = self._path("Base model", "Choose …", self._choose_base)
        self.base.setPlaceholderText("A folder or hub name of a model to train further; empty: a small new one")
        self.out, out_row = self._path("Folder of the network", "Choose …", self._choose_out)
        self.out.setPlaceholderText("A folder to save into; a training that was stopped there goes on")
        self.length = QSpinBox(self)
        self.length.setRange(0, 1_000_000)
        self.length.setSpecialValueText("as the recipe says")
        self.seed = QSpinBox(self)
        self.seed.setRange(0, 2**31 - 1)
        self.further = QLineEdit(self)
        for widget, name, tip in (
            (self.length, "Length", "How long it is trained at most: epochs of the network, or rounds of 100 batches"),
            (self.seed, "Seed", "Of weights and order; the same seed gives the same network"),
            (self.further, "Further options", "Any option of “memviz train”, as in a terminal"),
        ):
            widget.setAccessibleName(name)
            widget.setToolTip(tip)
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(2 * space)
        self._form.setVerticalSpacing(space)
        self._fields: dict[QWidget, str] = {
            self.kind: "Network",
            data_row: "Data",
            base_row: "Base model",
            out_row: "Save into",
            self.length: "Length at most",
            self.seed: "Seed",
            self.further: "Further options",
        }
        for field, words in self._fields.items():
            self._form.addRow(words, field)
        self._data_row, self._base_row = data_row, base_row
        self.words = plain_label(self, "How the training goes")
        self.words.setWordWrap(True)
        self.notes = plain_label(self, "What is to be known about the data", quiet=True)
        self.notes.setWordWrap(True)
        self.notes.hide()
        self.pictures = Pictures(self)
        self.start_button = self._button("Train", "Begin, or go on from the folder’s checkpoint", self.begin)
        self.stop_button = self._button("Stop", "End at once; the last round’s checkpoint stays", self.process.stop)
        self.open_button = self._button("Open Network", "Open the network that was trained", self._open)
        buttons = QHBoxLayout()
        buttons.addWidget(self.open_button)
        buttons.addStretch(1)
        buttons.addWidget(self.stop_button)
        buttons.addWidget(self.start_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * space, 2 * space, 2 * space, 2 * space)
        column.setSpacing(space)
        column.addLayout(self._form)
        column.addWidget(self.words)
        column.addWidget(self.notes)
        column.addWidget(self.pictures, 1)
        column.addLayout(buttons)
        self.start_button.setDefault(True)
        self.resize(90 * space, 88 * space)
        self._suit()
        self._refresh()

    # -- what is asked for -------------------------------------------------------------------------------------------

    def arguments(self) -> list[str]:
        """Of ``memviz train``.

        Raises:
            KnownError: something is missing.
        """
        kind = self._kind()
        out, data = self.out.text().strip(), self.data.text().strip()
        if kind.data and not data:
            raise KnownError(f"Choose the data: {kind.data_words[0].lower()}{kind.data_words[1:]}.")
        if not out:
            raise KnownError("Choose a folder to save the network into.")
        try:
            further = shlex.split(self.further.text())
        except ValueError:
            raise KnownError("A quotation mark in the further options has no partner; close it.") from None
        given = [kind.name, "--out", out, "--seed", str(self.seed.value())]
        if kind.data:
            given += [kind.data, data]
        if kind.base and self.base.text().strip():
            given += [kind.base, self.base.text().strip()]
        if self.length.value():
            given += [kind.length, str(self.length.value())]
        return given + further

    def begin(self) -> None:
        try:
            arguments = self.arguments()
        except KnownError as error:
            self.words.setText(str(error))
            return
        if arguments != self._arguments:  # else it goes on, and so do its curves
            self._rounds = []
        self._arguments = arguments
        self.words.setText("The data is read …")
        self.notes.clear()
        self.notes.hide()
        self.pictures.show_rounds(self._rounds)
        self.pictures.show_confusion(None)
        self.process.start(arguments)
        self._refresh()

    def _kind(self) -> TrainingKind:
        kind: TrainingKind = self.kind.currentData()
        return kind

    def _suit(self) -> None:
        """The form asks what the chosen kind needs."""
        kind = self._kind()
        self._form.setRowVisible(self._data_row, bool(kind.data))
        self._form.setRowVisible(self._base_row, bool(kind.base))
        self.pictures.suit(kind)
        self.pictures.show_rounds(())
        self.pictures.show_confusion(None)
        self.data.setPlaceholderText(kind.data_words)
        self.further.setPlaceholderText(f"for example {kind.example}")

    def _choose_data(self) -> None:
        if self._kind().folder:
            path = QFileDialog.getExistingDirectory(self, "Data", self.data.text())
        else:
            path, _ = QFileDialog.getOpenFileName(self, "Data", self.data.text())
        if path:
            self.data.setText(path)

    def _choose_base(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Base model", self.base.text())
        if path:
            self.base.setText(path)

    def _choose_out(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Save into", self.out.text())
        if path:
            self.out.setText(path)

    # -- how it goes -------------------------------------------------------------------------------------------------

    def _told(self, told: Round) -> None:
        self._rounds = [*(before for before in self._rounds if before.round < told.round), told]
        self.words.setText(self._how_it_goes())
        self.pictures.show_rounds(self._rounds)

    def _noted(self, words: str) -> None:
        """One below the other."""
        self.notes.setText(f"{self.notes.text()}\n{words}".strip())
        self.notes.show()

    def _how_it_goes(self, *, over: bool = False) -> str:
        last = self._rounds[-1]
        words = [f"Round {last.round:,} of {last.rounds:,}", f"{_duration(last.seconds)} of training"]
        left = last.seconds / last.round * (last.rounds - last.round)
        if last.round < last.rounds:
            words.append("it got no better" if over else f"about {_duration(left)} left")
        return "   ·   ".join(filter(None, [*words, self.pictures.best_words(self._rounds)]))

    def _ended(self, wrong: str) -> None:
        if wrong:
            self.words.setText(wrong)
        elif self.process.stopped:
            how = f" {self._how_it_goes()}. “Train” goes on from there." if self._rounds else ""
            self.words.setText(f"Stopped.{how}")
        elif not self._rounds:
            self.words.setText("Nothing was left to train: the folder’s checkpoint is at its last round.")
        else:
            self.words.setText(f"Saved into {self.out.text().strip()}.   {self._how_it_goes(over=True)}")
        if not wrong and not self.process.stopped and self._kind().confusion:
            self.pictures.show_confusion(Path(self.out.text().strip()))
        self._refresh()

    def _saved(self) -> bool:
        return (Path(self.out.text().strip()) / "model.safetensors").is_file()

    def _refresh(self) -> None:
        running = self.process.running
        self.start_button.setEnabled(not running)
        self.stop_button.setEnabled(running)
        self.open_button.setEnabled(not running and self._saved())
        for field in self._fields:
            field.setEnabled(not running)

    def _open(self) -> None:
        self.wanted.emit(str(Path(self.out.text().strip()).absolute()))
        self.close()

    # -- parts -------------------------------------------------------------------------------------------------------

    def _path(self, name: str, words: str, choose: Callable[[], None]) -> tuple[QLineEdit, QWidget]:
        """A line for a path with a button that chooses one."""
        row = QWidget(self)
        line = QLineEdit(row)
        line.setAccessibleName(name)
        line.setToolTip(name)
        button = QPushButton(words, row)
        button.setAccessibleName(f"Choose: {name}")
        button.setToolTip(f"Choose: {name}")
        button.setAutoDefault(False)
        button.clicked.connect(choose)
        side_by_side = QHBoxLayout(row)
        side_by_side.setContentsMargins(0, 0, 0, 0)
        side_by_side.addWidget(line, 1)
        side_by_side.addWidget(button)
        return line, row

    def _button(self, words: str, tip: str, pressed: Callable[[], None]) -> QPushButton:
        button = QPushButton(words, self)
        button.setAccessibleName(words)
        button.setToolTip(tip)
        button.clicked.connect(pressed)
        return button


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3_600:.1f} h"
