"""Goes with the slider through the past of the memory: table, bar, and the time that questions are asked of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from memviz.core.errors import Cancelled, KnownError
from memviz.core.memory import Store
from memviz.core.past import Milestone
from memviz.gui.bridge import Bridge
from memviz.gui.docks.time_bar import TimeBar
from memviz.gui.jobs import Job, Jobs
from memviz.gui.recall_choice import AsOf, Moment, RecallChoice
from memviz.gui.tables.entry_model import EntryModel
from memviz.gui.tables.entry_source import ALL, Past

if TYPE_CHECKING:
    from memviz.session.session import Session

_REST_MS = 25
#: A look that takes longer shows how far it is; a newer wish ends it then, and waits for a shorter one.
_PATIENCE_MS = 300
#: More marks than any slider has room for are not asked for.
_MOST_MARKS = 2_000


def read_timeline(store: Store) -> list[Milestone]:
    """Runs on the store thread."""
    return store.timeline(most=_MOST_MARKS)


class TimeTravel(QObject):
    """One time is looked at after the other, the newest wish only. GUI thread."""

    def __init__(
        self,
        session: Session,
        bridge: Bridge,
        model: EntryModel,
        bar: TimeBar,
        choice: RecallChoice | None = None,
        jobs: Jobs | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._bridge = bridge
        self._model = model
        self._bar = bar
        self._choice = choice
        self._part = ALL
        self._wanted: int | float | None = None
        self._jobs = jobs
        self._job: Job | None = None  # the look that is under way
        self._long = False
        self._rest = self._timer(_REST_MS)
        self._rest.timeout.connect(self._look)
        self._patience = self._timer(_PATIENCE_MS)
        self._patience.timeout.connect(self._take_long)
        bar.hide()
        bar.moved.connect(self._moved)
        bar.part_chosen.connect(self._show_part)
        bar.ask_toggled.connect(self._ask_as_of)
        bar.back_wanted.connect(self.back_to_now)
        bar.ask.setVisible(choice is not None)
        model.past_shown.connect(self._shown)
        model.past_failed.connect(self._stopped)
        bridge.changed.connect(self._changed)
        if choice is not None:
            choice.changed.connect(self._choice_changed)

    def _timer(self, milliseconds: int) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        return timer

    @property
    def looking(self) -> bool:
        """A look is under way."""
        return self._job is not None

    def open(self, opened: bool) -> None:
        """Shows the slider, or goes back to now and hides it."""
        self._bar.setVisible(opened)
        if opened:
            self._ask_timeline()
            self._bar.timeline.setFocus()
        else:
            self.back_to_now()

    def go_to(self, as_of: int | float) -> None:
        """Shows the memory as it was at a version or a time, and the slider there."""
        self._bar.setVisible(True)
        self._wanted = as_of
        self._ask_timeline()
        self._look()

    def back_to_now(self) -> None:
        if self._bar.ask.isChecked():
            self._bar.ask.setChecked(False)
        self._wanted, self._part = None, ALL
        self._rest.stop()
        timeline = self._bar.timeline
        blocked = timeline.blockSignals(True)
        timeline.setValue(timeline.maximum())
        timeline.blockSignals(blocked)
        timeline.update()
        self._look()

    def forget(self) -> None:
        """Another memory is open."""
        self._wanted, self._part = None, ALL
        if self._job is not None:
            self._job.cancel()
            self._end()
        self._bar.show_past(None)
        self._bar.ask.setChecked(False)
        self._bar.timeline.show_milestones(())
        if not self._bar.isHidden():
            self._ask_timeline()

    # -- the slider --------------------------------------------------------------------------------------------------

    def _ask_timeline(self) -> None:
        if self._session.memory_url:
            try:
                self._bridge.watch(self._session.store_call(read_timeline), self._take_timeline, self._failed)
            except KnownError as error:
                self._model.failed.emit(error)

    def _take_timeline(self, milestones: list[Milestone]) -> None:
        self._bar.timeline.show_milestones(milestones)
        self._follow_past(self._model.past)

    def _changed(self) -> None:
        if not self._bar.isHidden():
            self._ask_timeline()
        if self._model.past is not None and self._job is None:
            self._begin()  # the table, which hears of it next, reads the past anew

    def _moved(self, version: int) -> None:
        self._wanted = None if version == self._bar.timeline.maximum() else version
        if self._wanted is None and self._bar.ask.isChecked():
            self._bar.ask.setChecked(False)
        self._rest.start()

    def _show_part(self, part: str) -> None:
        self._part = part
        self._look()

    def _look(self) -> None:
        """Looks at the wanted time, unless another one is on its way: then afterwards."""
        if not self._other_wanted():
            return
        if self._job is None:
            self._begin()
            self._model.look_at(self._wanted, self._part if self._wanted is not None else ALL)
        elif self._long:
            self._job.cancel()

    def _other_wanted(self) -> bool:
        source = self._model.source
        part = self._part if self._wanted is not None else ALL
        return (source.as_of, source.part) != (self._wanted, part)

    def _begin(self) -> None:
        self._job = Job("Reading the past")
        self._model.source.follow(self._job.progress)
        self._patience.start()

    def _take_long(self) -> None:
        self._long = True
        if self._jobs is not None and self._job is not None:
            self._jobs.show(self._job)

    def _end(self) -> None:
        self._patience.stop()
        if self._long and self._jobs is not None and self._job is not None:
            self._jobs.end(self._job)
        self._job, self._long = None, False

    def _shown(self, past: Past | None) -> None:
        self._end()
        self._bar.show_past(past, self._part)
        if past is not None:
            self._follow_past(past)
            if self._bar.ask.isChecked():
                self._ask_as_of(True)
        self._look()

    def _follow_past(self, past: Past | None) -> None:
        """The handle stands at what is shown, unless the user holds it."""
        timeline = self._bar.timeline
        if past is None or timeline.isSliderDown() or self._rest.isActive() or self._wanted != past.as_of:
            return
        blocked = timeline.blockSignals(True)
        timeline.setValue(past.version)
        timeline.blockSignals(blocked)
        timeline.update()

    def _stopped(self, error: BaseException) -> None:
        """It was cancelled, for a newer wish or by the user, or cannot be shown."""
        self._end()
        if isinstance(error, Cancelled) and not self._other_wanted():
            self.back_to_now()
        else:
            self._look()

    def _failed(self, error: BaseException) -> None:
        self._model.failed.emit(error)

    # -- questions ---------------------------------------------------------------------------------------------------

    def _ask_as_of(self, asked: bool) -> None:
        if self._choice is None:
            return
        past = self._model.past
        if asked and past is not None:
            self._choice.ask_as_of(AsOf(Moment.VERSION, str(past.version)))
        elif not asked and self._choice.as_of.moment is Moment.VERSION:
            self._choice.ask_as_of(AsOf())

    def _choice_changed(self) -> None:
        """What is typed under the question box moves the slider, while the two are linked."""
        if self._choice is None or not self._bar.ask.isChecked():
            return
        as_of = self._choice.as_of
        typed = as_of.typed.strip()
        if as_of.moment is not Moment.VERSION:
            blocked = self._bar.ask.blockSignals(True)
            self._bar.ask.setChecked(False)
            self._bar.ask.blockSignals(blocked)
        elif typed.isdecimal() and int(typed) < self._bar.timeline.maximum():
            self._wanted = int(typed)
            self._look()
