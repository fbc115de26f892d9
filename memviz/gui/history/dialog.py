"""The window with the history of the whole memory."""

from __future__ import annotations

from concurrent.futures import CancelledError
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHeaderView,
    QLineEdit,
    QMessageBox,
    QTableView,
    QWidget,
)

from memviz.core.edits import Change, ChangeRow, EntryDiff, HistoryRow
from memviz.core.errors import Cancelled, KnownError
from memviz.core.memory import Store
from memviz.gui.bridge import Bridge
from memviz.gui.bulk.diff_list import DiffList
from memviz.gui.bulk.job_line import JobLine
from memviz.gui.bulk.runner import BulkRunner
from memviz.gui.bulk.words import done_words, entries_words
from memviz.gui.dialogs.list_and_detail import ListAndDetail, lay_out
from memviz.gui.history.change_rows import COLUMNS, ChangeRows
from memviz.gui.jobs import Job, Jobs
from memviz.gui.metrics import unit
from memviz.gui.privacy import Privacy
from memviz.gui.pump import Pump
from memviz.gui.tables.ages import date_time
from memviz.gui.tables.labels import PlainLabel
from memviz.gui.widgets import push_button
from memviz.session.private_entries import private_among

if TYPE_CHECKING:
    from memviz.session.session import Session

_WHO = "history"
_PAGE = 50
_LARGEST_ID = 2**31 - 1


