"""The chat view: conversation, buffer, input, and below what is remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListView,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from memviz.core.privacy import MASK
from memviz.gui.actions import Actions
from memviz.gui.chat.buffer_bar import BufferBar
from memviz.gui.chat.claims_model import ClaimsModel
from memviz.gui.chat.controller import Chat
from memviz.gui.chat.hidden import hidden_turns, hides_claim, masked_claim, masked_profile, masked_quotes
from memviz.gui.chat.memory_panes import ClaimsPane, ProfilePane
from memviz.gui.chat.options import ChatOptions
from memviz.gui.chat.profile_model import ProfileModel
from memviz.gui.chat.turn_delegate import TurnDelegate
from memviz.gui.chat.turns_model import TurnsModel
from memviz.gui.docks.queries import QueryBox
from memviz.gui.metrics import unit
from memviz.gui.playhead import Playhead
from memviz.gui.privacy import Privacy
from memviz.gui.selection import Selection
from memviz.gui.tables.notice import Notice
from memviz.gui.widgets import ElidedLabel, plain_label, tool_button

if TYPE_CHECKING:
    from memviz.session.chat_state import ChatState

_BUDGET = 512


class ChatPanel(QWidget):
    """Shows what :class:`~memviz.gui.chat.controller.Chat` has. GUI thread."""

    def __init__(
        self,
        chat: Chat,
        selection: Selection,
        playhead: Playhead,
        actions: Actions,
        privacy: Privacy,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._chat, self._privacy = chat, privacy
        self._hidden: frozenset[int] = frozenset()  # numbers of turns that are masked
        self._said = ""
        self._selection = selection
        self._turns = TurnsModel(self)
        self._claims = ClaimsModel(self)
        self._profile = ProfileModel(self)
        self._build_conversation(actions)
        self._build_memory()
        self._splitter = QSplitter(Qt.Orientation.Vertical, self)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(1)
        self._splitter.addWidget(self._talk)
        self._splitter.addWidget(self.tabs)
        self._splitter.setStretchFactor(0, 5)
        self._splitter.setStretchFactor(1, 2)
        self._splitter.setSizes([50 * unit(self), 20 * unit(self)])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._splitter)
        chat.changed.connect(self._refresh)
        chat.profile_changed.connect(self._show_profile)
        chat.private_changed.connect(self._follow_privacy)
        privacy.changed.connect(self._follow_privacy)
        chat.refused.connect(self._refused)
        playhead.grown.connect(self._answer_grows)
        selection.changed.connect(self._entry_selected)
        self._refresh()
        self._show_profile()

    # -- parts -------------------------------------------------------------------------------------------------------

    def _build_conversation(self, actions: Actions) -> None:
        space = unit(self)
        self._talk = QWidget(self)
        self.owner = QLineEdit(self._talk)
        self.owner.setPlaceholderText("Who you are")
        self.owner.setAccessibleName("Owner of the memory")
        self.owner.setToolTip("Whose memory this is: your name stands in the key of what is remembered")
        self.owner.editingFinished.connect(self._owner_typed)
        self.options = ChatOptions(_BUDGET, self._talk)
        self.options.changed.connect(self._options_changed)
        self.options.budget_changed.connect(self._budget_changed)
        top = QHBoxLayout()
        top.setContentsMargins(space, space // 2, space // 2, space // 2)
        top.setSpacing(space // 4)
        top.addWidget(self.owner, 1)
        for name in ("load_dialogue", "step_dialogue", "rest_of_dialogue", "new_session"):
            top.addWidget(tool_button(self._talk, actions[name]))
        top.addWidget(self.options)
        self.list = QListView(self._talk)
        self.list.setModel(self._turns)
        self._delegate = TurnDelegate(self.list)
        self._delegate.entry_clicked.connect(self._select)
        self.list.setItemDelegate(self._delegate)
        self.list.setFrameShape(QListView.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setSelectionMode(QListView.SelectionMode.SingleSelection)
        self.list.setAccessibleName("Conversation")
        self.list.setToolTip("What was said; a turn chooses its entry, a number below an answer what was read for it")
        self.list.selectionModel().currentChanged.connect(self._turn_chosen)
        self._hint = plain_label(self._talk, "About the conversation", quiet=True)
        self._hint.setWordWrap(True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint.setMargin(2 * space)
        self.place = ElidedLabel(self._talk, "Place in the dialogue file")
        self.place.setContentsMargins(space, 0, space, space // 2)
        self.notice = Notice(self._talk)
        self.bar = BufferBar(self._talk)
        self.bar.turn_clicked.connect(self._show_turn)
        self.box = QueryBox(self._talk)
        self.box.setFixedHeight(2 * self.box.fontMetrics().lineSpacing() + 2 * space)
        self.box.setAccessibleName("What you say")
        self.box.setToolTip("Return says it; Shift+Return begins a new line")
        self.box.asked.connect(self._typed)
        around = QHBoxLayout()
        around.setContentsMargins(space, 0, space, space)
        around.addWidget(self.box)
        column = QVBoxLayout(self._talk)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self.place)
        column.addWidget(self._hint, 1)
        column.addWidget(self.list, 1)
        column.addWidget(self.notice)
        column.addWidget(self.bar)
        column.addLayout(around)

    def _build_memory(self) -> None:
        self.tabs = QTabWidget(self)
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setExpanding(False)
        self.tabs.setAccessibleName("What is remembered")
        self.tabs.setToolTip("What is remembered of the conversation")
        self.claims = ClaimsPane(self._claims, self.tabs)
        self.profile = ProfilePane(self._profile, self.tabs)
        self.tabs.addTab(self.claims, "Remembered")
        self.tabs.addTab(self.profile, "Profile")
        self._claims.store_wanted.connect(lambda number: self._chat.store([number]))
        self._claims.text_edited.connect(self._chat.edit_claim)
        self.claims.store_wanted.connect(self._chat.store)
        self.claims.dismiss_wanted.connect(self._chat.dismiss)
        self.claims.turn_chosen.connect(self._show_turn)
        self.profile.evidence_chosen.connect(self._show_evidence)

    # -- what the user does ------------------------------------------------------------------------------------------

    def _typed(self, text: str) -> None:
        if self._chat.say(text):
            self.box.clear()
            self.notice.clear()

    def _owner_typed(self) -> None:
        state = self._chat.state
        if state is not None and self.owner.text().strip() != state.owner:
            self._chat.talk.set_owner(self.owner.text())
            self._chat.ask_profile()

    def _options_changed(self) -> None:
        self._chat.talk.store_claims = self.options.at_once.isChecked()
        self._chat.talk.by_model = self.options.by_model.isChecked()
        self._chat.ask_when_stepping = self.options.ask_model.isChecked()

    def _budget_changed(self, tokens: int) -> None:
        self._chat.talk.set_budget(tokens)

    def _turn_chosen(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            entry_id = self._turns.row(current.row()).entry_id
            if entry_id is not None:
                self._selection.select(entry_id, self)

    def _select(self, entry_id: int) -> None:
        self._selection.select(entry_id, None)

    def _show_turn(self, number: int) -> None:
        index = self._turns.index(number - 1)
        if index.isValid():
            self.list.setCurrentIndex(index)
            self.list.scrollTo(index)

    def _show_evidence(self, entry_id: int, turn_id: int) -> None:
        """The turn that says it, where it is one of this conversation; its entry is chosen in any case."""
        row = self._turns.row_of_entry(turn_id)
        if row >= 0:
            self._show_turn(row + 1)
        else:
            self._selection.select(turn_id or entry_id, self)

    def _entry_selected(self, entry_id: int | None, initiator: object) -> None:
        row = self._turns.row_of_entry(entry_id) if initiator is not self else -1
        if row >= 0:
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.list.selectionModel().setCurrentIndex(self._turns.index(row), flag)

    # -- what is shown -----------------------------------------------------------------------------------------------

    def _refresh(self) -> None:
        chat, state = self._chat, self._chat.state
        follow = self._at_end()
        before = self._turns.rowCount()
        private = self._private
        self._hidden = hidden_turns(state, private) if state is not None and private else frozenset()
        self._turns.hide_turns(self._hidden)
        self._turns.show_state(state, chat.pending, self._answer(), chat.model)
        self._show_claims()
        waiting = len(self._claims.proposed())
        self.tabs.setTabText(0, f"Remembered · {waiting} new" if waiting else "Remembered")
        if state is not None:
            self.bar.show_buffer(state.buffer, exact=state.exact_tokens, hidden=self._hidden)
            if not self.owner.hasFocus():
                self.owner.setText(state.owner)
            self._show_owner(state)
            self._say(masked_quotes(state.notice) if self._hidden else state.notice)
        file = state.file if state is not None else None
        self.place.setVisible(file is not None)
        self.place.say(f"{file.name} · {file.done:,} of {file.total:,} turns" if file is not None else "")
        empty = self._turns.rowCount() == 0
        self._hint.setVisible(empty)
        self.list.setVisible(not empty)
        self._hint.setText(self._why_empty())
        self.box.setPlaceholderText(self._placeholder())
        if follow and self._turns.rowCount() != before:
            self.list.scrollToBottom()

    @property
    def _private(self) -> frozenset[int]:
        """Ids of the entries that are masked."""
        return self._chat.private if self._privacy.masks else frozenset()

    def _follow_privacy(self) -> None:
        """Masking was switched, or other entries are private."""
        self._refresh()
        self._show_profile()
        self.list.scheduleDelayedItemsLayout()

    def _answer(self) -> str:
        """What is being answered, as it may be shown: nothing of it after a turn that is masked."""
        run, state = self._chat.run, self._chat.state
        if run is None:
            return ""
        if state is not None and any(held.number in self._hidden for held in state.buffer.held):
            return MASK
        return run.masked.answer.strip() if self._privacy.masks else run.answer

    def _show_claims(self) -> None:
        proposals = self._chat.state.proposals if self._chat.state is not None else ()
        private, turns = self._private, self._hidden
        hidden = frozenset(one.number for one in proposals if hides_claim(one, turns, private))
        if private:
            proposals = tuple(masked_claim(one, turns, private) for one in proposals)
        self._claims.show_proposals(proposals, hidden)

    def _show_owner(self, state: ChatState) -> None:
        """The owner’s name stands in the keys of what is known of them."""
        private = self._private
        claims = (one.entry_id for one in state.proposals)
        profile = (value.entry_id for row in self._chat.profile for value in (row.current, *row.others, *row.earlier))
        hides = bool(self._hidden) or any(entry_id in private for entry_id in (*claims, *profile))
        self.owner.setEchoMode(QLineEdit.EchoMode.Password if hides else QLineEdit.EchoMode.Normal)
        self.tabs.setTabText(1, f"Profile of {MASK if hides else state.owner[:24]}")

    def _at_end(self) -> bool:
        bar = self.list.verticalScrollBar()
        return bar.value() >= bar.maximum() - 2 * unit(self)

    def _answer_grows(self) -> None:
        if self._chat.run is not None and self.isVisible():
            self._turns.show_answer(self._answer())

    def _why_empty(self) -> str:
        file = self._chat.state.file if self._chat.state is not None else None
        if not self._chat.memory:
            return "No memory is open. Open one, or make a new one, to keep what is said."
        if file is not None:
            return f"“{file.name}” has {file.total:,} turns. Step through it (F9), or load all of it."
        who = f"{self._chat.model} answers" if self._chat.answers else "Nobody answers, since the model cannot converse"
        return (
            f"{who}; what is said is kept in the memory “{self._chat.memory}”."
            " Say something, or load a dialogue and step through it."
        )

    def _placeholder(self) -> str:
        return "Say something and press Return" if self._chat.answers else "Say something; it is recorded"

    def _show_profile(self) -> None:
        rows = masked_profile(self._chat.profile, self._private) if self._private else self._chat.profile
        self._profile.show_profile(rows)
        if self._chat.state is not None:
            self._show_owner(self._chat.state)
        self.profile.say("" if rows else "Nothing is known yet: store what was found, and it gathers here.")

    def _say(self, sentence: str) -> None:
        """What the conversation says itself stays until it says something else; what was refused is told once."""
        if sentence and sentence != self._said:
            self.notice.say(sentence)
        self._said = sentence

    def _refused(self, sentence: str) -> None:
        self.notice.say(sentence, trouble=True)

    # -- Qt ----------------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._chat.state is None:
            self._chat.begin()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.list.scheduleDelayedItemsLayout()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange) and hasattr(self, "_delegate"):
            self._delegate.dress()
            self.list.scheduleDelayedItemsLayout()
            self.list.viewport().update()
