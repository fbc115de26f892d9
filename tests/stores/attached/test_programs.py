"""What each program's file becomes. The files were written by the real libraries (see ``make_fixtures.py``):
chromadb 1.5.9, langgraph 1.2.22 with langgraph-checkpoint-sqlite 3.1.2, mem0ai 2.2.1, mcp-memory-service 12.4.0;
and, for the older ones, chromadb 0.5.23, langgraph-checkpoint-sqlite 1.0.4, mem0ai 0.1.60."""

from __future__ import annotations

import datetime
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from memviz.core.entry import Entry, Kind
from memviz.core.errors import KnownError
from memviz.stores.attached.address import Attachment
from memviz.stores.attached.store import AttachedStore
from tests.stores.attached.conftest import Written, traces


@contextmanager
def _opened(path: Path, **options: Any) -> Iterator[AttachedStore]:
    """Opens it, and closes it; whatever happens in between, nothing beside the file is another one afterwards."""
    before = traces(path.parent)
    with closing(AttachedStore.open(Attachment(path, **options))) as store:
        yield store
        with closing(store.snapshot()) as snapshot:
            assert snapshot.count == store.count
    assert traces(path.parent) == before


def _entries(store: AttachedStore) -> list[Entry]:
    return store.get(store.search_ids())


def _time(words: str) -> float:
    return datetime.datetime.fromisoformat(words).timestamp()


def test_chroma(written: Written) -> None:
    path = written("chroma.sqlite3")
    with _opened(path.parent, part="notes") as store:
        assert (store.origin, store.title, store.read_only) == ("Chroma collection notes", "notes", True)
        blade, ana, beijing = _entries(store)
        assert blade.text == "Blade Runner was directed by Ridley Scott."
        assert (blade.key, blade.source, blade.owner) == ("blade", "wiki", "")
        assert blade.metadata == {"year": 1982, "score": 0.5, "seen": True, "collection": "notes", "id": "blade"}
        assert blade.created == _time("2026-11-23T00:14:50+00:00")
        assert (ana.text, ana.owner, ana.tags) == ("Ana lives in Porto.", "ana", ("travel", "家"))
        assert ana.source == "Chroma collection notes"
        assert (beijing.text, beijing.owner) == ("我住在北京。", "李雷")
        assert list(store.search_ids("北京")) == [beijing.id]
        assert store.url == f"chroma:///{path.parent.as_posix()}#notes"
    with _opened(path.parent) as store:
        assert store.origin == "Chroma collections notes, people"
        assert [entry.key for entry in _entries(store)] == ["blade", "ana", "Max", "beijing"]
    with pytest.raises(KnownError, match=r"no collection “films” in this Chroma folder; it has notes, people\.$"):
        AttachedStore.open(Attachment(path.parent, "chroma", "films"))


def test_langgraph_store(written: Written) -> None:
    with _opened(written("langgraph-store.sqlite")) as store:
        assert store.origin == "LangGraph store"
        ana, speaks, rome, brief = _entries(store)
        assert (ana.text, ana.key, ana.owner, ana.tags) == ("Ana lives in Porto.", "m1", "ana", ("home",))
        assert ana.source == "users.ana.memories"
        assert ana.created == _time("2026-11-23T00:14:52+00:00")
        assert (speaks.text, speaks.metadata["score"]) == ("Ana speaks Portuguese.", 0.5)
        assert rome.key == "Rome"
        assert "-753" in rome.text
        assert brief.expires == pytest.approx(_time("2026-11-30T00:14:52.253+00:00"), abs=0.01)


