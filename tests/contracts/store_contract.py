"""What every store must do. A subclass gives ``make``; nothing in here knows which store it is.

Beside it stand the contracts of the past (``time_travel_contract``), of what a memory keeps beside its entries
(``beside_contract``), and of any edits in any order (``store_model``).
"""

from __future__ import annotations

from collections.abc import Callable

from memviz.core.memory import Store
from memviz.core.snapshot import Snapshot
from tests.contracts.changes_contract import ChangesContract
from tests.contracts.edit_contract import EditContract
from tests.contracts.filter_contract import FilterContract
from tests.contracts.history_contract import HistoryContract
from tests.contracts.lexical_contract import LexicalContract
from tests.contracts.search_contract import SearchContract
from tests.contracts.snapshot_contract import SnapshotContract
from tests.contracts.store_fixtures import Clock, Make

__all__ = ["Clock", "Make", "StoreContract"]


class StoreContract(
    EditContract,
    HistoryContract,
    ChangesContract,
    SnapshotContract,
    LexicalContract,
    SearchContract,
    FilterContract,
):
    def test_follows_the_protocols(self, store: Store, view: Callable[[], Snapshot]) -> None:
        assert isinstance(store, Store)
        assert isinstance(view(), Snapshot)
        assert "://" in store.url
        assert view().url == store.url

    def test_new_memory_is_empty(self, store: Store, view: Callable[[], Snapshot]) -> None:
        assert (store.version, store.count, list(store.search_ids())) == (0, 0, [])
        assert store.undo() is None
        assert store.redo() is None
        assert store.history() == []
        assert view().match(["word"], limit=3) == []
