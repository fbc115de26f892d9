"""Puts the chosen rows of the table on the clipboard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from memviz.core.entry import Entry
from memviz.core.privacy import masked_entry
from memviz.gui.bridge import Bridge
from memviz.gui.playhead import Playhead
from memviz.gui.tables.columns import COLUMNS
from memviz.gui.tables.copying import as_json, as_tsv, run_values
from memviz.gui.tables.entry_model import EntryModel
from memviz.gui.tables.entry_source import Readable
from memviz.gui.tables.entry_view import EntryView

_MOST = 100_000


class EntryCopying(QObject):
    """Texts are copied whole, of the time that is shown; private entries are masked as they are there. GUI thread.

    Signals:
        said(str): what was copied, or why not.
        failed(object): an exception.
    """

    said = Signal(str)
    failed = Signal(object)

    def __init__(self, bridge: Bridge, model: EntryModel, view: EntryView, playhead: Playhead, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge, self._model, self._view, self._playhead = bridge, model, view, playhead

    def as_table(self) -> None:
        """Tab-separated text of the shown columns."""
        columns = [column.name for number, column in enumerate(COLUMNS) if not self._view.isColumnHidden(number)]
        values = run_values(self._model.figures, columns, self._playhead.step)
        self._copy("tab-separated text", lambda entries, embedded: as_tsv(entries, columns, values, embedded))

    def as_json(self) -> None:
        """All fields."""
        self._copy("JSON", lambda entries, _embedded: as_json(entries))

    def _copy(self, form: str, write: Callable[[Sequence[Entry], frozenset[int]], str]) -> None:
        ids = self._view.chosen_ids()
        if len(ids) > _MOST:
            self.said.emit(f"{len(ids):,} rows are too many for the clipboard; choose at most {_MOST:,}.")
            return
        masks = self._model.masks

        def copy(view: Readable) -> tuple[int, str, str]:
            entries = [masked_entry(entry) if masks else entry for entry in view.get(ids.tolist())]
            return len(entries), write(entries, view.embedded(ids.tolist())), form

        if len(ids):
            self._bridge.call(partial(self._model.source.call, copy), self._copied, self.failed.emit)

    def _copied(self, copied: tuple[int, str, str]) -> None:
        count, text, form = copied
        QGuiApplication.clipboard().setText(text)
        self.said.emit(f"Copied {count:,} row{'' if count == 1 else 's'} as {form}.")
