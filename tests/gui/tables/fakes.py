"""A session over a store that makes its entries up, for numbers of rows that take long to write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from memviz.core.edits import HistoryRow, NextSteps
from memviz.core.entry import Entry
from memviz.session.runner import Worker


class BigStore:
    """Entries 1 … count; remembers which were read."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.version = 1
        self.reads: list[list[int]] = []

    def get(self, ids: Sequence[int]) -> list[Entry]:
        self.reads.append(list(ids))
        return [Entry(entry_id, f"key {entry_id}", f"text of {entry_id}") for entry_id in ids]

    def search_ids(
        self, text: str = "", *, sort: str = "id", descending: bool = False, where=(), limit=None, progress=None
    ) -> Sequence[int]:
        ids = range(1, self.count + 1)
        return (ids[::-1] if descending else ids)[:limit]

    @property
    def settings(self) -> dict[str, Any]:
        return {}

    def embedded(self, ids: Sequence[int]) -> frozenset[int]:
        return frozenset()

    def next_steps(self) -> NextSteps:
        return NextSteps()

    def history(self, entry_id: int | None = None, *, limit: int = 100) -> list[HistoryRow]:
        return []


class BigSession:
    """The part of a session that tables use."""

    memory_url = "big://"
    memory_name = "big"

    def __init__(self, store: BigStore) -> None:
        self.store = store
        self._worker = Worker("memviz-store")

    def store_call(self, call: Callable[[Any], Any]) -> Future[Any]:
        return self._worker.submit(call, self.store)

    def close(self) -> None:
        self._worker.close()
