"""Memory > Import: files, what their columns become, what would happen, and then the import."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from memviz.core.edits import Change
from memviz.core.privacy import MASK
from memviz.exchange.formats import READ_FORMATS, ReadOptions
from memviz.gui.exchange.jobs import ExchangeJobs, Looked
from memviz.gui.exchange.mapping_table import MappingTable
from memviz.gui.exchange.preview_table import PreviewTable
from memviz.gui.exchange.words import bad_lines, report_words
from memviz.gui.metrics import unit
from memviz.gui.privacy import Privacy
from memviz.gui.pump import Pump
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.widgets import ElidedLabel, choice_box, plain_label
from memviz.session.import_report import ImportPlan, ImportReport
from memviz.session.importing import preview

FILES = "Entries (*.jsonl *.ndjson *.json *.csv *.tsv *.tab *.parquet *.pq *.txt *.text *.md *.markdown);;All files (*)"
HINT = (
    "Choose files, or drop them onto the table of entries: JSON lines, JSON, CSV, TSV, Parquet, plain text or Markdown."
    " You will see here what becomes of their columns before anything is imported."
)
_ENCODINGS: list[tuple[str, object]] = [
    ("automatic", ""),
    ("UTF-8", "utf-8"),
    ("UTF-16", "utf-16"),
    ("GB18030 (Chinese)", "gb18030"),
    ("Big5 (Chinese)", "big5"),
    ("Shift JIS", "shift_jis"),
    ("Windows 1252", "cp1252"),
]
_SPLITS: list[tuple[str, object]] = [
    ("automatic", ""),
    ("every paragraph", "paragraph"),
    ("every heading", "heading"),
    ("every file", "file"),
]
_HEADERS: list[tuple[str, object]] = [("automatic", None), ("has the names", True), ("is an entry", False)]
_DUPLICATES: list[tuple[str, object]] = [("are left out", "skip"), ("are imported too", "keep")]
#: Smaller files are checked by themselves: it takes a moment.
_SMALL = 5_000_000
_QUIET_MS = 250
_IN_A_ROW = 3
_LONGEST = 100_000


class ImportDialog(QDialog):
    """What it says is what will happen; nothing is written before “Import”. GUI thread.

    Signals:
        imported(object, object): the :class:`Change`, and the :class:`ImportReport`.
    """

    imported = Signal(object, object)

    def __init__(self, jobs: ExchangeJobs, pump: Pump, privacy: Privacy, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Import Entries")
        self.jobs, self._privacy = jobs, privacy
        self._looked: Looked | None = None
        self._report: ImportReport | None = None
        self._wanted: list[Path] = []
        self._folder = ""
        self.files = ElidedLabel(self, "Files")
        self.choose_button = self._button("Choose Files …", "Choose one file or several", self.choose)
        formats: list[tuple[str, object]] = [("automatic", ""), *((name, name) for name in READ_FORMATS)]
        self.format = choice_box(self, "Format", "Of the files; automatic means by their names and beginnings", formats)
        self.encoding = choice_box(self, "Encoding", "Of texts; automatic means by their mark, else UTF-8", _ENCODINGS)
        self.split = choice_box(self, "Split", "Of texts and Markdown: what becomes an entry", _SPLITS)
        self.longest = QSpinBox(self)
        self.longest.setAccessibleName("Longest text")
        self.longest.setToolTip("Of texts and Markdown: longer ones are split at the ends of sentences, in characters")
        self.longest.setRange(0, _LONGEST)
        self.longest.setSingleStep(100)
        self.longest.setSpecialValueText("any")
        self.longest.setKeyboardTracking(False)
        self.header = choice_box(self, "First row", "Of a table: whether its first row names the columns", _HEADERS)
        self.duplicates = choice_box(
            self, "Duplicates", "Entries with key and text of another one, in the files or in the memory", _DUPLICATES
        )
        self.skip_bad = QCheckBox("Leave out bad lines", self)
        self.skip_bad.setToolTip("Else the first bad line ends the import, and nothing is imported")
        self.hint = plain_label(self, "What to do", quiet=True)
        self.hint.setWordWrap(True)
        self.hint.setText(HINT)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.columns, self.entries = MappingTable(self), PreviewTable(privacy, self)
        self.tables = QSplitter(Qt.Orientation.Vertical, self)
        for table in (self.columns, self.entries):
            self.tables.addWidget(table)
        self.tables.setChildrenCollapsible(False)
        self.words = plain_label(self, "What would happen")
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.bad = plain_label(self, "Bad lines", quiet=True)
        self.bad.setWordWrap(True)
        self.bad.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.bar = QProgressBar(self)
        self.bar.setAccessibleName("Bytes read")
        self.bar.setToolTip("How much of the files is read")
        self.bar.setTextVisible(False)
        self.check_button = self._button("Check", "Read all of the files and tell what would be imported", self.check)
        self.import_button = self._button("Import", "Import all of it, or nothing; one undo takes it back", self.begin)
        self.stop_button = self._button("Stop", "Stop; nothing is imported then", jobs.cancel)
        self.close_button = self._button("Close", "Close this dialog without importing", self.reject)
        self.import_button.setDefault(True)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_QUIET_MS)
        self._later.timeout.connect(self._check_small)
        self._lay_out()
        self._connect(pump)
        self._refresh()

    def _lay_out(self) -> None:
        space = unit(self)
        file = QHBoxLayout()
        file.setSpacing(space)
        file.addWidget(self.files, 1)
        file.addWidget(self.choose_button)
        options = QGridLayout()
        options.setHorizontalSpacing(space)
        options.setVerticalSpacing(space)
        named: tuple[tuple[str, QWidget], ...] = (
            ("Format", self.format),
            ("Encoding", self.encoding),
            ("First row", self.header),
            ("Split", self.split),
            ("Longest text", self.longest),
            ("Duplicates", self.duplicates),
        )
        for at, (name, box) in enumerate(named):
            label = QLabel(name, self)
            label.setBuddy(box)
            options.addWidget(label, at // _IN_A_ROW, 2 * (at % _IN_A_ROW))
            options.addWidget(box, at // _IN_A_ROW, 2 * (at % _IN_A_ROW) + 1)
        options.addWidget(self.skip_bad, 2, 0, 1, 4)
        options.setColumnStretch(2 * _IN_A_ROW, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(space)
        buttons.addWidget(self.bar, 1)
        buttons.addStretch(0)
        for button in (self.check_button, self.stop_button, self.import_button, self.close_button):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * space, 2 * space, 2 * space, 2 * space)
        column.setSpacing(space)
        column.addLayout(file)
        column.addLayout(options)
        column.addWidget(self.hint, 1)
        column.addWidget(self.tables, 1)
        column.addWidget(self.words)
        column.addWidget(self.bad)
        column.addLayout(buttons)
        self.resize(112 * space, 84 * space)

    def _connect(self, pump: Pump) -> None:
        for box in (self.format, self.encoding, self.header, self.split):
            box.activated.connect(self._look_again)
        self.longest.valueChanged.connect(self._look_again)
        self.duplicates.activated.connect(self._changed)
        self.skip_bad.toggled.connect(self._refresh)
        self.columns.changed.connect(self._changed)
        self.jobs.looked.connect(self._show)
        self.jobs.checked.connect(self._checked)
        self.jobs.imported.connect(self._imported)
        self.jobs.stopped.connect(self._stopped)
        self._privacy.changed.connect(self._show_records)
        pump.ticked.connect(self._tick)

    # -- what the window calls ---------------------------------------------------------------------------------------

    def start(self, files: Sequence[str] = ()) -> None:
        """Shows the dialog, with files or as it was left."""
        self.show()
        self.raise_()
        self.activateWindow()
        if files:
            self.look([Path(file) for file in files])

    def look(self, files: Sequence[Path]) -> None:
        """Reads the beginning of files."""
        self._wanted, self._folder = list(files), str(files[0].parent)
        names = ", ".join(one_line(path.name, 80) for path in files)
        self.files.say(names if len(files) == 1 else f"{len(files):,} files: {names}")
        self._looked, self._report = None, None  # what is shown is of other files, until these are read
        self.bad.clear()
        self.words.setText("The files are read …")
        self.jobs.look(tuple(files), self._options())
        self._refresh()

    def ask_again(self) -> None:
        """Another memory is open: what was said of duplicates was of the one before."""
        if self._looked is not None:
            self._changed()

    def choose(self) -> None:
        files, _ = QFileDialog.getOpenFileNames(self, "Import Entries", self._folder, FILES)
        if files:
            self.look([Path(file) for file in files])

    def plan(self) -> ImportPlan | None:
        """As it is chosen; None before files are."""
        if self._looked is None or self.columns.mapping is None:
            return None
        kept: Literal["skip", "keep"] = "keep" if self.duplicates.currentData() == "keep" else "skip"
        return ImportPlan(
            self._looked.files,
            self.columns.mapping,
            self._looked.options,
            self.skip_bad.isChecked(),
            kept,
            self._report is None or self._report.undoable,  # what cannot be undone is said before
            self._looked.stamps,
        )

    def check(self) -> None:
        """Tells what an import would do."""
        plan = self.plan()
        if plan is not None and not self.jobs.writing:
            self.words.setText("The files are checked …")
            self.jobs.check(plan)
            self._refresh()

    def begin(self) -> None:
        """Imports."""
        plan = self.plan()
        if plan is not None and not self.jobs.writing:
            self._later.stop()
            self.words.setText("The entries are imported …")
            self.jobs.run_import(plan)
            self._refresh()

    # -- how it goes -------------------------------------------------------------------------------------------------

    def _options(self) -> ReadOptions:
        return ReadOptions(
            str(self.format.currentData()),
            str(self.encoding.currentData()),
            header=self.header.currentData(),
            split=str(self.split.currentData()),
            longest=self.longest.value(),
        )

    def _look_again(self) -> None:
        if self._wanted:
            self.look(self._wanted)

    def _show(self, looked: Looked) -> None:
        self._looked = looked
        self.columns.show_mapping(looked.mapping, looked.sample)
        self._changed()

    def _changed(self) -> None:
        """Something else would be imported now."""
        self._report = None
        self.bad.clear()
        looked, mapping = self._looked, self.columns.mapping
        if looked is not None and mapping is not None:
            self._show_records()
            enough = "These are the first entries." if mapping.enough else "Choose a column that becomes the text."
            self.words.setText(f"{enough} “Check” reads all of it and tells what will come of it.")
            if looked.size <= _SMALL and mapping.enough:
                self._later.start()
        self._refresh()

    def _show_records(self) -> None:
        """The first records: as the file has them, and as entries. Those that become private entries are masked."""
        looked, mapping = self._looked, self.columns.mapping
        if looked is None or mapping is None:
            return
        made = preview(looked.sample, mapping)
        sample = [
            {name: MASK if value not in (None, "") else value for name, value in record.items()}
            if self._privacy.masks and not isinstance(entry, str) and entry.get("private")
            else record
            for record, entry in zip(looked.sample, made, strict=True)
        ]
        self.columns.show_sample(sample)
        self.entries.show_entries(made)

    def _check_small(self) -> None:
        if self.isVisible() and self.jobs.job is None:
            self.check()

    def _checked(self, report: ImportReport) -> None:
        self._report = report
        self._refresh()

    def _imported(self, change: Change | None, report: ImportReport) -> None:
        self._report = report
        self._refresh()
        if change is not None:
            self.accept()
            self.imported.emit(change, report)

    def _stopped(self, words: str) -> None:
        self.words.setText(words or "Stopped; nothing was imported.")
        if self._looked is None:
            self.columns.show_mapping(None, ())
            self.entries.show_entries(())
        self._refresh(keep_words=True)

    def _tick(self) -> None:
        job = self.jobs.job
        if job is None or not self.isVisible():
            return
        done, total, words = job.latest
        self.bar.setRange(0, 1_000 if total else 0)
        self.bar.setValue(1_000 * done // total if total else 0)
        if job.cancelled:
            self.words.setText("Stopping …")
        elif words:
            waits = " Edits wait until all of it is there." if self.jobs.writing else ""
            self.words.setText(f"{words[0].upper()}{words[1:]} …{waits}")

    def _refresh(self, _checked: bool = False, *, keep_words: bool = False) -> None:
        running, mapping = self.jobs.job is not None, self.columns.mapping
        ready = self._looked is not None and mapping is not None and mapping.enough and not self.jobs.writing
        there = mapping is not None
        self.hint.setVisible(not there)
        self.tables.setVisible(there)
        self.bar.setVisible(running)
        self.stop_button.setVisible(running)
        self.check_button.setEnabled(ready and not running)
        if self._report is not None and not running and not keep_words:
            stopped_by = self._report.bad_count > 0 and not self.skip_bad.isChecked()
            self.words.setText(report_words(self._report, stopped=stopped_by))
            self.bad.setText(bad_lines(self._report))
            self.bad.setToolTip(tooltip(bad_lines(self._report, all_told=True)))
            ready = ready and self._report.entries > 0 and not stopped_by
        self.bad.setVisible(bool(self.bad.text()))
        self.import_button.setEnabled(ready)
        choices = (self.format, self.encoding, self.header, self.split, self.longest, self.duplicates)
        for widget in (self.choose_button, *choices, self.skip_bad):
            widget.setEnabled(not self.jobs.writing)
        self.columns.setEnabled(not self.jobs.writing)

    def reject(self) -> None:
        """Escape and Close end what is under way as well."""
        self._later.stop()
        self.jobs.cancel()
        super().reject()

    def _button(self, words: str, tip: str, pressed: Callable[[], object]) -> QPushButton:
        button = QPushButton(words, self)
        button.setAccessibleName(words)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        button.clicked.connect(pressed)
        return button