def test_langgraph_threads(written: Written) -> None:
    with _opened(written("langgraph-checkpoints.sqlite")) as store:
        assert store.origin == "LangGraph checkpoints"
        told = [(entry.source, entry.metadata["role"], entry.metadata["turn"], entry.text) for entry in _entries(store)]
        assert told == [
            ("thread ana", "user", 1, "Hello!"),
            ("thread ana", "assistant", 2, "You said: Hello!"),
            ("thread ana", "user", 3, "I live in Porto."),
            ("thread ana", "assistant", 4, "You said: I live in Porto."),
            ("thread 李雷", "user", 1, "我住在北京。"),
            ("thread 李雷", "assistant", 2, "You said: 我住在北京。"),
        ]
        assert {entry.kind for entry in _entries(store)} == {Kind.DIALOGUE_TURN}
        assert store.notices == ()


def test_mem0_has_its_past(written: Written) -> None:
    with _opened(written("mem0-history.db")) as store:
        assert store.origin == "mem0 history"
        porto, tea = _entries(store)
        assert (porto.text, porto.owner, porto.metadata["memory_id"]) == ("Lives in Porto", "ana", "m1")
        assert (porto.created, porto.updated) == (
            _time("2025-03-01T10:00:00-08:00"),
            _time("2025-03-04T10:00:00-08:00"),
        )
        assert tea.text == "Likes tea"
        texts = [
            (row.time, row.diff.before and row.diff.before.text, row.diff.after and row.diff.after.text)
            for row in store.history(porto.id)
        ]
        assert texts == [
            (_time("2025-03-04T10:00:00-08:00"), "Lives in Lisbon", "Lives in Porto"),
            (_time("2025-03-01T10:00:00-08:00"), None, "Lives in Lisbon"),
        ]
        with closing(store.snapshot(_time("2025-03-03T12:00:00-08:00"))) as then:
            assert [entry.text for entry in then.scan()] == ["Lives in Lisbon", "Likes tea", "Has a cat"]


def test_mcp_memory_service(written: Written) -> None:
    with _opened(written("mcp-memory.db")) as store:
        assert store.origin == "mcp-memory-service memories"
        ana, deploy = _entries(store)
        assert (ana.text, ana.tags, ana.source) == ("Ana lives in Porto.", ("home", "ana"), "chat")
        assert (ana.metadata["memory_type"], deploy.metadata["memory_type"]) == ("note", "decision")
        assert ana.confidence == 1.0
        assert ana.created == pytest.approx(1795392924.98, abs=0.01)
        assert store.notices == ()


def test_a_long_past_of_mem0_is_loaded_up_to_its_newest_events(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memviz.stores.attached.store._PAST", 2)
    with _opened(written("mem0-history.db")) as store:
        assert [entry.text for entry in _entries(store)] == ["Lives in Porto", "Likes tea"]
        assert [row.diff.after is None for row in store.history()] == [True, False]
        with closing(store.snapshot(_time("2025-03-03T12:00:00-08:00"))) as then:
            assert {entry.text for entry in then.scan()} == {"Lives in Lisbon", "Likes tea", "Has a cat"}


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("chroma-0.5.sqlite3", ["Blade Runner was directed by Ridley Scott.", "Ana lives in Porto."]),
        ("langgraph-1.sqlite", ["Hello!", "You said: Hello!", "I live in Porto.", "You said: I live in Porto."]),
        ("mem0-0.1.db", ["Lives in Porto"]),
    ],
)
def test_files_of_older_versions(written: Written, name: str, texts: list[str]) -> None:
    with _opened(written(name)) as store:
        assert [entry.text for entry in _entries(store)] == texts
        assert store.notices == ()
        if name.startswith("chroma"):
            assert store.get([1])[0].metadata["seen"] is True


def test_a_newer_schema_is_told(written: Written) -> None:
    path = written("mcp-memory.db")
    with closing(sqlite3.connect(path)) as other:
        other.execute("UPDATE metadata SET value = '99' WHERE key = 'schema_version'")
        other.commit()
    with _opened(path) as store:
        assert "schema 99 of mcp-memory-service, which is newer than this memviz knows (19)" in store.notices[0]
        assert store.count == 2