class HistoryDialog(QDialog):
    """Changes on the left, what the chosen one did on the right, the ways back below. GUI thread.

    Signals:
        entry_chosen(int): show this entry.
    """

    entry_chosen = Signal(int)

    def __init__(
        self,
        session: Session,
        bridge: Bridge,
        jobs: Jobs,
        pump: Pump,
        privacy: Privacy,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("History of the Memory")
        self._session, self._bridge, self._jobs = session, bridge, jobs
        self._comparing: Job | None = None
        self._chosen: int | None = None
        self._asked = 0
        self._told = 0
        space = unit(self)
        self.entry = self._filter("Entry", "Only changes of the entry with this id")
        self.entry.setValidator(QIntValidator(1, _LARGEST_ID, self))
        self.entry.setMaximumWidth(14 * space)
        self.words_filter = self._filter("Who or what", "Only changes whose author or name holds this")
        self.rows = ChangeRows(session, bridge, privacy, self)
        self.table = self._table()
        self.title = PlainLabel("", self, scale=1.15, semi_bold=True)
        self.title.wrap()
        self.diffs = DiffList(
            "What this change did",
            privacy,
            self,
            action="Restore This Version",
            tip="Make this entry what it was after this"
            " change, or before it where the change deleted it; Ctrl+Z takes that back",
        )
        self.words = PlainLabel("", self, color="muted")
        self.words.wrap()
        self.line = JobLine(pump, self)
        self.back = push_button(
            self, "Take the Whole Memory Back to Here …", "Make all entries what they were after the chosen change"
        )
        self.close_button = push_button(self, "Close", "Close this window")
        self.runner = BulkRunner(bridge, jobs, self)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(150)
        self._lay_out()
        self._connect()
        privacy.changed.connect(self._name_change)
        self.resize(130 * space, 80 * space)

    def _filter(self, name: str, tip: str) -> QLineEdit:
        line = QLineEdit(self)
        line.setPlaceholderText(name)
        line.setAccessibleName(name)
        line.setToolTip(tip)
        line.setClearButtonEnabled(True)
        return line

    def _table(self) -> QTableView:
        table = QTableView(self)
        table.setModel(self.rows)
        table.setAccessibleName("Changes")
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setFrameShape(QTableView.Shape.NoFrame)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setTextElideMode(Qt.TextElideMode.ElideRight)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        character = self.fontMetrics().averageCharWidth()
        for number, wide in enumerate((7, 11, 13, 26, 16)):
            table.setColumnWidth(number, wide * character)
        header.setSectionResizeMode(COLUMNS.index("what"), QHeaderView.ResizeMode.Stretch)
        return table

    def _lay_out(self) -> None:
        body = ListAndDetail(
            self,
            find=(self.words_filter, self.entry),
            items=self.table,
            title=self.title,
            detail=self.diffs,
            widths=(66, 64),
        )
        lay_out(self, body, self.words, (self.line, self.back, self.close_button))

    def _connect(self) -> None:
        self.entry.textChanged.connect(self._rest.start)
        self.words_filter.textChanged.connect(self._rest.start)
        self._rest.timeout.connect(self._read)
        self.rows.loaded.connect(self._rows_loaded)
        self.rows.failed.connect(self._failed)
        self.table.selectionModel().currentRowChanged.connect(self._row_chosen)
        self.diffs.entry_chosen.connect(self.entry_chosen)
        self.diffs.acted.connect(self.restore)
        self.diffs.more_wanted.connect(self._read_more)
        self.runner.changed.connect(self._refresh)
        self.runner.done.connect(self._done)
        self.runner.refused.connect(self._refused)
        self.back.clicked.connect(self.take_back)
        self.close_button.clicked.connect(self.close)
        self._bridge.changed.connect(self._memory_edited)

    # -- what is shown -----------------------------------------------------------------------------------------------

    def begin(self, entry_id: int | None = None) -> None:
        """Comes to the front; ``entry_id``: only its changes are shown at first."""
        self._say("")
        self._chosen = None
        self.entry.setText("" if entry_id is None else str(entry_id))
        self.show()
        self.raise_()
        self.activateWindow()
        self.words_filter.setFocus()
        self._read()

    def _read(self) -> None:
        self._rest.stop()
        if not self._session.memory_url:
            self.diffs.say("No memory is open; open one in the window first.")
        else:
            entry = self.entry.text()
            self.rows.show_changes(int(entry) if entry else None, self.words_filter.text().strip())
        self._refresh()

    def _rows_loaded(self) -> None:
        if self.table.currentIndex().isValid():
            return
        row = 0 if self._chosen is None else max(0, self.rows.row_of(self._chosen))
        if self.rows.rowCount():
            self.table.setCurrentIndex(self.rows.index(row, 0))
        else:
            self._show(None)

    def _row_chosen(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self._show(self.rows.change(current.row()) if current.isValid() else None)

    def _show(self, row: ChangeRow | None) -> None:
        self._asked += 1
        self._told = 0
        if row is None:
            self.title.setText("")
            filtered = self.entry.text() or self.words_filter.text().strip()
            self.diffs.say(
                "No change is like that; empty the fields above." if filtered else "Nothing was changed yet."
            )
        elif row.version != self._chosen or not self.diffs.rows:
            self._chosen = row.version
            self._name_change()
            self.diffs.say("Reading …")
            self._ask(row.version)
        self._refresh()

    def _name_change(self) -> None:
        row = self.rows.change(self.rows.row_of(self._chosen)) if self._chosen is not None else None
        if row is not None:
            self.title.setText(f"Version {row.version} · {self.rows.words(row, 'what')} · {date_time(row.time)}")

    def _ask(self, version: int) -> None:
        offset = self._told

        def read(store: Store) -> tuple[list[HistoryRow], frozenset[int]]:
            rows = store.change_entries(version, offset=offset, limit=_PAGE)
            return rows, private_among(store, [row.diff.entry_id for row in rows])

        future = self._session.store_call(read)
        self._bridge.watch(future, partial(self._entries_read, self._asked), self._failed)

    def _read_more(self) -> None:
        if self._chosen is not None:
            self._ask(self._chosen)

    def _entries_read(self, asked: int, read: tuple[list[HistoryRow], frozenset[int]]) -> None:
        rows, private = read
        change = self.rows.change(self.table.currentIndex().row())
        if asked != self._asked or change is None:
            return
        first, self._told = self._told == 0, self._told + _PAGE
        left = change.entries - self._told
        more = f"Show more ({left:,} left)" if left > 0 else ""
        diffs = [row.diff for row in rows]
        if first:
            self.diffs.show_diffs(diffs, more=more, private=private)
        else:
            self.diffs.add_diffs(diffs, more=more, private=private)
        if first and not diffs:
            self.diffs.say("The entries of this change are not told one by one.")

    def _memory_edited(self, change: Change) -> None:
        if change.kind == "forget":
            self.diffs.say("")  # of what is forgotten nothing stays in sight
        if self.isVisible() and self._session.memory_url:
            self._rest.start()
            ids = [row.diff.entry_id for row in self.diffs.rows]
            if not set(ids).isdisjoint(change.updated):  # one of them may be private now
                future = self._session.store_call(lambda store: private_among(store, ids))
                self._bridge.watch(future, self.diffs.know_private, self._failed)

    def _refresh(self) -> None:
        job = self.runner.job or self._comparing
        running = job is not None
        self.line.follow(job)
        self.back.setEnabled(self._chosen is not None and not running and bool(self.rows.rowCount()))
        self.table.setEnabled(not running)

    # -- the way back ------------------------------------------------------------------------------------------------

    def restore(self, diff: EntryDiff) -> None:
        """Makes one entry what it was after the chosen change, or before it was deleted."""
        from memviz.session.bulk.going_back import restore_entry

        entry = diff.after or diff.before
        if entry is not None:
            self._bridge.watch(restore_entry(self._session, entry, _WHO), self._restored, self._failed)

    def _restored(self, change: Change) -> None:
        ids = change.inserted or change.updated
        self._say(
            f"Entry {ids[0]} is as it was; Ctrl+Z takes that back." if ids else "This entry is like that already."
        )

    def take_back(self) -> None:
        """Asks, with the number of entries, then makes the whole memory what it was."""
        from memviz.session.bulk.going_back import count_differing

        if self._chosen is not None and self._comparing is None:
            self._say("")
            job = self._comparing = self._jobs.start("Comparing with what was")
            future = count_differing(self._session, self._chosen, job.progress)
            self._bridge.watch(future, partial(self._ask_back, self._chosen), self._not_compared)
            self._refresh()

    def _compared(self) -> None:
        if self._comparing is not None:
            self._jobs.end(self._comparing)
        self._comparing = None
        self._refresh()

    def _not_compared(self, error: BaseException) -> None:
        self._compared()
        if isinstance(error, CancelledError | Cancelled):
            self._say("Cancelled; nothing was changed.")
        else:
            self._failed(error)

    def _ask_back(self, version: int, differing: int) -> None:
        self._compared()
        if not differing:
            self._say(f"No entry differs from version {version}; there is nothing to take back.")
            return
        self._say("")
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Take the Whole Memory Back")
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(f"{entries_words(differing)} will be as at version {version}.")
        box.setInformativeText("What came since stays in the history, and one undo brings it back.")
        go = box.addButton("Take Back", QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.finished.connect(lambda: self._take_back(version) if box.clickedButton() is go else None)
        box.finished.connect(box.deleteLater)
        box.open()

    def _take_back(self, version: int) -> None:
        from memviz.session.bulk.going_back import take_back_to

        self.runner.run(f"Going back to version {version}", partial(take_back_to, self._session, version, _WHO))

    def _done(self, _sentence: str, change: Change) -> None:
        self._say(f"The memory is as it was. {done_words(change)}")

    def _refused(self, sentence: str) -> None:
        self._say(sentence or "Cancelled; nothing was changed.", "error" if sentence else "muted")

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, KnownError):
            self._say(str(error), "error")
        else:
            self._bridge.failed.emit(error)

    def _say(self, sentence: str, color: str = "muted") -> None:
        self.words.set_color(color)
        self.words.setText(sentence)
