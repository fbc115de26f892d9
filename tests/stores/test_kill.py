"""A process that edits is killed at a random moment: what it acknowledged is there, and nothing is there by half."""

from __future__ import annotations

import json
import lzma
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

import pytest

from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.stores.sqlite import SQLiteStore
from memviz.stores.sqlite_backup import backups_of
from memviz.stores.sqlite_history import loaded_by, parts_of
from memviz.stores.sqlite_parts import Side
from memviz.stores.sqlite_schema import MIGRATIONS
from tests.stores.soundness import assert_sound

_CHECKOUT = Path(__file__).resolve().parents[2]
_ROUNDS_ON_ONE_FILE = 20

Lines = list[dict[str, object]]


def test_ten_kills(tmp_path: Path) -> None:
    _kill(tmp_path, rounds=10)


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_five_hundred_kills(tmp_path: Path) -> None:
    started = time.perf_counter()
    counts = _kill(tmp_path, rounds=500)
    print(f"\n500 kills in {time.perf_counter() - started:.0f} s: {dict(counts)}")


def _kill(folder: Path, rounds: int) -> Counter[str]:
    rng = random.Random()
    counts: Counter[str] = Counter()
    for number in range(rounds):
        seed = rng.getrandbits(32)
        kind = rng.choices(["small", "large", "migration"], [6, 2, 2])[0] if number > 2 else "small"
        play = {"small": _edits, "large": _edits, "migration": _migration}[kind]
        try:
            counts += play(folder, kind, number, seed)
        except (AssertionError, KnownError, sqlite3.Error) as error:
            raise AssertionError(f"round {number}, {kind}, seed {seed}") from error
    return counts


def _edits(folder: Path, kind: str, number: int, seed: int) -> Counter[str]:
    rng = random.Random(seed)
    path = folder / f"{kind}-{number // _ROUNDS_ON_ONE_FILE}.sqlite"
    at_the_start = rng.random() < 0.2
    delay = rng.uniform(0.0, (0.6 if at_the_start else 0.3) * (3 if kind == "large" else 1))
    acknowledged = _killed_child(path, seed, kind, delay, at_the_start)
    return _check(path, [line for line in acknowledged if "version" in line], kind)


def _killed_child(path: Path, seed: int, kind: str, delay: float, at_the_start: bool) -> Lines:
    """What a child acknowledged until it was killed ``delay`` seconds after it began (to edit)."""
    report = path.with_suffix(f".{seed}.txt")
    with report.open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.stores.kill_child", path, str(seed), kind],
            stdin=subprocess.PIPE,
            stdout=output,
            cwd=_CHECKOUT,
        )
        if not at_the_start:
            while b"ready" not in report.read_bytes():
                assert child.poll() is None, "the child failed"
        with suppress(subprocess.TimeoutExpired):
            child.wait(delay)
        assert child.poll() is None, "the child ended by itself"
        child.kill()
        child.communicate()
    whole_lines = report.read_text("utf-8").rpartition("\n")[0].splitlines()
    return [json.loads(line) for line in whole_lines]


def _check(path: Path, acknowledged: Lines, kind: str) -> Counter[str]:
    if not path.exists() or path.stat().st_size == 0:
        assert not acknowledged
        return Counter(killed_before_the_file_was_made=1)
    SQLiteStore.open(path, create=True).close()
    version = assert_sound(path)
    with closing(sqlite3.connect(path)) as connection:
        for change in acknowledged:
            _assert_kept(connection, int(str(change["version"])), change)
    newest = int(str(acknowledged[-1]["version"])) if acknowledged else version
    assert newest <= version, "an acknowledged change is lost"
    assert version - newest <= 1, "only the change under way may be there without having been acknowledged"
    kept = len(acknowledged)
    return Counter(
        {
            f"{kind}_kills": 1,
            "acknowledged": kept,
            "kept_though_not_acknowledged": version - newest,
            "quiet_kills": int(not kept),
        }
    )


def _assert_kept(connection: sqlite3.Connection, version: int, change: dict[str, object]) -> None:
    told = change["texts"]
    assert isinstance(told, dict)
    if change["kind"] == "load":
        first, last = loaded_by(connection, version) or (0, -1)
        assert [*map(int, told)] == list(range(first, last + 1))
        return
    parts = list(parts_of(connection, version))
    assert sorted(part.entry_id for part in parts) == change["ids"]
    if change["kind"] == "edit":
        assert {str(part.entry_id): _text(part.after) for part in parts} == told


def _text(side: Side) -> str | None:
    """The text that a change gave an entry."""
    if side is None:
        return None
    return side.text if isinstance(side, Entry) else side["text"]


# -- while an older file is brought up to date -------------------------------------------------------------------------


def _migration(folder: Path, kind: str, number: int, seed: int) -> Counter[str]:
    """The file is as it was, or up to date; and a copy that is there is whole, and as it was."""
    rng = random.Random(seed)
    old = rng.choice([1, 2])
    path = folder / f"{kind}-{number}" / "old.sqlite"
    path.parent.mkdir()
    content = lzma.decompress(Path(__file__).with_name(f"schema_{old}.sqlite.xz").read_bytes())
    path.write_bytes(content)
    expected = _opened(path.with_name("expected.sqlite"), content)
    lines = _killed_child(path, seed, "open", rng.uniform(0.0, 0.1), at_the_start=False)
    with closing(sqlite3.connect(path)) as connection:
        [done] = connection.execute("PRAGMA user_version").fetchone()
    assert done in (old, len(MIGRATIONS)), "brought up to date by half"
    assert done == len(MIGRATIONS) or not any("opened" in line for line in lines)
    for copy in backups_of(path):
        assert _opened(path.with_name("again.sqlite"), copy.read_bytes()) == expected
    assert done == old or backups_of(path), "no copy of the file as it was"
    assert _texts(path) == expected
    assert_sound(path)
    assert not list(path.parent.glob(".*.new")) or done == old
    shutil.rmtree(path.parent)
    return Counter(migration_kills=1, **{"not_brought_up_to_date" if done == old else "brought_up_to_date": 1})


def _opened(path: Path, content: bytes) -> object:
    path.write_bytes(content)
    return _texts(path)


def _texts(path: Path) -> object:
    """Each version's texts."""
    with closing(SQLiteStore.open(path)) as store:
        found = []
        for version in range(store.version + 1):
            with closing(store.snapshot(version)) as view:
                found.append({entry.id: entry.text for entry in view.scan()})
        return found
