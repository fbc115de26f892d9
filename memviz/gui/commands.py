"""What the commands do: from an action to the session, the panels and the dialogs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMessageBox

from memviz.core.errors import KnownError
from memviz.core.resources import resource_path
from memviz.gui.attaching import Attaching
from memviz.gui.bulk.commands import BulkCommands
from memviz.gui.bulk.words import without_tags
from memviz.gui.choosers import short_name
from memviz.gui.dialogs.about import about_box
from memviz.gui.dialogs.bug import BugDialog
from memviz.gui.dialogs.shortcuts import ShortcutsDialog
from memviz.gui.docks.entries_undo import UndoState
from memviz.gui.exchange.commands import ExchangeCommands
from memviz.gui.memory_commands import MemoryCommands
from memviz.gui.model_commands import ModelCommands
from memviz.gui.query_commands import QueryCommands
from memviz.gui.recall_choice import banner
from memviz.gui.tables.plain import one_line
from memviz.gui.views.answer import AnswerView
from memviz.gui.workspace import Workspace
from memviz.session.stories import SUFFIX

if TYPE_CHECKING:
    from memviz.gui.dialogs.server_memory import ServerMemoryDialog
    from memviz.gui.main_window import MainWindow

MEMORY_FILES = "Memories (*.sqlite *.db *.sqlite3);;All files (*)"
DIALOGUE_FILES = "Dialogues (*.json *.jsonl *.txt);;All files (*)"
OPEN_FILES = f"Memories and stories (*.sqlite *.db *.sqlite3 *{SUFFIX});;All files (*)"


class Commands(QObject):
    """Connects the window's actions. GUI thread."""

    def __init__(self, workspace: Workspace, window: MainWindow) -> None:
        super().__init__(window)
        self._workspace = workspace
        self._window = window
        self._notices_said = 0
        self._server: ServerMemoryDialog | None = None
        playhead, entries = workspace.playhead, window.entries
        self.queries = QueryCommands(workspace, window, self.report)
        self.models = ModelCommands(workspace, window, self.queries.ask_proposed, self.report)
        self.attaching = Attaching(workspace, window)
        self.memory = MemoryCommands(workspace, window, window.queries.box.toPlainText, entries)
        self.exchange = ExchangeCommands(workspace, window, entries)
        self.bulk = BulkCommands(workspace, entries, window)
        for name, slot in {
            "open_model": self.models.open_model,
            "open_memory": self.open_memory,
            "open_server": self.open_server,
            "new_memory": self.new_memory,
            "load_queries": self.queries.load_queries,
            "train": self.models.train,
            "quit": window.close,
            "undo": entries.undo,
            "redo": entries.redo,
            "find": self.find,
            "copy_answer": self.queries.copy_answer,
            "ask": self.queries.ask_box,
            "focus_query": self.queries.focus_query,
            "previous_query": self.queries.previous_query,
            "next_query": self.queries.next_query,
            "first": playhead.first,
            "back": playhead.back,
            "play": playhead.toggle,
            "forward": playhead.forward,
            "last": playhead.last,
            "follow": playhead.set_follow,
            "cancel": self.cancel,
            "run_options": self.models.run_options,
            "template": self.models.template,
            "edit_fact": self.models.edit_fact,
            "save_weights": self.models.save_weights,
            "add_entry": entries.add_entry,
            "delete_entries": entries.delete_selected,
            "toggle_entries": entries.toggle_enabled,
            "import_entries": self.exchange.import_entries,
            "export_entries": self.exchange.export_entries,
            "paste_entries": self.bulk.paste,
            "copy_json": entries.copying.as_json,
            "select_all": entries.view.selectAll,
            "replace_entries": self.bulk.replace,
            "set_fields": self.bulk.set_fields,
            "tag_entries": self.bulk.tag,
            "confidence_entries": self.bulk.confidence,
            "merge_entries": self.bulk.merge,
            "duplicates": self.bulk.duplicates,
            "history": self.bulk.history,
            "measure_recall": self.models.measure_recall,
            "chat": window.show_chat,
            "load_dialogue": self.load_dialogue,
            "step_dialogue": self.step_dialogue,
            "rest_of_dialogue": self.rest_of_dialogue,
            "new_session": workspace.chat.new_session,
            "forget_entries": self.forget_entries,
            "mask_private": self.mask_private,
            "why_not": self.why_not,
            "recall": self.memory.recall,
            "conflicts": self.memory.conflicts,
            "compare_policies": self.memory.compare_policies,
            "reset_layout": window.reset_layout,
            "shortcuts": self.shortcuts,
            "about": self.about,
        }.items():
            window.actions_[name].triggered.connect(slot)
        window.built.connect(self._grown)
        window.queries.asked.connect(self.queries.ask)
        window.host.query_proposed.connect(self.queries.ask_proposed)
        window.inspector.desk.query_wanted.connect(self.queries.ask_query)
        window.entries.why_wanted.connect(self.why_not)
        self.memory.now_wanted.connect(window.entries.travel.back_to_now)
        window.entries.forget_wanted.connect(self.forget_entries)
        window.entries.steps.changed.connect(self._name_steps)
        window.queries.shown.connect(self.queries.show_query)
        window.queries.asked_again.connect(self.queries.ask_again)
        workspace.bridge.failed.connect(self.report)
        workspace.playhead.trace_changed.connect(self._new_trace)
        workspace.playhead.grown.connect(self._grown)
        workspace.playhead.state_changed.connect(self._refresh_cancel)
        workspace.jobs.changed.connect(self._refresh_cancel)
        window.inspector.desk.looking_changed.connect(self._refresh_cancel)
        workspace.asker.queued_changed.connect(self._queued)
        workspace.loader.memory_changed.connect(self._memory_changed)
        workspace.loader.memory_changed.connect(self._name_window)
        workspace.loader.model_changed.connect(self._name_window)
        workspace.loader.model_changed.connect(self.queries.offer_example)
        workspace.loader.stopped.connect(window.central.notices.say)
        workspace.loader.noticed.connect(window.central.notices.say)
        workspace.loader.standing.connect(window.central.notices.stand)
        workspace.vectors.noticed.connect(window.central.notices.say)
        workspace.edits.saved.connect(self.models.weights_saved)
        workspace.edits.stopped.connect(self.models.edit_stopped)
        for masked in (entries, window.inspector):
            workspace.privacy.changed.connect(masked.set_masks)
        self._memory_url = ""
        self._refresh_cancel()

    # -- the window --------------------------------------------------------------------------------------------------

    def why_not(self) -> None:
        """Shows the section of the inspector that says why the chosen entry is not in the prompt."""
        dock = self._window.docks[1]
        dock.show()
        dock.raise_()
        inspector = self._window.inspector
        inspector.desk.jump(self._workspace.selection.entry_id, inspector.shown_id)

    def forget_entries(self) -> None:
        """Those that are chosen in the table, or others."""
        if self._window.entries.refuses_edits():
            return
        self.memory.forget(self._window.entries.view.chosen_ids().tolist())

    def mask_private(self, masks: bool) -> None:
        """Hides or shows what private entries say."""
        self._window.actions_["mask_private"].setChecked(masks)
        self._workspace.privacy.set_masks(masks)
        self._name_steps(self._window.entries.steps.state)

    def find(self) -> None:
        dock = self._window.docks[2]
        dock.show()
        dock.raise_()
        self._window.entries.focus_search()

    def cancel(self) -> None:
        """Stops what is under way: a question first, then the search for a reason, then loading, then playback."""
        workspace = self._workspace
        if workspace.asker.queued or workspace.playhead.live:
            workspace.asker.cancel()
        elif self._window.inspector.desk.looking:
            self._window.inspector.desk.stop()
        elif workspace.jobs.running:
            workspace.jobs.cancel_all()
        elif workspace.playhead.playing:
            workspace.playhead.pause()

    def _refresh_cancel(self) -> None:
        workspace = self._workspace
        under_way = workspace.asker.queued or workspace.playhead.live or workspace.jobs.running
        looking = self._window.inspector.desk.looking
        self._window.actions_["cancel"].setEnabled(bool(under_way or looking or workspace.playhead.playing))

    def _queued(self, text: str) -> None:
        view = self._window.central.views.get("answer")
        if isinstance(view, AnswerView):
            view.show_queued(text)
        self._refresh_cancel()

    def _name_window(self) -> None:
        """The title says what is open."""
        loader = self._workspace.loader
        memory = loader.memory.name if loader.memory is not None else ""
        names = [name for name in (short_name(loader.model_name), memory) if name]
        self._window.setWindowTitle(" — ".join([" · ".join(names), "memviz"]) if names else "memviz")

    def _name_steps(self, state: UndoState) -> None:
        """The Edit menu says what undo and redo are about."""
        for name, what in (("undo", state.undo), ("redo", state.redo)):
            words = (without_tags(what) if self._workspace.privacy.masks else what) or "Edit"
            self._window.actions_[name].setText(f"&{name.capitalize()} {one_line(words, 60).replace('&', '&&')}")

    # -- dialogues ---------------------------------------------------------------------------------------------------

    def load_dialogue(self) -> None:
        """Asks for a file; the sample is what is offered first."""
        start = str(resource_path("dialogues", "sample.jsonl"))
        path, _ = QFileDialog.getOpenFileName(self._window, "Load a Dialogue", start, DIALOGUE_FILES)
        if path:
            self._window.show_chat()
            self._workspace.chat.open_file(path)

    def step_dialogue(self) -> None:
        self._window.show_chat()
        self._workspace.chat.step()

    def rest_of_dialogue(self) -> None:
        self._window.show_chat()
        self._workspace.chat.load_rest()

    # -- memories ----------------------------------------------------------------------------------------------------

    def open_memory(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self._window, "Open Memory", "", OPEN_FILES)
        if path:
            self._workspace.loader.open_memory(path)

    def open_server(self) -> None:
        """One dialog: it comes again as it was left, without the password."""
        if self._server is None:
            from memviz.gui.dialogs.server_memory import ServerMemoryDialog

            self._server = ServerMemoryDialog(self._window)
            self._server.wanted.connect(self._open_on_server)
        self._server.begin()

    def _open_on_server(self, address: str, create: bool) -> None:
        self._workspace.loader.open_memory(address, create=create)

    def new_memory(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self._window, "New Memory", "memory.sqlite", MEMORY_FILES)
        if path:
            self._workspace.loader.open_memory(path, create=True)

    def _memory_changed(self) -> None:
        memory = self._workspace.loader.memory
        url = memory.url if memory is not None else ""
        if url != self._memory_url:
            self._memory_url = url
            self._workspace.selection.select(None, self)
            self._window.entries.reload()
            self._window.inspector.reload()
            self.memory.follow_memory()
            self.bulk.follow_memory()
            self.queries.offer_story_questions()

    # -- closing, help -----------------------------------------------------------------------------------------------

    def end_dialogs(self) -> None:
        """The window closes."""
        self.models.close()
        self.attaching.close()
        self.memory.close()
        self.exchange.close()

    def may_close(self) -> bool:
        """Asks what to do with text that was typed into the inspector and not saved."""
        inspector = self._window.inspector
        if not inspector.has_unsaved():
            return True
        button = QMessageBox.StandardButton
        count = len(inspector.unsaved_ids())
        answer = QMessageBox.question(
            self._window,
            "Unsaved Changes",
            f"{'One entry has' if count == 1 else f'{count} entries have'} changes that are not saved. Save them?",
            button.Save | button.Discard | button.Cancel,
        )
        if answer == button.Save:
            inspector.save_all()
        return answer != button.Cancel

    def shortcuts(self) -> None:
        dialog = ShortcutsDialog(self._window)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def about(self) -> None:
        box = about_box(self._window)
        box.finished.connect(box.deleteLater)
        box.open()

    # -- what went wrong, what is to be known ------------------------------------------------------------------------

    def report(self, error: BaseException) -> None:
        """A known error is a sentence in the notice bar; anything else is a bug and says so."""
        if isinstance(error, KnownError):
            self._window.central.notices.say(str(error), "warning")
            return
        dialog = BugDialog(error, self._window)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _new_trace(self) -> None:
        self._notices_said = 0
        self._window.central.notices.clear()
        run = self._workspace.playhead.run
        words = banner(run.query.as_of, time.time()) if run is not None else ""
        if words:
            self._window.central.notices.say(words)
        self._grown()

    def _grown(self) -> None:
        trace = self._workspace.playhead.trace
        self._window.central.offer_tabs(trace)
        notices = trace.notices if trace is not None else ()
        for notice in notices[self._notices_said :]:
            self._window.central.notices.say(notice.message, notice.level)
        self._notices_said = len(notices)
