from __future__ import annotations

from memviz.core.edits import Insert, Update
from memviz.stores import sqlite_first
from memviz.stores.sqlite import SQLiteStore


def test_the_first_of_a_letter_are_the_first_of_all(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(sqlite_first, "_LARGE", 100)
    monkeypatch.setattr(sqlite_first, "_ENTRIES", 60)
    asked: list[str] = []
    ids = sqlite_first.FirstEntries.ids

    def counted(self, connection, text, limit, count, state):
        found = ids(self, connection, text, limit, count, state)
        asked.append("first" if found is not None else "all")
        return found

    monkeypatch.setattr(sqlite_first.FirstEntries, "ids", counted)
    store = SQLiteStore.open(tmp_path / "memory.sqlite", create=True)
    words = ["tree", "Tom’s", "the", "film", "über", "银翼"]
    store.load(({"text": f"{words[n % 6]} {words[n % 5]}", "key": f"{n}"} for n in range(300)), 300)
    for text in ("t", "th", "fi t", "f", "u", "银", "tre", "x", "the t"):
        for limit in (5, 40):
            first = list(store.search_ids(text, limit=limit))
            assert first == list(store.search_ids(text))[:limit], (text, limit)
    assert {"first", "all"} <= set(asked)
    asked.clear()
    store.apply([Update(1, text="gone"), Insert(text="tail")])
    assert list(store.search_ids("t", limit=5)) == list(store.search_ids("t"))[:5]
    assert asked == ["first"]
    store.close()
