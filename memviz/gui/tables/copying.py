"""Rows of the table as tab-separated text."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from memviz.core.entry import Entry
from memviz.gui.tables import cells
from memviz.gui.tables.columns import RUN_COLUMNS
from memviz.gui.tables.run_figures import RunFigures


def run_values(figures: RunFigures, columns: Sequence[str], step: int) -> dict[tuple[int, str], str]:
    """(entry id, column) -> text, for all candidates: a value that another thread may read."""
    return {
        (entry_id, name): cells.run_text(figures, name, entry_id, step)
        for entry_id in figures.candidates
        for name in columns
        if name in RUN_COLUMNS
    }


def as_tsv(entries: Sequence[Entry], columns: Sequence[str], values: Mapping[tuple[int, str], str]) -> str:
    """A header line and a line per entry, fields whole; quoted where they hold tabs or line breaks."""
    out = io.StringIO()
    writer = csv.writer(out, dialect="excel-tab", lineterminator="\n")
    writer.writerow(columns)
    for entry in entries:
        writer.writerow([_field(entry, name, values) for name in columns])
    return out.getvalue()


def _field(entry: Entry, name: str, values: Mapping[tuple[int, str], str]) -> str:
    if name in RUN_COLUMNS:
        return values.get((entry.id, name), "")
    match name:
        case "enabled":
            return "true" if entry.enabled else "false"
        case "updated":
            return f"{entry.updated:.3f}"
        case "used":
            return str(entry.used_count)
    return cells.edited_text(entry, name)
