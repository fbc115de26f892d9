"""Each policy's recalled set and answer side by side, before one is chosen."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QPushButton, QScrollArea, QVBoxLayout, QWidget

from memviz.core.errors import KnownError
from memviz.core.query import Query
from memviz.core.recall_settings import ConflictPolicy, RecallSettings
from memviz.gui.bridge import Bridge
from memviz.gui.conflicts.policy_asker import Outcome, PolicyAsker
from memviz.gui.conflicts.policy_column import PolicyColumn
from memviz.gui.loader import Loader
from memviz.gui.metrics import unit
from memviz.gui.privacy import Privacy
from memviz.gui.recall_choice import RecallChoice
from memviz.gui.recall_dialog.ranking_page import POLICIES
from memviz.gui.settings import Settings
from memviz.gui.tables.labels import PlainLabel
from memviz.session import recalling

if TYPE_CHECKING:
    from memviz.session.session import Session


class CompareDialog(QDialog):
    """A question, and a column for each policy. Nothing is changed before “Use This Policy”. GUI thread.

    Signals:
        entry_chosen(int)
        policy_chosen(): the memory uses another policy from now on.
    """

    entry_chosen = Signal(int)
    policy_chosen = Signal()

    def __init__(
        self,
        session: Session,
        bridge: Bridge,
        loader: Loader,
        choice: RecallChoice,
        options: Settings,
        privacy: Privacy,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Compare Policies")
        self._session, self._bridge, self._loader = session, bridge, loader
        self._choice, self._options, self._privacy = choice, options, privacy
        self._private_words = False  # the question is made of words of private entries
        self._query: Query | None = None
        self._settings = RecallSettings()
        self.asker = PolicyAsker(session, bridge, self)
        self.asker.began.connect(self._began)
        self.asker.told.connect(self._told)
        self.asker.ended.connect(self._ended)
        self.question = QLineEdit(self)
        self.question.setPlaceholderText("a question")
        self.question.setAccessibleName("Question")
        self.question.setToolTip("What is asked by each policy; Return asks")
        self.question.returnPressed.connect(self.ask)
        self.ask_button = self._button("Ask", "Ask by each policy, one after the other")
        self.ask_button.clicked.connect(self._ask_or_cancel)
        self.columns = {policy: PolicyColumn(policy, privacy, self) for policy in ConflictPolicy}
        for column in self.columns.values():
            column.chosen.connect(self.use)
            column.entry_chosen.connect(self.entry_chosen)
        self.words = PlainLabel("", self, color="muted")
        self.words.setWordWrap(True)
        close = self._button("Close", "Close this window; what is asked still is cancelled")
        close.clicked.connect(self.close)
        self.question.textChanged.connect(self._typed)
        privacy.changed.connect(self._mask_question)
        self._lay_out(close)

    def _button(self, words: str, tip: str) -> QPushButton:
        button = QPushButton(words, self)
        button.setAccessibleName(words)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        return button

    def _lay_out(self, close: QPushButton) -> None:
        space = unit(self)
        asking = QHBoxLayout()
        asking.addWidget(self.question, 1)
        asking.addWidget(self.ask_button)
        body = QWidget(self)
        body.setMinimumWidth(len(self.columns) * 22 * space)
        beside = QHBoxLayout(body)
        beside.setContentsMargins(0, space, 0, 0)
        beside.setSpacing(space)
        for column in self.columns.values():
            beside.addWidget(column, 1)
        self.scroller = QScrollArea(self)
        self.scroller.setWidgetResizable(True)
        self.scroller.setFrameShape(QScrollArea.Shape.NoFrame)
        self.scroller.setWidget(body)
        self.scroller.setAccessibleName("Policies side by side")
        below = QHBoxLayout()
        below.addWidget(self.words, 1)
        below.addWidget(close, 0, Qt.AlignmentFlag.AlignBottom)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(2 * space, 2 * space, 2 * space, 2 * space)
        rows.setSpacing(space)
        rows.addLayout(asking)
        rows.addWidget(self.scroller, 1)
        rows.addLayout(below)
        self.resize(135 * space, 75 * space)

    # -- asking ------------------------------------------------------------------------------------------------------

    def begin(self, query: Query, *, private: bool = False) -> None:
        """Shows the dialog and asks this question at once, where there is one.

        Args:
            private: it is made of words of private entries.
        """
        self._private_words = private
        self._mask_question()
        self.show()
        self.raise_()
        self.activateWindow()
        self._query = query
        self.question.setText(query.text)
        self.ask()

    def _typed(self, text: str) -> None:
        """A question that was emptied first has no words but the user's own."""
        if not text:
            self._private_words = False
            self._mask_question()

    def _mask_question(self) -> None:
        hides = self._private_words and self._privacy.masks
        self.question.setEchoMode(QLineEdit.EchoMode.Password if hides else QLineEdit.EchoMode.Normal)

    def _ask_or_cancel(self) -> None:
        if self.asker.busy:
            self.asker.cancel()
        else:
            self.ask()

    def ask(self) -> None:
        """By each policy, with the options of the window and everything else as the memory says."""
        text = self.question.text().strip()
        if not text:
            for column in self.columns.values():
                column.show_waiting("")
            self._say("Type a question and press Return.")
            return
        if self._loader.busy:
            self._say("Model and memory are still being opened; press Return when they are there.")
            return
        if self._query is None or self._query.text != text:
            self._query = Query(text, **asdict(self._options.run_options))
        self._bridge.watch(
            recalling.recall_settings(self._session), partial(self._settings_read, self._query), self._failed
        )

    def _settings_read(self, query: Query, settings: RecallSettings) -> None:
        self._settings = self._choice.settings or settings
        for column in self.columns.values():
            column.show_waiting("waits")
        self._refresh()
        self.asker.ask(replace(query, pinned=()), self._settings, list(ConflictPolicy))
        self._refresh()

    def _began(self, policy: ConflictPolicy) -> None:
        self.columns[policy].show_waiting("asking …" if self.asker.answers else "recalling …")
        self._refresh()

    def _told(self, outcome: Outcome) -> None:
        self.columns[outcome.policy].show_outcome(outcome)
        self._refresh()

    def _ended(self) -> None:
        for column in self.columns.values():
            if column.outcome is None:
                column.show_waiting("not asked")
        self._refresh()

    def _refresh(self) -> None:
        self.ask_button.setText("Cancel" if self.asker.busy else "Ask")
        for column in self.columns.values():
            column.show_current(self._settings.policy)
        done = [column for column in self.columns.values() if column.outcome is not None]
        if self.asker.busy:
            self._say(f"{len(done)} of {len(self.columns)} policies asked …")
            return
        about = self._disagreement()
        how = (
            ""
            if self.asker.answers
            else " No model that recalls by words or vectors is loaded, so only recall is shown."
        )
        self._say(f"{about}{how} Nothing of the memory was changed.")

    def _disagreement(self) -> str:
        recalled = {
            frozenset(one.entry_id for one in column.outcome.event.injected())
            for column in self.columns.values()
            if column.outcome is not None and column.outcome.event is not None
        }
        if not recalled:
            return "Nothing was recalled yet."
        if len(recalled) == 1:
            return "Every policy recalls the same entries for this question."
        return f"The policies recall {len(recalled)} different sets of entries."

    def _say(self, words: str, *, trouble: bool = False) -> None:
        self.words.set_color("error" if trouble else "muted")
        self.words.setText(words)

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, KnownError):
            self._say(str(error), trouble=True)
        else:
            self._bridge.failed.emit(error)

    # -- choosing ----------------------------------------------------------------------------------------------------

    def use(self, policy: ConflictPolicy) -> None:
        """The memory uses this policy from now on; one that cannot be written, for this session."""
        settings = self._settings.changed(policy=policy)
        memory = self._loader.memory
        if memory is not None and memory.read_only:
            self._choice.use(settings)
            self._used(settings, "for this session, since it cannot be written", None)
            return
        future = recalling.change_recall_settings(self._session, settings)
        self._bridge.watch(future, partial(self._used, settings, "from now on"), self._failed)

    def _used(self, settings: RecallSettings, how: str, _nothing: None) -> None:
        self._settings = settings
        self._refresh()
        self._say(f"The memory uses “{POLICIES[settings.policy][0]}” {how}.")
        self.policy_chosen.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.asker.cancel()
        super().closeEvent(event)
