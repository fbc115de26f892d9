"""A training in a process of its own: it can be stopped at any time, and the window stays as quick as it is."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

#: What the command says on stderr and the user should know begins so.
_NOTE = "memviz: note: "


@dataclass(frozen=True, slots=True)
class Round:
    """One line of ``memviz train … --json``; see ``memviz.models.training.fit.Report``.

    Attributes:
        figures: of the validation part; what was not measured yet is left out.
    """

    round: int
    rounds: int
    loss: float
    figures: Mapping[str, float]
    seconds: float
    best: bool

    @classmethod
    def read(cls, line: str) -> Round:
        """
        Raises:
            ValueError: the line is none.
        """
        told = json.loads(line)
        try:
            figures = {name: float(value) for name, value in told["figures"].items() if value is not None}
            return cls(
                int(told["round"]),
                int(told["rounds"]),
                float(told["loss"]),
                {name: value for name, value in figures.items() if math.isfinite(value)},
                float(told["seconds"]),
                bool(told["best"]),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(line) from error


class TrainingProcess(QObject):
    """Runs ``memviz train``. GUI thread.

    Attributes:
        stopped: the last training was stopped by :meth:`stop`.

    Signals:
        told(Round): a round is done; its checkpoint is written.
        noted(str): a sentence that the user should know.
        ended(str): it is over. The words say what went wrong; they are empty where nothing did, or it was stopped.
    """

    told = Signal(object)
    noted = Signal(str)
    ended = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process = QProcess(self)
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.readyReadStandardError.connect(self._read_notes)
        self._process.finished.connect(self._finished)
        self._process.errorOccurred.connect(self._failed)
        self._rest = self._rest_of_notes = b""
        self._said: list[str] = []
        self.stopped = False

    @property
    def running(self) -> bool:
        return self._process.state() != QProcess.ProcessState.NotRunning

    def start(self, arguments: Sequence[str]) -> None:
        """``arguments`` of ``memviz train``; where their folder has a checkpoint it goes on from there."""
        self._rest, self._rest_of_notes, self._said, self.stopped = b"", b"", [], False
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONIOENCODING", "utf-8")
        self._process.setProcessEnvironment(environment)
        self._process.start(sys.executable, ["-m", "memviz", "train", *arguments, "--json"])

    def stop(self) -> None:
        """Ends it at once; what was trained up to the last round stays in its checkpoint."""
        self.stopped = True
        self._process.kill()

    def close(self) -> None:
        """Ends it, and waits for that."""
        if self.running:
            self.stop()
            self._process.waitForFinished()

    def _read(self) -> None:
        *lines, self._rest = (self._rest + self._process.readAllStandardOutput().data()).split(b"\n")
        for line in lines:
            try:
                told = Round.read(line.decode("utf-8", "replace"))
            except ValueError:
                continue  # not a round
            self.told.emit(told)

    def _read_notes(self) -> None:
        *lines, self._rest_of_notes = (self._rest_of_notes + self._process.readAllStandardError().data()).split(b"\n")
        for line in lines:
            words = line.decode("utf-8", "replace").strip()
            if words.startswith(_NOTE):
                self.noted.emit(words.removeprefix(_NOTE))
            elif words:
                self._said.append(words)

    def _finished(self, code: int) -> None:
        self._read()
        self._read_notes()
        said = [*self._said, self._rest_of_notes.decode("utf-8", "replace").strip()]
        last = next((words for words in reversed(said) if words), "")
        wrong = last.removeprefix("memviz: ") or f"The training ended with status {code}."
        self.ended.emit("" if code == 0 or self.stopped else wrong)

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self.ended.emit(f"{sys.executable} could not be started; run “memviz train” in a terminal instead.")
