"""Asks questions: now, or as soon as model and memory are there."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from memviz.core.errors import KnownError
from memviz.core.query import Query
from memviz.gui.bridge import Bridge
from memviz.gui.loader import Loader
from memviz.gui.neuron_choice import NeuronChoice
from memviz.gui.playhead import Playhead
from memviz.gui.query_list import QueryList
from memviz.gui.recall_choice import RecallChoice
from memviz.gui.settings import Settings

if TYPE_CHECKING:
    from memviz.session.run import Run
    from memviz.session.session import Session


class Asker(QObject):
    """From the text in the query box to a run under the playhead. GUI thread.

    Signals:
        queued_changed(str): the question that waits for the model, empty when none does.
        finished(object): a run ended, in whatever way.
    """

    queued_changed = Signal(str)
    finished = Signal(object)

    def __init__(
        self,
        session: Session,
        bridge: Bridge,
        loader: Loader,
        playhead: Playhead,
        queries: QueryList,
        neurons: NeuronChoice,
        recall: RecallChoice,
        settings: Settings,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._bridge = bridge
        self._loader = loader
        self._playhead = playhead
        self._queries = queries
        self._neurons = neurons
        self._recall = recall
        self._settings = settings
        self.queued = ""
        loader.settled.connect(self._ask_queued)

    def ask(self, text: str) -> None:
        """Asks; a question that is still running is cancelled, since there is one model."""
        if self._loader.busy and text.strip():
            self._session.cancel_runs()  # also one that is paused out of sight
            self._set_queued(text)
            return
        try:
            query = self.query(text)
        except KnownError as error:
            self._bridge.failed.emit(error)
            return
        self._ask(query)

    def ask_query(self, query: Query) -> None:
        """Asks a question with options of its own, whatever the window's are."""
        if self._loader.busy:
            self._bridge.failed.emit(KnownError("A model or a memory is being opened; try again when it is there."))
            return
        self._ask(query)

    def _ask(self, query: Query) -> None:
        self._session.cancel_runs()  # also one that is paused out of sight
        try:
            run = self._session.ask(query)
        except KnownError as error:
            self._bridge.failed.emit(error)
            return
        self._settings.query = query.text
        self._queries.record(run)
        self.follow(run)

    def follow(self, run: Run) -> None:
        """Puts a run under the playhead and tells when it ended, also one that was begun elsewhere."""
        self._playhead.set_run(run)
        run.add_done_callback(self._post_done)

    def query(self, text: str) -> Query:
        """What is known of this question, with the options of the window, its recall and the neurons that are scaled.

        Raises:
            KnownError: a time to ask as of that cannot be read.
        """
        options = asdict(self._settings.run_options)
        return replace(self._queries.known(text), **options, **self._recall.fields(), neurons=self._neurons.scales)

    def cancel(self) -> None:
        """Drops the question that waits, or stops the one that runs."""
        if self.queued:
            self._set_queued("")
        else:
            self._playhead.cancel()

    def _post_done(self, run: Run) -> None:
        """On the query thread."""
        self._bridge.post(self._done, run)

    def _done(self, run: Run) -> None:
        for row in range(self._queries.rowCount()):
            if self._queries.item(row).run is run:
                self._queries.refresh(row)
        if run is self._playhead.run:
            self._playhead.tick(0.0)
        if run.error is not None:
            self._bridge.failed.emit(run.error)
        self.finished.emit(run)

    def _ask_queued(self) -> None:
        text = self.queued
        if not text:
            return
        self._set_queued("")
        if self._loader.model_name:
            self.ask(text)

    def _set_queued(self, text: str) -> None:
        self.queued = text
        self.queued_changed.emit(text)
