"""A memory of a million entries, against what must hold; bare sqlite3 stands beside the import."""

from __future__ import annotations

import json
import random
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from memviz.core.edits import Delete, Update
from memviz.stores.sqlite import SQLiteStore
from memviz.stores.sqlite_orders import SORT_FIELDS
from memviz.stores.sqlite_rows import COLUMNS, INSERT_ROW
from tests.benchmarks.million import COUNT, rows

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(1_800)]

FIRST_ROWS_MS, TYPED_MS, SORT_MS, EDIT_MS = 200.0, 50.0, 300.0, 20.0
BULK, BULK_SECONDS = 100_000, 5.0
LEAST_SPEED, MOST_MEMORY = 0.5, 300.0
REPLACED, DELETED = 200_000, 100_000
_TYPED = ("the karo", "notes venta", "ro mi", "shudor", "一丁", "was there")
_FILES = ("memory.sqlite", "bare.sqlite")


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """The memory, and how many seconds its import took."""
    folder = tmp_path_factory.mktemp("million")
    lines = folder / "rows.jsonl"
    with lines.open("w", encoding="utf-8") as file:
        for row in rows():
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    path = folder / _FILES[0]
    store = SQLiteStore.open(path, create=True)
    started = time.perf_counter()
    with lines.open(encoding="utf-8") as file:
        store.load(map(json.loads, file), COUNT, undoable=True)
    seconds = time.perf_counter() - started
    store.close()
    print(f"\n{COUNT:,} entries, {path.stat().st_size / 2**20:.0f} MiB")
    return path, seconds


@pytest.fixture
def store(imported: tuple[Path, float]) -> Iterator[SQLiteStore]:
    store = SQLiteStore.open(imported[0])
    yield store
    store.close()


def _milliseconds(calls: Sequence[Callable[[], object]]) -> list[float]:
    times = []
    for call in calls:
        started = time.perf_counter()
        call()
        times.append((time.perf_counter() - started) * 1_000)
    return times


def _p95(name: str, times: list[float], bar: float) -> float:
    p95 = statistics.quantiles(times, n=20)[-1]
    print(
        f"{name}: median {statistics.median(times):.1f} ms, p95 {p95:.1f} ms, largest {max(times):.1f} ms (bar {bar:g})"
    )
    return p95


def test_the_import_beside_bare_sqlite(imported: tuple[Path, float]) -> None:
    """The same rows into the same tables and indexes, by ``executemany``, in one transaction."""
    path, ours = imported
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
    bare = sqlite3.connect(path.with_name(_FILES[1]), isolation_level=None)
    bare.execute("PRAGMA journal_mode = WAL")
    for sql in tables:
        bare.execute(sql)
    started = time.perf_counter()
    bare.execute("BEGIN")
    bare.executemany(INSERT_ROW, ready)
    bare.executemany("INSERT INTO entries_fts (rowid, key, text) VALUES (?, ?, ?)", (row[:3] for row in ready))
    bare.execute("COMMIT")
    theirs = time.perf_counter() - started
    bare.close()
    print(f"import from JSONL: {ours:.0f} s, bare executemany {theirs:.0f} s, {theirs / ours:.2f} times its speed")
    assert theirs / ours >= LEAST_SPEED


def test_first_rows(imported: tuple[Path, float]) -> None:
    def open_and_read() -> None:
        store = SQLiteStore.open(imported[0])
        assert len(store.get(store.search_ids(limit=100))) == 100
        assert store.count == COUNT
        store.close()

    assert _p95("open and first rows", _milliseconds([open_and_read] * 20), FIRST_ROWS_MS) <= FIRST_ROWS_MS


def test_search_as_you_type(store: SQLiteStore) -> None:
    typed = [text[:length] for text in _TYPED for length in range(1, len(text) + 1)]
    first = _milliseconds([lambda text=text: store.search_ids(text, limit=100) for text in typed])
    every = _milliseconds([lambda text=text: store.search_ids(text, sort="updated") for text in typed])
    _p95("all rows of what is typed, sorted by time", every, TYPED_MS)
    assert _p95("first rows of what is typed", first, TYPED_MS) <= TYPED_MS


def test_sorting(store: SQLiteStore) -> None:
    for sort in SORT_FIELDS:
        store._searcher._orders.clear()
        first, every = _milliseconds(
            [
                lambda sort=sort: store.search_ids(sort=sort, descending=True, limit=100),
                lambda sort=sort: store.search_ids(sort=sort, descending=True),
            ]
        )
        print(f"sorted by {sort}: first rows {first:.1f} ms, all rows {every:.1f} ms (bar {SORT_MS:g})")
        assert every <= SORT_MS


