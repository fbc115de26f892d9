"""The panel with the table of entries."""

from __future__ import annotations

from concurrent.futures import CancelledError
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QMimeData, QPoint, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from memviz.core.edits import Change
from memviz.core.errors import Cancelled, KnownError
from memviz.gui.bridge import Bridge
from memviz.gui.bulk.scope import Scope
from memviz.gui.docks.entries_bar import EntriesBar
from memviz.gui.docks.entries_conflict import TableConflicts
from memviz.gui.docks.entries_copying import EntryCopying
from memviz.gui.docks.entries_edits import EntryEdits
from memviz.gui.docks.entries_menu import rows_menu
from memviz.gui.docks.entries_steps import EntrySteps
from memviz.gui.docks.entries_undo import UndoState
from memviz.gui.docks.entries_words import summary, why_empty
from memviz.gui.docks.entry_filters import EntryFilters
from memviz.gui.docks.filter_chips import FilterChips
from memviz.gui.docks.sources import open_source
from memviz.gui.docks.time_bar import TimeBar
from memviz.gui.docks.time_travel import TimeTravel
from memviz.gui.jobs import Jobs
from memviz.gui.playhead import Playhead
from memviz.gui.recall_choice import RecallChoice
from memviz.gui.selection import Selection
from memviz.gui.settings import Settings
from memviz.gui.tables.entry_model import EntryModel
from memviz.gui.tables.entry_source import Past
from memviz.gui.tables.entry_view import EntryView
from memviz.gui.tables.notice import Notice
from memviz.gui.tables.past_marks import READ_ONLY
from memviz.gui.tables.plain import one_line

if TYPE_CHECKING:
    from memviz.session.session import Session

T = TypeVar("T")
_INITIATOR = "table"
_UNDO = "Undo"
#: An undo of so many entries shows its progress.
_MANY = 2_000
_MOST_COPIED = 100_000
#: Columns that a filter calls otherwise.
_FIELDS = {"used": "used_count"}


