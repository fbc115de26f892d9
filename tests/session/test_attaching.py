"""What other programs keep, by the names that a user gives it; and copies of it that can be edited."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from memviz.core.errors import KnownError, NeedsTable
from memviz.core.query import Query
from memviz.session.addresses import ATTACHED, memory_address
from memviz.session.attaching import table_address
from memviz.session.copying import copy_memory
from memviz.session.session import Session
from tests.stores.attached.conftest import Written, written  # noqa: F401 - a fixture


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE notes (title TEXT, body TEXT)")
        other.executemany(
            "INSERT INTO notes VALUES (?, ?)", ((f"note {n}", f"the text of note {n}") for n in range(50))
        )
        other.commit()
    return path


def test_addresses(notes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for address in (
        str(notes),
        "notes.db",
        f"sqlite:///{notes}",
        "sqlite:///notes.db",
        "sqlite:///notes.db?table=notes",
    ):
        found = memory_address(address)
        assert (found.scheme, found.place.path, found.name) == (ATTACHED, notes, "notes")
    assert memory_address(f"sqlite://{notes}?table=notes").place.path == notes  # a slash less, and still found
    chroma = memory_address("chroma:///some/folder#a%20b").place
    assert (chroma.path, chroma.scheme, chroma.part) == (tmp_path / "some/folder", "chroma", "a b")
    named = tmp_path / "what?table=x.sqlite"
    with Session() as session:
        session.open_memory(str(named), create=True).result()
        assert memory_address(str(named)).scheme == "sqlite"  # a path is a path, whatever is in its name
        assert memory_address(str(tmp_path / "absent.sqlite")).scheme == "sqlite"
    for address in ("chroma://folder", "mem0://", "chroma:///"):
        with pytest.raises(KnownError, match=r"names no file|no address"):
            memory_address(address)


def test_opened_by_path_alone(written: Written) -> None:  # noqa: F811
    with Session() as session:
        info = session.open_memory(str(written("chroma.sqlite3").parent)).result()
        assert (info.origin, info.name, info.count, info.read_only) == (
            "Chroma collections notes, people",
            "Chroma",
            4,
            True,
        )
        assert session.recalled(Query("where does Ana live?")).result().candidates[0].entry_id == 2


@pytest.mark.parametrize(
    "name",
    ["chroma.sqlite3", "langgraph-store.sqlite", "langgraph-checkpoints.sqlite", "mem0-history.db", "mcp-memory.db"],
)
def test_copies_can_be_edited(written: Written, tmp_path: Path, name: str) -> None:  # noqa: F811
    source = written(name)
    copied = copy_memory(str(source), str(tmp_path / "copy.sqlite"))
    with Session() as session:
        session.open_memory(copied.source).result()
        theirs = session.entries()
        assert len(theirs) == copied.entries > 0
        info = session.open_memory(str(tmp_path / "copy.sqlite")).result()
        assert (info.read_only, info.origin) == (False, "")
        assert session.entries() == theirs
        session.undo()
    with pytest.raises(KnownError, match="choose another file"):
        copy_memory(str(tmp_path / "copy.sqlite"), str(source))


def test_table_address_opens_what_was_chosen(notes: Path) -> None:
    address = table_address(notes, "notes", {"text": "title", "key": "", "owner": ""})
    with Session() as session:
        url = session.open_memory(address).result().url
        assert url == session.open_memory(url).result().url
        [first, *_] = session.entries()
        assert (first.key, first.text, first.metadata) == ("", "note 0", {"body": "the text of note 0"})


def test_the_old_memory_stays_where_a_table_must_be_chosen(notes: Path, tmp_path: Path) -> None:
    with Session() as session:
        session.open_memory(str(tmp_path / "mine.sqlite"), create=True).result()
        with pytest.raises(NeedsTable, match=r"sqlite:///.*notes\.db\?table=notes&text=body&key=title"):
            session.open_memory(str(notes)).result()
        assert session.memory_url.endswith("mine.sqlite")


def test_vectors_of_an_attached_memory(notes: Path) -> None:
    with Session() as session:
        session.open_memory(f"sqlite:///{notes}?table=notes").result()
        state = session.use_embedder("builtin").result(60)
        assert (state.done, state.total, state.notice) == (50, 50, "")
        assert session.dense is not None
        assert len(session.dense.search("the text of note 7", limit=5)) == 5