def test_an_edit(store: SQLiteStore) -> None:
    rng = random.Random(3)
    fields = [{"text": "Rome is the capital 罗马."}, {"confidence": 0.5}, {"owner": "eve", "tags": ["x"]}]
    edits = [Update(rng.randint(1, COUNT), **fields[n % 3]) for n in range(200)]
    calls = [lambda edit=edit: store.apply([edit]) for edit in edits]
    assert _p95("one edit, durable", _milliseconds(calls), EDIT_MS) <= EDIT_MS


def test_bulk_edits(store: SQLiteStore) -> None:
    ids = list(store.search_ids(sort="confidence")[:BULK])
    texts = {entry.id: entry.text for entry in store.get(ids)}
    took: dict[str, float] = {}
    for name, edits in (
        ("set a field", [Update(entry_id, confidence=0.123) for entry_id in ids]),
        ("replace in texts", [Update(entry_id, text=texts[entry_id] + " karo") for entry_id in ids]),
        ("delete", [Delete(entry_id) for entry_id in ids]),
    ):
        told: list[int] = []
        seconds, back = (
            milliseconds / 1_000
            for milliseconds in _milliseconds(
                [
                    lambda edits=edits, told=told: store.apply(edits, progress=lambda done, *_: told.append(done)),
                    store.undo,
                ]
            )
        )
        print(f"{BULK:,} entries, {name}: {seconds:.1f} s, undo {back:.1f} s (bar {BULK_SECONDS:g})")
        assert len(told) >= 10
        took[name] = seconds
    assert max(took.values()) <= BULK_SECONDS, took


def test_memory_of_the_process(store: SQLiteStore) -> None:
    _memory(
        "searched and sorted",
        "store = SQLiteStore.open(path)\n"
        "for sort in ('id', 'text', 'owner', 'updated', 'created', 'confidence'):\n"
        "    store.get(store.search_ids('the', sort=sort)[:100])\n",
        store,
    )


def test_memory_of_the_process_with_much_of_the_past(store: SQLiteStore) -> None:
    """A view of before two bulk edits, and the whole memory taken back to there."""
    version = store.version
    changes = (
        "import sys\n"
        "from memviz.core.edits import Delete, Update\n"
        "from memviz.stores.sqlite import SQLiteStore\n"
        "store = SQLiteStore.open(sys.argv[1])\n"
        "ids = list(store.search_ids())\n"
        f"texts = store.get(ids[:{REPLACED}])\n"
        "store.apply([Update(entry.id, text=entry.text + ' karo') for entry in texts])\n"
        f"store.apply([Delete(entry_id) for entry_id in ids[-{DELETED}:]])\n"
        "store.close()\n"
    )
    subprocess.run([sys.executable, "-c", changes, _path(store)], check=True)
    _memory(
        f"a view of before {REPLACED + DELETED:,} entries changed",
        "store = SQLiteStore.open(path)\n"
        f"view = store.snapshot({version})\n"
        f"assert view.count == {COUNT}\n"
        f"assert len(view.differing()) == {REPLACED + DELETED}\n",
        store,
    )
    _memory(
        "the whole memory taken back to there",
        "from memviz.session.bulk.going_back import take_back_to\n"
        "from memviz.session.session import Session\n"
        "session = Session()\n"
        "session.open_memory(path).result()\n"
        f"change = take_back_to(session, {version}).future.result()\n"
        f"assert (len(change.updated), len(change.inserted)) == ({REPLACED}, {DELETED})\n"
        "session.close()\n",
        store,
    )


def _path(store: SQLiteStore) -> str:
    return store.url.removeprefix("sqlite:///")


def _memory(name: str, code: str, store: SQLiteStore) -> None:
    """Holds code to the bar; in a process of its own, so that other tests' memory does not count."""
    measured = (
        "import sys\n"
        "from pathlib import Path\n"
        "from memviz.stores.sqlite import SQLiteStore\n"
        "def peak():\n"  # not ru_maxrss, which a child begins with its parent's
        "    lines = Path('/proc/self/status').read_text().splitlines()\n"
        "    return next(int(line.split()[1]) for line in lines if line.startswith('VmHWM')) / 1024\n"
        "begin = peak()\n"
        "path = sys.argv[1]\n"
        f"{code}"
        "print(peak() - begin)\n"
    )
    ran = subprocess.run([sys.executable, "-c", measured, _path(store)], capture_output=True, text=True, check=True)
    print(f"memory above the start, {name}: {float(ran.stdout):.0f} MiB (bar {MOST_MEMORY:g})")
    assert float(ran.stdout) <= MOST_MEMORY