class EntriesPanel(QWidget):
    """Finds, shows and edits the entries of the open memory. GUI thread.

    Call :meth:`reload` when another memory was opened. Changes of the memory come through ``Bridge.changed``.

    Signals:
        why_wanted(): the reason why the chosen entry was not recalled.
        files_dropped(list): paths of files that are to be imported.
        forget_wanted(): the chosen entries are to be forgotten for good.
        bulk_wanted(str): an edit of many entries: ``replace``, ``set``, ``tags``, ``confidence``, ``merge``.
        paste_wanted(): what is on the clipboard as new entries.
    """

    why_wanted = Signal()
    files_dropped = Signal(list)
    forget_wanted = Signal()
    bulk_wanted = Signal(str)
    paste_wanted = Signal()

    def __init__(
        self,
        *,
        session: Session,
        bridge: Bridge,
        selection: Selection,
        playhead: Playhead,
        settings: Settings | None = None,
        jobs: Jobs | None = None,
        recall: RecallChoice | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._bridge = bridge
        self._selection = selection
        self._playhead = playhead
        self._new_id: int | None = None  # just added: its row is edited as soon as it is there
        self.model = EntryModel(session, bridge, self)
        self.view = EntryView(self.model, settings, self)
        self.bar = EntriesBar(self)
        self.chips = FilterChips(self)
        self.filters = EntryFilters(session, bridge, self.bar, self.chips, self.model, self)
        self.time_bar = TimeBar(self)
        self.travel = TimeTravel(session, bridge, self.model, self.time_bar, recall, jobs, self)
        self.notice = Notice(self)
        self.conflicts = TableConflicts(session, bridge, self.model, self.notice, self._edit_again, self._failed, self)
        self.steps = EntrySteps(session, bridge, jobs, self)
        self.edits = EntryEdits(session, bridge, jobs, self.view, self.conflicts, self)
        self.copying = EntryCopying(bridge, self.model, self.view, playhead, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.bar)
        layout.addWidget(self.chips)
        layout.addWidget(self.time_bar)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.conflicts)
        layout.addWidget(self.notice)
        self.setFocusProxy(self.view)
        self.setAcceptDrops(True)
        self._connect()
        self._follow_trace()
        self.reload()

    def _connect(self) -> None:
        self.bar.searched.connect(self._search)
        self.bar.left.connect(self._to_table)
        self.bar.only_run_toggled.connect(self._show_only_run)
        self.bar.pressed.connect(self._press)
        self.bar.filter_wanted.connect(self._show_filters)
        self.bar.past_toggled.connect(self.travel.open)
        self.steps.changed.connect(self._take_steps)
        self.steps.done.connect(self._undone)
        self.edits.added.connect(self._added)
        self.edits.done.connect(partial(self.say_done, undo=True))
        self.edits.refused.connect(self._bulk_refused)
        for said in (self.filters.said, self.copying.said):
            said.connect(self.notice.say)
        for failed in (self.filters.failed, self.copying.failed, self.steps.failed, self.edits.failed):
            failed.connect(self._failed)
        self.view.columns.filter_wanted.connect(
            lambda column: self.filters.open_popup(_FIELDS.get(column, str(column)))
        )
        self.view.read_only.connect(self.refuses_edits)
        self.view.link_pressed.connect(self.open_link)
        self.model.past_shown.connect(self._past_shown)
        self.view.entry_chosen.connect(self._choose)
        self.view.delete_wanted.connect(self.delete_selected)
        self.view.add_wanted.connect(self.add_entry)
        self.view.copy_wanted.connect(self.copying.as_table)
        self.view.paste_wanted.connect(self.paste_wanted)
        self.view.escape_pressed.connect(self._escape)
        self.view.too_long.connect(self._say_too_long)
        self.view.selectionModel().selectionChanged.connect(self._enable_buttons)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._show_menu)
        self.model.counted.connect(self._counted)
        self.model.cells_loaded.connect(self._edit_new)
        self.model.refused.connect(self._refused)
        self.model.failed.connect(self._failed)
        self._bridge.changed.connect(self._changed)
        self._selection.changed.connect(self._selected_elsewhere)
        self._playhead.trace_changed.connect(self._follow_trace)
        self._playhead.grown.connect(self._grown)
        self._playhead.step_changed.connect(self.model.set_step)

    # -- what the window calls ---------------------------------------------------------------------------------------

    def reload(self) -> None:
        """Another memory is open, or none."""
        self._new_id = None
        self.notice.clear()
        self.conflicts.close_box()
        self.bar.clear_search()
        self.travel.forget()
        self.model.reload()
        self.filters.reload()
        self.steps.look()
        self._enable_buttons()
        self._say_why_empty()

    def focus_search(self) -> None:
        """Ctrl+F."""
        self.bar.focus_search()

    def undo(self) -> None:
        """Takes back the last change of the memory, wherever it was made."""
        if not self.refuses_edits():
            self.steps.undo()

    def redo(self) -> None:
        if not self.refuses_edits():
            self.steps.redo()

    def add_entry(self) -> None:
        """Adds an entry and opens its key for typing; Ctrl+Z takes it away again."""
        if not self.refuses_edits():
            self.edits.add()

    def delete_selected(self) -> None:
        """Deletes the chosen entries; Ctrl+Z brings them back."""
        if not self.refuses_edits():
            self.edits.delete_chosen()

    def toggle_enabled(self) -> None:
        """Disables the chosen entries, or enables them all where one of them is disabled."""
        if not self.refuses_edits():
            self.edits.toggle_chosen()

    def scope(self) -> Scope:
        """What stands in the table now, for edits of many entries."""
        model = self.model
        return Scope(
            self.view.chosen_ids(),
            model.entry_ids(0, model.rowCount() - 1) if model.only_run else None,
            self.filters.shown_text,
            model.search_text,
            model.where,
            None if model.counting or not model.fresh else model.rowCount(),
            model.total,
        )

    def say_done(self, words: str, *, undo: bool = False) -> None:
        """Says under the table what was done; ``undo``: with a button that takes it back."""
        self.notice.say(words, action=_UNDO if undo else "", act=self.undo if undo else None)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files from elsewhere may be dropped."""
        if self._session.memory_url and _files_of(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = _files_of(event.mimeData())
        if files:
            event.acceptProposedAction()
            self.files_dropped.emit(files)

    # -- edits and their results -------------------------------------------------------------------------------------

    def _added(self, entry_id: int) -> None:
        self._new_id = entry_id
        self.bar.only_run.setChecked(False)
        self.bar.clear_search()
        self._edit_new()

    def _edit_new(self) -> None:
        """Opens the key of the entry that was just added, once its row and its cells are there."""
        if self._new_id is None or self.model.row_of(self._new_id) < 0:
            return
        self._selection.select(self._new_id, self)
        self.view.choose(self._new_id)
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)
        if self.model.cached(self._new_id):
            self._new_id = None
            self.view.edit_current("key")

    def _bulk_refused(self, sentence: str) -> None:
        self.notice.say(sentence or "Cancelled; nothing was changed.", trouble=bool(sentence))

    def _undone(self, which: str, change: Change | None) -> None:
        if change is None:
            self.notice.say(f"There is nothing to {which}.")
            self.steps.look()
            return
        ids = (*change.inserted, *change.updated)
        self.notice.say(f"{which.capitalize()}: {summary(change)}.")
        if len(ids) == 1:
            self._selection.select(ids[0], None)

    def _refused(self, sentence: str, typed: tuple[int, str, object]) -> None:
        """An edit did not happen: the cell says the old text again, and what was typed can be taken up once more."""
        entry_id, name, value = typed
        if isinstance(value, str):
            self.notice.say(
                sentence, trouble=True, action="Edit again", act=partial(self._edit_again, entry_id, name, value)
            )
        else:
            self.notice.say(sentence, trouble=True)

    def set_masks(self, masks: bool) -> None:
        """Whether private entries are masked; they can be edited only while they are not."""
        self.model.set_masks(masks)
        self.conflicts.set_masks(masks)
        self.view.close_hidden_editor()

    def _edit_again(self, entry_id: int, name: str, value: str) -> None:
        if self.view.choose(entry_id):
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)
            self.view.edit_current(name, value)

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, KnownError):
            self.notice.say(str(error), trouble=True)
            if not self.model.loaded:
                self.view.set_sentence(str(error))
        elif not isinstance(error, CancelledError | Cancelled):
            self._bridge.failed.emit(error)

    def _changed(self, change: Change) -> None:
        if self.notice.action == _UNDO:
            self.notice.clear()  # it would undo this change instead of the one that it tells of
        self.model.take_change(change)
        self.steps.look()
        self._edit_new()

    def _take_steps(self, state: UndoState) -> None:
        self.bar.show_steps(state.undo, state.redo)
        self._enable_buttons()

    # -- rows and selection ------------------------------------------------------------------------------------------

    def _search(self, text: str) -> None:
        self.filters.search(text)
        self._say_why_empty()

    def _show_only_run(self, only: bool) -> None:
        self.model.set_only_run(only)
        self._say_why_empty()

    def _to_table(self) -> None:
        self.view.setFocus(Qt.FocusReason.TabFocusReason)
        if not self.view.currentIndex().isValid() and self.model.rowCount():
            self.view.selectRow(0)

    def _escape(self) -> None:
        if self.bar.field.text():
            self.bar.clear_search()
        elif self.model.past is not None or self.travel.looking:
            self.travel.back_to_now()
        else:
            self.view.choose(None)

    def _press(self, name: str) -> None:
        {
            "add": self.add_entry,
            "delete": self.delete_selected,
            "enable": self.toggle_enabled,
            "undo": self.undo,
            "redo": self.redo,
        }[name]()

    def menu(self) -> QMenu:
        """What can be done with the chosen rows; right-clicking one opens it."""
        return rows_menu(self)

    def _show_filters(self) -> None:
        menu = self.filters.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.bar.filter.mapToGlobal(self.bar.filter.rect().bottomLeft()))

    def open_link(self, link: str) -> None:
        """Opens what an entry came from."""
        if not open_source(link):
            self.notice.say(f"“{one_line(link, 80)}” could not be opened; no program is set for it.", trouble=True)

    # -- the past ----------------------------------------------------------------------------------------------------

    def refuses_edits(self) -> bool:
        """Whether the past is shown, which is said."""
        if self.model.past is None:
            return False
        self.notice.say(READ_ONLY, trouble=True, action="Back to now", act=self.travel.back_to_now)
        return True

    def _past_shown(self, past: Past | None) -> None:
        if past is None and self.notice.text == READ_ONLY:
            self.notice.clear()
        self._enable_buttons()
        self._say_why_empty()

    def _show_menu(self, position: QPoint) -> None:
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.view.viewport().mapToGlobal(position))

    def _choose(self, entry_id: int) -> None:
        self._selection.select(entry_id, self)

    def _selected_elsewhere(self, entry_id: int | None, initiator: object) -> None:
        if initiator is not self:
            self.view.choose(entry_id)

    def _counted(self, shown: int, total: int) -> None:
        self.bar.set_count(shown, total, counting=self.model.counting)
        self._say_why_empty()
        self._enable_buttons()
        self._edit_new()

    def _enable_buttons(self) -> None:
        opened = bool(self._session.memory_url) and self.model.past is None
        chosen = opened and self.view.selectionModel().hasSelection()
        self.bar.buttons["add"].setEnabled(opened)
        self.bar.buttons["delete"].setEnabled(chosen)
        self.bar.buttons["enable"].setEnabled(chosen)
        self.bar.buttons["undo"].setEnabled(opened and self.steps.state.can_undo)
        self.bar.buttons["redo"].setEnabled(opened and self.steps.state.can_redo)

    def _follow_trace(self) -> None:
        self.model.set_step(self._playhead.step)
        self.model.set_trace(self._playhead.trace)
        self._say_why_empty()

    def _grown(self) -> None:
        self.model.grown()
        self._say_why_empty()

    def _say_too_long(self, name: str, length: int) -> None:
        self.notice.say(f"This {name} has {length:,} characters; edit it in the inspector.")

    def _say_why_empty(self) -> None:
        asked = self._playhead.trace is not None
        self.view.set_sentence(why_empty(self.model, self._session, self.bar.field.text().strip(), asked=asked))


def _files_of(data: QMimeData) -> list[str]:
    return [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
