"""What every part of the store contract begins with: a new store, its clock, and views of it.

``make(folder, clock)`` opens the memory of that folder, new or as it was left: called twice, it is a reopening.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from memviz.core.memory import Store
from memviz.core.snapshot import Snapshot

Make = Callable[[Path, Callable[[], float]], Store]


class Clock:
    """Time that goes on by a second with each look."""

    def __init__(self, now: float = 1_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


class StoreFixtures:
    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def store(self, make: Make, tmp_path: Path, clock: Clock) -> Iterator[Store]:
        store = make(tmp_path, clock)
        yield store
        store.close()

    @pytest.fixture
    def view(self, store: Store) -> Iterator[Callable[[], Snapshot]]:
        """Makes snapshots and closes them."""
        made: list[Snapshot] = []

        def take() -> Snapshot:
            made.append(store.snapshot())
            return made[-1]

        yield take
        for snapshot in made:
            snapshot.close()
