"""What every view of a store must hold. A part of the store contract."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

from memviz.core.edits import Delete, Insert, Update
from memviz.core.memory import Store
from memviz.core.snapshot import Snapshot
from tests.contracts.store_fixtures import Clock, StoreFixtures


class SnapshotContract(StoreFixtures):
    def test_a_snapshot_does_not_change(self, store: Store, view: Callable[[], Snapshot]) -> None:
        one, two = store.apply([Insert(text="red film"), Insert(text="blue film")]).inserted
        old = view()
        store.apply([Update(one, text="green film"), Delete(two), Insert(text="red again")])
        new = view()
        assert (old.version, old.count) == (1, 2)
        assert [entry.text for entry in old.get([one, two])] == ["red film", "blue film"]
        assert [match.entry_id for match in old.match(["red"], limit=9)] == [one]
        assert old.document_frequency("film") == 2
        assert (new.version, new.count) == (2, 2)
        assert [entry.text for entry in new.get([one, two])] == ["green film"]
        assert new.document_frequency("film") == 1

    def test_a_snapshot_is_read_by_another_thread(self, store: Store, view: Callable[[], Snapshot]) -> None:
        [entry_id] = store.apply([Insert(text="0")]).inserted
        old = view()
        seen: set[str] = set()
        started, stop = threading.Event(), threading.Event()

        def read() -> None:
            while not stop.is_set():
                seen.update(entry.text for entry in old.get([entry_id]))
                started.set()

        reader = threading.Thread(target=read)
        reader.start()
        assert started.wait(10)
        for n in range(50):
            store.apply([Update(entry_id, text=f"edit {n}")])
        stop.set()
        reader.join()
        assert seen == {"0"}
        assert store.get([entry_id])[0].text == "edit 49"

    def test_closing_twice_is_nothing(self, store: Store) -> None:
        url = store.url
        snapshot = store.snapshot()
        for _ in range(2):
            snapshot.close()
            store.close()
        assert (snapshot.url, store.url) == (url, url)

    def test_a_snapshot_tells_all_texts_and_the_newest_in_order(
        self, store: Store, view: Callable[[], Snapshot], clock: Clock
    ) -> None:
        store.apply([Insert(key=f"k{at}", text=f"t{at}", source=f"story {at % 2}") for at in range(5)])
        passed = clock.now - 500
        store.apply([Update(2, enabled=False), Update(3, expires=passed)])
        seen = view()
        store.apply([Insert(text="later")])
        assert list(seen.texts()) == [(1, "k0", "t0"), (4, "k3", "t3"), (5, "k4", "t4")]
        assert seen.unchanged_between() == (passed, math.inf)
        assert seen.newest(limit=2) == [5, 4]
        assert seen.newest(limit=9, source="story 0") == [5, 1]
        assert seen.newest(limit=9, before=5) == [4, 1]
        assert seen.newest(limit=9, source="nothing") == []
