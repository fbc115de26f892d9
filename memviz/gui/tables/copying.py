"""Rows of the table as tab-separated text, or as JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence

from memviz.core.entry import ENTRY_FIELDS, Entry
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


def as_tsv(
    entries: Sequence[Entry],
    columns: Sequence[str],
    values: Mapping[tuple[int, str], str],
    embedded: frozenset[int] = frozenset(),
) -> str:
    """A header line and a line per entry, fields whole; quoted where they hold tabs or line breaks.

    ``embedded``: ids of the entries with a vector.
    """
    out = io.StringIO()
    writer = csv.writer(out, dialect="excel-tab", lineterminator="\n")
    writer.writerow(columns)
    for entry in entries:
        writer.writerow([_field(entry, name, values, embedded) for name in columns])
    return out.getvalue()


def as_json(entries: Sequence[Entry]) -> str:
    """A list of objects with all fields; times are seconds since 1970."""
    rows = [
        {**{name: getattr(entry, name) for name in ENTRY_FIELDS}, "metadata": dict(entry.metadata)} for entry in entries
    ]
    return json.dumps(rows, ensure_ascii=False, indent=2)


def _field(entry: Entry, name: str, values: Mapping[tuple[int, str], str], embedded: frozenset[int]) -> str:
    if name in RUN_COLUMNS:
        return values.get((entry.id, name), "")
    match name:
        case "enabled":
            return "true" if entry.enabled else "false"
        case "updated" | "created" | "last_used" | "expires":
            value = getattr(entry, name)
            return "" if value is None else f"{value:.3f}"
        case "private":
            return "true" if entry.private else "false"
        case "embedded":
            return "true" if entry.id in embedded else "false"
        case "used":
            return str(entry.used_count)
    return cells.edited_text(entry, name)
