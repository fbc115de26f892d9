"""Edits of the loaded model's weights as the window sees them: how many there are, and what is being done."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from memviz.core.errors import Cancelled, KnownError
from memviz.core.neurons import CheckPrompt, EditOutcome, FactEdit, NeuronScale, RankOneEdit
from memviz.gui.bridge import Bridge
from memviz.gui.jobs import Job, Jobs
from memviz.gui.loader import Loader
from memviz.gui.playhead import Playhead
from memviz.session import fact_editing
from memviz.session.fact_checks import SuggestedChecks, kept_texts

if TYPE_CHECKING:
    from memviz.session.session import Session


class WeightsEdits(QObject):
    """Tries, applies and takes back edits of single facts; one thing at a time. GUI thread.

    All of it happens on the thread on which questions are answered, so a question that is still running ends.

    Signals:
        changed(): the number of edits, what is being done, or the model.
        layers_known(int): layers in which a fact can be edited; 0 where the words of ``stopped`` say why there is none.
        suggested(object): a :class:`SuggestedChecks`, or None.
        tried(object): the :class:`EditOutcome` of a trial.
        stopped(str): what was begun ended without a result; the sentence says why, and is empty after a cancel.
        saved(object): the folder of the edited model.
    """

    changed = Signal()
    layers_known = Signal(int)
    suggested = Signal(object)
    tried = Signal(object)
    stopped = Signal(str)
    saved = Signal(object)

    def __init__(
        self,
        session: Session,
        bridge: Bridge,
        jobs: Jobs,
        loader: Loader,
        playhead: Playhead,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._bridge = bridge
        self._jobs = jobs
        self._loader = loader
        self._playhead = playhead
        self._model: weakref.ref[Any] | None = None
        self.count = 0
        self.job: Job | None = None
        loader.model_changed.connect(self._look_at_model)

    @property
    def model_name(self) -> str:
        """Of the loaded model."""
        return self._loader.model_name

    def words(self) -> str:
        """How many there are; empty for none."""
        return f"{self.count} {'edit' if self.count == 1 else 'edits'}" if self.count else ""

    def find_layers(self) -> None:
        """Asks whether and in how many layers the loaded model can be edited."""

        def unknown(error: BaseException) -> None:
            self.layers_known.emit(0)
            self.stopped.emit(self._words_of(error))

        self._watch(lambda: fact_editing.editable_layers(self._session), self.layers_known.emit, unknown)

    def suggest(self, prompt: str) -> None:
        """Asks what to check for a fact."""

        def found(suggestion: SuggestedChecks | None) -> None:
            self.suggested.emit(suggestion)

        def failed(error: BaseException) -> None:
            self.stopped.emit(self._words_of(error))

        self._watch(lambda: fact_editing.suggest_checks(self._session, prompt), found, failed)

    def try_edit(
        self, fact: FactEdit, checks: Sequence[CheckPrompt], texts: Sequence[str], layers: Sequence[int] | None
    ) -> None:
        """Looks for the best edit; where no texts are given, those of the open memory are taken."""
        job = self._begin("Trying an edit")

        def sampled(found: list[str]) -> None:
            kept = kept_texts(found, checks)
            self._watch(
                lambda: fact_editing.try_fact_edit(self._session, fact, checks, kept, job.progress, layers),
                tried,
                self._failed,
            )

        def tried(outcome: EditOutcome) -> None:
            self._end()
            self.tried.emit(outcome)

        if texts:
            sampled(list(texts))
        else:
            self._watch(lambda: fact_editing.sample_texts(self._session), sampled, self._failed)

    def apply(self, edit: RankOneEdit) -> None:
        self._begin("Applying an edit")

        def applied(count: int) -> None:
            self.count = count
            self._end()

        self._watch(lambda: fact_editing.apply_edit(self._session, edit), applied, self._failed)

    def undo(self) -> None:
        """Takes the newest edit back."""
        self._begin("Taking an edit back")

        def undone(edit: RankOneEdit | None) -> None:
            self.count = max(0, self.count - 1) if edit is not None else 0
            self._end()

        self._watch(lambda: fact_editing.undo_edit(self._session), undone, self._failed)

    def save(self, folder: Path, scales: Sequence[NeuronScale] = ()) -> None:
        """Writes the model as it is now, with these neurons scaled, into a new folder."""
        if self.job is not None:
            self.stopped.emit("Something is being done to the weights; wait for it, or cancel it, and save again.")
            return
        self._begin("Saving the edited model")

        def saved(written: Path) -> None:
            self._end()
            self.saved.emit(written)

        self._watch(lambda: fact_editing.save_edited_model(self._session, folder, scales), saved, self._failed)

    def cancel(self) -> None:
        if self.job is not None:
            self.job.cancel()
            self.changed.emit()

    # -- parts -------------------------------------------------------------------------------------------------------

    def _begin(self, words: str) -> Job:
        self._session.cancel_runs()  # a paused question would keep the thread for itself
        self.job = self._jobs.start(words)
        self.changed.emit()
        return self.job

    def _end(self) -> None:
        job, self.job = self.job, None
        if job is not None:
            self._jobs.end(job)
        self.changed.emit()

    def _failed(self, error: BaseException) -> None:
        self._end()
        self.stopped.emit(self._words_of(error))

    def _words_of(self, error: BaseException) -> str:
        if isinstance(error, Cancelled | CancelledError):
            return ""
        if not isinstance(error, KnownError):
            self._bridge.failed.emit(error)
        return str(error)

    def _watch(
        self,
        start: Callable[[], Future[Any]],
        found: Callable[[Any], Any],
        failed: Callable[[BaseException], Any],
    ) -> None:
        try:
            future = start()
        except KnownError as error:
            failed(error)
            return
        self._bridge.watch(future, found, failed)

    def _look_at_model(self) -> None:
        """Another model has no edits."""
        model = self._session.model
        known = self._model() if self._model is not None else None
        if not self._loader.loading_model and model is not known:
            self._model = weakref.ref(model) if model is not None else None
            self.count = 0
        self.changed.emit()
