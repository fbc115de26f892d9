"""Everything behind the window that is no widget, put together in one place."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from memviz.gui.asker import Asker
from memviz.gui.bridge import Bridge
from memviz.gui.chat.controller import Chat
from memviz.gui.conflicts.scan import ConflictScan
from memviz.gui.forgotten_runs import ForgottenRuns
from memviz.gui.head_choice import HeadSelection
from memviz.gui.jobs import Jobs
from memviz.gui.loader import Loader
from memviz.gui.looks import Looks
from memviz.gui.neuron_choice import NeuronChoice
from memviz.gui.pinned_questions import PinnedQuestions
from memviz.gui.playhead import Playhead
from memviz.gui.privacy import Privacy
from memviz.gui.pump import Pump
from memviz.gui.query_list import QueryList
from memviz.gui.recall_choice import RecallChoice
from memviz.gui.selection import Selection
from memviz.gui.settings import Settings
from memviz.gui.vectors import Vectors
from memviz.gui.weights_edits import WeightsEdits

if TYPE_CHECKING:
    from pyqtgraph.util.garbage_collector import GarbageCollector

    from memviz.core.edits import Change
    from memviz.session.bulk.desk import BulkDesk
    from memviz.session.run import Run
    from memviz.session.session import Session


class Workspace(QObject):
    """One session with the objects that widgets share. Widgets get the parts they need, never this whole.

    Only the main window and the actions see it. GUI thread.
    """

    def __init__(self, session: Session, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.settings = settings
        self.privacy = Privacy(self)
        self.bridge = Bridge(self)
        self.selection = Selection(self)
        self.heads = HeadSelection(self)
        self.playhead = Playhead(self)
        self.pump = Pump(self.playhead, self)
        self.jobs = Jobs(self.pump, self)
        self.queries = QueryList(self)
        self.loader = Loader(session, self.bridge, self.jobs, settings, self)
        self.neurons = NeuronChoice(self)
        self._neurons_of: object = None  # the model that has these neurons
        self.recall = RecallChoice(self)
        self.pinned = PinnedQuestions(session, self.bridge, self)
        self.asker = Asker(
            session,
            self.bridge,
            self.loader,
            self.playhead,
            self.queries,
            self.neurons,
            self.recall,
            settings,
            self,
        )
        self.forgotten_runs = ForgottenRuns(session, self.bridge, self.playhead, self.queries, settings, self)
        self.chat = Chat(session, self.bridge, self.jobs, self.loader, self.asker, settings, self)
        self.vectors = Vectors(session, self.bridge, self.jobs, self.loader, self)
        self.conflicts = ConflictScan(session, self.bridge, self.jobs, self)
        self.looks = Looks(session, self.bridge, self.playhead, self)
        self.edits = WeightsEdits(session, self.bridge, self.jobs, self.loader, self.playhead, self)
        self._bulk_desk: BulkDesk | None = None
        self._collector: GarbageCollector | None = None
        self._collected_anywhere = True
        self._unsubscribe = session.on_change(self.bridge.post_change)
        self._unsubscribe_notices = session.on_notices(self._post_notices)
        self.bridge.changed.connect(self._memory_edited)
        self.loader.model_changed.connect(self._make_way)
        self.asker.finished.connect(self._choose_most_read)
        for masked in (self.queries, self.playhead):
            self.privacy.changed.connect(masked.set_masks)

    @property
    def bulk_desk(self) -> BulkDesk:
        """Where many entries are looked at; made with the first look."""
        if self._bulk_desk is None:
            from memviz.session.bulk.desk import BulkDesk

            self._bulk_desk = BulkDesk(self.session)
        return self._bulk_desk

    def start(self, model: str, memory: str) -> None:
        """Opens the memory and loads the model; returns at once."""
        self._collect_here()
        self.loader.open_memory(memory)
        self.loader.load_model(model)

    def close(self) -> None:
        """Ends timer, deliveries and session, in this order; waits for the session's threads. Idempotent."""
        self.pump.stop()
        self.jobs.cancel_all()
        self.bridge.close()
        self.session.stop_waiting()
        self.chat.close()
        self.vectors.close()
        if self._bulk_desk is not None:
            self._bulk_desk.close()
        self._unsubscribe()
        self._unsubscribe_notices()
        self.session.close()
        if self._collector is not None:
            self._collector.timer.stop()
            self._collector = None
            if self._collected_anywhere:
                gc.enable()

    def _collect_here(self) -> None:
        """From now on Python's cyclic garbage is collected in the GUI thread only.

        Else whichever thread crosses a threshold does it, and a worker that takes a widget apart while the GUI thread
        is inside Qt can lock both up.
        """
        if self._collector is None:
            self._collected_anywhere = gc.isenabled()
            from pyqtgraph.util.garbage_collector import GarbageCollector

            self._collector = GarbageCollector()

    def _make_way(self) -> None:
        """A model is loaded on the thread on which a run may be paused: the run ends."""
        if self.loader.loading_model:
            self.session.cancel_runs()
        elif self.session.model is not self._neurons_of:
            self._neurons_of = self.session.model
            self.neurons.forget()

    def _post_notices(self, notices: tuple[str, ...]) -> None:
        """On the store thread."""
        self.bridge.post(self.loader.take_notices, notices)

    def _memory_edited(self, change: Change) -> None:
        self.loader.recount()
        if change.kind == "forget":
            self.pinned.reload()
            self.conflicts.forget()
            if self.selection.entry_id is not None:
                self.bridge.watch(self.session.forgotten_among([self.selection.entry_id]), self._deselect)

    def _deselect(self, forgotten: frozenset[int]) -> None:
        if self.selection.entry_id in forgotten:
            self.selection.select(None, self)

    def _choose_most_read(self, run: Run) -> None:
        """After an answer something is chosen: the entry that was read most, unless the user looks at one already."""
        if run is self.playhead.run and self.selection.entry_id is None:
            most_read = max(run.entries(), key=lambda row: row.attention, default=None)
            if most_read is not None and most_read.attention > 0.0:
                self.selection.select(most_read.id, self)
