"""The dialog about how a memory is recalled."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QTabWidget, QVBoxLayout, QWidget

from memviz.core.edits import Change
from memviz.core.errors import KnownError
from memviz.core.query import Query
from memviz.core.recall_settings import SETTING_NAMES, RecallSettings
from memviz.gui.bridge import Bridge
from memviz.gui.loader import Loader
from memviz.gui.metrics import unit
from memviz.gui.pinned_questions import PinnedQuestions
from memviz.gui.privacy import Privacy
from memviz.gui.recall_choice import RecallChoice
from memviz.gui.recall_dialog.decay_page import DecayPage
from memviz.gui.recall_dialog.forecast_page import ForecastPage
from memviz.gui.recall_dialog.ranking_page import RankingPage
from memviz.gui.recall_dialog.vectors_lines import VectorsLines
from memviz.gui.settings import Settings
from memviz.gui.tables.labels import PlainLabel
from memviz.gui.vectors import Vectors
from memviz.session import recalling
from memviz.session.fading import AgeSample, age_sample

if TYPE_CHECKING:
    from memviz.session.session import Session

#: A forecast waits for the end of typing.
_QUIET_MS = 300


class RecallDialog(QDialog):
    """Ranking, decay and forecast of the open memory. What is typed holds from “Apply” on. GUI thread.

    Signals:
        entry_chosen(int): an entry of the forecast.
        applied(): questions are recalled by other settings from now on.
    """

    entry_chosen = Signal(int)
    applied = Signal()

    def __init__(
        self,
        session: Session,
        bridge: Bridge,
        loader: Loader,
        choice: RecallChoice,
        pinned: PinnedQuestions,
        vectors: Vectors,
        options: Settings,
        privacy: Privacy,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Recall")
        self._session, self._bridge, self._loader = session, bridge, loader
        self._choice, self._pinned, self._vectors, self._options = choice, pinned, vectors, options
        self._question = ""
        self._stored = RecallSettings()
        self._draft: RecallSettings | None = None  # None: something that was typed cannot be
        self._forecasts = 0  # counts those that were asked for: an older one is not shown
        self.ranking, self.decay, self.forecast = (
            RankingPage(privacy, self),
            DecayPage(self),
            ForecastPage(privacy, self),
        )
        ranking = self.ranking
        self.vectors = VectorsLines(vectors, ranking.embedder, ranking.embedder_words, ranking)
        ranking.below_embedder.addWidget(self.vectors)
        self.tabs = QTabWidget(self)
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName("Parts of recall")
        self.tabs.setToolTip("Parts of recall")
        for page, words in ((self.ranking, "Ranking"), (self.decay, "Decay"), (self.forecast, "Forecast")):
            self.tabs.addTab(page, words)
        self.words = PlainLabel("", self, color="muted")
        self.words.setWordWrap(True)
        self.apply_button = self._button("Apply", "Recall by these settings from now on; they are kept in the memory")
        self.reset_button = self._button("Reset to Usual", "Fill in what is usual; it holds from “Apply” on")
        self.close_button = self._button("Close", "Close this window; what was not applied stays here")
        space = unit(self)
        buttons = QHBoxLayout()
        buttons.setSpacing(space)
        buttons.addWidget(self.words, 1)
        for button in (self.reset_button, self.apply_button, self.close_button):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 2 * space)
        column.setSpacing(space)
        column.addWidget(self.tabs, 1)
        around = QHBoxLayout()
        around.setContentsMargins(2 * space, 0, 2 * space, 0)
        around.addLayout(buttons)
        column.addLayout(around)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_QUIET_MS)
        self._later.timeout.connect(self._look_ahead)
        self._connect()
        self.resize(100 * space, 84 * space)

    def _button(self, words: str, tip: str) -> QPushButton:
        button = QPushButton(words, self)
        button.setAccessibleName(words)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        return button

    def _connect(self) -> None:
        self.ranking.edited.connect(self._edited)
        self.decay.edited.connect(self._edited)
        self.apply_button.clicked.connect(self.apply)
        self.reset_button.clicked.connect(self.reset)
        self.close_button.clicked.connect(self.close)
        self.tabs.currentChanged.connect(self._tab_chosen)
        self.forecast.pin_wanted.connect(self._pin)
        self.forecast.unpin_wanted.connect(self._pinned.unpin)
        self.forecast.entry_chosen.connect(self.entry_chosen)
        self.forecast.failed.connect(self._say_error)
        self._pinned.changed.connect(self._soon)
        self._bridge.changed.connect(self._memory_edited)
        self._loader.memory_changed.connect(self._memory_changed)
        self._memory_url, self._new_memory = "", True

    # -- what is open ------------------------------------------------------------------------------------------------

    def begin(self, question: str) -> None:
        """Shows the dialog for the open memory; ``question`` stands in the box."""
        self._question = question.strip()
        self.forecast.pin_button.setEnabled(bool(self._question))
        self.show()
        self.raise_()
        self.activateWindow()
        if not self._new_memory:
            self.read_settings()  # another window or program may have changed them
        self._vectors.look_around()
        self._vectors.read_stored()
        self._soon()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._memory_changed()

    def _memory_changed(self) -> None:
        """Another memory has other settings; what was typed about the last one goes with it."""
        memory = self._loader.memory
        url = memory.url if memory is not None else ""
        if not self.isVisible() or url == self._memory_url:
            return
        self._memory_url, self._new_memory = url, True
        self.setWindowTitle(f"Recall — {memory.name}" if memory is not None else "Recall")
        self.decay.show_sample(None)
        if not url:
            self._say("No memory is open; open one first.")
            return
        self.read_settings()
        self._read_ages()

    def read_settings(self) -> None:
        """The memory's settings may be others now; what was typed and not applied stays."""
        if self._memory_url:
            self._bridge.watch(recalling.recall_settings(self._session), self._settings_read, self._unreadable)

    def _read_ages(self) -> None:
        self._bridge.watch(age_sample(self._session), partial(self._ages_read, self._memory_url))

    def _ages_read(self, url: str, sample: AgeSample) -> None:
        if url == self._memory_url:
            self.decay.show_sample(sample)

    def _settings_read(self, settings: RecallSettings) -> None:
        before, self._stored = self._stored, settings
        if self._new_memory:
            self._new_memory = False
            self._show(self._choice.settings or settings)
        elif self._draft is None:  # what cannot be is not overwritten
            self.ranking.show_exceptions(settings.exceptions)
            self._edited()
        elif self._choice.settings is None:
            self._show(_merged(settings, before, self._draft))

    def _unreadable(self, error: BaseException) -> None:
        """The memory keeps what this memviz does not understand: the usual ones are offered instead."""
        self._show(RecallSettings())
        self._say_error(error)

    def _memory_edited(self, _change: Change) -> None:
        if self.isVisible():
            self._soon()

    # -- what is typed -----------------------------------------------------------------------------------------------

    def _show(self, settings: RecallSettings) -> None:
        self.ranking.show_settings(settings)
        self.decay.show_settings(settings)
        self._edited()

    def _edited(self) -> None:
        """Judges all that stands in the form; sentences stand beside what cannot be."""
        wrong, values = "", {}
        for page in (self.ranking, self.decay):
            try:
                values.update(page.collect())
            except KnownError as error:
                wrong = wrong or str(error)
        try:
            self._draft = None if wrong else RecallSettings().changed(**values)
        except KnownError as error:
            wrong, self._draft = str(error), None
        if self._draft is not None:
            self.decay.show_effect(self._draft)
            self._soon()
        self._refresh(wrong)

    @property
    def _in_force(self) -> RecallSettings:
        return self._choice.settings or self._stored

    @property
    def _read_only(self) -> bool:
        memory = self._loader.memory
        return memory is not None and memory.read_only

    def _refresh(self, wrong: str = "") -> None:
        changed = self._draft is not None and self._draft != self._in_force
        self.vectors.set_weighs(self._in_force.dense > 0.0)
        self.apply_button.setEnabled(changed)
        if wrong:
            self._say(f"Nothing is applied: {wrong[0].lower()}{wrong[1:]}", trouble=True)
        elif self._read_only:
            self._say("This memory cannot be written: what you apply holds for this session only.")
        elif changed:
            self._say("Not applied yet.")
        elif self._draft == RecallSettings():
            self._say("The memory is recalled as usual.")
        else:
            self._say("The memory is recalled by these settings.")

    def _say(self, words: str, *, trouble: bool = False) -> None:
        self.words.set_color("error" if trouble else "muted")
        self.words.setText(words)

    def _say_error(self, error: BaseException) -> None:
        if isinstance(error, KnownError):
            self._say(str(error), trouble=True)
        else:
            self._bridge.failed.emit(error)

    def reset(self) -> None:
        """Fills in what is usual; conflicts keep the policies of their own."""
        exceptions = self._draft.exceptions if self._draft is not None else self._stored.exceptions
        self._show(RecallSettings(exceptions=exceptions))

    def apply(self) -> None:
        """Keeps the settings in the memory; where that cannot be written, they hold for this session."""
        if self._draft is None:
            return
        if self._read_only:
            self._choice.use(self._draft)
            self._applied(self._draft, None)
            return
        future = recalling.change_recall_settings(self._session, self._draft)
        self._bridge.watch(future, partial(self._applied, self._draft), self._say_error)

    def _applied(self, settings: RecallSettings, _nothing: None) -> None:
        if not self._read_only:
            self._stored = settings
            self._choice.use(None)
        if settings.dense > 0.0:
            self._vectors.ensure()  # by the built-in embedder where none was chosen
        self._refresh()
        self.applied.emit()

    # -- forecast ----------------------------------------------------------------------------------------------------

    def _tab_chosen(self, _index: int) -> None:
        self._soon()

    def _soon(self) -> None:
        if self.isVisible() and self.tabs.currentWidget() is self.forecast:
            self._later.start()

    def _pin(self) -> None:
        self._pinned.pin(self._question)

    def _look_ahead(self) -> None:
        """Asks by what stands in the form, so that a decay can be tried before it is applied."""
        settings = self._draft or self._in_force
        if not self._memory_url:
            return
        if not self._pinned.texts:
            self.forecast.show_forecast([], settings)
            return
        options = self._options.run_options
        asked = Query("", limit=options.limit, least_share=options.least_share, recall=settings)
        queries = [replace(asked, text=text) for text in self._pinned.texts]
        self._forecasts += 1
        self.forecast.show_waiting()
        self._bridge.watch(
            recalling.forecast(self._session, queries), partial(self._forecast_made, self._forecasts, settings)
        )

    def _forecast_made(self, number: int, settings: RecallSettings, told: list[recalling.Forecast]) -> None:
        if number == self._forecasts:
            note = "" if settings == self._in_force else ", by the settings that stand here, not applied yet"
            self.forecast.show_forecast(told, settings, note)


def _merged(settings: RecallSettings, before: RecallSettings, draft: RecallSettings) -> RecallSettings:
    """New settings of the memory with what was typed over those before."""
    typed = {name: getattr(draft, name) for name in SETTING_NAMES if getattr(draft, name) != getattr(before, name)}
    return settings.changed(**typed)
