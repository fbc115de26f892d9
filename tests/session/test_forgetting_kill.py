"""A process that forgets is killed at a random moment: all is there or all is gone, and a second try does the rest."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

import pytest

from memviz.cli import main
from memviz.core.edits import Delete, Insert, Update
from memviz.session.forgetting_check import finished_receipt, verify
from memviz.stores.sqlite import SQLiteStore
from tests.stores.soundness import assert_sound

_CHECKOUT = Path(__file__).resolve().parents[2]
_BOBS, _ANNAS = 1_500, 400


def test_kills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _kill(tmp_path, monkeypatch, rounds=3)


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_a_hundred_kills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = _kill(tmp_path, monkeypatch, rounds=100)
    print(f"\n{dict(counts)}")
    assert counts["nothing gone"] > 0
    assert counts["unfinished"] > 0


def _kill(folder: Path, monkeypatch: pytest.MonkeyPatch, rounds: int) -> Counter[str]:
    monkeypatch.setenv("MEMVIZ_DATA_HOME", str(folder / "home"))
    whole = _memory(folder)
    rng, counts = random.Random(), Counter[str]()
    to_the_change, seconds = _seconds_of_one(folder, whole)
    for number in range(rounds):
        place = folder / str(number)
        place.mkdir()
        path = Path(shutil.copy(whole, place / "memory.sqlite"))
        delay = rng.uniform(0.0, to_the_change if rng.random() < 0.5 else seconds)
        _killed(path, delay)
        try:
            counts[_check(path)] += 1
        except AssertionError as error:
            raise AssertionError(f"round {number}, killed after {delay:.3f} of {seconds:.3f} s") from error
        shutil.rmtree(place)
    return counts


def _memory(folder: Path) -> Path:
    path = folder / "whole.sqlite"
    with closing(SQLiteStore.open(path, create=True)) as store:
        store.load(
            [{"key": f"Bob · {n}", "text": f"Bob knows number {n}.", "owner": "Bob"} for n in range(_BOBS)], _BOBS
        )
        store.apply([Insert(key=f"Anna · {n}", text=f"Anna hides 银翼 {n}.", owner="Anna") for n in range(_ANNAS)])
        store.apply([Update(_BOBS + 1 + n, text=f"Anna hides more of {n}.") for n in range(_ANNAS // 2)])
        store.apply([Delete(_BOBS + 1 + n) for n in range(50)])
    return path


def _seconds_of_one(folder: Path, whole: Path) -> tuple[float, float]:
    """Until the entries are gone, and until the end."""
    path = Path(shutil.copy(whole, folder / "timed.sqlite"))
    child = _child(path)
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    started = time.perf_counter()
    assert child.stdout.readline() == b"gone\n"
    gone = time.perf_counter() - started
    assert child.communicate()[0] == b"done\n"
    path.unlink()
    return gone, time.perf_counter() - started


def _child(path: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.session.forget_child", path, path.with_name("receipt.json")],
        stdout=subprocess.PIPE,
        cwd=_CHECKOUT,
    )


def _killed(path: Path, delay: float) -> None:
    path.with_name("receipt.json").unlink(missing_ok=True)
    child = _child(path)
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    with suppress(subprocess.TimeoutExpired):
        child.wait(delay)
    child.kill()
    child.wait()
    child.stdout.close()


def _check(path: Path) -> str:
    receipt = path.with_name("receipt.json")
    with closing(SQLiteStore.open(path)) as store:
        gone, unfinished = store.count == _BOBS, store.forgetting.unfinished() is not None
        assert gone or store.count == _BOBS + _ANNAS - 50
        assert gone or not unfinished
        assert gone or len(store.history(limit=10_000)) == _ANNAS + _ANNAS // 2 + 50
    assert_sound(path)
    finished = gone and not unfinished
    if not finished:
        command = ["forget", "--memory", str(path), "--owner", "Anna", "--receipt", str(receipt), "--yes"]
        assert main(command) == 0
    with closing(SQLiteStore.open(path)) as store:
        assert verify(store, finished_receipt(receipt)).problems == ()
    assert_sound(path)
    content = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"Anna hides" not in content
    assert "银翼".encode() not in content
    assert b"Bob knows number 7." in content
    return "finished" if finished else "unfinished" if unfinished else "nothing gone"
