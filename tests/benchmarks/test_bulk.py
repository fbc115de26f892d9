"""Edits of 100,000 entries through a session, duplicates among them, and the pages of a long history."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from memviz.session.bulk.actions import SetFields
from memviz.session.bulk.choice import Choice
from memviz.session.bulk.desk import BulkDesk
from memviz.session.bulk.going_back import take_back_to
from memviz.session.bulk.merging import Merge, merge
from memviz.session.bulk.replacing import Replace
from memviz.session.bulk.work import run_action
from memviz.session.session import Session
from tests.benchmarks.million import rows

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(900)]

COUNT = 100_000
#: In seconds of the processor, so that what else runs on the machine counts less.
MOST = {"set": 5.0, "replace": 8.0, "undo": 6.0, "merge": 10.0, "back": 14.0, "duplicates": 6.0, "changes": 0.1}


def test_a_hundred_thousand_entries(tmp_path: Path) -> None:
    took: dict[str, float] = {}

    def timed(name: str, call: Callable[[], object]) -> None:
        begun = time.process_time()
        call()
        took[name] = time.process_time() - begun
        print(f"\n{name}: {took[name]:.2f} s of the processor", end="")

    everything = Choice()
    pairs = [Merge((one, one + 1), into=one, join=" ") for one in range(1, COUNT, 2)]
    with Session() as session:
        session.open_memory(str(tmp_path / "bulk.sqlite"), create=True).result()
        session.store_call(lambda store: store.load(rows(COUNT), COUNT)).result()
        timed("set", lambda: run_action(session, everything, SetFields({"owner": "zoe"})).future.result())
        timed("undo", session.undo)
        timed("replace", lambda: run_action(session, everything, Replace("e", "E")).future.result())
        with closing(BulkDesk(session)) as desk:
            timed("duplicates", lambda: desk.duplicates(0.8).result())
        timed("merge", lambda: merge(session, pairs).future.result())
        timed("back", lambda: take_back_to(session, 1).future.result())
        timed("changes", lambda: session.store_call(lambda store: store.changes(limit=100)).result())
    for name, most in MOST.items():
        assert took[name] <= most, name
