"""The window with entries that say the same, or nearly, and what is done about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QDoubleSpinBox,
    QListView,
    QMessageBox,
    QWidget,
)

from memviz.core.edits import Change
from memviz.core.entry import Entry
from memviz.core.errors import Cancelled, KnownError
from memviz.gui.bridge import Bridge
from memviz.gui.bulk.group_rows import GroupRows, LineDelegate, words_of
from memviz.gui.bulk.job_line import JobLine
from memviz.gui.bulk.runner import BulkRunner
from memviz.gui.bulk.side_by_side import EntriesSideBySide
from memviz.gui.bulk.undo_button import UndoButton
from memviz.gui.bulk.words import entries_words
from memviz.gui.dialogs.list_and_detail import ListAndDetail, lay_out
from memviz.gui.jobs import Job, Jobs
from memviz.gui.metrics import unit
from memviz.gui.privacy import Privacy
from memviz.gui.pump import Pump
from memviz.gui.tables.labels import PlainLabel
from memviz.gui.widgets import choice_box, push_button

if TYPE_CHECKING:
    from memviz.session.bulk.desk import BulkDesk
    from memviz.session.bulk.duplicates import Duplicates, Group
    from memviz.session.bulk.merging import Merge
    from memviz.session.session import Session

_WHO = "duplicates"
_NEWEST, _SUREST, _MERGE = "newest", "surest", "merge"
_AHEAD = 200


class DuplicatesDialog(QDialog):
    """Groups on the left, the chosen one side by side on the right, what can be done below. GUI thread.

    Signals:
        entry_chosen(int)
        undo_wanted(): the last edit of the memory shall be taken back.
    """

    entry_chosen = Signal(int)
    undo_wanted = Signal()

    def __init__(
        self,
        session: Session,
        bridge: Bridge,
        jobs: Jobs,
        pump: Pump,
        desk: BulkDesk,
        privacy: Privacy,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Duplicates")
        self._session, self._bridge, self._jobs, self._desk = session, bridge, jobs, desk
        self._job: Job | None = None
        self._looked_at: int | None = None
        self._version = 0  # of the memory that was looked through
        self._shown_version = 0  # of the group that is shown
        self._stale = False
        self._settling: tuple[Group, ...] = ()
        space = unit(self)
        self.likeness = QDoubleSpinBox(self)
        self.likeness.setRange(0.6, 1.0)
        self.likeness.setSingleStep(0.05)
        self.likeness.setValue(0.8)
        self.likeness.setAccessibleName("How alike")
        self.likeness.setToolTip("How much of their words two texts must share; 1: only texts that say the same")
        self.rows = GroupRows(privacy, self)
        self.list = QListView(self)
        self.list.setModel(self.rows)
        self.list.setUniformItemSizes(True)
        self.list.setFrameShape(QListView.Shape.NoFrame)
        self.list.setAccessibleName("Groups of duplicates")
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setItemDelegate(LineDelegate(self.list))
        self.title = PlainLabel("", self, scale=1.15, semi_bold=True)
        self.title.wrap()
        self.entries = EntriesSideBySide(privacy, self)
        self.others = choice_box(
            self,
            "The others",
            "What becomes of the entries that are not kept",
            [("Others stay, superseded", False), ("Others are deleted", True)],
        )
        self.words = PlainLabel("", self, color="muted")
        self.words.wrap()
        self.line = JobLine(pump, self)
        self.runner = BulkRunner(bridge, jobs, self)
        self.undo_button = UndoButton(privacy, self)
        self._make_buttons()
        self._lay_out()
        self._connect()
        self.resize(125 * space, 80 * space)

    def _make_buttons(self) -> None:
        self.newest_button = push_button(self, "Keep Newest", "The one that was edited last stays")
        self.surest_button = push_button(self, "Keep Surest", "The one with the greatest confidence stays")
        self.merge_button = push_button(self, "Merge", "The newest stays, with the tags, sources and evidence of all")
        self.all_button = push_button(self, "Keep All", "They are no duplicates; this group leaves the list")
        self.every = choice_box(
            self,
            "What is done to all groups",
            "What “Settle All” does to each group in the list",
            [("keep newest", _NEWEST), ("keep surest", _SUREST), ("merge", _MERGE)],
        )
        self.every_button = push_button(self, "Settle All …", "Every group in the list, in one edit")
        self.look_button = push_button(self, "Look", "Look through the whole memory")
        self.close_button = push_button(self, "Close", "Close this window")

    def _lay_out(self) -> None:
        body = ListAndDetail(
            self,
            find=(PlainLabel("Alike", self), self.likeness, self.look_button),
            items=self.list,
            title=self.title,
            detail=self.entries,
            actions=(self.newest_button, self.surest_button, self.merge_button, self.all_button, self.others),
            widths=(40, 85),
        )
        end = (self.line, self.undo_button, self.every, self.every_button, self.close_button)
        lay_out(self, body, self.words, end)

    def _connect(self) -> None:
        self.list.selectionModel().currentChanged.connect(self._row_chosen)
        self.entries.entry_chosen.connect(self.entry_chosen)
        self.entries.keep_wanted.connect(self.keep)
        self.newest_button.clicked.connect(partial(self.settle, _NEWEST))
        self.surest_button.clicked.connect(partial(self.settle, _SUREST))
        self.merge_button.clicked.connect(partial(self.settle, _MERGE))
        self.all_button.clicked.connect(self.keep_all)
        self.every_button.clicked.connect(self.settle_every)
        self.look_button.clicked.connect(self.look)
        self.undo_button.clicked.connect(self.undo_wanted)
        self.close_button.clicked.connect(self.close)
        self.runner.changed.connect(self._refresh)
        self.runner.done.connect(self._done)
        self.runner.refused.connect(self._refused)
        self._bridge.changed.connect(self._memory_edited)

    # -- looking -----------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Comes to the front, and looks through the memory where it changed since the last look."""
        self.show()
        self.raise_()
        self.activateWindow()
        if self._session.memory_url and (self._looked_at is None or self._stale):
            self.look()
        self._show()

    def forget(self) -> None:
        """Another memory is open."""
        self._stop()
        self._looked_at, self._stale = None, False
        self.rows.show_groups(())
        self._say("")
        self._show()

    def look(self) -> None:
        """Looks through the whole memory, on a thread of its own."""
        if self._job is not None:
            return
        if not self._session.memory_url:
            self._say("No memory is open; open one in the window first.")
            return
        job = self._job = self._jobs.start("Looking for duplicates")
        future = self._desk.duplicates(self.likeness.value(), job.progress)
        self._bridge.watch(future, partial(self._found, job), partial(self._not_found, job))
        self._say("")
        self.rows.show_groups(())
        self._show()

    def _found(self, job: Job, found: Duplicates) -> None:
        if self._ended(job):
            self._looked_at, self._stale = found.looked_at, False
            self._version = found.version
            self.rows.show_groups(found.groups)
            self._know_first()
            self.list.setCurrentIndex(self.rows.index(0) if found.groups else QModelIndex())
            self._show()

    def _not_found(self, job: Job, error: BaseException) -> None:
        if self._ended(job):
            if isinstance(error, CancelledError | Cancelled):
                self._say("The look was stopped.")
            else:
                self._failed(error)
            self._show()

    def _ended(self, job: Job) -> bool:
        """Whether it is the look that is waited for."""
        self._jobs.end(job)
        if self._job is not job:
            return False
        self._job = None
        return True

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _know_first(self) -> None:
        """Reads the first texts of the groups in the list."""
        ids = [group.ids[0] for group in self.rows.groups[:_AHEAD]]
        self._bridge.watch(
            self._session.store_call(lambda store: {entry.id: entry for entry in store.get(ids)}),
            self.rows.know,
            self._failed,
        )

    # -- what is shown -----------------------------------------------------------------------------------------------

    @property
    def _chosen(self) -> Group | None:
        return self.rows.group(self.list.currentIndex().row())

    def _row_chosen(self, _current: QModelIndex, _previous: QModelIndex) -> None:
        self._shown_version = self._version
        self._show()

    def _show(self) -> None:
        group = self._chosen
        if group is None:
            self.title.setText("")
            self.entries.show_sentence(self._why_empty())
        else:
            self.title.setText(f"{entries_words(len(group.ids))}: {words_of(group)}")
            future = self._session.store_call(lambda store: (group, store.version, store.get(group.ids)))
            self._bridge.watch(future, self._entries_read, self._failed)
        self._refresh()

    def _entries_read(self, read: tuple[Group, int, list[Entry]]) -> None:
        group, version, entries = read
        if group is self._chosen:
            self._shown_version = version
            if entries:
                self.entries.show_entries(entries)
                self.rows.know({entry.id: entry for entry in entries[:1]})
            else:
                self.entries.show_sentence("These entries are not in the memory any more; look again.")

    def _why_empty(self) -> str:
        if not self._session.memory_url:
            return "No memory is open; open one in the window first."
        if self._job is not None:
            return "Looking at every entry …"
        if self._looked_at is None:
            return "Nothing was looked for yet; “Look” goes through the memory."
        return f"There are no duplicates among {entries_words(self._looked_at)}; a smaller “Alike” finds more."

    def _refresh(self) -> None:
        job = self.runner.job or self._job
        self.line.follow(job)
        group, free = self._chosen, job is None
        for button in (self.newest_button, self.surest_button, self.merge_button, self.all_button):
            button.setEnabled(group is not None and free)
        for widget in (self.every, self.every_button):
            widget.setEnabled(bool(self.rows.rowCount()) and free)
        self.look_button.setEnabled(free)
        self.look_button.setText("Look" if self._looked_at is None else "Look Again")
        self.undo_button.set_free(free)
        self.list.setEnabled(self.runner.job is None)

    # -- what is done ------------------------------------------------------------------------------------------------

    def keep(self, entry_id: int) -> None:
        """This entry of the chosen group stays."""
        from memviz.session.bulk.merging import Merge

        group = self._chosen
        if group is not None:
            merges = [Merge(group.ids, entry_id, take_over=False, delete=self._delete)]
            self._run([group], lambda _entries: merges, self._shown_version)

    def settle(self, how: str, *_clicked: object) -> None:
        """Settles the chosen group."""
        if self._chosen is not None:
            self._settle([self._chosen], how, self._shown_version)

    def keep_all(self) -> None:
        """The chosen group is none."""
        if self._chosen is not None:
            self._leave([self._chosen])
            self._show()

    def settle_every(self) -> None:
        """All groups in the list, after asking."""
        groups = list(self.rows.groups)
        entries = sum(len(group.ids) for group in groups)
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Settle All Groups")
        box.setTextFormat(Qt.TextFormat.PlainText)
        fate = "deleted" if self._delete else "superseded"
        box.setText(
            f"Of {entries_words(entries)} in {_groups_words(len(groups))} one of each stays"
            f" ({self.every.currentText()}); {entries - len(groups):,} are {fate}."
        )
        box.setInformativeText("One undo takes all of it back.")
        go = box.addButton("Settle All", QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        how = self.every.currentData()
        box.finished.connect(lambda: self._settle(groups, how, self._version) if box.clickedButton() is go else None)
        box.finished.connect(box.deleteLater)
        box.open()

    @property
    def _delete(self) -> bool:
        return bool(self.others.currentData())

    def _settle(self, groups: Sequence[Group], how: str, seen_at: int) -> None:
        from memviz.session.bulk.merging import Keep, Merge, kept_by

        delete, keep = self._delete, Keep.SUREST if how == _SUREST else Keep.NEWEST

        def merges(entries: dict[int, Entry]) -> list[Merge]:
            made = []
            for group in groups:
                there = [entries[entry_id] for entry_id in group.ids if entry_id in entries]
                if len(there) > 1:
                    ids = tuple(entry.id for entry in there)
                    made.append(Merge(ids, kept_by(there, keep).id, take_over=how == _MERGE, delete=delete))
            return made

        self._run(groups, merges, seen_at)

    def _run(
        self, groups: Sequence[Group], merges: Callable[[dict[int, Entry]], Sequence[Merge]], seen_at: int
    ) -> None:
        from memviz.session.bulk.merging import merge_groups

        if self.runner.job is None:
            self._settling = tuple(groups)
            ids = [entry_id for group in groups for entry_id in group.ids]
            start = partial(merge_groups, self._session, ids, merges, _WHO, seen_at=seen_at)
            self.runner.run("Settling duplicates", start)

    def _leave(self, groups: Sequence[Group]) -> None:
        """They leave the list; their neighbour is chosen."""
        row = self.list.currentIndex().row()
        self.rows.drop(groups)
        row = min(row, self.rows.rowCount() - 1)
        self.list.setCurrentIndex(self.rows.index(row) if row >= 0 else QModelIndex())

    def _done(self, sentence: str, _change: Change) -> None:
        self._leave(self._settling)
        left = self.rows.rowCount()
        self._say(f"{sentence} {_groups_words(left)} {'is' if left == 1 else 'are'} left.")
        self._show()

    def _refused(self, sentence: str) -> None:
        self._say(sentence or "Cancelled; nothing was changed.", "error" if sentence else "muted")
        self._show()

    def _memory_edited(self, change: Change) -> None:
        if change.kind == "forget":  # of which nothing stays in sight
            self.forget()
            return
        if not change.initiator.startswith(_WHO) or change.kind != "edit":
            self._stale = True
            if self._looked_at is not None:
                self._say("The memory changed, look again.", "warning")
                self._know_first()  # one of them may be private now
                self._show()

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, KnownError):
            self._say(str(error), "error")
        else:
            self._bridge.failed.emit(error)

    def _say(self, sentence: str, color: str = "muted") -> None:
        self.words.set_color(color)
        self.words.setText(sentence)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._stop()
        super().closeEvent(event)


def _groups_words(count: int) -> str:
    return "1 group" if count == 1 else f"{count:,} groups"
