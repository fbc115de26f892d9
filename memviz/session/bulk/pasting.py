"""Rows that were copied somewhere, as new entries: tab-separated text, JSON, or plain lines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from memviz.core.edits import Insert, described
from memviz.core.entry import EDITABLE_FIELDS, ENTRY_FIELDS
from memviz.core.errors import KnownError
from memviz.core.progress import Progress, no_progress
from memviz.session.bulk.work import BulkJob, run_edits
from memviz.session.session import Session

#: What is longer is a file, not something to paste.
LONGEST = 20_000_000
#: Fields that a pasted row may set; the others belong to the store.
_TAKEN = EDITABLE_FIELDS - {"superseded_by"}
#: Columns of a copied table that are no news: figures of a run, and of use.
_FIGURES = frozenset({"rank", "score", "status", "attention", "now", "effect", "used"})
_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0", "")


@dataclass(frozen=True, slots=True)
class Pasted:
    """What a text means as entries.

    Attributes:
        inserts: a new entry each.
        form: what the text was taken for: ``JSON``, ``a table``, ``lines``.
        left_out: names of columns that are no fields of a new entry.
    """

    inserts: tuple[Insert, ...]
    form: str
    left_out: tuple[str, ...] = ()


def pasted(text: str) -> Pasted:
    """Reads what was copied.

    - JSON: an object, a list of objects, or an object a line, with the fields of entries.
    - A table with tabs whose first line names fields, as copying rows makes it; without such a line two columns are
      key and text, more are refused.
    - Anything else: each line that is not empty is the text of an entry.

    Raises:
        KnownError: nothing in it, too much, or a row that cannot be an entry, whose number is named.
    """
    if len(text) > LONGEST:
        raise KnownError("This is too much to paste; save it as a file and import that.")
    if not text.strip():
        raise KnownError("The clipboard holds no text; copy some rows or lines first.")
    if text.lstrip()[0] in "[{":
        found = _from_json(text)
        if found is not None:
            return _as_pasted(found, "JSON")
    if "\t" in text:
        return _as_pasted(_from_table(text), "a table")
    return _as_pasted([{"text": line} for line in text.splitlines() if line.strip()], "lines")


def paste(session: Session, inserts: Sequence[Insert], who: str = "api", progress: Progress = no_progress) -> BulkJob:
    """Adds them in one change that one undo takes back. Returns at once."""
    report = session.stoppable(progress)
    return run_edits(session, lambda _store, _job: inserts, described(who, "Paste"), report)


def _from_json(text: str) -> list[Mapping[str, Any]] | None:
    """None where it is no JSON: then it may be lines that begin with a bracket."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        try:
            value = [json.loads(line) for line in text.splitlines() if line.strip()]
        except (ValueError, RecursionError):
            return None
    rows = value if isinstance(value, list) else [value]
    if not all(isinstance(row, Mapping) for row in rows):
        raise KnownError('This JSON is no list of objects; copy rows like [{"key": "…", "text": "…"}].')
    return rows


def _from_table(text: str) -> list[Mapping[str, Any]]:
    try:
        lines = [row for row in csv.reader(io.StringIO(text, newline=""), dialect="excel-tab") if any(row)]
    except csv.Error as error:
        raise KnownError(f"This table cannot be read ({error}); copy it again.") from None
    head = [name.strip().lower() for name in lines[0]]
    if not {"key", "text"} & set(head):
        width = max(len(row) for row in lines)
        if width > 2:
            raise KnownError(
                f"These rows have {width} columns; give them a first line with the names of fields, for example key"
                " and text."
            )
        head = ["key", "text"]
    else:
        lines = lines[1:]
    for number, row in enumerate(lines, 1):
        if len(row) > len(head):
            raise KnownError(f"Row {number} has {len(row)} columns, the first line {len(head)}; copy the rows again.")
    return [
        {name: _value(name, cell, number) for name, cell in zip(head, row, strict=False)}
        for number, row in enumerate(lines, 1)
    ]


def _value(name: str, cell: str, number: int) -> Any:
    """A cell of a table as its field's value."""
    words = cell.strip()
    try:
        match name:
            case "tags":
                return [tag for tag in words.replace("，", ",").split(",") if tag.strip()]
            case "confidence":
                return float(words.replace(",", ".")) if words else 1.0
            case "expires":
                return None if not words else _moment(words)
            case "metadata":
                return json.loads(words) if words else {}
            case "private" | "enabled":
                return _truth(words, name)
            case "kind":
                return words or "fact"
    except (ValueError, OverflowError, RecursionError):
        raise KnownError(f"The {name} “{words[:40]}” of row {number} cannot be read; mend it and copy again.") from None
    return cell


def _moment(words: str) -> float:
    try:
        return float(words)
    except ValueError:
        return datetime.fromisoformat(words).timestamp()


def _truth(words: str, name: str) -> bool:
    if words.lower() in _TRUE:
        return True
    if words.lower() in _FALSE:
        return name == "enabled" and not words
    raise ValueError(words)


def _as_pasted(rows: Sequence[Mapping[str, Any]], form: str) -> Pasted:
    inserts = []
    for number, row in enumerate(rows, 1):
        try:
            inserts.append(Insert(**{name: value for name, value in row.items() if name in _TAKEN}))
        except KnownError as error:
            raise KnownError(f"Row {number} cannot be an entry: {error}") from None
    if not inserts:
        raise KnownError("There is no row in what was copied; copy some rows or lines first.")
    names = dict.fromkeys(name for row in rows for name in row)
    left_out = tuple(name for name in names if name not in {*_TAKEN, *ENTRY_FIELDS, *_FIGURES})
    return Pasted(tuple(inserts), form, left_out)
