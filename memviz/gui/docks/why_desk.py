"""Finds out why the chosen entry is not in the prompt, and tries what would bring it back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from memviz.core.edits import Change
from memviz.core.errors import Cancelled, KnownError
from memviz.core.memory import Store
from memviz.core.recall_settings import RecallSettings
from memviz.core.why_not import Remedy, WhyNot
from memviz.gui.bridge import Bridge
from memviz.gui.docks.inspector_why import WhyPart
from memviz.gui.jobs import Job
from memviz.gui.playhead import Playhead
from memviz.gui.tables.notice import Notice
from memviz.gui.tables.run_figures import RunFigures

if TYPE_CHECKING:
    from memviz.session.run import Run
    from memviz.session.session import Session

#: Whoever walks through the table with the arrow keys wants no reason for every row.
_WAIT_MS = 120
_LOOKING = "Looking for the reason …"
_STOPPED = "Stopped. “Why Not Recalled?” in the menu Memory looks for the reason anew."


class WhyDesk(QObject):
    """Feeds the section “Why not?” of the inspector. One reason is looked for at a time; another wish ends it, and
    only the newest one counts. GUI thread.

    Signals:
        looking_changed(): a look begins, ended or was stopped; see :attr:`looking`.
        needed(bool): whether there is a reason to be shown: the entry is not in the prompt of the run in view.
        jumped(): the section is to be brought into sight.
        query_wanted(object): a :class:`~memviz.core.query.Query` that is to be asked.
    """

    looking_changed = Signal()
    needed = Signal(bool)
    jumped = Signal()
    query_wanted = Signal(object)

    def __init__(self, session: Session, bridge: Bridge, playhead: Playhead, part: WhyPart, notice: Notice) -> None:
        super().__init__(part)
        self._session, self._bridge, self._playhead = session, bridge, playhead
        self._part, self._notice = part, notice
        self._wish: tuple[Run, int] | None = None
        self._busy: tuple[Run, int] | None = None
        self._job = Job(_LOOKING)  # of what is busy; a cancelled one is busy for a moment still
        self._shown: tuple[Run, int] | None = None  # what the part says now
        self._stopped = False  # by the user, which is what the part says
        self._jump_to: int | None = None  # the entry whose reason is to be in sight as soon as it is on screen
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_WAIT_MS)
        self._soon.timeout.connect(self._begin)
        part.tried.connect(self._try)
        part.kept.connect(self._keep)

    @property
    def busy(self) -> bool:
        """Whether a reason is being looked for, or soon will be."""
        return self._busy is not None or self._soon.isActive()

    @property
    def looking(self) -> bool:
        """Whether there is something to be stopped."""
        return self._soon.isActive() or (self._busy is not None and not self._job.cancelled)

    def stop(self) -> None:
        """The user does not want the reason any more."""
        if self.looking:
            self._end()
            self._shown, self._stopped = self._wish, True
            self._part.say(_STOPPED)

    def _end(self) -> None:
        """What is being looked for is not wanted any more; what it may still bring is not shown."""
        if self.looking:
            self._soon.stop()
            self._job.cancel()
            self.looking_changed.emit()

    def jump(self, entry_id: int | None, on_screen: int | None) -> None:
        """Brings the reason for an entry into sight, at once or when the entry is on screen."""
        if entry_id is None:
            self._notice.say("Choose an entry first, in the table or in the ledger.")
        elif self._playhead.run is None:
            self._notice.say("Ask a question first; then it can be said why an entry was not recalled for it.")
        else:
            self._jump_to = entry_id
            if on_screen == entry_id:
                self._jump(self._wish is not None)
                if self._stopped:
                    self._look_soon()

    def _jump(self, needed: bool) -> None:
        self._jump_to = None
        if needed:
            self.jumped.emit()
        else:
            self._notice.say("This entry was recalled: it is in the prompt of the run in view.")

    def show_entry(self, figures: RunFigures, entry_id: int | None) -> None:
        """The entry that is on screen, and what the run in view says so far."""
        run = self._playhead.run
        needed = run is not None and entry_id is not None and _is_out(figures, entry_id)
        self.needed.emit(needed)
        if entry_id is not None and entry_id == self._jump_to:
            self._jump(needed)
        if run is None or entry_id is None or not needed:
            self._wish = self._shown = None
            self._stopped = False
            self._end()
        elif (run, entry_id) != self._wish:
            self._wish = (run, entry_id)
            if self._wish != self._shown:
                self._end()
                self._look_soon()

    def _look_soon(self) -> None:
        self._shown, self._stopped = None, False
        self._part.say(_LOOKING)
        self._soon.start()
        self.looking_changed.emit()

    def _begin(self) -> None:
        """Asks for the version first: a memory that was edited since is asked as it was."""
        if self._busy is None and self._wish is not None and self._wish != self._shown:
            self._busy, self._job = self._wish, Job(_LOOKING)
            self._bridge.call(lambda: self._session.store_call(_version), self._look, self._stop)
        self.looking_changed.emit()

    def _look(self, version: int) -> None:
        if self._busy is None:
            return
        if self._job.cancelled:
            self._stop(Cancelled())
            return
        from memviz.session.prompt_budget import was_cut_by_prompt, why_cut_by_prompt
        from memviz.session.recalling import why_not_in_run

        run, entry_id = self._busy
        progress = self._job.progress
        if was_cut_by_prompt(run, entry_id):
            self._bridge.call(
                partial(why_cut_by_prompt, self._session, run, entry_id, progress), self._take, self._stop
            )
        else:
            look = partial(why_not_in_run, self._session, run, entry_id, version, progress)
            self._bridge.call(look, self._take, self._stop)

    def _take(self, found: WhyNot) -> None:
        self._done(partial(self._part.show_why, found))

    def _stop(self, error: BaseException) -> None:
        if isinstance(error, KnownError):
            self._done(partial(self._part.say, str(error)))
        elif isinstance(error, Cancelled | CancelledError):
            self._done(partial(self._part.say, "Something else was more urgent; choose the entry again to see why."))
        else:
            self._done(partial(self._part.say, "The reason could not be found."))
            self._bridge.failed.emit(error)

    def _done(self, show: Callable[[], None]) -> None:
        done, self._busy = self._busy, None
        if done is not None and done == self._wish and not self._job.cancelled:
            self._shown = done
            show()
            self.looking_changed.emit()
        elif not self._soon.isActive():
            self._begin()

    # -- trying ------------------------------------------------------------------------------------------------------

    def _try(self, remedy: Remedy) -> None:
        if self._shown is None:
            return
        run, _ = self._shown
        if remedy.query is not None:
            self._notice.say(f"Asked again with “{remedy.words}”, for this question only.")
            self.query_wanted.emit(replace(remedy.query, as_of=run.query.as_of))
        elif remedy.edit is not None:
            edit = remedy.edit
            then = partial(self._edited, remedy, run)
            self._change(lambda: self._session.edit_async(edit, initiator="inspector"), then)

    def _edited(self, remedy: Remedy, run: Run, _change: Change) -> None:
        self._notice.say(f"The entry was edited ({remedy.words}) and the question asked again; Ctrl+Z takes that back.")
        self.query_wanted.emit(run.query)

    def _keep(self, remedy: Remedy) -> None:
        if self._shown is None:
            return
        from memviz.session.recalling import keep_recall_setting

        run, _ = self._shown
        submit = partial(keep_recall_setting, self._session, remedy.setting, remedy.after)
        self._change(submit, partial(self._was_kept, remedy, run))

    def _was_kept(self, remedy: Remedy, run: Run, before: RecallSettings) -> None:
        again = partial(self.query_wanted.emit, replace(run.query, recall=None))
        words = f"“{remedy.words}” now counts for all questions to this memory."
        self._notice.say(words, action="Take back", act=partial(self._restore, before, again))
        again()

    def _restore(self, before: RecallSettings, again: Callable[[], object]) -> None:
        from memviz.session.recalling import change_recall_settings

        def restored(_: None) -> None:
            self._notice.say("The memory’s settings are as they were.")
            again()

        self._change(partial(change_recall_settings, self._session, before), restored)

    def _change(self, submit: Callable[[], Future[Any]], then: Callable[[Any], object]) -> None:
        try:
            future = submit()
        except KnownError as error:
            self._not_changed(error)
        else:
            self._bridge.watch(future, then, self._not_changed)

    def _not_changed(self, error: BaseException) -> None:
        if isinstance(error, KnownError):
            self._notice.say(str(error), trouble=True)
        elif not isinstance(error, Cancelled | CancelledError):
            self._bridge.failed.emit(error)


def _is_out(figures: RunFigures, entry_id: int) -> bool:
    """Recall is over, and the entry is not in the prompt; before that nothing can be said."""
    trace = figures.trace
    if trace is None or trace.recall is None or (trace.prompt is None and trace.finish is None):
        return False
    candidate = figures.candidates.get(entry_id)
    return candidate is None or candidate.status != "injected"


def _version(store: Store) -> int:
    return store.version
