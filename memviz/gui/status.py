"""The status bar: what the run does in figures, and the progress of jobs."""

from __future__ import annotations

import time

from PySide6.QtWidgets import QProgressBar, QStatusBar, QWidget

from memviz.core.events import FinishEvent
from memviz.core.trace import Trace
from memviz.gui.actions import Actions
from memviz.gui.asker import Asker
from memviz.gui.jobs import Jobs
from memviz.gui.loader import Loader
from memviz.gui.metrics import unit
from memviz.gui.playhead import Playhead
from memviz.gui.pump import Pump
from memviz.gui.recall_choice import as_of_words
from memviz.gui.widgets import plain_label, tool_button

_BAR_STEPS = 1_000


class StatusBar(QStatusBar):
    """One line of words on the left; words, bar and cancel of the newest job on the right. GUI thread.

    Attributes:
        timings: durations and speeds are shown; without them the same run gives the same words.
    """

    def __init__(
        self,
        actions: Actions,
        playhead: Playhead,
        jobs: Jobs,
        loader: Loader,
        asker: Asker,
        pump: Pump,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._playhead = playhead
        self._jobs = jobs
        self._loader = loader
        self._asker = asker
        self._first_step = 0.0
        self._rate = 0.0
        self.timings = True
        self.setSizeGripEnabled(False)
        self.words = plain_label(self, "Status")
        self.words.setContentsMargins(unit(self), 0, 0, 0)
        self.addWidget(self.words, 1)
        self.job_words = plain_label(self, "Job")
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(20 * unit(self))
        self.bar.setAccessibleName("Progress")
        self.bar.setToolTip("Progress of the running job")
        self.cancel = tool_button(self, actions["cancel"])
        for widget in (self.job_words, self.bar, self.cancel):
            self.addPermanentWidget(widget)
        jobs.changed.connect(self.refresh)
        pump.ticked.connect(self.refresh)
        playhead.trace_changed.connect(self._new_trace)
        playhead.state_changed.connect(self.refresh)
        loader.model_changed.connect(self.refresh)
        loader.memory_changed.connect(self.refresh)
        asker.queued_changed.connect(self._queued)
        self.refresh()

    def _queued(self, _text: str) -> None:
        self.refresh()

    def _new_trace(self) -> None:
        self._first_step = self._rate = 0.0
        self.refresh()

    def refresh(self) -> None:
        job = self._jobs.running[-1] if self._jobs.running else None
        for widget in (self.job_words, self.bar, self.cancel):
            widget.setVisible(job is not None)
        if job is not None:
            done, total, words = job.latest
            self.job_words.setText("Cancelling …" if job.cancelled else words or job.words)
            most = min(total, _BAR_STEPS)  # a bar cannot count the bytes of a large file
            at = done * most // total if total else 0
            if (self.bar.maximum(), self.bar.value()) != (most, at):
                self.bar.setRange(0, most)
                self.bar.setValue(at)
        self.words.setText(self._run_words())

    def _run_words(self) -> str:
        if self._asker.queued:
            return "Your question is asked as soon as the model is loaded."
        trace = self._playhead.trace
        if trace is None:
            if not self._loader.busy:
                missing = "model" if not self._loader.model_name else "memory" if self._loader.memory is None else ""
                ready = f"Choose a {missing} above." if missing else "Ready. Type a question and press Return."
                return "   ·   ".join(word for word in (self._origin_words(), ready) if word)
            return ""
        return "   ·   ".join(word for word in self._trace_words(trace) if word)

    def _origin_words(self) -> str:
        """Whose memory it is, where another program keeps it."""
        memory = self._loader.memory
        return f"read-only: {memory.origin}" if memory is not None and memory.origin else ""

    def _trace_words(self, trace: Trace) -> list[str]:
        run, prompt, recall, finish = self._playhead.run, trace.prompt, trace.recall, trace.finish
        words = [_state_words(self._playhead.run_state, finish)]
        as_of = as_of_words(run.query.as_of, time.time()) if run is not None else ""
        words.append(f"as of {as_of}" if as_of else "")
        words.append(self._origin_words())
        entries = len({slot.entry_id for slot in prompt.sources if slot.kind == "entry"}) if prompt is not None else 0
        count = run.memory_count if run is not None else 0
        if recall is not None:
            words.append(f"read {entries} of {count:,} entries")
            words.append(f"recall {1000 * recall.seconds:.0f} ms" if self.timings else "")
        if prompt is not None and prompt.token_texts:
            words.append(f"{len(prompt.token_texts):,} prompt tokens")
            words.append(self._speed_words(trace, finish) if self.timings else "")
        elif prompt is not None:
            words.append(f"{len(prompt.slots):,} slots")
        return words

    def _speed_words(self, trace: Trace, finish: FinishEvent | None) -> str:
        seconds = finish.timings.get("generate", 0.0) if finish is not None else 0.0
        if seconds > 0.0:
            self._rate = trace.steps / seconds
        elif trace.steps and not self._first_step:
            self._first_step = time.perf_counter()
        elif trace.steps > 1 and self._playhead.run_state == "running":
            self._rate = (trace.steps - 1) / max(time.perf_counter() - self._first_step, 1e-3)
        return f"{self._rate:.0f} tokens/s" if self._rate else ""


def _state_words(state: str, finish: FinishEvent | None) -> str:
    if state == "finished" and finish is not None and finish.reason == "length":
        return "Stopped at the token limit"
    return {
        "waiting": "Waiting for the model",
        "running": "Answering",
        "paused": "Paused",
        "finished": "Finished",
        "cancelled": "Cancelled",
        "failed": "Failed",
    }.get(state, "")
