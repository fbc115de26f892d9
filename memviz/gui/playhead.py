"""Where on the time axis of a run everybody looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from memviz.core.trace import Trace

if TYPE_CHECKING:
    from memviz.session.run import Run

#: Steps a second at speed 1.
PLAYBACK_RATE = 4.0
SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
LIVE_STATES = frozenset({"waiting", "running", "paused"})


class Playhead(QObject):
    """The run in view, the chosen step, and how it moves. GUI thread.

    While a run is live, play, pause and step act on the run itself; afterwards they play back its trace.

    Signals:
        trace_changed(): another trace (or none) is in view.
        grown(): the trace got new events.
        step_changed(int): the chosen step, -1 for none.
        state_changed(): run state, playing, follow or speed changed.
    """

    trace_changed = Signal()
    grown = Signal()
    step_changed = Signal(int)
    state_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run: Run | None = None
        self.trace: Trace | None = None
        self.step = -1
        self.steps = 0
        self.follow = True
        self.playing = False
        self.speed = 1.0
        self._events = 0
        self._run_state = ""
        self._elapsed = 0.0
        self.masks = False

    def set_masks(self, masks: bool) -> None:
        """Whether private entries are masked in the run in view, and in all that come."""
        if masks != self.masks:
            self.masks = masks
            if self.run is not None:
                self._show(self.run.masked if masks else self.run.trace)

    @property
    def live(self) -> bool:
        """The run in view can still produce steps."""
        return self.run is not None and self.run.state in LIVE_STATES

    @property
    def moving(self) -> bool:
        """Something may change without the user: the pump has to tick."""
        return self.playing or self.live or self._run_state in LIVE_STATES

    @property
    def run_state(self) -> str:
        """The run's state as it was at the last tick; empty without a run."""
        return self._run_state

    def set_run(self, run: Run | None) -> None:
        """Shows a run from now on: a live one is followed, a finished one is shown at its last step."""
        self.run = run
        if run is None:
            self._show(None)
        else:
            self._show(run.masked if self.masks else run.trace)

    def set_trace(self, trace: Trace | None) -> None:
        """Shows a trace that has no run (any more)."""
        self.run = None
        self._show(trace)

    def _show(self, trace: Trace | None) -> None:
        self.trace = trace
        self.playing = False
        self.follow = True
        self._run_state = self.run.state if self.run is not None else ""
        self._events = len(trace) if trace is not None else 0
        self.steps = trace.steps if trace is not None else 0
        self.step = self.steps - 1 if self.live else self._last_spoken()
        self.trace_changed.emit()
        self.step_changed.emit(self.step)
        self.state_changed.emit()

    def set_step(self, step: int) -> None:
        """Chooses a step (clamped). While a run is live, leaving its last step stops following it."""
        self.playing = False
        step = self._clamped(step)
        if self.live:
            self.follow = step >= self.steps - 1
        self._move(step)
        self.state_changed.emit()

    def set_follow(self, follow: bool) -> None:
        self.follow = follow
        if follow and self.live:
            self._move(self.steps - 1)
        self.state_changed.emit()

    def set_speed(self, speed: float) -> None:
        self.speed = speed
        self.state_changed.emit()

    def play(self) -> None:
        """Resumes a live run; plays a finished one back, from the start when it stands at the end."""
        if self.run is not None and self.live:
            self.run.resume()
            self.follow = True
        elif self.steps > 0:
            if self.step >= self.steps - 1:
                self._move(0)
            self._elapsed = 0.0
            self.playing = True
        self.tick(0.0)
        self.state_changed.emit()

    def pause(self) -> None:
        if self.run is not None and self.live:
            self.run.pause()
        self.playing = False
        self.tick(0.0)
        self.state_changed.emit()

    def toggle(self) -> None:
        """Space: play or pause."""
        running = self.run is not None and self.run.state in ("waiting", "running")
        if self.playing or running:
            self.pause()
        else:
            self.play()

    def forward(self) -> None:
        """One step on; at the end of a paused run the model makes one more step."""
        if self.run is not None and self.live and self.step >= self.steps - 1:
            self.follow = True
            self.run.step()
            self.state_changed.emit()
        else:
            self.set_step(self.step + 1)

    def back(self) -> None:
        self.set_step(self.step - 1)

    def first(self) -> None:
        self.set_step(0)

    def last(self) -> None:
        self.set_step(self.steps - 1)

    def cancel(self) -> None:
        """Stops a live run; what was read so far stays."""
        if self.run is not None and self.live:
            self.run.cancel()

    def tick(self, seconds: float) -> None:
        """Looks at the trace, ``seconds`` after the last look. The pump calls this about 30 times a second."""
        if self.trace is None:
            return
        if self.masks and self.run is not None and self.trace is not self.run.masked:
            self._show(self.run.masked)  # it has just recalled something private
        state = self.run.state if self.run is not None else ""
        events = len(self.trace)
        if events != self._events:
            self._events = events
            self.steps = self.trace.steps
            self.grown.emit()
            if self.follow:
                self._move(self.steps - 1)
        if self.playing:
            self._elapsed += seconds
            due = int(self._elapsed * PLAYBACK_RATE * self.speed)
            if due:
                self._elapsed -= due / (PLAYBACK_RATE * self.speed)
                self._move(self._clamped(self.step + due))
            if self.step >= self.steps - 1:
                self.playing = False
                self.state_changed.emit()
        if state != self._run_state:
            self._run_state = state
            if self.follow and not self.live:
                self._move(self._last_spoken())
            self.state_changed.emit()

    def _last_spoken(self) -> int:
        """The last step that said something: a finished answer is looked at there, not at its end mark."""
        outputs = self.trace.outputs[: self.steps] if self.trace is not None else ()
        return next((output.step for output in reversed(outputs) if not output.special), self.steps - 1)

    def _clamped(self, step: int) -> int:
        return max(min(step, self.steps - 1), 0 if self.steps else -1)

    def _move(self, step: int) -> None:
        if step != self.step:
            self.step = step
            self.step_changed.emit(step)
