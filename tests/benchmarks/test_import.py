"""Import from JSON lines with parsing, mapping and duplicates, beside bare ``executemany`` of the same rows."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path

import pytest

from memviz.session.exporting import ExportPlan, run_export
from memviz.session.import_report import ImportPlan
from memviz.session.importing import look_into, run_import
from memviz.session.session import Session
from memviz.stores.sqlite_rows import COLUMNS, INSERT_ROW
from tests.benchmarks.million import rows

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(1_800)]

COUNT = 200_000
LEAST_SPEED = 0.5


def test_an_import_beside_bare_sqlite(tmp_path: Path) -> None:
    lines, path = tmp_path / "rows.jsonl", tmp_path / "memory.sqlite"
    with lines.open("w", encoding="utf-8") as file:
        for row in rows(COUNT):
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    with Session() as session:
        session.open_memory(str(path), create=True).result()
        started = time.perf_counter()
        _, mapping, _ = look_into([lines])
        _, report = run_import(session, ImportPlan((lines,), mapping)).result()
        ours = time.perf_counter() - started
        assert report.entries + report.twice == COUNT
        started = time.perf_counter()
        _, again = run_import(session, ImportPlan((lines,), mapping)).result()
        print(f"\nthe same again, {again.there + again.twice:,} duplicates: {time.perf_counter() - started:.1f} s")
        for name in ("jsonl", "csv", "md"):
            started = time.perf_counter()
            run_export(session, ExportPlan(tmp_path / f"out.{name}"))
            print(f"export as {name}: {time.perf_counter() - started:.1f} s")
        started = time.perf_counter()
        run_export(session, ExportPlan(tmp_path / "redacted.jsonl", redact=True))
        print(f"redacted export: {time.perf_counter() - started:.1f} s")
    theirs = _bare(path, tmp_path / "bare.sqlite")
    print(f"{COUNT:,} lines: {ours:.1f} s, bare executemany {theirs:.1f} s, {theirs / ours:.2f} times its speed")
    assert theirs / ours >= LEAST_SPEED


def _bare(path: Path, target: Path) -> float:
    """Seconds for the same rows into the same tables and indexes, in one transaction."""
    source = sqlite3.connect(path)
    tables = [
        sql
        for (sql,) in source.execute(
            "SELECT sql FROM sqlite_master WHERE tbl_name IN ('entries', 'entries_fts') AND sql IS NOT NULL"
            " ORDER BY type DESC"
        )
    ]
    ready = source.execute(f"SELECT {', '.join(COLUMNS)} FROM entries").fetchall()
    source.close()
    bare = sqlite3.connect(target, isolation_level=None)
    bare.execute("PRAGMA journal_mode = WAL")
    for sql in tables:
        bare.execute(sql)
    started = time.perf_counter()
    bare.execute("BEGIN")
    bare.executemany(INSERT_ROW, ready)
    bare.executemany("INSERT INTO entries_fts (rowid, key, text) VALUES (?, ?, ?)", (row[:3] for row in ready))
    bare.execute("COMMIT")
    bare.close()
    return time.perf_counter() - started
