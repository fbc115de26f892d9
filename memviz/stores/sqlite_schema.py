"""The tables of a memory file, and the steps that bring older files up to date."""

from __future__ import annotations

from collections.abc import Callable

import sqlite_utils

from memviz.stores.sqlite_fts import create_index, rebuild_index
from memviz.stores.sqlite_history import EDITS
from memviz.stores.sqlite_orders import create_indexes

#: ``PRAGMA application_id`` of memviz's files: the letters MVIZ.
APPLICATION_ID = 0x4D56495A

#: Without one of these a file of ours is damaged.
TABLES = frozenset({"entries", "changes", "change_rows", "entries_fts"})


def create_tables(db: sqlite_utils.Database) -> None:
    """Entries, their history, and the full-text index.

    - ``entries``: one row per entry. ``AUTOINCREMENT`` keeps ids from being used again. ``subject`` is
      ``core.text.normalised`` of the key's subject.
    - ``changes``: one row per transaction. ``status`` is the only column that is ever rewritten: an edit is ``done``,
      ``undone``, or ``discarded`` (undone, then overtaken by a new edit). ``target``: the edit that an undo or redo is
      about. ``entries``: how many entries there were after it, so that nobody needs to count.
    - ``change_rows``: every entry's part in a change, before and after as JSON.
    - ``entries_fts``: contentless, since a second copy of every text would nearly double the file. Its writer hands
      the old text over when a row changes or goes (see ``sqlite_fts``).
    """
    db.conn.execute(
        """CREATE TABLE entries (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            key TEXT NOT NULL,
            text TEXT NOT NULL,
            kind TEXT NOT NULL,
            owner TEXT NOT NULL,
            source TEXT NOT NULL,
            tags TEXT NOT NULL,
            created REAL NOT NULL,
            updated REAL NOT NULL,
            last_used REAL,
            used_count INTEGER NOT NULL,
            confidence REAL NOT NULL,
            expires REAL,
            private INTEGER NOT NULL,
            enabled INTEGER NOT NULL,
            metadata TEXT NOT NULL,
            subject TEXT NOT NULL
        )"""
    )
    db["changes"].create(
        {
            "version": int,
            "time": float,
            "kind": str,
            "initiator": str,
            "status": str,
            "target": int,
            "entries": int,
        },
        pk="version",
        not_null={"time", "kind", "initiator", "status", "entries"},
    )
    db["change_rows"].create(
        {"version": int, "position": int, "entry_id": int, "before": str, "after": str},
        pk=("version", "position"),
        not_null={"entry_id"},
        foreign_keys=[("version", "changes", "version")],
    )
    db["entries"].create_index(["subject"], "entries_by_subject")
    db["change_rows"].create_index(["entry_id", "version"], "change_rows_by_entry")
    db.conn.execute("CREATE INDEX edits_by_status ON changes (status, version) WHERE kind = 'edit'")
    db.conn.execute(
        "CREATE INDEX entries_hidden ON entries (enabled, expires) WHERE enabled = 0 OR expires IS NOT NULL"
    )
    create_index(db.conn)


def add_recall(db: sqlite_utils.Database) -> None:
    """What recall needs: superseded entries, settings, vectors, and which entries a load brought.

    - ``settings``: JSON by name.
    - ``vectors``: one row per space and entry (see ``sqlite_vectors``); ``vector`` is NULL for one that went.
    - ``loads``: the ids that a change of kind ``load`` inserted, since its rows are not in ``change_rows``. Of an older
      file only the load that began it is known.
    """
    db["entries"].add_column("superseded_by", int)
    db["entries"].create_index(["key"], "entries_by_key")
    db["settings"].create({"name": str, "value": str}, pk="name", not_null={"value"})
    db["vector_spaces"].create(
        {"id": int, "name": str, "dimension": int, "vectors": int}, pk="id", not_null={"name", "dimension", "vectors"}
    )
    db["vector_spaces"].create_index(["name"], "vector_spaces_by_name", unique=True)
    db.conn.execute(
        """CREATE TABLE vectors (
            stamp INTEGER PRIMARY KEY AUTOINCREMENT, space INTEGER NOT NULL, entry_id INTEGER NOT NULL, vector BLOB
        )"""
    )
    db.conn.execute("CREATE UNIQUE INDEX vectors_by_entry ON vectors (entry_id, space)")
    db["loads"].create(
        {"version": int, "first_id": int, "last_id": int}, pk="version", not_null={"first_id", "last_id"}
    )
    db.conn.execute("INSERT INTO loads SELECT version, 1, entries FROM changes WHERE kind = 'load' AND version = 1")


def add_orders(db: sqlite_utils.Database) -> None:
    """An index for each field that a table of entries is sorted by (see ``sqlite_orders``), first letters in the
    full-text index, and loads that are undone.

    ``status`` of a load is ``kept`` where it cannot be undone, else as that of an edit.
    """
    create_indexes(db.conn)
    rebuild_index(db.conn)
    db.conn.execute("UPDATE changes SET status = 'kept' WHERE kind = 'load'")
    db.conn.execute("DROP INDEX edits_by_status")
    db.conn.execute(f"CREATE INDEX edits_by_status ON changes (status, version) WHERE {EDITS}")
    db.conn.execute("CREATE INDEX undos_by_target ON changes (target, version) WHERE kind = 'undo'")


def add_forgotten(db: sqlite_utils.Database) -> None:
    """What was forgotten, without a word of it.

    - ``forgotten``: ids of entries that a change of kind ``forget`` took out of everything, as ranges.
    - ``receipts``: what tells the receipt of such a change from one that was altered.
    """
    db["forgotten"].create(
        {"version": int, "first_id": int, "last_id": int}, not_null={"version", "first_id", "last_id"}
    )
    db["receipts"].create({"version": int, "seal": str}, pk="version", not_null={"seal"})


#: Oldest first; a file's ``user_version`` is the number of steps that it has been through. Only ever append.
MIGRATIONS: list[Callable[[sqlite_utils.Database], None]] = [create_tables, add_recall, add_orders, add_forgotten]


def migrate(db: sqlite_utils.Database, before: Callable[[int], None] | None = None) -> None:
    """Brings an empty or older file up to date, all steps in one transaction: where one fails, or the process dies, the
    file is as it was.

    The caller has made sure that the file is empty or ours.

    Args:
        before: called with the number of steps that an older file has been through, before the next one, while nobody
            else can write.
    """
    if user_version(db) >= len(MIGRATIONS):
        return
    db.conn.execute("BEGIN IMMEDIATE")
    try:
        done = user_version(db)
        if done >= len(MIGRATIONS):  # another process was faster
            db.rollback()
            return
        if done and before is not None:
            before(done)
        for step in MIGRATIONS[done:]:
            step(db)
        db.conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.conn.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        db.conn.execute("COMMIT")
    except BaseException:
        db.rollback()
        raise


def user_version(db: sqlite_utils.Database) -> int:
    return int(db.conn.execute("PRAGMA user_version").fetchone()[0])


def application_id(db: sqlite_utils.Database) -> int:
    return int(db.conn.execute("PRAGMA application_id").fetchone()[0])
