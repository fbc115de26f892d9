"""The panel with everything about the chosen entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from memviz.core.edit_conflict import EditConflict
from memviz.core.edits import Change, Edit, Restore, Update
from memviz.core.entry import EDITABLE_FIELDS
from memviz.core.errors import Cancelled, KnownError
from memviz.gui.bridge import Bridge
from memviz.gui.docks.conflict_edits import mine_on_top, versions_of
from memviz.gui.docks.inspector_draft import DRAFT_FIELDS, Raw, raw_of
from memviz.gui.docks.inspector_facts import Facts, Key
from memviz.gui.docks.inspector_history import Version, versions
from memviz.gui.docks.inspector_page import InspectorPage
from memviz.gui.docks.inspector_query import not_recalled
from memviz.gui.docks.inspector_reading import EntryReading
from memviz.gui.docks.inspector_unsaved import UnsavedDrafts
from memviz.gui.docks.why_desk import WhyDesk
from memviz.gui.playhead import Playhead
from memviz.gui.selection import Selection
from memviz.gui.tables.run_figures import RunFigures

if TYPE_CHECKING:
    from memviz.session.session import Session

_INITIATOR = "inspector"


class InspectorPanel(InspectorPage):
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
        self._drafts = UnsavedDrafts()
        self._reading = EntryReading(session, bridge, selection, self)
        self._figures = RunFigures()
        self._masks = False
        self.desk = WhyDesk(session, bridge, playhead, self.why, self.notice)
        self._connect()
        self._follow_trace()
        self._reading.ask()

    def _connect(self) -> None:
        self.text.edited.connect(self._text_typed)
        self.text.installEventFilter(self)
        self.form.edited.connect(self._typed)
        self.form.editor("metadata").installEventFilter(self)
        self.save_button.clicked.connect(self.save)
        self.revert_button.clicked.connect(self.revert)
        self.history.restore_wanted.connect(self._restore)
        self.history.more_wanted.connect(self._reading.ask_more)
        self.conflict.theirs_kept.connect(self._keep_theirs)
        self.conflict.mine_taken.connect(self._take_mine)
        self.conflict.edited_again.connect(self._type_again)
        self._reading.read.connect(self._take)
        self._reading.failed.connect(self._failed)
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
        self._reading.forget()
        self.notice.clear()
        self.conflict.close_box()
        self._show()
        self._reading.ask()

    @property
    def shown_id(self) -> int | None:
        """The entry that is on screen: a moment behind the selection."""
        return self._facts.entry_id if self._facts is not None else None

    def has_unsaved(self) -> bool:
        """Something was typed and neither saved nor reverted, in any entry of the open memory."""
        return bool(self.unsaved_ids())

    def unsaved_ids(self) -> list[int]:
        """Entries of the open memory with unsaved changes."""
        return self._drafts.ids_in(self._session.memory_url)

    def save_all(self) -> None:
        """Saves all unsaved changes in the open memory, each entry as one edit."""
        for entry_id in self.unsaved_ids():
            self._save((self._session.memory_url, entry_id))

    def save(self) -> None:
        """Saves what was typed about the chosen entry, as one edit (Ctrl+Enter)."""
        if self._facts is not None:
            self._save(self._facts.key)

    def revert(self) -> None:
        """Shows what is stored again (Esc)."""
        if self._facts is not None:
            self._drafts.drop(self._facts.key)
            self.notice.clear()
            self.conflict.close_box()
            self._fill()

    # -- what is stored ----------------------------------------------------------------------------------------------

    def _selected(self, _entry_id: int | None, _initiator: object) -> None:
        self.notice.clear()
        self.conflict.close_box()
        self._reading.ask_first()

    def _take(self, facts: Facts | None) -> None:
        """Shows it; a draft is put on what is stored now."""
        self._facts = facts
        if facts is not None and facts.entry is not None:
            conflict = self._drafts.rebase(facts.key, facts.entry)
            if conflict is not None:
                self._show_conflict(conflict, self._drafts.typed(facts.key))
        self._show()

    def _changed(self, change: Change) -> None:
        shown = self._selection.entry_id
        if shown in (*change.inserted, *change.updated, *change.deleted):
            self._reading.ask()

    # -- two versions ------------------------------------------------------------------------------------------------

    def _show_conflict(self, conflict: EditConflict, typed: Mapping[str, Raw]) -> None:
        """Both versions, side by side; what was typed stays typed, on top of what is there now."""
        self.notice.clear()
        self.conflict.show_conflict(conflict, versions_of(conflict, typed))

    def _keep_theirs(self) -> None:
        """Of the fields in conflict nothing is typed any more, and what was typed into others stays."""
        conflict = self.conflict.conflict
        if conflict is not None and self._facts is not None:
            self._drafts.drop(self._facts.key, conflict.names if conflict.now is not None else None)
            self.conflict.close_box()
        self._fill()

    def _take_mine(self) -> None:
        conflict = self.conflict.conflict
        if conflict is None or self._facts is None:
            return
        if conflict.now is not None:
            self.save()
            return
        key = self._facts.key
        self._drafts.begin_saving(key)
        self._bridge.call(
            partial(self._session.edit_from, partial(mine_on_top, conflict), initiator=_INITIATOR),
            partial(self._saved, key),
            partial(self._not_saved, key),
        )

    def _type_again(self) -> None:
        """The keyboard goes to the field in conflict."""
        conflict = self.conflict.conflict
        name = conflict.names[0] if conflict is not None and conflict.names else "text"
        (self.text if name == "text" else self.form.editor(name)).setFocus(Qt.FocusReason.OtherFocusReason)

    # -- what is typed -----------------------------------------------------------------------------------------------

    def _text_typed(self) -> None:
        self._typed("text", self.text.text())

    def _typed(self, name: str, raw: Raw) -> None:
        if self._facts is None or self._facts.entry is None:
            return
        key = self._facts.key
        self._drafts.type(key, self._facts.entry, name, raw)
        if name != "text":
            self.form.mark(name, name in self._drafts.typed(key))
        self._show_unsaved()

    def _save(self, key: Key) -> None:
        if not self._drafts.can_be_saved(key):
            return
        try:
            edit = self._drafts.update(key)
        except KnownError as error:
            self._failed(error)
            return
        self._drafts.begin_saving(key)
        self._edit(edit, partial(self._saved, key), partial(self._not_saved, key))

    def _saved(self, key: Key, _change: Change) -> None:
        self._drafts.saved(key)
        self.notice.clear()
        self.conflict.close_box()
        self._show_unsaved()
        self._reading.ask()

    def _not_saved(self, key: Key, error: BaseException) -> None:
        """What was typed stays where it is, marked as unsaved."""
        typed = self._drafts.not_saved(key)
        shown = self._facts is not None and key == self._facts.key
        if not (isinstance(error, EditConflict) and typed and shown):
            self._failed(error)
        elif error.now is None:
            self._show_conflict(error, typed)
        else:
            self._reading.ask()  # what is typed is put on top of what is there, which shows both

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
        self._bridge.call(partial(self._session.edit_async, edit, initiator=_INITIATOR), then, on_error)

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
        if self._facts is None or not self._drafts.typed(self._facts.key):
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
        values = self._drafts.typed(facts.key)
        for name in DRAFT_FIELDS:
            raw = values.get(name, raw_of(facts.entry, name))
            if name == "text":
                if self.text.text() != raw:
                    self.text.set_text(str(raw))
            else:
                self.form.fill(name, raw, unsaved=name in values)
        self._show_unsaved()

    def _show_unsaved(self) -> None:
        here = self._drafts.typed(self._facts.key) if self._facts is not None else ()
        elsewhere = [entry_id for entry_id in self.unsaved_ids() if entry_id != self._selection.entry_id]
        self.show_unsaved(tuple(here))
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
            self._reading.ask()  # its use was counted

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
