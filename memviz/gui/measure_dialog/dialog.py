"""Measure Recall: what is to be measured above, what came out below."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from memviz.core.errors import KnownError
from memviz.gui.bridge import Bridge
from memviz.gui.jobs import Jobs
from memviz.gui.measure_dialog.measuring import Measuring, Wish, numbers_of
from memviz.gui.measure_dialog.results import Results
from memviz.gui.metrics import unit
from memviz.gui.privacy import Privacy
from memviz.gui.pump import Pump
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.widgets import plain_label
from memviz.session.recall_eval import DEFAULT_KS, Comparison

if TYPE_CHECKING:
    from memviz.session.session import Session

EMPTY = (
    "Choose a file of questions with their evidence: a JSON object on each line, such as\n"
    '{"question": "Where did Ann go?", "evidence": [17], "category": "places"}\n'
    "where 17 is the id of an entry. Here you will see how much of the evidence the open memory recalls."
)
_REPORTED = 3


class MeasureDialog(QDialog):
    """The window behind it stays usable. GUI thread.

    Attributes:
        measuring: close it with the window.

    Signals:
        asked(str): a question that was missed is to be asked.
    """

    asked = Signal(str)

    def __init__(
        self,
        session: Session,
        bridge: Bridge,
        jobs: Jobs,
        pump: Pump,
        privacy: Privacy,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Measure Recall")
        self.measuring = measuring = Measuring(session, bridge, jobs, self)
        space = unit(self)
        self.questions = self._line("Questions", "A JSONL file with questions and their evidence")
        self.questions.setPlaceholderText("A file with a question and its evidence on each line, in JSON")
        self.ks = self._line("Ranks", "Among how many entries the evidence is to be, for example 5 10 25 50")
        self.ks.setText(" ".join(map(str, DEFAULT_KS)))
        self.ways = QPlainTextEdit(self)
        self.ways.setAccessibleName("Settings to compare")
        self.ways.setToolTip("One way of recall on each line: its name, a colon, and the settings that it changes")
        self.ways.setPlaceholderText("hybrid: dense=1, recency=0.2\nnewest: policy=newest")
        self.ways.setWordWrapMode(QTextOption.WrapMode.NoWrap)
        self.ways.setTabChangesFocus(True)
        self.ways.setFixedHeight(7 * space)
        self.baseline = QCheckBox("Plain BM25", self)
        self.baseline.setAccessibleName("Compare with plain BM25")
        self.baseline.setToolTip("Also measure plain BM25 (k1 1.2, b 0.75) over all entries, to compare with")
        self.baseline.setChecked(True)
        self.words = plain_label(self, "How the measurement goes")
        self.words.setWordWrap(True)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the measurement")
        self.bar.setToolTip("Progress of the measurement")
        self.hint = plain_label(self, "What will be here", quiet=True)
        self.hint.setText(EMPTY)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint.setWordWrap(True)
        self.results = Results(privacy, self)
        self.results.hide()
        self.results.asked.connect(self.asked)
        self.results.failed.connect(self.words.setText)
        self.choose_button = self._button("Choose …", "Choose the file of questions", self._choose)
        self.start_button = self._button("Measure", "Ask the open memory every question of the file", self.begin)
        self.stop_button = self._button("Stop", "End the measurement", measuring.cancel)
        self.close_button = self._button("Close", "Close this dialog; a measurement goes on", self.close)
        self.start_button.setDefault(True)
        self._lay_out()
        measuring.measured.connect(self._measured)
        measuring.stopped.connect(self._stopped)
        pump.ticked.connect(self._tick)
        self._refresh()

    def _lay_out(self) -> None:
        space = unit(self)
        file = QHBoxLayout()
        file.setSpacing(space)
        file.addWidget(self.questions, 1)
        file.addWidget(self.choose_button)
        form = QFormLayout()
        form.setHorizontalSpacing(2 * space)
        form.setVerticalSpacing(space)
        form.addRow("Questions", file)
        form.addRow("Among the first", self.ks)
        form.addRow("Compare with", self.ways)
        form.addRow("", self.baseline)
        buttons = QHBoxLayout()
        buttons.setSpacing(space)
        buttons.addStretch(1)
        buttons.addWidget(self.stop_button)
        buttons.addWidget(self.start_button)
        buttons.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * space, 2 * space, 2 * space, 2 * space)
        column.setSpacing(space)
        column.addLayout(form)
        column.addWidget(self.words)
        column.addWidget(self.bar)
        column.addWidget(self.hint, 1)
        column.addWidget(self.results, 1)
        column.addLayout(buttons)
        self.resize(134 * space, 84 * space)

    # -- what is asked for -------------------------------------------------------------------------------------------

    def wish(self) -> Wish:
        """As it is entered.

        Raises:
            KnownError: no file is named, or ranks that are none.
        """
        path = self.questions.text().strip()
        if not path:
            raise KnownError("Choose a file of questions first.")
        ways = tuple(line for line in self.ways.toPlainText().splitlines() if line.strip())
        return Wish(Path(path).expanduser(), ways, tuple(numbers_of(self.ks.text())), self.baseline.isChecked())

    def begin(self) -> None:
        try:
            wish = self.wish()
        except KnownError as error:
            self.words.setText(str(error))
            return
        self.words.setText("The questions are read …")
        self.measuring.start(wish)
        self._refresh()

    def _choose(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, "Questions", self.questions.text(), "Questions (*.jsonl *.json);;All files (*)"
        )
        if path:
            self.questions.setText(path)

    # -- how it goes -------------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        job = self.measuring.job
        if job is None or not self.isVisible():
            return
        done, total, words = job.latest
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        if words:
            self.words.setText(f"{words}: {done:,} of {total:,} questions" if total else f"{words} …")

    def _measured(self, compared: Comparison) -> None:
        self.results.show_comparison(compared)
        self.hint.hide()
        self.results.show()
        told = _reports(compared)
        self.words.setText(told)
        self.words.setToolTip(tooltip("\n".join(_all_reports(compared))))
        self._refresh()

    def _stopped(self, words: str) -> None:
        self.words.setText(words or "Stopped.")
        self._refresh()

    def _refresh(self) -> None:
        running = self.measuring.running
        self.start_button.setEnabled(not running)
        self.stop_button.setEnabled(running)
        self.bar.setVisible(running)
        for field in (self.questions, self.choose_button, self.ks, self.ways, self.baseline):
            field.setEnabled(not running)

    # -- parts -------------------------------------------------------------------------------------------------------

    def _line(self, name: str, tip: str) -> QLineEdit:
        line = QLineEdit(self)
        line.setAccessibleName(name)
        line.setToolTip(tip)
        return line

    def _button(self, words: str, tip: str, pressed: Callable[[], object]) -> QPushButton:
        button = QPushButton(words, self)
        button.setAccessibleName(words)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        button.clicked.connect(pressed)
        return button


def _all_reports(compared: Comparison) -> list[str]:
    """What is in no figure, or counts against them, one sentence each."""
    told = [f"Line {question.line} has no evidence and is left out." for question in compared.without_evidence]
    told += [
        f"Line {question.line}: the memory has no entry with {one_line(one.words(), 80)}; it counts as missed."
        for question, one in compared.missing
    ]
    return told


def _reports(compared: Comparison) -> str:
    told, count = _all_reports(compared), len(compared.questions)
    words = [f"{count:,} {'question' if count == 1 else 'questions'} measured.", *told[:_REPORTED]]
    if len(told) > _REPORTED:
        words.append(f"And {len(told) - _REPORTED:,} more like these, in the tooltip.")
    return " ".join(words)
