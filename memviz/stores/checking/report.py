"""``check``: every check on one view of a memory file."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from memviz.core.errors import KnownError
from memviz.core.progress import Progress, no_progress
from memviz.stores.checking import beside, full_text, history
from memviz.stores.checking.finding import Finding
from memviz.stores.sqlite_errors import known_errors
from memviz.stores.sqlite_file import existing_file
from memviz.stores.sqlite_history import head
from memviz.stores.sqlite_schema import APPLICATION_ID, MIGRATIONS

#: Words of SQLite's check about an index, which follows from its table.
_OF_INDEX = re.compile(r"^(row \d+ missing from index|wrong # of entries in index|non-unique entry in index)")
_OF_FULL_TEXT = re.compile(r"fts5.*entries_fts", re.IGNORECASE)
_MOST_LINES = 100
#: What comes of values of another type or form than a column has: pages were exchanged, or bytes in them changed.
UNREADABLE = (TypeError, ValueError, LookupError, AttributeError, OverflowError)


@dataclass(frozen=True, slots=True)
class Report:
    """What a check of one file found; ``version`` and ``entries`` as the file says, None where it does not."""

    path: Path
    version: int | None
    entries: int | None
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        return not self.findings


def check(path: str | Path, progress: Progress = no_progress) -> Report:
    """Reads the whole file at one version; others may go on editing it. Blocks, for a million entries a minute or two.

    Raises:
        KnownError: no memory of this format is there.
        Cancelled: by ``progress``.
    """
    file = existing_file(Path(path))
    with known_errors(file.path), closing(file.connect(read_only=file.read_only)) as connection:
        connection.execute("BEGIN")
        check_format(connection, file.path)
        return checked(connection, file.path, progress)


def check_format(connection: sqlite3.Connection, path: Path) -> None:
    """Raises a KnownError where the file is no memory of the newest format."""
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise KnownError(f"“{path}” is no memviz memory; choose one.")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise KnownError(f"“{path}” was written by a newer memviz; update memviz to check it.")
    if version < len(MIGRATIONS):
        raise KnownError(
            f"“{path}” comes from an older memviz (format {version}); open it once, which brings it up to date and"
            " keeps a copy of it, and then check it. If it cannot be opened, --rescue saves what can be read."
        )


def checked(connection: sqlite3.Connection, path: Path, progress: Progress = no_progress) -> Report:
    """The report of what a transaction sees; the caller holds it."""
    findings: list[Finding] = []
    checks: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("pages", partial(page_findings, connection, progress)),
        ("tables", partial(beside.table_findings, connection)),
        ("the history", partial(history.change_findings, connection)),
        ("entries", partial(history.entry_findings, connection, progress)),
        ("the full-text index", partial(full_text.index_findings, connection, progress)),
        ("ids", partial(beside.id_findings, connection)),
        ("settings", partial(beside.setting_findings, connection)),
        ("vectors", partial(beside.vector_findings, connection)),
    ]
    for name, look in checks:
        try:
            findings += look()
        except sqlite3.Error as error:
            code = "index" if name == "the full-text index" else "pages"
            words = f"{name[0].upper()}{name[1:]} could not be checked: {error}."
            findings.append(Finding(code, words, repairable=code == "index"))
        except UNREADABLE:
            words = (
                f"{name[0].upper()}{name[1:]} could not be checked: there are values that memviz cannot have written."
            )
            findings.append(Finding("rows", words))
    try:
        version, entries = head(connection)
    except sqlite3.Error:
        return Report(path, None, None, _once(findings))
    return Report(path, version, entries, _once(findings))


def page_findings(connection: sqlite3.Connection, progress: Progress) -> Iterator[Finding]:
    """SQLite's own check of pages and indexes."""
    progress(0, 0, "checking the pages")
    lines = [str(row[0]) for row in connection.execute(f"PRAGMA integrity_check({_MOST_LINES})")]
    if lines == ["ok"]:
        return
    of_text = [line for line in lines if _OF_FULL_TEXT.search(line)]
    of_index = [line for line in lines if _OF_INDEX.match(line)]
    other = [line for line in lines if line not in of_text and line not in of_index]
    if of_text:
        yield Finding("index", f"The full-text index is damaged ({of_text[0]}).", True)
    if of_index:
        yield Finding("reindex", f"An index does not fit to its table ({of_index[0]}).", True, (), len(of_index))
    if other:
        first = " ".join(other[0].split())
        yield Finding("pages", f"Pages of the file are damaged ({first}).", count=len(other))


def _once(findings: list[Finding]) -> tuple[Finding, ...]:
    return tuple(dict.fromkeys(findings))
