"""Memory > Export: which entries, in which format, and what is not told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from memviz.gui.exchange.jobs import ExchangeJobs
from memviz.gui.exchange.words import counted
from memviz.gui.metrics import unit
from memviz.gui.pump import Pump
from memviz.gui.widgets import choice_box, plain_label
from memviz.session.exporting import Exported, ExportPlan

_FORMATS: list[tuple[str, object]] = [
    ("JSON lines — for programs", "jsonl"),
    ("CSV — for spreadsheets", "csv"),
    ("TSV — for spreadsheets", "tsv"),
    ("Parquet — for data frames", "parquet"),
    ("Markdown — for people", "markdown"),
]
_SUFFIXES = {"jsonl": ".jsonl", "csv": ".csv", "tsv": ".tsv", "parquet": ".parquet", "markdown": ".md"}
_NOTE = "All fields are written, and Import reads them back as they are."
_LEFT_OUT = "Private entries are left out."
_REDACTED = (
    "Owners become “person 1” and so on; e-mail addresses, phone, card and ID numbers are taken out. Patterns find most"
    " of these and not all: look through the file before you share it."
)
_MASKED = "Of private entries the text becomes “[private]”."


class ExportDialog(QDialog):
    """Asks, then writes beside the window. GUI thread.

    Signals:
        exported(object): the :class:`Exported`.
    """

    exported = Signal(object)

    def __init__(self, jobs: ExchangeJobs, pump: Pump, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export Entries")
        self.jobs = jobs
        self._name, self._folder = "memory", ""
        self._shown: Sequence[int] = ()
        self._chosen: Sequence[int] = ()
        self.all = self._radio("All entries", "Every entry of the memory")
        self.shown = self._radio("Those in the table", "What the table shows now, in its order")
        self.chosen = self._radio("Those that are selected", "The selected rows of the table")
        which = QButtonGroup(self)
        for radio in (self.all, self.shown, self.chosen):
            which.addButton(radio)
        self.format = choice_box(self, "Format", "Of the file", _FORMATS)
        self.private = QCheckBox("Private entries too", self)
        self.private.setToolTip("Else they are left out")
        self.redact = QCheckBox("Redacted, to be shown to others", self)
        self.redact.setToolTip("Replace private texts, owners, addresses and numbers")
        self.words = plain_label(self, "What is written", quiet=True)
        self.words.setWordWrap(True)
        self.bar = QProgressBar(self)
        self.bar.setAccessibleName("Entries written")
        self.bar.setToolTip("How many entries are written")
        self.bar.setTextVisible(False)
        self.export_button = self._button("Export …", "Choose a file, and write it", self.choose)
        self.stop_button = self._button("Stop", "Stop; no file is written then", jobs.cancel)
        self.close_button = self._button("Close", "Close this dialog", self.reject)
        self.export_button.setDefault(True)
        space = unit(self)
        form = QFormLayout()
        form.setHorizontalSpacing(2 * space)
        form.setVerticalSpacing(space)
        form.addRow("Entries", self.all)
        form.addRow("", self.shown)
        form.addRow("", self.chosen)
        form.addRow("Format", self.format)
        form.addRow("", self.private)
        form.addRow("", self.redact)
        buttons = QHBoxLayout()
        buttons.setSpacing(space)
        buttons.addWidget(self.bar, 1)
        buttons.addStretch(0)
        for button in (self.stop_button, self.export_button, self.close_button):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * space, 2 * space, 2 * space, 2 * space)
        column.setSpacing(space)
        column.addLayout(form)
        column.addWidget(self.words)
        column.addStretch(1)
        column.addLayout(buttons)
        for box in (self.redact, self.private):
            box.toggled.connect(self._refresh)
        jobs.exported.connect(self._exported)
        jobs.stopped.connect(self._stopped)
        pump.ticked.connect(self._tick)
        self.setMinimumWidth(44 * space)
        self.resize(58 * space, 38 * space)
        self._refresh()

    def begin(self, name: str, total: int, shown: Sequence[int], chosen: Sequence[int]) -> None:
        """Shows the dialog for a memory: how many entries it has, which ones the table shows, which are selected."""
        self._name, self._shown, self._chosen = name or "memory", shown, chosen
        self.all.setText(f"All {counted(total)}")
        self.shown.setText(f"Those in the table ({len(shown):,})")
        self.chosen.setText(f"Those that are selected ({len(chosen):,})")
        self.shown.setEnabled(0 < len(shown) < total)
        self.chosen.setEnabled(len(chosen) > 0)
        best = self.chosen if len(chosen) > 1 else self.shown if self.shown.isEnabled() else self.all
        best.setChecked(True)
        self._refresh()
        self.show()
        self.raise_()
        self.activateWindow()

    def plan(self, path: Path) -> ExportPlan:
        """As it is chosen."""
        ids = self._chosen if self.chosen.isChecked() else self._shown if self.shown.isChecked() else None
        return ExportPlan(
            path,
            str(self.format.currentData()),
            None if ids is None else tuple(ids),
            private=self.private.isChecked(),
            redact=self.redact.isChecked(),
        )

    def choose(self) -> None:
        suffix = _SUFFIXES[str(self.format.currentData())]
        suggested = str(Path(self._folder, self._name).with_suffix(suffix))
        path, _ = QFileDialog.getSaveFileName(self, "Export Entries", suggested, f"*{suffix};;All files (*)")
        if path:
            self._folder = str(Path(path).parent)
            self.write(Path(path))

    def write(self, path: Path) -> None:
        """Writes the file."""
        self.words.setText("The entries are exported …")
        self.jobs.run_export(self.plan(path))
        self._refresh(keep_words=True)

    def _exported(self, done: Exported) -> None:
        self._refresh()
        self.accept()
        self.exported.emit(done)

    def _stopped(self, words: str) -> None:
        self.words.setText(words or "Stopped; no file was written.")
        self._refresh(keep_words=True)

    def _tick(self) -> None:
        job = self.jobs.job
        if job is None or not self.isVisible():
            return
        done, total, words = job.latest
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        if words:
            self.words.setText(f"{words[0].upper()}{words[1:]}: {done:,} of {total:,}")

    def _refresh(self, _checked: bool = False, *, keep_words: bool = False) -> None:
        running = self.jobs.job is not None
        self.bar.setVisible(running)
        self.stop_button.setVisible(running)
        self.export_button.setEnabled(not running)
        if not keep_words:
            self.words.setText(self._note())
        self._keep_room()

    def _note(self) -> str:
        """What is written, as it is chosen."""
        told = [_REDACTED if self.redact.isChecked() else _NOTE]
        if not self.private.isChecked():
            told.append(_LEFT_OUT)
        elif self.redact.isChecked():
            told.append(_MASKED)
        return " ".join(told)

    def _keep_room(self) -> None:
        """The words may need more lines than fit; without a least height the rows above them would be cut off."""
        if (layout := self.layout()) is not None:
            self.setMinimumHeight(layout.totalMinimumHeightForWidth(self.width()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._keep_room()

    def reject(self) -> None:
        """Escape and Close end what is under way as well."""
        self.jobs.cancel()
        super().reject()

    def _radio(self, words: str, tip: str) -> QRadioButton:
        radio = QRadioButton(words, self)
        radio.setToolTip(tip)
        return radio

    def _button(self, words: str, tip: str, pressed: Callable[[], object]) -> QPushButton:
        button = QPushButton(words, self)
        button.setAccessibleName(words)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        button.clicked.connect(pressed)
        return button
