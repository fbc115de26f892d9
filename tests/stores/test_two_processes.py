"""Two processes edit one file: nothing is lost, and neither shows text that is older than a second."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from memviz.core.edits import Insert, Update
from memviz.session.session import Session
from memviz.stores.sqlite import SQLiteStore
from tests.stores.soundness import assert_sound

_CHECKOUT = Path(__file__).resolve().parents[2]


def test_for_five_seconds(path: Path) -> None:
    _edit_together(path, 5.0)


@pytest.mark.slow
def test_for_a_minute(path: Path) -> None:
    _edit_together(path, 60.0)


def _edit_together(path: Path, seconds: float) -> None:
    SQLiteStore.open(path, create=True).close()
    children = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.stores.two_child", path, name, str(seconds)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=_CHECKOUT,
        )
        for name in ("Ann", "Ben")
    ]
    said = [child.communicate(timeout=seconds + 60)[0] for child in children]
    assert [child.returncode for child in children] == [0, 0]
    told = [json.loads(each) for each in said]
    with closing(SQLiteStore.open(path)) as store:
        for each in told:
            assert {str(entry.id): entry.text for entry in store.get([*map(int, each["last"])])} == each["last"]
        assert store.version == 2 + sum(each["edits"] for each in told)
    assert_sound(path)
    print(f"\n{[{name: each[name] for name in ('edits', 'refused', 'stalest')} for each in told]}")
    assert all(each["edits"] > seconds for each in told)
    assert all(each["stalest"] < 1.0 for each in told)


_EDITOR = """
import sys, time
from memviz.core.edits import Update
from memviz.stores.sqlite import SQLiteStore
store = SQLiteStore.open(sys.argv[1])
for line in sys.stdin:
    store.apply([Update(1, text=line.strip())], initiator="other")
    print(time.time(), flush=True)
store.close()
"""


def test_a_change_of_another_process_is_told_within_a_second(path: Path) -> None:
    """By the pulse of a session, which is what the window listens to."""
    told: list[tuple[float, str]] = []
    with Session() as session:
        session.open_memory(str(path), create=True).result()
        session.edit(Insert(text="0"))
        session.on_change(lambda change: told.append((time.time(), change.initiator)))
        editor = subprocess.Popen(
            [sys.executable, "-c", _EDITOR, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=_CHECKOUT,
        )
        assert editor.stdin is not None
        assert editor.stdout is not None
        waited = []
        for n in range(1, 6):
            editor.stdin.write(f"text {n}\n")
            editor.stdin.flush()
            written = float(editor.stdout.readline())
            deadline = time.monotonic() + 10
            while len(told) < n and time.monotonic() < deadline:
                time.sleep(0.01)
            assert session.entry(1).text == f"text {n}"
            waited.append(told[-1][0] - written)
        editor.stdin.close()
        assert editor.wait(30) == 0
        editor.stdout.close()
    assert [who for _, who in told] == ["other"] * 5
    assert max(waited) < 1.0


def test_readers_do_not_wait_for_a_long_writer(path: Path, store: SQLiteStore) -> None:
    store.apply([Insert(text="as it was")])
    with closing(SQLiteStore.open(path)) as other:
        seen: list[object] = []

        def progress(done: int, total: int, words: str) -> None:
            began = time.perf_counter()
            with closing(other.snapshot()) as view:
                seen.append((view.count, other.get([1])[0].text, list(other.search_ids("was")), other.version))
            assert time.perf_counter() - began < 1.0

        store.load(({"text": f"row {n}"} for n in range(5_000)), 5_000, progress)
        assert set(map(str, seen)) == {str((1, "as it was", [1], 1))}
        assert other.count == 5_001
        store.apply([Update(1, text="new")])
        assert other.get([1])[0].text == "new"
