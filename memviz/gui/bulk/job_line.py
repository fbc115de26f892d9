"""How far a long edit is, with a button that stops it; hidden while there is none."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QWidget

from memviz.gui.jobs import Job
from memviz.gui.metrics import unit
from memviz.gui.pump import Pump
from memviz.gui.tables.labels import PlainLabel


class JobLine(QWidget):
    """GUI thread. Call :meth:`follow` when a job begins or ended."""

    def __init__(self, pump: Pump, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._job: Job | None = None
        self.words = PlainLabel("", self, color="muted")
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(20 * unit(self))
        self.bar.setAccessibleName("Progress")
        self.bar.setToolTip("How far it is")
        self.stop = QPushButton("Cancel", self)
        self.stop.setAccessibleName("Cancel")
        self.stop.setToolTip("Stop; nothing is changed then")
        self.stop.setAutoDefault(False)
        self.stop.clicked.connect(self._stop)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.words)
        row.addWidget(self.bar)
        row.addWidget(self.stop)
        pump.ticked.connect(self._look)
        self.hide()

    def follow(self, job: Job | None) -> None:
        self._job = job
        self.stop.setEnabled(job is not None)
        self.setVisible(job is not None)
        self._look()

    def _look(self) -> None:
        if self._job is not None:
            done, total, words = self._job.latest
            self.bar.setRange(0, total)
            self.bar.setValue(done)
            self.words.setText(f"{words[:1].upper()}{words[1:]} …" if words else "")

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self.stop.setEnabled(False)
