"""Mending what follows from what is sound: after a copy of the file, in one transaction, and checked again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from memviz.core.errors import KnownError
from memviz.core.progress import Progress, no_progress
from memviz.core.text import normalised
from memviz.stores.checking import beside
from memviz.stores.checking.full_text import make_index_anew
from memviz.stores.checking.history import wrong_counts, wrong_statuses
from memviz.stores.checking.report import UNREADABLE, Report, check_format, checked
from memviz.stores.sqlite_backup import before_repair, copy_beside
from memviz.stores.sqlite_errors import DamagedFile, known_errors
from memviz.stores.sqlite_file import MemoryFile, existing_file
from memviz.stores.sqlite_vectors import forget

Step = Callable[[sqlite3.Connection, Progress], None]


@dataclass(frozen=True, slots=True)
class Repair:
    """What was done.

    Attributes:
        before, after: the reports; the same where nothing could be repaired.
        done: what was done, a sentence each.
        backup: the file as it was; None where nothing was done.
    """

    before: Report
    after: Report
    done: tuple[str, ...] = ()
    backup: Path | None = None


def repair(path: str | Path, progress: Progress = no_progress) -> Repair:
    """Repairs what the check calls repairable; others can read meanwhile, and not write. Blocks.

    Raises:
        KnownError: no memory of this format, one that cannot be written or copied, or another program writes to it just
            now; nothing was changed.
        Cancelled: by ``progress``; nothing was changed.
    """
    file = existing_file(Path(path))
    file.check_writable()
    with known_errors(file.path), closing(file.connect(read_only=False)) as connection:
        _lock(connection, file)
        try:
            check_format(connection, file.path)
            done = _repaired(connection, file, progress)
            connection.execute("COMMIT" if done.done else "ROLLBACK")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return done


def _lock(connection: sqlite3.Connection, file: MemoryFile) -> None:
    connection.execute("PRAGMA busy_timeout = 0")
    connection.execute("PRAGMA synchronous = FULL")
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        raise KnownError(
            f"Another program is writing to “{file.path}” just now; wait until it has finished, and then repair it."
        ) from None


def _repaired(connection: sqlite3.Connection, file: MemoryFile, progress: Progress) -> Repair:
    before = checked(connection, file.path, progress)
    codes = {finding.code for finding in before.findings if finding.repairable}
    if not codes:
        return Repair(before, before)
    progress(0, 0, "copying the file")
    backup = copy_beside(file, before_repair(file.path))
    done = []
    try:
        for code, (words, step) in _STEPS.items():
            if code in codes:
                progress(0, 0, words[0].lower() + words[1:].rstrip("."))
                step(connection, progress)
                done.append(words)
        return Repair(before, checked(connection, file.path, progress), tuple(done), backup)
    except BaseException as error:
        for copy in (backup, backup.with_name(f"{backup.name}-wal")):
            copy.unlink(missing_ok=True)
        if isinstance(error, (sqlite3.IntegrityError, *UNREADABLE)):
            raise DamagedFile(f"“{file.path}” is damaged; take a copy of it from a backup.") from None
        raise


def _make_missing_indexes(connection: sqlite3.Connection, _progress: Progress) -> None:
    for sql in beside.missing_parts(connection).values():
        if " INDEX " in sql.upper():
            connection.execute(sql)


def _reindex(connection: sqlite3.Connection, _progress: Progress) -> None:
    connection.execute("REINDEX")


def _remove_orphans(connection: sqlite3.Connection, _progress: Progress) -> None:
    connection.execute("DELETE FROM change_rows WHERE version NOT IN (SELECT version FROM changes)")
    connection.execute("DELETE FROM loads WHERE version NOT IN (SELECT version FROM changes WHERE kind = 'load')")


def _count(connection: sqlite3.Connection, _progress: Progress) -> None:
    connection.executemany("UPDATE changes SET entries = ? WHERE version = ?", list(wrong_counts(connection)))


def _mark(connection: sqlite3.Connection, _progress: Progress) -> None:
    connection.executemany("UPDATE changes SET status = ? WHERE version = ?", list(wrong_statuses(connection)))


def _raise_sequence(connection: sqlite3.Connection, _progress: Progress) -> None:
    largest = connection.execute(beside.LARGEST_ID).fetchone()[0]
    connection.execute("DELETE FROM sqlite_sequence WHERE name = 'entries'")
    connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('entries', ?)", (largest,))


def _remove_settings(connection: sqlite3.Connection, _progress: Progress) -> None:
    names = beside.unreadable_settings(connection)
    connection.executemany("DELETE FROM settings WHERE name = ?", ((name,) for name in names))


def _put_vectors_right(connection: sqlite3.Connection, _progress: Progress) -> None:
    connection.execute(f"DELETE {beside.VECTORS_WITHOUT_SPACE}")
    for select in (beside.VECTORS_WITHOUT_ENTRY, beside.VECTORS_OF_WRONG_SIZE):
        forget(connection, [row[0] for row in connection.execute(select)])
    connection.execute(f"UPDATE vector_spaces SET vectors = {beside.COUNTED_VECTORS}")


def _make_subjects_anew(connection: sqlite3.Connection, _progress: Progress) -> None:
    rows = connection.execute("SELECT id, key, subject FROM entries")
    right = ((normalised(key.split(" · ", 1)[0]), entry_id, subject) for entry_id, key, subject in rows)
    wrong = [(new, entry_id) for new, entry_id, old in right if new != old]
    connection.executemany("UPDATE entries SET subject = ? WHERE id = ?", wrong)


#: Code of a finding -> what is done, and how; in this order, since later ones read what earlier ones made.
_STEPS: dict[str, tuple[str, Step]] = {
    "reindex": ("Made the indexes of the tables anew.", _reindex),
    "indexes": ("Made the missing indexes.", _make_missing_indexes),
    "orphans": ("Removed rows of the history that belong to no change.", _remove_orphans),
    "subjects": ("Made subjects from the keys anew.", _make_subjects_anew),
    "index": ("Made the full-text index anew.", make_index_anew),
    "counts": ("Counted the entries of every version.", _count),
    "statuses": ("Marked what is undone, from the undos.", _mark),
    "sequence": ("Set the largest id that was given.", _raise_sequence),
    "settings": ("Removed settings that cannot be read.", _remove_settings),
    "vectors": ("Removed vectors without an entry, and counted the others.", _put_vectors_right),
}
