"""The panel with the table of entries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from memviz.core.edits import Change, Delete, Edit, Insert, Update
from memviz.core.errors import Cancelled, KnownError
from memviz.core.memory import Store
from memviz.gui.bridge import Bridge
from memviz.gui.docks.entries_bar import EntriesBar
from memviz.gui.docks.entries_undo import UndoState, undo_state
from memviz.gui.playhead import Playhead
from memviz.gui.selection import Selection
from memviz.gui.settings import Settings
from memviz.gui.tables.columns import COLUMNS
from memviz.gui.tables.copying import as_tsv, run_values
from memviz.gui.tables.entry_model import EntryModel
from memviz.gui.tables.entry_view import EntryView
from memviz.gui.tables.notice import Notice
from memviz.gui.tables.plain import one_line

if TYPE_CHECKING:
    from memviz.session.session import Session

T = TypeVar("T")
NEW_KEY = "New entry"
_INITIATOR = "table"
_UNDO = "Undo"


class EntriesPanel(QWidget):
    """Finds, shows and edits the entries of the open memory. GUI thread.

    Call :meth:`reload` when another memory was opened. Changes of the memory come through ``Bridge.changed``.

    Signals:
        why_wanted(): the reason why the chosen entry was not recalled.
    """

    why_wanted = Signal()

    def __init__(
        self,
        *,
        session: Session,
        bridge: Bridge,
        selection: Selection,
        playhead: Playhead,
        settings: Settings | None = None,
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
        self.notice = Notice(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.bar)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.notice)
        self.setFocusProxy(self.view)
        self._connect()
        self._follow_trace()
        self.reload()

    def _connect(self) -> None:
        self.bar.searched.connect(self._search)
        self.bar.left.connect(self._to_table)
        self.bar.only_run_toggled.connect(self._show_only_run)
        self.bar.pressed.connect(self._press)
        self.view.entry_chosen.connect(self._choose)
        self.view.delete_wanted.connect(self.delete_selected)
        self.view.add_wanted.connect(self.add_entry)
        self.view.copy_wanted.connect(self.copy_selected)
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
        self.bar.clear_search()
        self.model.reload()
        self._ask_undo_state()
        self._enable_buttons()
        self._say_why_empty()

    def focus_search(self) -> None:
        """Ctrl+F."""
        self.bar.focus_search()

    def undo(self) -> None:
        """Takes back the last change of the memory, wherever it was made."""
        self._call(partial(self._session.undo_async, _INITIATOR), partial(self._undone, "undo"))

    def redo(self) -> None:
        self._call(partial(self._session.redo_async, _INITIATOR), partial(self._undone, "redo"))

    def add_entry(self) -> None:
        """Adds an entry and opens its key for typing; Ctrl+Z takes it away again."""
        self._edit((Insert(key=NEW_KEY),), self._added)

    def delete_selected(self) -> None:
        """Deletes the chosen entries; Ctrl+Z brings them back."""
        ids = self.view.chosen_ids()
        if ids:
            self._edit([Delete(entry_id) for entry_id in ids], self._deleted)

    def toggle_enabled(self) -> None:
        """Disables the chosen entries, or enables them all where one of them is disabled."""
        ids = self.view.chosen_ids()

        def switch(store: Store) -> list[Edit]:
            entries = store.get(ids)
            enable = any(not entry.enabled for entry in entries)
            return [Update(entry.id, enabled=enable) for entry in entries if entry.enabled != enable]

        if ids:
            self._call(partial(self._session.store_call, switch), self._edit)

    def copy_selected(self) -> None:
        """Puts the chosen rows on the clipboard as tab-separated text, shown columns only, texts whole."""
        ids = self.view.chosen_ids()
        columns = [column.name for number, column in enumerate(COLUMNS) if not self.view.isColumnHidden(number)]
        values = run_values(self.model.figures, columns, self._playhead.step)

        def copy(store: Store) -> tuple[int, str]:
            entries = store.get(ids)
            return len(entries), as_tsv(entries, columns, values)

        if ids:
            self._call(partial(self._session.store_call, copy), self._copied)

    # -- edits and their results -------------------------------------------------------------------------------------

    def _edit(self, edits: Sequence[Edit], then: Callable[[Change], object] | None = None) -> None:
        if edits:
            self._call(partial(self._session.edit_async, *edits, initiator=_INITIATOR), then or _nothing_more)

    def _call(self, submit: Callable[[], Future[T]], then: Callable[[T], object]) -> None:
        """Sends a job to the store thread; a sentence tells why where it does not happen."""
        try:
            future = submit()
        except KnownError as error:
            self._failed(error)
        else:
            self._bridge.watch(future, then, self._failed)

    def _added(self, change: Change) -> None:
        self._new_id = change.inserted[0]
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

    def _deleted(self, change: Change) -> None:
        count = len(change.deleted)
        words = "1 entry" if count == 1 else f"{count:,} entries"
        self.notice.say(f"Deleted {words}.", action=_UNDO, act=self.undo)

    def _undone(self, which: str, change: Change | None) -> None:
        if change is None:
            self.notice.say(f"There is nothing to {which}.")
            self._ask_undo_state()
            return
        ids = (*change.inserted, *change.updated)
        self.notice.say(f"{which.capitalize()}: {_summary(change)}.")
        if len(ids) == 1:
            self._selection.select(ids[0], None)

    def _copied(self, copied: tuple[int, str]) -> None:
        count, text = copied
        QGuiApplication.clipboard().setText(text)
        self.notice.say(f"Copied {count:,} row{'' if count == 1 else 's'} as tab-separated text.")

    def _refused(self, sentence: str, typed: tuple[int, str, object]) -> None:
        """An edit did not happen: the cell says the old text again, and what was typed can be taken up once more."""
        entry_id, name, value = typed
        if isinstance(value, str):
            self.notice.say(
                sentence, trouble=True, action="Edit again", act=partial(self._edit_again, entry_id, name, value)
            )
        else:
            self.notice.say(sentence, trouble=True)

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
        self._ask_undo_state()
        self._edit_new()

    def _ask_undo_state(self) -> None:
        if self._session.memory_url:
            self._call(partial(self._session.store_call, undo_state), self._take_undo_state)
        else:
            self._take_undo_state(UndoState())

    def _take_undo_state(self, state: UndoState) -> None:
        self.bar.buttons["undo"].setEnabled(state.can_undo)
        self.bar.buttons["redo"].setEnabled(state.can_redo)

    # -- rows and selection ------------------------------------------------------------------------------------------

    def _search(self, text: str) -> None:
        self.model.search(text)
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
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        chosen = self.view.selectionModel().hasSelection()
        for words, tip, act in (
            (
                "Why not recalled?",
                "Say why it is not in the prompt, and what would bring it back",
                self.why_wanted.emit,
            ),
            ("Copy", "Copy the chosen rows as tab-separated text (Ctrl+C)", self.copy_selected),
            ("Enable or disable", "A disabled entry stays in the memory and is not recalled", self.toggle_enabled),
            ("Delete", "Delete the chosen entries; this can be undone (Del)", self.delete_selected),
        ):
            action = menu.addAction(words)
            action.setToolTip(tip)
            action.setEnabled(chosen)
            action.triggered.connect(act)
        return menu

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
        self.bar.set_count(shown, total)
        self._say_why_empty()
        self._enable_buttons()
        self._edit_new()

    def _enable_buttons(self) -> None:
        opened = bool(self._session.memory_url)
        chosen = opened and self.view.selectionModel().hasSelection()
        self.bar.buttons["add"].setEnabled(opened)
        self.bar.buttons["delete"].setEnabled(chosen)
        self.bar.buttons["enable"].setEnabled(chosen)

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
        self.view.set_sentence(self._why_empty())

    def _why_empty(self) -> str:
        """The sentence of an empty table."""
        text = self.bar.field.text().strip()
        if not self._session.memory_url:
            return "No memory is open yet; if none is loading, choose one above."
        if not self.model.loaded:
            return f"Reading the entries of “{self._session.memory_name}” …"
        if self.model.searching:
            return "Searching …"
        if self.model.total == 0:
            return "This memory has no entries yet; press Ins to add the first."
        if self.model.only_run and self._playhead.trace is None:
            return "No question was asked yet; ask one, or turn off “This query” to see all entries."
        if text:
            return f"No entry matches “{one_line(text, 80)}”; press Esc to see all."
        if self.model.only_run:
            return "Nothing was recalled for this query; turn off “This query” to see all entries."
        return ""


def _nothing_more(change: Change) -> None:
    """The change itself arrives through ``Bridge.changed``."""


def _summary(change: Change) -> str:
    parts = (("inserted", change.inserted), ("changed", change.updated), ("deleted", change.deleted))
    said = [
        f"{words} entry {ids[0]}" if len(ids) == 1 else f"{words} {len(ids):,} entries" for words, ids in parts if ids
    ]
    return ", ".join(said) or "nothing changed"
