"""The first records of a file as the entries that they would become."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTableWidget, QTableWidgetItem, QWidget

from memviz.core.privacy import MASK, PRIVATE_FIELDS
from memviz.gui.measure_dialog.figures_table import dress_table
from memviz.gui.metrics import unit
from memviz.gui.privacy import Privacy
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.theme import colors_of

#: In this order; key and text are always there, the others where an entry has them.
_FIELDS = (
    *("key", "text", "owner", "kind", "tags", "source", "confidence", "created", "updated", "expires", "private"),
    *("enabled", "metadata"),
)
_ALWAYS = ("key", "text")
_TIMES = ("created", "updated", "expires")
#: In units.
_WIDTHS = {"text": 0, "key": 16, "metadata": 14, "source": 12, "tags": 11, "owner": 9, **dict.fromkeys(_TIMES, 15)}
_WIDTH, _LEAST_TEXT = 10, 36


class PreviewTable(QTableWidget):
    """Rows as :func:`memviz.session.importing.preview` gives them, private ones masked. GUI thread."""

    def __init__(self, privacy: Privacy, parent: QWidget | None = None) -> None:
        super().__init__(0, len(_ALWAYS), parent)
        self._privacy = privacy
        self.setAccessibleName("First entries")
        self.setToolTip("The first records of the file as entries; a red one is none")
        dress_table(self)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._fields: list[str] = list(_ALWAYS)

    def show_entries(self, made: Sequence[Mapping[str, Any] | str]) -> None:
        """The entries, or in their place why they are none."""
        there = {name for one in made if not isinstance(one, str) for name in one}
        fields = [name for name in _FIELDS if name in there or name in _ALWAYS]
        self.clearSpans()
        self.setColumnCount(len(fields))
        self.setHorizontalHeaderLabels(fields)
        self.setRowCount(len(made))
        colors = colors_of(self.palette())
        for row, one in enumerate(made):
            if isinstance(one, str):
                self.setSpan(row, 0, 1, len(fields))
                self._say(row, 0, f"This one {one}.", colors.color("error"))
                continue
            masked = self._privacy.masks and one.get("private")
            for column, name in enumerate(fields):
                quiet = "text" if name in _ALWAYS else "muted"
                words = _words(name, one.get(name, ""))
                words = MASK if masked and words and name in PRIVATE_FIELDS else words
                self._say(row, column, words, colors.color(quiet))
        self._fields = fields
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """The text gets what the others leave, and never too little to be read."""
        header, space = self.horizontalHeader(), unit(self)
        widths = [_WIDTHS.get(name, _WIDTH) * space for name in self._fields]
        rest = self.viewport().width() - sum(widths)
        for section, name in enumerate(self._fields):
            header.resizeSection(section, max(_LEAST_TEXT * space, rest) if name == "text" else widths[section])

    def _say(self, row: int, column: int, words: str, color: Any) -> None:
        item = QTableWidgetItem(one_line(words))
        item.setToolTip(tooltip(words))
        item.setForeground(color)
        self.setItem(row, column, item)


def _words(name: str, value: Any) -> str:
    if name in _TIMES and isinstance(value, float):
        try:
            return datetime.fromtimestamp(value).strftime("%Y-%m-%d %H:%M")
        except (OverflowError, ValueError, OSError):
            return f"{value:g} s"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "tags":
        return ", ".join(value)
    return json.dumps(dict(value), ensure_ascii=False) if isinstance(value, Mapping) else str(value)
