"""One timer that carries the playhead along while something moves."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal

from memviz.gui.playhead import Playhead

INTERVAL_MS = 33


class Pump(QObject):
    """Reads the length of the run's trace about 30 times a second; rests while nothing moves. GUI thread.

    Signals:
        ticked(): after the playhead has looked; progress displays look at their jobs then.
    """

    ticked = Signal()

    def __init__(self, playhead: Playhead, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._playhead = playhead
        self._busy = 0
        self._last = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self._tick)
        playhead.trace_changed.connect(self.wake)
        playhead.state_changed.connect(self.wake)

    @property
    def awake(self) -> bool:
        return self._timer.isActive()

    def wake(self) -> None:
        """Starts ticking; it stops by itself once nothing moves."""
        if not self._timer.isActive():
            self._last = time.perf_counter()
            self._timer.start()

    def hold(self) -> None:
        """Keeps ticking until :meth:`release`: a job shows its progress."""
        self._busy += 1
        self.wake()

    def release(self) -> None:
        self._busy = max(0, self._busy - 1)

    def stop(self) -> None:
        self._timer.stop()

    def _tick(self) -> None:
        now = time.perf_counter()
        self._playhead.tick(now - self._last)
        self._last = now
        self.ticked.emit()
        if not self._playhead.moving and not self._busy:
            self._timer.stop()
