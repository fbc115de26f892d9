"""Any table of any SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from memviz.core.entry import Entry
from memviz.core.errors import Cancelled, KnownError, NeedsTable
from memviz.stores.attached.address import Attachment, attachment_of
from memviz.stores.attached.looking import look_at
from memviz.stores.attached.store import AttachedStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.db"


@pytest.fixture
def other(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


def _entries(path: Path, table: str, **columns: str) -> list[Entry]:
    attachment = Attachment(path).with_columns({"table": table, **columns})
    with closing(AttachedStore.open(attachment)) as store:
        return store.get(store.search_ids())


def test_columns_are_guessed(path: Path, other: sqlite3.Connection) -> None:
    other.execute(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, Title TEXT, Body TEXT, user_id TEXT, url TEXT, tags, at REAL)"
    )
    other.execute("INSERT INTO t VALUES (7, 'Rome', 'We met in Rome.', 'ana', 'https://x', '[\"a\", \"b\"]', 0.5)")
    [entry] = _entries(path, "t")
    assert (entry.key, entry.text, entry.owner, entry.source) == ("Rome", "We met in Rome.", "ana", "https://x")
    assert entry.tags == ("a", "b")
    assert entry.metadata == {"id": 7, "at": 0.5}


def test_columns_are_said(path: Path, other: sqlite3.Connection) -> None:
    other.execute("CREATE TABLE t (a TEXT, b TEXT, c TEXT, since TEXT, secret INTEGER)")
    other.execute("INSERT INTO t VALUES ('a', 'b', 'c', '2025-03-01 10:00:00', 1)")
    [entry] = _entries(path, "t", text="b", key="c", created="since", private="secret")
    assert (entry.text, entry.key, entry.private, entry.created) == ("b", "c", True, 1740823200.0)
    assert entry.metadata == {"a": "a"}


def test_longest_text_where_no_name_says_it(path: Path, other: sqlite3.Connection) -> None:
    other.execute("CREATE TABLE t (x, y, z)")
    other.execute("INSERT INTO t VALUES (1, 'short', 'this is the longest of all')")
    [entry] = _entries(path, "t")
    assert (entry.text, entry.metadata) == ("this is the longest of all", {"x": 1, "y": "short"})


@pytest.mark.parametrize("name", ['"; DROP TABLE t; --', "a b", "表", "select", "x'y", "a%b&c=d#e?f", 'q"q'])
def test_names_that_are_sql(path: Path, other: sqlite3.Connection, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    other.execute(f"CREATE TABLE {quoted} ({quoted} TEXT, body TEXT)")
    other.execute(f"INSERT INTO {quoted} VALUES ('k', 'inside')")
    address = Attachment(path).with_columns({"table": name, "key": name, "text": "body"}).url
    attachment = attachment_of(address)
    assert attachment is not None
    with closing(AttachedStore.open(attachment)) as store:
        [entry] = store.get(store.search_ids())
        assert (entry.key, entry.text) == ("k", "inside")
        assert attachment_of(store.url) == store._attachment
    assert other.execute(f"SELECT count(*) FROM {quoted}").fetchone() == (1,)


def test_odd_rows(path: Path, other: sqlite3.Connection) -> None:
    """No text, bytes that are no UTF-8, numbers where texts are expected, infinite numbers, dates of no calendar."""
    other.execute("CREATE TABLE t (key, text, created, tags, n)")
    rows = [
        (None, None, None, None, None),
        ("", "  ", "", "", ""),
        (3, 4, "no date", 5, float("inf")),
        ("bytes", b"\xff\xfe", 1e300, b"\x00", b"\x00"),
        ("t", "x", 1740823200123, " a , ,b", 2**62),
    ]
    other.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?)", rows)
    other.execute("INSERT INTO t VALUES ('cut', CAST(x'61ff' AS TEXT), NULL, NULL, NULL)")
    found = _entries(path, "t", text="text", key="key", created="created", tags="tags")
    assert [(entry.key, entry.text.strip()) for entry in found] == [
        ("t 1", ""),
        ("t 2", ""),
        ("", "4"),
        ("bytes", "��"),
        ("t", "x"),
        ("cut", "a�"),
    ]
    assert found[2].metadata == {"key": "3", "created": "no date", "n": "inf"}
    assert found[2].tags == ("5",)
    assert (found[4].created, found[4].tags, found[4].metadata) == (1740823200.123, ("a", "b"), {"n": 2**62})


def test_tables_without_row_ids_and_views(path: Path, other: sqlite3.Connection) -> None:
    other.execute("CREATE TABLE t (a TEXT, b TEXT, PRIMARY KEY (b, a)) WITHOUT ROWID")
    other.executemany("INSERT INTO t VALUES (?, ?)", [("x", "one"), ("y", "two")])
    other.execute("CREATE VIEW v AS SELECT b AS body FROM t WHERE a = 'y'")
    assert sorted(entry.text for entry in _entries(path, "t", text="b")) == ["one", "two"]
    assert [entry.text for entry in _entries(path, "v")] == ["two"]
    other.execute("CREATE VIEW broken AS SELECT json_extract(b, '$') AS body FROM t")
    with pytest.raises(KnownError, match=r"cannot be read \(malformed JSON\)"):
        _entries(path, "broken", text="body")


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"table": "absent"}, "no table “absent” in this file; its tables are notes, numbers"),
        ({"table": "numbers"}, "No column of the table “numbers” holds text .*a, b"),
        ({"table": "notes", "text": "absent"}, "has no column “absent”; it has title, body"),
        ({"table": "notes", "body": "title"}, "cannot become “body”; use one of text, key"),
    ],
)
def test_choices_that_cannot_be(path: Path, other: sqlite3.Connection, columns: dict[str, str], words: str) -> None:
    other.execute("CREATE TABLE notes (title TEXT, body TEXT)")
    other.execute("INSERT INTO notes VALUES ('a', 'b')")
    other.execute("CREATE TABLE numbers (a INTEGER, b REAL)")
    other.execute("INSERT INTO numbers VALUES (1, 2)")
    with pytest.raises(KnownError, match=words):
        AttachedStore.open(Attachment(path).with_columns(columns))


def test_file_that_no_adapter_knows_asks_for_a_table(path: Path, other: sqlite3.Connection) -> None:
    other.execute("CREATE TABLE notes (title TEXT, body TEXT)")
    other.execute("INSERT INTO notes VALUES ('a', 'b')")
    with pytest.raises(NeedsTable, match="attach one of its tables") as caught:
        AttachedStore.open(path)
    assert caught.value.path == str(path)
    address = str(caught.value).split("'")[1]
    attachment = attachment_of(address)
    assert attachment is not None
    with closing(AttachedStore.open(attachment)) as store:
        assert (store.url, store.count) == (address, 1)
    look = look_at(path)
    assert (look.likeliest, [table.name for table in look.tables]) == ("notes", ["notes"])
    assert look.tables[0].entries(look.tables[0].guess)[0]["text"] == "b"


def test_tables_of_known_names_but_another_version(path: Path, other: sqlite3.Connection) -> None:
    for table in ("collections", "segments", "embeddings", "embedding_metadata"):
        other.execute(f"CREATE TABLE {table} (id TEXT, name TEXT)")
    with pytest.raises(KnownError, match=r"“segments” is of a version of Chroma .*has the columns id, name, and scope"):
        AttachedStore.open(path)
    with pytest.raises(KnownError, match=r"no table “history” as mem0 has it; its tables are collections"):
        AttachedStore.open(Attachment(path, "mem0"))


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "no file"), (b"", "not a SQLite file"), (b"some notes", "not a SQLite file"), ("folder", "no chroma")],
)
def test_what_is_no_database(path: Path, content: bytes | str | None, words: str) -> None:
    if content == "folder":
        path.mkdir()
    elif isinstance(content, bytes):
        path.write_bytes(content)
    with pytest.raises(KnownError, match=words) as caught:
        AttachedStore.open(Attachment(path, "chroma"))
    assert path.name in str(caught.value)


def test_damaged_pages(path: Path, other: sqlite3.Connection) -> None:
    other.execute("CREATE TABLE notes (body TEXT)")
    other.execute("BEGIN")
    other.executemany("INSERT INTO notes VALUES (?)", (("x" * 500,) for _ in range(200)))
    other.execute("COMMIT")
    other.close()
    content = bytearray(path.read_bytes())
    content[8_192:40_000] = b"\xee" * (40_000 - 8_192)
    path.write_bytes(content)
    with pytest.raises(KnownError, match="is damaged"):
        _entries(path, "notes")


def test_a_damaged_name_of_a_column(path: Path, other: sqlite3.Connection) -> None:
    other.execute("CREATE TABLE notes (body TEXT)")
    other.execute("INSERT INTO notes VALUES ('a text')")
    path.write_bytes(path.read_bytes().replace(b"body", b"b\xffdy"))
    for opened in (look_at, lambda file: AttachedStore.open(Attachment(file))):
        with pytest.raises(KnownError, match="is damaged: names in it are no text"):
            opened(path)


def test_cancelled_in_the_middle(
    path: Path, other: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other.execute("CREATE TABLE notes (body TEXT)")
    other.execute("BEGIN")
    other.executemany("INSERT INTO notes VALUES (?)", ((f"note {n}",) for n in range(5_000)))
    other.execute("COMMIT")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    told: list[tuple[int, int, str]] = []

    def progress(done: int, total: int, words: str) -> None:
        told.append((done, total, words))
        if words == "loading entries" and done:
            raise Cancelled

    with pytest.raises(Cancelled):
        AttachedStore.open(Attachment(path).with_columns({"table": "notes"}), progress=progress)
    assert told[0][2] == "reading x.db"
    assert told[-1][:2] == (2_000, 5_000)
    assert list(temporary.iterdir()) == []
