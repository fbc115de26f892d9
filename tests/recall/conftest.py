"""A small memory of movies with awkward titles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from memviz.core.edits import Insert, Update
from memviz.core.events import RecallEvent
from memviz.core.facts import Fact, render
from memviz.core.query import Query
from memviz.recall.hybrid import HybridRecaller
from memviz.stores.sqlite import SQLiteStore

FACTS = (
    Fact("Blade Runner", "directed_by", ("Ridley Scott",)),
    Fact("Blade Runner", "written_by", ("Philip K. Dick", "Hampton Fancher")),
    Fact("Blade Runner", "starred_actors", ("Harrison Ford", "Sean Young")),
    Fact("Blade Runner 2049", "directed_by", ("Denis Villeneuve",)),
    Fact("Alien", "directed_by", ("Ridley Scott",)),
    Fact("Prometheus", "written_by", ("Damon Lindelof",)),
    Fact("Blade", "directed_by", ("Stephen Norrington",)),
    Fact("The Runner", "directed_by", ("Austin Stark",)),
    Fact("It", "written_by", ("Stephen King",)),
    Fact("Who's That Girl", "directed_by", ("James Foley",)),
    Fact("Over the Hedge", "written_by", ("T. Lewis", "Michael Fry")),
    Fact("Star Wars", "directed_by", ("George Lucas",)),
    Fact("L'Atalante", "directed_by", ("Jean Vigo",)),
    Fact("Amélie", "directed_by", ("Jean-Pierre Jeunet",)),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    store = SQLiteStore.open(tmp_path / "movies.sqlite", create=True)
    rows = [render(fact) for fact in FACTS] + [("星球大战", "科幻片，哈里森·福特主演"), ("泰坦尼克号", "爱情片")]
    store.apply([Insert(key=key, text=text) for key, text in rows])
    yield store
    store.close()


@pytest.fixture
def recall(store: SQLiteStore) -> Callable[..., RecallEvent]:
    def ask(text: str, **options: int) -> RecallEvent:
        snapshot = store.snapshot()
        try:
            return HybridRecaller()(Query(text, **options), snapshot)
        finally:
            snapshot.close()

    return ask


@pytest.fixture
def keys(store: SQLiteStore) -> Callable[[RecallEvent], list[str]]:
    """Keys of all candidates, best first."""

    def of(event: RecallEvent) -> list[str]:
        return [entry.key for entry in store.get([candidate.entry_id for candidate in event.candidates])]

    return of


@pytest.fixture
def disable(store: SQLiteStore) -> Callable[[int], None]:
    def off(entry_id: int) -> None:
        store.apply([Update(entry_id, enabled=False)])

    return off
