"""Which table of another program's file is opened as a memory, and which of its columns means what."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHeaderView,
    QLabel,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from memviz.core.errors import Cancelled
from memviz.gui.bridge import Bridge
from memviz.gui.choosers import short_name
from memviz.gui.dialogs.attach_preview import PreviewModel
from memviz.gui.jobs import Job, Jobs
from memviz.gui.metrics import unit
from memviz.gui.tables.plain import one_line
from memviz.gui.widgets import choice_box, plain_label
from memviz.session.attaching import ATTACHED_FIELDS, FileLook, TableLook, look_at, table_address
from memviz.session.runner import Worker

#: What each field is for; the first one must be chosen.
_TIPS = {
    "text": "What a model reads",
    "key": "What an entry is about, for example its title",
    "owner": "Whose memory it is",
    "source": "Where it came from: a file, an address",
    "tags": "Words between commas, or a JSON list",
    "created": "When it was learned: a date, or seconds since 1970",
    "confidence": "A number from 0 to 1",
    "expires": "From when on it is not recalled",
    "private": "1 where it is to be masked in pictures and exports",
    "enabled": "0 where it is not to be recalled",
}
_COLUMNS = 2
_NONE = "—"


class AttachDialog(QDialog):
    """Reads the file's first rows beside the window. GUI thread.

    Signals:
        wanted(str): open this address.
    """

    wanted = Signal(str)

    def __init__(self, bridge: Bridge, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Attach a Table")
        self._bridge, self._jobs = bridge, jobs
        self._worker = Worker("memviz-attach")
        self._job: Job | None = None
        self._look: FileLook | None = None
        self.words = self._line("What this is")
        self.table = choice_box(self, "Table", "The table, or view, whose rows become entries", ())
        self.boxes = {
            field: choice_box(self, f"Column of {field}", f"{tip}: the column that holds it", ())
            for field, tip in _TIPS.items()
        }
        self.rest = self._line("What becomes of the other columns", quiet=True)
        self.preview = PreviewModel(self)
        self.view = self._preview_view()
        standard = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(standard.Open | standard.Cancel, self)
        self.buttons.button(standard.Open).setText("&Attach")
        self.buttons.button(standard.Open).setToolTip("Open the table as a memory that is only read")
        self._connect()
        self._lay_out()

    def _connect(self) -> None:
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.table.currentIndexChanged.connect(self._table_chosen)
        for box in self.boxes.values():
            box.currentIndexChanged.connect(self._show_preview)

    def _lay_out(self) -> None:
        space = unit(self)
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * space)
        grid.setVerticalSpacing(space)
        self._add_row(grid, 0, 0, "T&able", self.table)
        for at, (field, box) in enumerate(self.boxes.items()):
            row, column = divmod(at, _COLUMNS)
            self._add_row(grid, row + 1, column, f"&{field.capitalize()}" if at < _COLUMNS else field.capitalize(), box)
        for column in range(_COLUMNS):
            grid.setColumnStretch(2 * column + 1, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(2 * space, 2 * space, 2 * space, 2 * space)
        whole.setSpacing(round(1.5 * space))
        whole.addWidget(self.words)
        whole.addLayout(grid)
        whole.addWidget(self.rest)
        whole.addWidget(self.view, 1)
        whole.addWidget(self.buttons)
        self.resize(104 * space, 76 * space)

    def begin(self, path: str) -> None:
        """Comes to the front and looks into the file."""
        self._stop()
        self._look = None
        self._set_enabled(False)
        for box in (self.table, *self.boxes.values()):  # what they have is of another file
            box.blockSignals(True)
            box.clear()
            box.blockSignals(False)
        self.preview.show((), [])
        self.words.setText(f"Looking into {short_name(path)} …")
        self.rest.clear()
        job = self._job = self._jobs.start(f"Looking into {short_name(path)}")
        future = self._worker.submit(lambda: look_at(path, job.progress))
        self._bridge.watch(future, lambda look: self._looked(job, look), lambda error: self._cannot_look(job, error))
        self.show()
        self.raise_()
        self.activateWindow()

    def end(self) -> None:
        """The window closes: nothing is looked at any more. Idempotent."""
        if self._job is not None:
            self._job.cancel()
        self._worker.close()

    def accept(self) -> None:
        look = self._look
        if look is None:
            return
        super().accept()
        self.wanted.emit(table_address(look.path, self._chosen().name, self._columns()))

    def reject(self) -> None:
        self._stop()
        super().reject()

    # -- what was found ----------------------------------------------------------------------------------------------

    def _looked(self, job: Job, look: FileLook) -> None:
        if not self._settled(job):
            return
        self._look = look
        self.words.setText(
            f"“{one_line(look.path.name)}” belongs to another program. Choose what is read of it; the file itself is"
            " left as it is, and what changes in it is shown here."
        )
        self.table.blockSignals(True)
        self.table.clear()
        for table in look.tables:
            self.table.addItem(f"{one_line(table.name, 60)} · {table.count:,} {'row' if table.count == 1 else 'rows'}")
        self.table.setCurrentIndex([table.name for table in look.tables].index(look.likeliest))
        self.table.blockSignals(False)
        self._set_enabled(True)
        self._table_chosen()
        self.boxes["text"].setFocus()

    def _cannot_look(self, job: Job, error: BaseException) -> None:
        if self._settled(job):
            self.words.setText(str(error) or "Looking into the file was cancelled; open it again to choose a table.")
            if not isinstance(error, Cancelled):
                self._bridge.failed.emit(error)

    def _settled(self, job: Job) -> bool:
        """Ends a job; False where another file is looked at by now."""
        self._jobs.end(job)
        newest = job is self._job
        if newest:
            self._job = None
        return newest

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
        self._job = None

    # -- choosing ----------------------------------------------------------------------------------------------------

    def _chosen(self) -> TableLook:
        assert self._look is not None
        return self._look.tables[self.table.currentIndex()]

    def _columns(self) -> dict[str, str]:
        return {field: box.currentData() or "" for field, box in self.boxes.items()}

    def _table_chosen(self) -> None:
        table = self._chosen()
        for field, box in self.boxes.items():
            box.blockSignals(True)
            box.clear()
            if field != ATTACHED_FIELDS[0]:
                box.addItem(_NONE, "")
            for column in table.columns:
                box.addItem(one_line(column, 60), column)
            box.setCurrentIndex(max(box.findData(table.guess.get(field, "")), 0))
            box.blockSignals(False)
        self._show_preview()

    def _show_preview(self) -> None:
        if self._look is None:
            return
        table, columns = self._chosen(), self._columns()
        left = [name for name in table.columns if name not in columns.values()]
        self.rest.setText(_rest_words([name for name in left if name not in table.bytes], table.bytes))
        self.preview.show([field for field, column in columns.items() if column], table.entries(columns))

    # -- widgets -----------------------------------------------------------------------------------------------------

    def _preview_view(self) -> QTableView:
        view = QTableView(self)
        view.setModel(self.preview)
        view.setAccessibleName("Preview")
        view.setToolTip("The entries that the first rows become")
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setTabKeyNavigation(False)
        view.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.verticalHeader().hide()
        row = view.fontMetrics().height() + 8
        view.verticalHeader().setDefaultSectionSize(row)
        view.setMinimumHeight(6 * row)
        header = view.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.preview.modelReset.connect(self._size_columns)
        return view

    def _size_columns(self) -> None:
        """As wide as what is in them, within reason."""
        self.view.resizeColumnsToContents()
        for column in range(self.preview.columnCount()):
            width = self.view.columnWidth(column) + unit(self)
            self.view.setColumnWidth(column, min(max(width, 8 * unit(self)), 36 * unit(self)))

    def _set_enabled(self, enabled: bool) -> None:
        for widget in (self.table, *self.boxes.values(), self.buttons.button(QDialogButtonBox.StandardButton.Open)):
            widget.setEnabled(enabled)

    def _line(self, name: str, *, quiet: bool = False) -> QLabel:
        label = plain_label(self, name, quiet=quiet)
        label.setWordWrap(True)
        return label

    def _add_row(self, grid: QGridLayout, row: int, column: int, words: str, box: QComboBox) -> None:
        label = plain_label(self, quiet=True)
        label.setText(words)
        label.setBuddy(box)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(12)
        grid.addWidget(label, row, 2 * column)
        grid.addWidget(box, row, 2 * column + 1)


def _rest_words(metadata: list[str], left_out: tuple[str, ...]) -> str:
    words = []
    if metadata:
        words.append(f"Kept as metadata: {', '.join(one_line(name, 40) for name in metadata)}.")
    if left_out:
        words.append(f"Left out, since it holds bytes: {', '.join(one_line(name, 40) for name in left_out)}.")
    return " ".join(words) or "Every column becomes a field."
