"""An edit met a newer one of somebody else: both versions side by side, and what shall become of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from memviz.core.edit_conflict import EditConflict
from memviz.gui.docks.inspector_diff import DiffText
from memviz.gui.metrics import unit
from memviz.gui.tables.labels import PlainLabel
from memviz.gui.tables.plain import many_lines, tooltip
from memviz.gui.tables.word_diff import word_diff

_TOP = Qt.AlignmentFlag.AlignTop
#: The box never takes more height than so many units; its versions scroll.
_MOST_UNITS = 34
_MASKED = "The entry is private; View ▸ Mask Private Entries shows both versions again, to be edited."


@dataclass(frozen=True, slots=True)
class Versions:
    """One field as it was seen, as it is now, and as it was typed; each as its editor shows it."""

    name: str
    seen: str
    theirs: str
    mine: str


class ConflictBox(QFrame):
    """Hidden until there is something to decide. What was typed stays with whoever shows it. GUI thread.

    Signals:
        theirs_kept(), mine_taken(), edited_again(): what the user wants; the box is hidden by then.
    """

    theirs_kept = Signal()
    mine_taken = Signal()
    edited_again = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.conflict: EditConflict | None = None
        self._masks = False
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAccessibleName("Both versions of an entry")
        self.title = PlainLabel("", self, semi_bold=True)
        self.title.wrap()
        self.versions = QScrollArea(self)
        self.versions.setWidgetResizable(True)
        self.versions.setFrameShape(QFrame.Shape.NoFrame)
        self.versions.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.versions.setAccessibleName("What is there now, and what you typed")
        self.masked = PlainLabel(_MASKED, self, color="muted")
        self.masked.wrap()
        self.theirs = self._button("Keep theirs", "Leave the entry as it is now; what you typed is thrown away")
        self.mine = self._button("Take mine", "Save what you typed over what is there now; undo takes it back (Ctrl+Z)")
        self.again = self._button("Edit again", "Go on editing what you typed, and save it when you are ready")
        space = unit(self)
        buttons = QHBoxLayout()
        buttons.setSpacing(space)
        buttons.addStretch(1)
        for button in (self.theirs, self.mine, self.again):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(space, space, space, space)
        column.setSpacing(space)
        column.addWidget(self.title)
        column.addWidget(self.versions)
        column.addWidget(self.masked)
        column.addLayout(buttons)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.theirs.clicked.connect(self._keep_theirs)
        self.mine.clicked.connect(self._take_mine)
        self.again.clicked.connect(self._edit_again)
        self.hide()

    def _button(self, words: str, tip: str) -> QPushButton:
        button = QPushButton(words, self)
        button.setToolTip(tip)
        button.setAccessibleName(words)
        button.setAutoDefault(False)
        return button

    def show_conflict(self, conflict: EditConflict, fields: Sequence[Versions]) -> None:
        """Both versions of each field; where the entry is gone, what was typed beside what it said."""
        self.conflict = conflict
        gone = conflict.now is None
        what = "deleted" if gone else "changed"
        self.title.setText(
            f"Somebody else {what} entry {conflict.entry_id} while you were editing it; nothing was saved."
        )
        self.mine.setText("Bring it back with mine" if gone else "Take mine")
        self.theirs.setText("Leave it deleted" if gone else "Keep theirs")
        self.again.setVisible(not gone)
        body = QWidget(self)
        space = unit(self)
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(2 * space)
        grid.setVerticalSpacing(space // 2)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        grid.addWidget(PlainLabel("what it said" if gone else "now (theirs)", body, color="muted"), 0, 1)
        grid.addWidget(PlainLabel("yours, not saved", body, color="muted"), 0, 2)
        for row, field in enumerate(fields, 1):
            there = field.seen if gone else field.theirs
            grid.addWidget(PlainLabel(field.name, body, color="muted"), row, 0, _TOP)
            grid.addWidget(_version(body, field.seen, there, f"their {field.name}"), row, 1, _TOP)
            grid.addWidget(_version(body, field.seen, field.mine, f"your {field.name}"), row, 2, _TOP)
        grid.setRowStretch(len(fields) + 1, 1)
        self.versions.setWidget(body)
        self._follow_masks()
        self.show()
        self._fit()

    def set_masks(self, masks: bool) -> None:
        """Whether a private entry is masked; what was typed over it can then be thrown away, and nothing else."""
        self._masks = masks
        self._follow_masks()

    def _follow_masks(self) -> None:
        conflict = self.conflict
        # Of one that is gone nobody knows here whether it was private.
        private = conflict is not None and (conflict.now is None or conflict.now.private)
        hides = self._masks and private
        self.versions.setVisible(not hides)
        self.masked.setVisible(hides)
        for button in (self.mine, self.again):
            button.setEnabled(not hides)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As high as the versions need in this width, up to a limit."""
        body = self.versions.widget()
        if body is None:
            return
        width = self.versions.viewport().width()
        layout = body.layout()
        needed = layout.heightForWidth(width) if layout is not None and layout.hasHeightForWidth() else 0
        height = max(needed, body.sizeHint().height())
        self.versions.setFixedHeight(min(height + 2, _MOST_UNITS * unit(self)))

    def close_box(self) -> None:
        """It is decided, or nothing is left to decide."""
        self.conflict = None
        self.hide()

    def _keep_theirs(self) -> None:
        self.hide()
        self.theirs_kept.emit()

    def _take_mine(self) -> None:
        self.hide()
        self.mine_taken.emit()

    def _edit_again(self) -> None:
        self.hide()
        self.edited_again.emit()


def _version(body: QWidget, seen: str, text: str, name: str) -> QWidget:
    """What is other than what was seen is marked."""
    if seen == text or not text:
        label = PlainLabel(many_lines(text, limit=2_000) or "(nothing)", body, color="text" if text else "muted")
        label.wrap()
        label.setAlignment(_TOP)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        shown: QWidget = label
    else:
        shown = DiffText(word_diff(seen, text), body)
    shown.setAccessibleName(name)
    shown.setToolTip(tooltip(text))
    return shown
