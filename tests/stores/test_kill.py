"""A process that edits is killed at a random moment: what it acknowledged is there, and nothing is there by half."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from memviz.core.errors import KnownError
from memviz.stores.sqlite import SQLiteStore
from memviz.stores.sqlite_history import diffs_of
from tests.stores.soundness import assert_sound

_CHECKOUT = Path(__file__).resolve().parents[2]
_ROUNDS_ON_ONE_FILE = 20


def test_ten_kills(tmp_path: Path) -> None:
    _kill(tmp_path, rounds=10)


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_two_hundred_kills(tmp_path: Path) -> None:
    started = time.perf_counter()
    counts = _kill(tmp_path, rounds=200)
    print(f"\n200 kills in {time.perf_counter() - started:.0f} s: {dict(counts)}")


def _kill(folder: Path, rounds: int) -> Counter[str]:
    rng = random.Random()
    counts: Counter[str] = Counter()
    for number in range(rounds):
        path = folder / f"memory-{number // _ROUNDS_ON_ONE_FILE}.sqlite"
        seed = rng.getrandbits(32)
        at_the_start = rng.random() < 0.2
        delay = rng.uniform(0.0, 0.6 if at_the_start else 0.3)
        acknowledged = _killed_child(path, seed, delay, at_the_start)
        try:
            counts += _check(path, acknowledged)
        except (AssertionError, KnownError, sqlite3.Error) as error:
            raise AssertionError(f"round {number}, seed {seed}, killed after {delay:.3f} s") from error
    return counts


def _killed_child(path: Path, seed: int, delay: float, at_the_start: bool) -> list[dict[str, object]]:
    """What a child acknowledged until it was killed ``delay`` seconds after it began (to edit)."""
    report = path.with_suffix(f".{seed}.txt")
    with report.open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.stores.kill_child", path, str(seed)], stdout=output, cwd=_CHECKOUT
        )
        if not at_the_start:
            while b"ready" not in report.read_bytes():
                assert child.poll() is None, "the child failed"
        with suppress(subprocess.TimeoutExpired):
            child.wait(delay)
        assert child.poll() is None, "the child ended by itself"
        child.kill()
        child.wait()
    whole_lines = report.read_text("utf-8").rpartition("\n")[0].splitlines()
    return [line for line in map(json.loads, whole_lines) if "version" in line]


def _check(path: Path, acknowledged: list[dict[str, object]]) -> Counter[str]:
    if not path.exists() or path.stat().st_size == 0:
        assert not acknowledged
        return Counter(killed_before_the_file_was_made=1)
    SQLiteStore.open(path, create=True).close()
    version = assert_sound(path)
    connection = sqlite3.connect(path)
    try:
        for change in acknowledged:
            diffs = diffs_of(connection, int(str(change["version"])))
            assert sorted(diff.entry_id for diff in diffs) == change["ids"]
            texts = {str(diff.entry_id): None if diff.after is None else diff.after.text for diff in diffs}
            if change["kind"] == "edit":
                assert texts == change["texts"]
    finally:
        connection.close()
    newest = int(str(acknowledged[-1]["version"])) if acknowledged else version
    assert newest <= version, "an acknowledged change is lost"
    assert version - newest <= 1, "only the change under way may be there without having been acknowledged"
    kept = len(acknowledged)
    return Counter(kills=1, acknowledged=kept, kept_though_not_acknowledged=version - newest, quiet_kills=int(not kept))
