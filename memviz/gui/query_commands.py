"""Commands about questions: asking them, the list of them, what they are answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtWidgets import QFileDialog

from memviz.core.errors import KnownError
from memviz.core.protocols import Exemplary
from memviz.core.query import Query
from memviz.gui.docks.queries import read_queries
from memviz.gui.settings import EXAMPLE_QUESTION
from memviz.gui.views.answer import AnswerView
from memviz.gui.workspace import Workspace
from memviz.session.stories import story_file, story_queries

if TYPE_CHECKING:
    from memviz.gui.main_window import MainWindow


class QueryCommands(QObject):
    """GUI thread.

    Args:
        report: says what went wrong.
    """

    def __init__(self, workspace: Workspace, window: MainWindow, report: Callable[[BaseException], object]) -> None:
        super().__init__(window)
        self._workspace, self._window, self._report = workspace, window, report
        self._offered = EXAMPLE_QUESTION

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

    def ask_again(self, row: int) -> None:
        """Return in the list asks the question there."""
        self.show_query(row)
        self.ask_box()

    def ask_proposed(self, text: str) -> None:
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
            self._report(error)
            return
        first = self._workspace.queries.add(questions)
        self.show_query(first)

    def offer_story_questions(self) -> None:
        """The questions of a story file come with it; those of another one go, and what was typed stays."""
        path = story_file(self._workspace.settings.memory)
        if path is None or self._workspace.loader.memory is None:
            return
        try:
            questions = story_queries(path)
        except KnownError as error:
            self._report(error)
            return
        self.show_query(self._workspace.queries.replace_placed(questions))

    def offer_example(self) -> None:
        """What the model can be asked, where the user typed nothing else."""
        box, model = self._window.queries.box, self._workspace.session.model
        if model is None or self._workspace.loader.loading_model or box.toPlainText() != self._offered:
            return
        self._offered = (model.example if isinstance(model, Exemplary) else "") or EXAMPLE_QUESTION
        box.setPlainText(self._offered)
