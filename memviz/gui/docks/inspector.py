"""The panel with everything about the chosen entry."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from memviz.core.edit_conflict import EditConflict
from memviz.core.edits import Change, Edit, Restore, Update
from memviz.core.entry import EDITABLE_FIELDS
from memviz.core.errors import Cancelled, KnownError
from memviz.core.memory import Store
from memviz.gui.bridge import Bridge
from memviz.gui.docks.conflict_edits import mine_on_top
from memviz.gui.docks.inspector_conflict import DraftsPage
from memviz.gui.docks.inspector_draft import DRAFT_FIELDS, Draft, Raw, raw_of
from memviz.gui.docks.inspector_facts import Facts
from memviz.gui.docks.inspector_history import Version, versions
from memviz.gui.docks.inspector_query import not_recalled
from memviz.gui.docks.why_desk import WhyDesk
from memviz.gui.playhead import Playhead
from memviz.gui.selection import Selection
from memviz.gui.tables.run_figures import RunFigures

if TYPE_CHECKING:
    from memviz.session.session import Session

T = TypeVar("T")
_INITIATOR = "inspector"
_FIRST_VERSIONS = 30


class InspectorPanel(DraftsPage):
    """Shows and edits the chosen entry. What is typed and not saved stays with its entry until it is saved or
    reverted, also while other entries are chosen. GUI thread.

    Call :meth:`reload` when another memory was opened, and ask :meth:`has_unsaved` before the window closes.
    """

    def __init__(
        self,
        *,
        session: Session,
        bridge: Bridge,
        selection: Selection,
        playhead: Playhead,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._bridge = bridge
        self._selection = selection
        self._playhead = playhead
        self._facts: Facts | None = None
        self._drafts: dict[tuple[str, int], Draft] = {}
        self._saving: dict[tuple[str, int], dict[str, Raw]] = {}
        self._figures = RunFigures()
        self._limit = _FIRST_VERSIONS
        self._reading: int | None = None
        self._masks = False
        self.desk = WhyDesk(session, bridge, playhead, self.why, self.notice)
        self._connect()
        self._follow_trace()
        self._ask()

    def _connect(self) -> None:
        self.text.edited.connect(self._text_typed)
        self.text.installEventFilter(self)
        self.form.edited.connect(self._typed)
        self.form.editor("metadata").installEventFilter(self)
        self.save_button.clicked.connect(self.save)
        self.revert_button.clicked.connect(self.revert)
        self.history.restore_wanted.connect(self._restore)
        self.history.more_wanted.connect(self._show_more)
        self.conflict.theirs_kept.connect(self._keep_theirs)
        self.conflict.mine_taken.connect(self._take_mine)
        self.conflict.edited_again.connect(self._type_again)
        self.desk.needed.connect(self.why_section.setVisible)
        self.desk.jumped.connect(self.show_why)
        self._selection.changed.connect(self._selected)
        self._bridge.changed.connect(self._changed)
        self._playhead.trace_changed.connect(self._follow_trace)
        self._playhead.grown.connect(self._grown)
        self._playhead.step_changed.connect(self._step_changed)

    # -- what the window calls ---------------------------------------------------------------------------------------

    def reload(self) -> None:
        """Another memory is open, or none."""
        self._facts = None
        self._reading = None
        self.notice.clear()
        self.conflict.close_box()
        self._show()
        self._ask()

    @property
    def shown_id(self) -> int | None:
        """The entry that is on screen: a moment behind the selection."""
        return self._facts.entry_id if self._facts is not None else None

    def has_unsaved(self) -> bool:
        """Something was typed and neither saved nor reverted, in any entry of the open memory."""
        return bool(self.unsaved_ids())

    def unsaved_ids(self) -> list[int]:
        """Entries of the open memory with unsaved changes."""
        return [entry_id for url, entry_id in self._drafts if url == self._session.memory_url]

    def save_all(self) -> None:
        """Saves all unsaved changes in the open memory, each entry as one edit."""
        for entry_id in self.unsaved_ids():
            self._save((self._session.memory_url, entry_id))

    def save(self) -> None:
        """Saves what was typed about the chosen entry, as one edit (Ctrl+Enter)."""
        if self._facts is not None:
            self._save(self._key())

    def revert(self) -> None:
        """Shows what is stored again (Esc)."""
        if self._facts is not None:
            self._drafts.pop(self._key(), None)
            self.notice.clear()
            self.conflict.close_box()
            self._fill()

    # -- what is stored ----------------------------------------------------------------------------------------------

    def _selected(self, _entry_id: int | None, _initiator: object) -> None:
        self._limit = _FIRST_VERSIONS
        self.notice.clear()
        self.conflict.close_box()
        self._ask()

    def _show_more(self) -> None:
        self._limit *= 4
        self._ask()

    def _ask(self) -> None:
        """Reads the chosen entry; while a reading is on its way, the newest wish waits for it."""
        entry_id, url, limit = self._selection.entry_id, self._session.memory_url, self._limit
        if entry_id is None or not url:
            self._facts = None
            self._show()
        elif self._reading is None:
            self._reading = entry_id

            def read(store: Store) -> Facts:
                found = store.get([entry_id])
                return Facts(url, entry_id, found[0] if found else None, store.history(entry_id, limit=limit), limit)

            self._call(partial(self._session.store_call, read), self._take, self._not_read)

    def _take(self, facts: Facts) -> None:
        if self._reading is None:
            return
        self._reading = None
        wanted = (self._session.memory_url, self._selection.entry_id, self._limit)
        if (facts.memory_url, facts.entry_id, facts.limit) != wanted:
            self._ask()
            return
        self._facts = facts
        self._rebase()
        self._show()

    def _not_read(self, error: BaseException) -> None:
        self._reading = None
        self._failed(error)

    def _changed(self, change: Change) -> None:
        shown = self._selection.entry_id
        if shown in (*change.inserted, *change.updated, *change.deleted):
            self._ask()

    def _keep_theirs(self) -> None:
        self._drop_conflicting()
        self._fill()

    def _take_mine(self) -> None:
        conflict = self.conflict.conflict
        if conflict is None or self._facts is None:
            return
        if conflict.now is not None:
            self.save()
            return
        key = self._key()
        self._saving[key] = dict(self._drafts[key].values) if key in self._drafts else {}
        edits = partial(mine_on_top, conflict)
        self._call(
            partial(self._session.edit_from, edits, initiator=_INITIATOR),
            partial(self._saved, key),
            partial(self._not_saved, key),
        )

    # -- what is typed -----------------------------------------------------------------------------------------------

    def _text_typed(self) -> None:
        self._typed("text", self.text.text())

    def _typed(self, name: str, raw: Raw) -> None:
        if self._facts is None or self._facts.entry is None:
            return
        draft = self._drafts.get(self._key()) or Draft(self._facts.entry)
        draft.type(name, raw)
        self._keep(self._key(), draft)
        self.form.mark(name, name in draft.values) if name != "text" else None
        self._show_unsaved()

    def _save(self, key: tuple[str, int]) -> None:
        draft = self._drafts.get(key)
        if draft is None or key in self._saving:
            return
        try:
            edit = draft.update()
        except KnownError as error:
            self._failed(error)
            return
        self._saving[key] = dict(draft.values)
        self._edit(edit, partial(self._saved, key), partial(self._not_saved, key))

    def _saved(self, key: tuple[str, int], _change: Change) -> None:
        """What was typed since the saving began stays unsaved."""
        saved = self._saving.pop(key)
        draft = self._drafts.get(key)
        if draft is not None:
            for name, raw in saved.items():
                if draft.values.get(name) == raw:
                    del draft.values[name]
            self._keep(key, draft)
        self.notice.clear()
        self.conflict.close_box()
        self._show_unsaved()
        self._ask()

    def _not_saved(self, key: tuple[str, int], error: BaseException) -> None:
        """What was typed stays where it is, marked as unsaved."""
        typed = self._saving.pop(key, None)
        shown = self._facts is not None and key == self._key()
        if not (isinstance(error, EditConflict) and typed and shown):
            self._failed(error)
        elif error.now is None:
            self._show_conflict(error, typed)
        else:
            self._ask()  # what is typed is put on top of what is there, which shows both

    def _restore(self, version: Version) -> None:
        """Brings a version of the shown entry back as a new edit."""
        if self._facts is None or version.entry is None:
            return
        current = self._facts.entry
        if current is None:
            self._edit(Restore(version.entry, new=True), self._restored, self._failed)
            return
        fields = {
            name: getattr(version.entry, name)
            for name in sorted(EDITABLE_FIELDS)
            if getattr(version.entry, name) != getattr(current, name)
        }
        if fields:
            seen = {name: getattr(current, name) for name in fields}
            self._edit(Update(current.id, seen=seen, **fields), self._restored, self._failed)

    def _restored(self, _change: Change) -> None:
        self.notice.say("Restored; Ctrl+Z takes that back.")

    def _edit(self, edit: Edit, then: Callable[[Change], object], on_error: Callable[[BaseException], object]) -> None:
        self._call(partial(self._session.edit_async, edit, initiator=_INITIATOR), then, on_error)

    def _call(
        self,
        submit: Callable[[], Future[T]],
        then: Callable[[T], object],
        on_error: Callable[[BaseException], object],
    ) -> None:
        try:
            future = submit()
        except KnownError as error:
            on_error(error)
        else:
            self._bridge.watch(future, then, on_error)

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, KnownError):
            self.notice.say(str(error), trouble=True)
        elif not isinstance(error, CancelledError | Cancelled):
            self._bridge.failed.emit(error)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ctrl+Enter saves, Esc reverts; both before a shortcut of the window takes them."""
        if isinstance(event, QKeyEvent) and event.type() in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            act = self._key_action(event)
            if act is not None:
                event.accept()
                if event.type() == QEvent.Type.KeyPress:
                    act()
                return True
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and self._key_action(event) is not None:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The same keys in the one-line fields, which leave them to the panel."""
        act = self._key_action(event)
        if act is None:
            super().keyPressEvent(event)
        else:
            act()

    def _key_action(self, event: QKeyEvent) -> Callable[[], None] | None:
        if self._facts is None or self._key() not in self._drafts:
            return None
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if control and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return self.save
        if event.key() == Qt.Key.Key_Escape and not event.modifiers():
            return self.revert
        return None

    # -- what is shown -----------------------------------------------------------------------------------------------

    def _show(self) -> None:
        facts = self._facts
        if not self._session.memory_url:
            self.show_sentence("No memory is open yet; if none is loading, choose one above.")
        elif self._selection.entry_id is None:
            self.show_sentence("Choose an entry in the table, the answer or the heat map to see everything about it.")
        elif facts is None:
            self.show_sentence("Reading the entry …")
        elif self._masks and facts.private:
            self.show_sentence(f"Entry {facts.entry_id} is private; View ▸ Mask Private Entries shows it again.")
        else:
            self.show_page()
            self.show_head(facts.entry_id, facts.entry)
            self._fill()
            self.history.show_versions(versions(facts.rows), facts.entry, more=len(facts.rows) >= facts.limit)
            self._show_run()

    def set_masks(self, masks: bool) -> None:
        """Whether a private entry is masked."""
        if masks != self._masks:
            self._masks = masks
            self._show()

    def _fill(self) -> None:
        facts = self._facts
        if facts is None or facts.entry is None:
            self._show_unsaved()
            return
        draft = self._drafts.get(self._key())
        values = draft.values if draft is not None else {}
        for name in DRAFT_FIELDS:
            raw = values.get(name, raw_of(facts.entry, name))
            if name == "text":
                if self.text.text() != raw:
                    self.text.set_text(str(raw))
            else:
                self.form.fill(name, raw, unsaved=name in values)
        self._show_unsaved()

    def _show_unsaved(self) -> None:
        here = self._drafts.get(self._key()) if self._facts is not None else None
        elsewhere = [entry_id for entry_id in self.unsaved_ids() if entry_id != self._selection.entry_id]
        self.show_unsaved(tuple(here.values) if here is not None else ())
        self.show_unsaved_elsewhere(elsewhere, self._go_to)

    def _go_to(self, entry_id: int) -> None:
        self._selection.select(entry_id, self)

    def _follow_trace(self) -> None:
        self._figures = RunFigures(self._playhead.trace)
        self._show_run()

    def _grown(self) -> None:
        was_finished = self._figures.finished
        if self.isVisible():
            self._show_run()
        if self._figures.finished and not was_finished and self.shown_id in self._figures.slots:
            self._ask()  # its use was counted

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_run()

    def _step_changed(self, step: int) -> None:
        if self._facts is not None and self.isVisible():
            self._figures.update()
            self.query.show_step(self._figures, self._facts.entry_id, step)

    def _show_run(self) -> None:
        self._figures.update()
        if self._facts is not None:
            remark = not_recalled(self._facts.entry)
            self.query.show_entry(self._figures, self._facts.entry_id, self._playhead.step, remark)
        shown = self._facts.entry_id if self._facts is not None and self._facts.entry is not None else None
        self.desk.show_entry(self._figures, shown)
