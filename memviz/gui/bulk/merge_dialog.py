"""Making several entries one: which one stays, what it says, what becomes of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from memviz.core.edits import EntryDiff
from memviz.core.entry import Entry
from memviz.gui.bulk.diff_list import DiffList
from memviz.gui.metrics import unit
from memviz.gui.privacy import Privacy
from memviz.gui.tables.ages import age
from memviz.gui.tables.labels import PlainLabel
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.tables.plain_edit import PlainEdit
from memviz.gui.widgets import choice_box

if TYPE_CHECKING:
    from memviz.session.bulk.merging import Merge

#: More are no choice by hand.
MOST = 100
_COLUMNS = ("id", "key", "text", "confidence", "edited")
_OWN, _LINES, _SPACES, _WRITTEN = "own", "lines", "spaces", "written"
_BETWEEN = {_LINES: "\n", _SPACES: " "}
_MASKED = "One of these entries is private; View ▸ Mask Private Entries shows the text again, to be written."


class MergeDialog(QDialog):
    """Shows what the entry that stays would become; nothing is changed here. GUI thread.

    While private entries are masked, the text of one can be chosen but not written.
    """

    def __init__(self, entries: Sequence[Entry], privacy: Privacy, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Merge Entries")
        self._entries, self._privacy = tuple(entries), privacy
        space = unit(self)
        self.table = self._table()
        self.text = choice_box(
            self,
            "Text",
            "What the entry that stays says",
            [
                ("Its own text", _OWN),
                ("All texts, a line each", _LINES),
                ("All texts, one after the other", _SPACES),
                ("What I write below", _WRITTEN),
            ],
        )
        self.others = choice_box(
            self,
            "The others",
            "A superseded entry stays in the memory, and the other one is recalled instead",
            [("stay, superseded by it", False), ("are deleted", True)],
        )
        self.edit = PlainEdit(self)
        self.edit.setAccessibleName("Text of the entry that stays")
        self.edit.setToolTip("What the entry that stays will say; type to change it")
        self.edit.fit_lines(3, 8)
        self.masked = PlainLabel(_MASKED, self, color="muted")
        self.masked.wrap()
        self.diffs = DiffList("What becomes of the entry that stays", privacy, self)
        standard = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(standard.Ok | standard.Cancel, self)
        self.ok = buttons.button(standard.Ok)
        self.ok.setText(f"Merge {len(entries):,} Entries")
        self.ok.setToolTip("In one edit, which one undo takes back")
        form = QFormLayout()
        form.setHorizontalSpacing(2 * space)
        form.setVerticalSpacing(space)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Text", self.text)
        form.addRow("", self.edit)
        form.addRow("", self.masked)
        form.addRow("The others", self.others)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * space, 2 * space, 2 * space, 2 * space)
        column.setSpacing(space)
        column.addWidget(PlainLabel("The chosen row stays. It gets the tags, sources and evidence of all.", self))
        column.addWidget(self.table, 2)
        column.addLayout(form)
        column.addWidget(self.diffs, 2)
        column.addWidget(buttons)
        self.table.selectionModel().currentRowChanged.connect(lambda *_: self._fill_text())
        self.text.currentIndexChanged.connect(lambda *_: self._fill_text())
        self.others.currentIndexChanged.connect(lambda *_: self._preview())
        self.edit.edited.connect(self._written)
        privacy.changed.connect(self._follow_privacy)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.resize(100 * space, 84 * space)
        self._follow_privacy()
        self.table.selectRow(self._first())

    def _first(self) -> int:
        from memviz.session.bulk.merging import Keep, kept_by

        return self._entries.index(kept_by(self._entries, Keep.NEWEST))

    def _table(self) -> QTableWidget:
        table = QTableWidget(len(self._entries), len(_COLUMNS), self)
        table.setHorizontalHeaderLabels(list(_COLUMNS))
        table.setAccessibleName("Entries to be merged; the chosen one stays")
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setTabKeyNavigation(False)
        table.setWordWrap(False)
        table.setShowGrid(False)
        table.setFrameShape(QTableWidget.Shape.NoFrame)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        space = unit(self)
        for number, wide in enumerate((9, 22, 40, 10, 9)):
            header.resizeSection(number, wide * space)
        header.setSectionResizeMode(_COLUMNS.index("text"), QHeaderView.ResizeMode.Stretch)
        return table

    def _follow_privacy(self) -> None:
        """Masking was switched, or the dialog is new."""
        for row, entry in enumerate(map(self._privacy.entry, self._entries)):
            values = (str(entry.id), entry.key, entry.text, f"{entry.confidence:.2f}", age(entry.updated))
            for number, words in enumerate(values):
                item = QTableWidgetItem(one_line(words))
                item.setToolTip(tooltip(words))
                self.table.setItem(row, number, item)
        hides = any(map(self._privacy.hides, self._entries))
        self.edit.setVisible(not hides)
        self.masked.setVisible(hides)
        model, written = self.text.model(), self.text.findData(_WRITTEN)
        flags = Qt.ItemFlag.NoItemFlags if hides else Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if isinstance(model, QStandardItemModel):
            model.item(written).setFlags(flags)

    @property
    def _kept(self) -> Entry:
        return self._entries[max(0, self.table.currentRow())]

    def merge(self) -> Merge:
        """What is chosen."""
        from memviz.session.bulk.merging import Merge

        how = self.text.currentData()
        return Merge(
            tuple(entry.id for entry in self._entries),
            self._kept.id,
            text=self.edit.text() if how == _WRITTEN else None,
            join=_BETWEEN.get(how),
            delete=bool(self.others.currentData()),
        )

    def _fill_text(self) -> None:
        from memviz.session.bulk.merging import merged_fields

        if self.text.currentData() != _WRITTEN:
            self.edit.set_text(merged_fields(self._entries, self.merge()).get("text", self._kept.text))
        self._preview()

    def _written(self) -> None:
        self.text.blockSignals(True)
        self.text.setCurrentIndex(self.text.findData(_WRITTEN))
        self.text.blockSignals(False)
        self._preview()

    def _preview(self) -> None:
        from memviz.session.bulk.merging import merged_fields

        kept = self._kept
        after = replace(kept, **merged_fields(self._entries, self.merge()))
        empty = not (after.text + after.key).strip()
        self.ok.setEnabled(not empty)
        if empty:
            self.diffs.say("An entry needs a text or a key; write one.", "error")
        elif after == kept:
            self.diffs.say(f"Entry {kept.id} stays as it is.")
        else:
            private = {kept.id} if any(entry.private for entry in self._entries) else set()  # of all it has words
            self.diffs.show_diffs([EntryDiff(kept.id, kept, after)], private=private)
