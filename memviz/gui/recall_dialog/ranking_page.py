"""What is searched, what counts, what is left out, and what becomes of conflicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from memviz.core.entry import Kind
from memviz.core.errors import KnownError
from memviz.core.recall_settings import ConflictPolicy, RecallSettings
from memviz.gui.metrics import unit
from memviz.gui.privacy import Privacy
from memviz.gui.recall_dialog.embedder_slot import EmbedderBox
from memviz.gui.recall_dialog.setting_rows import CheckRow, ChoiceRow, SettingRow, TextRow, number, whole_number
from memviz.gui.tables.labels import PlainLabel

#: Policy -> (short, what it means).
POLICIES = {
    ConflictPolicy.MARK: ("Show all, mark them", "All entries are recalled as they are ranked; the conflict is shown"),
    ConflictPolicy.NEWEST: ("The newest", "Only what was edited last is recalled"),
    ConflictPolicy.CONFIDENT: ("The most confident", "Only what has the greatest confidence; of equals, the newest"),
    ConflictPolicy.SOURCES: ("Most sources", "Only what most sources say; of equals, the newest"),
    ConflictPolicy.BOTH: ("Keep both, tell the model", "All are recalled, and the model reads that they disagree"),
}


class RankingPage(QScrollArea):
    """The form in groups. GUI thread.

    Signals:
        edited(): the user changed something.
    """

    edited = Signal()

    def __init__(self, privacy: Privacy, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._privacy = privacy
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._body = body = QWidget(self)
        self._exceptions: dict[str, ConflictPolicy] = {}
        space = unit(self)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(2 * space)
        self._grid.setVerticalSpacing(space)
        self._grid.setColumnStretch(2, 1)
        self.rows: dict[str, SettingRow] = {}
        self.embedder = EmbedderBox(body)
        self._build()
        privacy.changed.connect(self._tell_exceptions)
        column = QVBoxLayout(body)
        column.setContentsMargins(2 * space, 0, 2 * space, 2 * space)
        column.addLayout(self._grid)
        column.addStretch(1)
        self.setWidget(body)

    def _build(self) -> None:
        self._head("What is searched")
        self._number("lexical", "Words", "Weight of what shares words with the question; 0 does not search by words")
        self._number("dense", "Vectors", "Weight of what means the same; 0 does not search by vectors")
        row = self._grid.rowCount()
        label = PlainLabel("Embedder", self._body)
        self.embedder_words = PlainLabel("Makes the vectors", self._body, color="muted", scale=0.94)
        self.embedder_words.wrap()
        for column, widget in enumerate((label, self.embedder, self.embedder_words)):
            self._grid.addWidget(widget, row, column)
        self.below_embedder = QVBoxLayout()
        self._grid.addLayout(self.below_embedder, row + 1, 1, 1, 2)
        self._number(
            "rank_constant", "Rank constant", "Of the fusion of both rankings; greater ones make ranks count more alike"
        )
        self._number("candidates", "Candidates", "So many of the best does each ranking give", whole=True)
        self._add(CheckRow("exact", "Exact vectors", "Compare with every vector, not by an approximate index", self))
        self._number("probes", "Probes", "Lists of an approximate index that are searched", whole=True)
        self._head("What else counts")
        self._number("recency", "Recency", "Weight of what decay has left of an entry; 1 where nothing fades")
        self._number("confidence", "Confidence", "Weight of the entry’s confidence")
        self._number("use", "Use", "Weight of how often it was used: 0 for never, near 1 for often")
        self._head("What is left out")
        self._number("least_score", "Least score", "Entries that score less are cut; 0 cuts none")
        self._add(TextRow("owner", "Owner", "Only what is theirs or nobody’s; empty: everything", self, empty="anyone"))
        self._kinds()
        self._head("Entries in conflict")
        self._add(
            ChoiceRow(
                "policy",
                "Policy",
                "What is recalled of entries that disagree",
                self,
                [(words, policy, meaning) for policy, (words, meaning) in POLICIES.items()],
            )
        )
        self._exception_line()

    def _head(self, words: str) -> None:
        heading = PlainLabel(words, self._body, semi_bold=True)
        heading.setContentsMargins(0, 2 * unit(self), 0, 0)
        self._grid.addWidget(heading, self._grid.rowCount(), 0, 1, 3)

    def _number(self, name: str, words: str, hint: str, *, whole: bool = False) -> None:
        self._add(TextRow(name, words, hint, self, read=whole_number if whole else number))

    def _add(self, row: SettingRow) -> None:
        row.hide()  # its parts stand in the grid
        row.edited.connect(self.edited)
        self.rows[row.name] = row
        row.add_to(self._grid, self._grid.rowCount())

    def _kinds(self) -> None:
        row = self._grid.rowCount()
        self.kinds = {kind: QCheckBox(kind.value, self._body) for kind in Kind}
        around = QHBoxLayout()
        around.setSpacing(2 * unit(self))
        for kind, box in self.kinds.items():
            box.setToolTip(f"Recall entries of the kind “{kind.value}”")
            box.setAccessibleName(f"Recall: {kind.value}")
            box.clicked.connect(self._kind_clicked)
            around.addWidget(box)
        around.addStretch(1)
        self._kinds_words = PlainLabel("", self._body, color="error", scale=0.94)
        around.addWidget(self._kinds_words)
        self._grid.addWidget(PlainLabel("Kinds", self._body), row, 0)
        self._grid.addLayout(around, row, 1, 1, 2)

    def _exception_line(self) -> None:
        row = self._grid.rowCount()
        self.exception_words = PlainLabel("", self._body, color="muted", scale=0.94)
        self.exception_words.setWordWrap(True)
        self.forget_button = QPushButton("Forget Exceptions", self._body)
        self.forget_button.setAccessibleName("Forget exceptions")
        self.forget_button.setToolTip("The memory’s policy holds for all conflicts again")
        self.forget_button.setAutoDefault(False)
        self.forget_button.clicked.connect(self._forget)
        self._grid.addWidget(PlainLabel("Exceptions", self._body), row, 0)
        self._grid.addWidget(self.forget_button, row, 1)
        self._grid.addWidget(self.exception_words, row, 2)

    def _kind_clicked(self, _on: bool) -> None:
        self.edited.emit()

    def _forget(self) -> None:
        self.show_exceptions({})
        self.edited.emit()

    # -- from and to settings ----------------------------------------------------------------------------------------

    def show_settings(self, settings: RecallSettings) -> None:
        for name, row in self.rows.items():
            row.show_value(getattr(settings, name))
            row.say("")
        for kind, box in self.kinds.items():
            box.setChecked(not settings.kinds or kind in settings.kinds)
        self.show_exceptions(settings.exceptions)

    def show_exceptions(self, exceptions: Mapping[str, ConflictPolicy]) -> None:
        self._exceptions = dict(exceptions)
        self._tell_exceptions()

    def _tell_exceptions(self) -> None:
        """By their topics, which may be words of private entries: while those are masked, only how many they are."""
        count = len(self._exceptions)
        names = "; ".join(f"{name}: {POLICIES[own][0].lower()}" for name, own in list(self._exceptions.items())[:3])
        more = f" and {count - 3} more" if count > 3 else ""
        if count and self._privacy.masks:
            one = "1 conflict has a policy of its own"
            names, more = one if count == 1 else f"{count:,} conflicts have policies of their own", ""
        self.exception_words.setText(f"{names}{more}" if count else "No conflict has a policy of its own")
        self.forget_button.setEnabled(count > 0)

    def collect(self) -> dict[str, Any]:
        """The settings of this page by name; a sentence stands beside each that cannot be.

        Raises:
            KnownError: at least one cannot be; the first one's sentence.
        """
        values, wrong = {}, ""
        for name, row in self.rows.items():
            try:
                values[name] = row.value()
                # Each by itself: words and vectors together are judged when all of them are known.
                RecallSettings(lexical=1.0, dense=1.0).changed(**{name: values[name]})
            except KnownError as error:
                row.say(_shortened(str(error)))
                wrong = wrong or str(error)
            else:
                row.say("")
        if not wrong and not values["lexical"] and not values["dense"]:
            wrong = "Recall needs words or vectors: give one of them a weight above 0."
            self.rows["lexical"].say(wrong)
        kinds = tuple(kind for kind, box in self.kinds.items() if box.isChecked())
        self._kinds_words.setText("" if kinds else "Choose at least one kind.")
        if not kinds:
            wrong = wrong or "Choose at least one kind of entry to be recalled."
        if wrong:
            raise KnownError(wrong)
        all_kinds = len(kinds) == len(self.kinds)
        return {**values, "kinds": () if all_kinds else kinds, "exceptions": self._exceptions}


def _shortened(sentence: str) -> str:
    """The field has said its name already."""
    for begin in ("The recall setting ",):
        if sentence.startswith(begin) and "” " in sentence:
            rest = sentence.split("” ", 1)[1]
            return rest[0].upper() + rest[1:]
    return sentence
