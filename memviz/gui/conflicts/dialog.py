"""The window with the conflicts of the open memory."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QProgressBar,
    QWidget,
)

from memviz.core.edits import Change
from memviz.core.errors import KnownError
from memviz.core.recall_settings import ConflictPolicy, RecallSettings
from memviz.gui.bridge import Bridge
from memviz.gui.bulk.undo_button import UndoButton
from memviz.gui.conflicts.conflict_list import ALL, OPEN, SETTLED, ConflictList, ConflictRows
from memviz.gui.conflicts.scan import ConflictScan
from memviz.gui.conflicts.settle_all import SettleAllDialog
from memviz.gui.conflicts.side_by_side import SideBySide
from memviz.gui.dialogs.list_and_detail import ListAndDetail, lay_out
from memviz.gui.loader import Loader
from memviz.gui.metrics import unit
from memviz.gui.privacy import Privacy
from memviz.gui.pump import Pump
from memviz.gui.tables.labels import PlainLabel
from memviz.gui.widgets import choice_box, push_button
from memviz.session import recalling, settling

if TYPE_CHECKING:
    from memviz.recall.conflicts import Conflict
    from memviz.session.session import Session

INITIATOR = "conflicts"


class ConflictsDialog(QDialog):
    """A list on the left, the chosen conflict on the right, what can be done below. GUI thread.

    Signals:
        entry_chosen(int)
        undo_wanted(): the last edit of the memory shall be taken back.
        compare_wanted(str, bool): this question shall be asked by each policy; True: its words are of private entries.
        settings_changed(): one conflict has a policy of its own, or none any more.
    """

    entry_chosen = Signal(int)
    undo_wanted = Signal()
    compare_wanted = Signal(str, bool)
    settings_changed = Signal()

    def __init__(
        self,
        session: Session,
        bridge: Bridge,
        loader: Loader,
        pump: Pump,
        scan: ConflictScan,
        privacy: Privacy,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Conflicts")
        self._session, self._bridge, self._loader, self._scan = session, bridge, loader, scan
        self._privacy = privacy
        self._settings = RecallSettings()
        self._said = ""
        space = unit(self)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("Search conflicts")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("Search conflicts")
        self.search.setToolTip("Show those whose topic or text holds this")
        self.state = choice_box(
            self,
            "Which conflicts",
            "Open ones, settled ones, or all",
            [(s.capitalize(), s) for s in (OPEN, SETTLED, ALL)],
        )
        self.rows = ConflictRows(privacy, self)
        self.list = ConflictList(self.rows, self)
        self.title = PlainLabel("", self, scale=1.15, semi_bold=True)
        self.title.setWordWrap(True)
        self.entries = SideBySide(privacy, self)
        self.words = PlainLabel("", self, color="muted")
        self.words.setWordWrap(True)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(16 * space)
        self.bar.setAccessibleName("Progress")
        self.bar.setToolTip("How much of the memory was looked at")
        self._make_buttons()
        self._lay_out()
        self._connect(pump)
        self.resize(125 * space, 80 * space)
        self._refresh()

    def _make_buttons(self) -> None:
        self.both_button = push_button(
            self, "Keep Both for This One", "All its entries are recalled, and the model is told"
        )
        self.follow_button = push_button(self, "Follow the Memory’s Policy", "It has no policy of its own any more")
        self.back_button = push_button(self, "Take Settlement Back", "Nobody stands for these entries any more")
        self.ask_button = push_button(self, "Compare Policies …", "What each policy recalls and answers, side by side")
        self.all_button = push_button(
            self, "Settle All Open …", "By one policy, after a look at every winner and loser"
        )
        self.undo_button = UndoButton(self._privacy, self)
        self.look_button = push_button(self, "Look Again", "Look at every entry again")
        self.close_button = push_button(self, "Close", "Close this window")

    def _lay_out(self) -> None:
        body = ListAndDetail(
            self,
            find=(self.search, self.state),
            items=self.list,
            title=self.title,
            detail=self.entries,
            actions=(self.both_button, self.follow_button, self.back_button, self.ask_button),
            widths=(36, 89),
        )
        lay_out(
            self, body, self.words, (self.bar, self.look_button, self.undo_button, self.all_button, self.close_button)
        )

    def _connect(self, pump: Pump) -> None:
        self.search.textChanged.connect(self._filter)
        self.state.currentIndexChanged.connect(self._filter)
        self.list.selectionModel().currentChanged.connect(self._row_chosen)
        self.entries.entry_chosen.connect(self.entry_chosen)
        self.entries.settle_wanted.connect(self.settle)
        self.both_button.clicked.connect(self.keep_both)
        self.follow_button.clicked.connect(self.follow)
        self.back_button.clicked.connect(self.take_back)
        self.ask_button.clicked.connect(self._compare)
        self.all_button.clicked.connect(self.settle_all)
        self.undo_button.clicked.connect(self.undo_wanted)
        self.look_button.clicked.connect(self._look_or_cancel)
        self.close_button.clicked.connect(self.close)
        self._scan.changed.connect(self._scanned)
        self._loader.memory_changed.connect(self._memory_changed)
        self._bridge.changed.connect(self._memory_edited)
        self._privacy.changed.connect(self._show)
        pump.ticked.connect(self._progress)
        self._memory_url = ""

    # -- what is looked for ------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Shows the conflicts of the open memory, and looks for them where that was not done yet."""
        self.show()
        self.raise_()
        self.activateWindow()
        self._memory_changed()
        self.read_settings()
        if self._scan.conflicts is None or self._scan.stale:
            self._scan.look()
        self._refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._scanned()

    def read_settings(self) -> None:
        """The memory's policy and exceptions may be others now."""
        if self._session.memory_url:
            self._bridge.watch(recalling.recall_settings(self._session), self._settings_read, self._failed)

    def _settings_read(self, settings: RecallSettings) -> None:
        self._settings = settings
        self._scanned()

    def _memory_changed(self) -> None:
        memory = self._loader.memory
        url = memory.url if memory is not None else ""
        if url == self._memory_url:
            return
        self._memory_url = url
        self.setWindowTitle(f"Conflicts — {memory.name}" if memory is not None else "Conflicts")
        self._settings, self._said = RecallSettings(), ""
        if self.isVisible():
            self.read_settings()
            self._scan.look()
        self._scanned()

    def _look_or_cancel(self) -> None:
        if self._scan.job is not None:
            self._scan.cancel()
        else:
            self._said = ""
            self._scan.look()
        self._refresh()

    def _progress(self) -> None:
        if self.isVisible() and self._scan.job is not None:
            done, total, _ = self._scan.job.latest
            self.bar.setRange(0, total)
            self.bar.setValue(done)

    def _scanned(self) -> None:
        """Shows what is known now; what was chosen stays chosen, and its neighbour where it left the list."""
        if not self.isVisible():
            return
        index = self.list.currentIndex()
        name = self._chosen.name if self._chosen is not None else ""
        self.rows.show_conflicts(self._scan.conflicts or (), self._settings)
        self._choose(self.rows.row_of(name), index.row())
        self._refresh()

    def _filter(self, *_what: object) -> None:
        name = self._chosen.name if self._chosen is not None else ""
        self.rows.search(self.search.text(), self.state.currentData())
        self._choose(self.rows.row_of(name), 0)
        self._refresh()

    def _choose(self, row: int, otherwise: int) -> None:
        count = self.rows.rowCount()
        if row < 0 and count:
            row = min(max(0, otherwise), count - 1)
        self.list.setCurrentIndex(self.rows.index(row) if row >= 0 else QModelIndex())
        self._show()

    @property
    def _chosen(self) -> Conflict | None:
        return self.rows.conflict(self.list.currentIndex().row())

    def _row_chosen(self, _current: QModelIndex, _previous: QModelIndex) -> None:
        self._show()
        self._refresh()

    # -- what is shown -----------------------------------------------------------------------------------------------

    @property
    def _writable(self) -> bool:
        memory = self._loader.memory
        return memory is not None and not memory.read_only

    def _show(self) -> None:
        one = self._chosen
        self.title.setVisible(one is not None)
        if one is not None:
            self.title.setText(self.rows.name(one))
            self.entries.show_conflict(one, self._settings, writable=self._writable)
        else:
            self.entries.show_sentence(self._why_empty())

    def _why_empty(self) -> str:
        if not self._session.memory_url:
            return "No memory is open; open one in the window first."
        if self._scan.job is not None:
            return "Looking at every entry …"
        if self._scan.conflicts is None:
            return self._scan.error or "Nothing was looked for yet. “Look” goes through the memory."
        if not self._scan.conflicts:
            return "No two entries of this memory claim different values for the same thing."
        if self.search.text().strip():
            return "No conflict matches what is searched for."
        state = self.state.currentData()
        return f"No conflict is {state}; choose “All” above to see the others." if state != ALL else ""

    def _refresh(self) -> None:
        one, looking = self._chosen, self._scan.job is not None
        superseded = one is not None and any(entry.superseded_by is not None for entry in one.entries)
        own = one is not None and one.name in self._settings.exceptions
        for button, shown, enabled in (
            (self.both_button, not own, one is not None),
            (self.follow_button, own, own),
            (self.back_button, True, superseded),
            (self.all_button, True, self.rows.counts()[0] > 0),
        ):
            button.setVisible(shown)
            button.setEnabled(enabled and self._writable)
        self.ask_button.setEnabled(one is not None)
        self.undo_button.set_free(self._writable)
        self.bar.setVisible(looking)
        never = self._scan.conflicts is None
        self.look_button.setText("Cancel" if looking else "Look" if never else "Look Again")
        if one is None:
            self.entries.show_sentence(self._why_empty())
        self._tell()

    def _tell(self) -> None:
        self.words.set_color("muted")
        if self._scan.job is not None:
            self.words.setText("Looking for conflicts …")
            return
        found = self._scan.conflicts
        parts = [self._said]
        if found is not None:
            undecided, count = self.rows.counts()
            parts.append(f"{count:,} {'conflict' if count == 1 else 'conflicts'}, {undecided:,} open.")
        if self._scan.stale:
            parts.append("The memory changed, look again.")
            self.words.set_color("warning")
        if self._scan.error:
            parts.append(self._scan.error)
        if not self._writable and self._loader.memory is not None:
            parts.append("This memory cannot be written.")
        self.words.setText(" ".join(filter(None, parts)))

    # -- what is done ------------------------------------------------------------------------------------------------

    def settle(self, policy: ConflictPolicy) -> None:
        """Decides the chosen conflict by a policy."""
        if self._chosen is not None:
            self._edit(settling.settle(self._session, [self._chosen], policy, INITIATOR), "superseded")

    def take_back(self) -> None:
        """The entries of the chosen conflict stand for themselves again."""
        if self._chosen is not None:
            self._edit(settling.unsettle(self._session, [self._chosen], INITIATOR), "recalled again")

    def settle_all(self) -> None:
        """Decides all open conflicts, after a preview."""
        conflicts = self.rows.open_ones()
        dialog = SettleAllDialog(conflicts, self._settings, self._privacy, self)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self._edit(settling.settle(self._session, conflicts, dialog.chosen(), INITIATOR), "superseded")
        dialog.deleteLater()

    def keep_both(self) -> None:
        self._change_exception(ConflictPolicy.BOTH)

    def follow(self) -> None:
        self._change_exception(None)

    def _change_exception(self, policy: ConflictPolicy | None) -> None:
        if self._chosen is not None:
            future = settling.change_exception(self._session, self._chosen.name, policy)
            self._bridge.watch(future, self._exception_changed, self._failed)

    def _exception_changed(self, settings: RecallSettings) -> None:
        self._settings_read(settings)
        self.settings_changed.emit()

    def _edit(self, future: object, what: str) -> None:
        self._bridge.watch(future, partial(self._edited, what), self._failed)  # type: ignore[arg-type]

    def _edited(self, what: str, change: Change) -> None:
        count = len(change.updated)
        words = "entry is" if count == 1 else "entries are"
        self._said = f"{count:,} {words} {what} now." if count else "Nothing was left to change."
        self._refresh()

    def _memory_edited(self, change: Change) -> None:
        """What was said of the last decision is over with the next edit."""
        if change.kind != "edit" or change.initiator != INITIATOR:
            self._said = ""
            self._tell()

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, KnownError):
            self.words.set_color("error")
            self.words.setText(str(error))
        else:
            self._bridge.failed.emit(error)

    def _compare(self) -> None:
        """The topic itself is a question that finds its entries."""
        if self._chosen is not None:
            _, subject, attribute = self._chosen.topic
            private = any(entry.private for entry in self._chosen.entries)
            self.compare_wanted.emit(f"{subject} {attribute}", private)
