"""What is remembered of a conversation, and the profile of its owner."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QStackedLayout,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from memviz.gui.chat.bar_delegate import BarDelegate
from memviz.gui.chat.claims_model import ClaimsModel
from memviz.gui.chat.profile_model import ProfileModel
from memviz.gui.metrics import unit
from memviz.gui.widgets import plain_label


class Pane(QWidget):
    """A table, or a sentence about why it is empty and what to do."""

    def __init__(self, model: QAbstractItemModel, name: str, tip: str, stretch: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.table = QTableView(self)
        self.table.setModel(model)
        self.table.setAccessibleName(name)
        self.table.setToolTip(tip)
        self.table.setFrameShape(QTableView.Shape.NoFrame)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(round(3.2 * unit(self)))
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column in range(model.columnCount()):
            mode = QHeaderView.ResizeMode.Stretch if column == stretch else QHeaderView.ResizeMode.Fixed
            header.setSectionResizeMode(column, mode)
        self.empty = plain_label(self, f"{name}: why it is empty", quiet=True)
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setMargin(2 * unit(self))
        self._stack = QStackedLayout()
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.table)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)
        self.column.addLayout(self._stack, 1)

    def say(self, sentence: str) -> None:
        """Shows the table where there is nothing to say."""
        self.empty.setText(sentence)
        self._stack.setCurrentIndex(0 if sentence else 1)


class ClaimsPane(Pane):
    """GUI thread.

    Signals:
        turn_chosen(int): number of the turn that a claim was found in.
        store_wanted(list), dismiss_wanted(list): numbers of claims.
    """

    turn_chosen = Signal(int)
    store_wanted = Signal(list)
    dismiss_wanted = Signal(list)

    def __init__(self, model: ClaimsModel, parent: QWidget) -> None:
        super().__init__(model, "Remembered", "What was found in what was said; a tick stores it", 0, parent)
        self._model = model
        space = unit(self)
        self.table.setColumnWidth(1, 6 * space)
        self.table.setColumnWidth(2, 5 * space)
        self.table.setItemDelegateForColumn(1, BarDelegate(self.table))
        triggers = QAbstractItemView.EditTrigger
        self.table.setEditTriggers(triggers.DoubleClicked | triggers.EditKeyPressed)
        self.table.selectionModel().currentRowChanged.connect(self._row_chosen)
        self.store = self._button("Store All", "Store everything that is proposed as entries of the memory")
        self.dismiss = self._button("Dismiss", "Don’t remember the chosen claim")
        self.store.clicked.connect(lambda: self.store_wanted.emit(self._model.proposed()))
        self.dismiss.clicked.connect(self._dismiss)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(space, space // 2, space, space // 2)
        self._words = plain_label(self, "Number of claims", quiet=True)
        buttons.addWidget(self._words, 1)
        buttons.addWidget(self.dismiss)
        buttons.addWidget(self.store)
        self.column.addLayout(buttons)
        model.modelReset.connect(self.refresh)
        model.dataChanged.connect(self.refresh)
        self.refresh()

    def _button(self, words: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(words)
        button.setToolTip(tip)
        button.setAccessibleName(words)
        return button

    def refresh(self) -> None:
        """After the claims changed."""
        count, waiting = self._model.rowCount(), len(self._model.proposed())
        self.say("" if count else "What you say about yourself is found here: “I live in Rome”, “我喜欢茶”.")
        self._words.setText(f"{count - waiting} stored, {waiting} proposed" if count else "")
        self.store.setVisible(count > 0)
        self.dismiss.setVisible(count > 0)
        self.store.setEnabled(waiting > 0)
        self.dismiss.setEnabled(waiting > 0)

    def _row_chosen(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self.turn_chosen.emit(self._model.proposal(current.row()).turn)

    def _dismiss(self) -> None:
        current = self.table.currentIndex()
        if current.isValid():
            self.dismiss_wanted.emit([self._model.proposal(current.row()).number])


class ProfilePane(Pane):
    """GUI thread.

    Signals:
        evidence_chosen(int, int): the entry of a value, and that of the newest turn that says it (0: none).
    """

    evidence_chosen = Signal(int, int)

    def __init__(self, model: ProfileModel, parent: QWidget) -> None:
        super().__init__(model, "Profile", "What is known of the owner; a row shows the turn that says it", 1, parent)
        self._model = model
        space = unit(self)
        for column, width in ((0, 16), (2, 6), (3, 8)):
            self.table.setColumnWidth(column, width * space)
        self.table.setItemDelegateForColumn(2, BarDelegate(self.table))
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.clicked.connect(self._clicked)
        self.table.activated.connect(self._clicked)

    def _clicked(self, index: QModelIndex) -> None:
        row = self._model.profile_row(index.row())
        turns = [evidence.turn for evidence in row.current.evidence]
        self.evidence_chosen.emit(row.current.entry_id, turns[-1] if turns else 0)
