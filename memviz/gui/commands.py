"""What the commands do: from an action to the session, the panels and the dialogs."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtWidgets import QDialog, QFileDialog, QMessageBox

from memviz.core.errors import KnownError
from memviz.core.events import Query
from memviz.core.protocols import Exemplary
from memviz.core.resources import resource_path
from memviz.gui.attaching import Attaching
from memviz.gui.bulk.commands import BulkCommands
from memviz.gui.choosers import short_name
from memviz.gui.dialogs.about import about_box
from memviz.gui.dialogs.bug import BugDialog
from memviz.gui.dialogs.run_options import RunOptionsDialog
from memviz.gui.dialogs.shortcuts import ShortcutsDialog
from memviz.gui.dialogs.template import TemplateDialog
from memviz.gui.docks.entries_undo import UndoState
from memviz.gui.docks.queries import read_queries
from memviz.gui.exchange.commands import ExchangeCommands
from memviz.gui.memory_commands import MemoryCommands
from memviz.gui.recall_choice import banner
from memviz.gui.settings import EXAMPLE_QUESTION
from memviz.gui.tables.plain import one_line
from memviz.gui.views.answer import AnswerView
from memviz.gui.views.prompt import PromptView
from memviz.gui.workspace import Workspace
from memviz.session.stories import SUFFIX, story_file, story_queries

if TYPE_CHECKING:
    from memviz.gui.dialogs.server_memory import ServerMemoryDialog
    from memviz.gui.fact_dialog.dialog import FactDialog
    from memviz.gui.main_window import MainWindow
    from memviz.gui.measure_dialog.dialog import MeasureDialog
    from memviz.gui.model_dialog.dialog import ModelDialog
    from memviz.gui.training.dialog import TrainingDialog

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
        self._training: TrainingDialog | None = None
        self._models: ModelDialog | None = None
        self._facts: FactDialog | None = None
        self._measure: MeasureDialog | None = None
        self._server: ServerMemoryDialog | None = None
        playhead, entries = workspace.playhead, window.entries
        self.attaching = Attaching(workspace, window)
        self.memory = MemoryCommands(workspace, window, window.queries.box.toPlainText, entries.undo)
        self.exchange = ExchangeCommands(workspace, window, entries)
        self.bulk = BulkCommands(workspace, entries, window)
        for name, slot in {
            "open_model": self.open_model,
            "open_memory": self.open_memory,
            "open_server": self.open_server,
            "new_memory": self.new_memory,
            "load_queries": self.load_queries,
            "train": self.train,
            "quit": window.close,
            "undo": entries.undo,
            "redo": entries.redo,
            "find": self.find,
            "copy_answer": self.copy_answer,
            "ask": self.ask_box,
            "focus_query": self.focus_query,
            "previous_query": self.previous_query,
            "next_query": self.next_query,
            "first": playhead.first,
            "back": playhead.back,
            "play": playhead.toggle,
            "forward": playhead.forward,
            "last": playhead.last,
            "follow": playhead.set_follow,
            "cancel": self.cancel,
            "run_options": self.run_options,
            "template": self.template,
            "edit_fact": self.edit_fact,
            "save_weights": self.save_weights,
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
            "measure_recall": self.measure_recall,
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
        window.queries.asked.connect(self.ask)
        window.host.query_proposed.connect(self._ask_proposed)
        window.inspector.desk.query_wanted.connect(self.ask_query)
        window.entries.why_wanted.connect(self.why_not)
        self.memory.now_wanted.connect(window.entries.travel.back_to_now)
        window.entries.forget_wanted.connect(self.forget_entries)
        window.entries.steps.changed.connect(self._name_steps)
        window.queries.shown.connect(self.show_query)
        window.queries.asked_again.connect(self.ask_again)
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
        workspace.loader.model_changed.connect(self._offer_example)
        workspace.loader.stopped.connect(window.central.notices.say)
        workspace.loader.noticed.connect(window.central.notices.say)
        workspace.loader.standing.connect(window.central.notices.stand)
        workspace.vectors.noticed.connect(window.central.notices.say)
        workspace.edits.saved.connect(self._weights_saved)
        workspace.edits.stopped.connect(self._edit_stopped)
        self._memory_url = ""
        self._offered = EXAMPLE_QUESTION
        self._refresh_cancel()

    # -- asking ------------------------------------------------------------------------------------------------------

    def ask(self, text: str) -> None:
        """Asks, and leaves the keyboard to the transport: Space and arrows work at once."""
        self._window.central.notices.clear()
        self._workspace.asker.ask(text)
        if self._workspace.playhead.live:
            self._window.queries.box.moveCursor(QTextCursor.MoveOperation.End)
            self._window.central.setFocus()

    def ask_query(self, query: Query) -> None:
        """Asks a question with options of its own."""
        self._window.central.notices.clear()
        self._workspace.asker.ask_query(query)

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
        self._workspace.queries.set_masks(masks)
        self._workspace.playhead.set_masks(masks)
        self._window.entries.model.set_masks(masks)
        self._window.inspector.set_masks(masks)

    def ask_again(self, row: int) -> None:
        """Return in the list asks the question there."""
        self.show_query(row)
        self.ask_box()

    def _ask_proposed(self, text: str) -> None:
        self._window.queries.box.setPlainText(text)
        self.ask(text)

    def ask_box(self) -> None:
        self.ask(self._window.queries.box.toPlainText())

    def focus_query(self) -> None:
        dock = self._window.docks[0]
        dock.show()
        dock.raise_()
        self._window.queries.box.setFocus()
        self._window.queries.box.selectAll()

    def previous_query(self) -> None:
        self.show_query(self._workspace.queries.current - 1)

    def next_query(self) -> None:
        self.show_query(self._workspace.queries.current + 1)

    def show_query(self, row: int) -> None:
        """Puts a question of the list into the box, with its answer if it was asked."""
        queries = self._workspace.queries
        if not 0 <= row < queries.rowCount():
            return
        queries.set_current(row)
        item = queries.item(row)
        self._window.queries.box.setPlainText(item.text)
        self._workspace.playhead.set_run(item.run)

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
            words = what or "Edit"
            self._window.actions_[name].setText(f"&{name.capitalize()} {one_line(words, 60).replace('&', '&&')}")

    def copy_answer(self) -> None:
        """What is selected in the answer, else all of it."""
        view = self._window.central.views.get("answer")
        run = self._workspace.playhead.run
        shown = self._workspace.playhead.trace
        answer = shown.answer.strip() if run is not None and shown is not None else ""
        text = (view.selected_text() if isinstance(view, AnswerView) else "") or answer
        if text:
            QGuiApplication.clipboard().setText(text)

    def load_queries(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self._window, "Load Questions", "", "Text (*.txt *.tsv);;All files (*)")
        if path:
            self.load_queries_from(path)

    def load_queries_from(self, path: str) -> None:
        try:
            questions = read_queries(path)
        except KnownError as error:
            self.report(error)
            return
        first = self._workspace.queries.add(questions)
        self.show_query(first)

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

    # -- models and memories -----------------------------------------------------------------------------------------

    def open_model(self) -> None:
        """One dialog: it comes again as it was left, with what is there now."""
        if self._models is None:
            from memviz.gui.model_dialog.dialog import ModelDialog

            self._models = ModelDialog(self._workspace.bridge, self._workspace.settings, self._window)
            self._models.wanted.connect(self._workspace.loader.load_model)
        self._models.begin(self._workspace.loader.model_name)

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
            self._offer_story_questions()

    def _offer_story_questions(self) -> None:
        """The questions of a story file come with it; those of another one go, and what was typed stays."""
        path = story_file(self._workspace.settings.memory)
        if path is None or not self._memory_url:
            return
        try:
            questions = story_queries(path)
        except KnownError as error:
            self.report(error)
            return
        self.show_query(self._workspace.queries.replace_placed(questions))

    def _offer_example(self) -> None:
        """What the model can be asked, where the user typed nothing else."""
        box, model = self._window.queries.box, self._workspace.session.model
        if model is None or self._workspace.loader.loading_model or box.toPlainText() != self._offered:
            return
        self._offered = (model.example if isinstance(model, Exemplary) else "") or EXAMPLE_QUESTION
        box.setPlainText(self._offered)

    def find(self) -> None:
        dock = self._window.docks[2]
        dock.show()
        dock.raise_()
        self._window.entries.focus_search()

    def train(self) -> None:
        """One training at a time: its window comes again."""
        if self._training is None:
            from memviz.gui.training.dialog import TrainingDialog

            self._training = TrainingDialog(self._window)
            self._training.wanted.connect(self._workspace.loader.load_model)
        self._training.show()
        self._training.raise_()
        self._training.activateWindow()

    def measure_recall(self) -> None:
        """One dialog: it comes again as it was left."""
        if self._measure is None:
            from memviz.gui.measure_dialog.dialog import MeasureDialog

            of = self._workspace
            self._measure = MeasureDialog(of.session, of.bridge, of.jobs, of.pump, self._window)
            self._measure.asked.connect(self._ask_proposed)
        self._measure.show()
        self._measure.raise_()
        self._measure.activateWindow()

    def save_weights(self) -> None:
        """Edited facts and scaled neurons become a model folder of its own."""
        workspace = self._workspace
        if not workspace.edits.count and not workspace.neurons.scales:
            self.report(KnownError("Nothing of the weights is changed; scale a neuron or edit a fact first."))
            return
        suggested = str(Path.cwd() / f"{short_name(workspace.loader.model_name)}-changed")
        path, _ = QFileDialog.getSaveFileName(self._window, "Save Changed Weights As a Model Folder", suggested)
        if path:
            workspace.edits.save(Path(path), workspace.neurons.scales)

    def _edit_stopped(self, words: str) -> None:
        """The dialog says it where it is open."""
        if words and (self._facts is None or not self._facts.isVisible()):
            self._window.central.notices.say(words, "warning")

    def _weights_saved(self, folder: Path) -> None:
        self._window.central.notices.say(f"The changed model is saved in {folder}; Open a Model opens it.", "info")

    def end_dialogs(self) -> None:
        """The window closes: what was trained up to the last round stays in its checkpoint, and nobody asks the hub."""
        if self._training is not None:
            self._training.process.close()
        if self._models is not None:
            self._models.reader.close()
        if self._measure is not None:
            self._measure.measuring.close()
        self.attaching.close()
        self.memory.close()
        self.exchange.close()

    # -- options -----------------------------------------------------------------------------------------------------

    def run_options(self) -> None:
        settings = self._workspace.settings
        dialog = RunOptionsDialog(settings.run_options, self._window)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            settings.run_options = dialog.options()
        dialog.deleteLater()

    def template(self) -> None:
        settings = self._workspace.settings
        own = getattr(getattr(self._workspace.session.model, "template", None), "text", "")
        dialog = TemplateDialog(settings.run_options.template, own, self._window)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            settings.run_options = replace(settings.run_options, template=dialog.template())
        dialog.deleteLater()

    def edit_fact(self) -> None:
        """One dialog: it comes again as it was left, or with the run in view where that is another one."""
        if self._facts is None:
            from memviz.gui.fact_dialog.dialog import FactDialog

            workspace = self._workspace
            self._facts = FactDialog(workspace.edits, workspace.loader, workspace.pump, self._window)
            self._facts.asked.connect(self._ask_proposed)
        run = self._workspace.playhead.run
        prompt = run.trace.prompt if run is not None else None
        view = self._window.central.views.get("prompt")
        selected = view.selected_text() if isinstance(view, PromptView) else ""
        self._facts.begin(
            run.query.text if run is not None else self._window.queries.box.toPlainText(),
            prompt.text if prompt is not None else "",
            selected,
        )

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
