"""Every kind of damage is found and named, mended where that is possible, and never in silence."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from memviz.cli import main
from memviz.core.edits import Delete, Insert, Update
from memviz.core.errors import Cancelled, KnownError
from memviz.core.vectors import VectorRow
from memviz.stores.checking.finding import Finding
from memviz.stores.checking.repair import repair
from memviz.stores.checking.report import Report, check
from memviz.stores.checking.rescue import rescue
from memviz.stores.sqlite import SQLiteStore
from memviz.stores.sqlite_backup import backups_of


@pytest.fixture
def memory(path: Path, whole: bytes) -> Path:
    path.write_bytes(whole)
    return path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of a memory with everything that one can have."""
    path = tmp_path_factory.mktemp("whole") / "memory.sqlite"
    with closing(SQLiteStore.open(path, create=True)) as store:
        store.load(({"key": f"Film {n} · year", "text": f"Film {n} 银翼 came out."} for n in range(20)), 20)
        store.load(({"text": f"imported {n}"} for n in range(10)), 10, undoable=True)
        store.apply([Update(1, text="changed"), Update(2, tags=["a"], metadata={"n": 1}), Delete(3)])
        store.apply([Insert(text="new", supersedes=[4])])
        store.apply([Delete(31), Update(5, enabled=False)])
        store.undo()
        store.undo()
        store.redo()
        store.mark_used([1, 2])
        store.change_settings({"recall": {"limit": 5}})
        rows = [VectorRow(entry.id, entry.updated, np.ones(3, np.float32)) for entry in store.get([1, 2, 6])]
        store.put_vectors("space", rows)
    return path.read_bytes()


def _damaged(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


#: name -> (what does it, codes of the findings, entries named)
_MENDED: dict[str, tuple[list[str], set[str], tuple[int, ...]]] = {
    "a text that the index still has": (["UPDATE entries SET text = text WHERE id = 9"], set(), ()),
    "a word gone from the index": (
        ["INSERT INTO entries_fts (entries_fts, rowid, key, text) VALUES ('delete', 22, '', 'imported 1')"],
        {"index"},
        (22,),
    ),
    "a word too much in the index": (
        ["INSERT INTO entries_fts (rowid, key, text) VALUES (900, '', 'ghost')"],
        {"index"},
        (900,),
    ),
    "lengths of texts": (["UPDATE entries_fts_docsize SET sz = x'0105' WHERE id = 8"], {"index"}, ()),
    "an index of an order": (["DROP INDEX order_by_text", "DROP INDEX order_by_updated"], {"indexes"}, ()),
    "rows of no change": (
        ["""INSERT INTO change_rows VALUES (99, 0, 1, '{"text":"x"}', '{"text":"changed"}')"""],
        {"orphans"},
        (),
    ),
    "a load of no change": (["INSERT INTO loads VALUES (99, 500, 600)"], {"orphans", "sequence", "missing"}, ()),
    "a count": (["UPDATE changes SET entries = 7 WHERE version = 3"], {"counts"}, ()),
    "the newest count": (["UPDATE changes SET entries = entries + 1 WHERE version = 8"], {"counts"}, ()),
    "what is undone": (["UPDATE changes SET status = 'undone' WHERE version = 3"], {"statuses"}, ()),
    "ids that were given": (["UPDATE sqlite_sequence SET seq = 4 WHERE name = 'entries'"], {"sequence"}, ()),
    "no ids were given": (["DELETE FROM sqlite_sequence WHERE name = 'entries'"], {"sequence"}, ()),
    "a setting": (["UPDATE settings SET value = '{'"], {"settings"}, ()),
    "a vector of no entry": (
        ["INSERT INTO vectors (space, entry_id, vector) VALUES (1, 3, x'003c003c003c')"],
        {"vectors"},
        (3,),
    ),
    "a vector of no space": (["INSERT INTO vectors (space, entry_id, vector) VALUES (9, 1, x'00')"], {"vectors"}, ()),
    "a vector of another size": (["UPDATE vectors SET vector = x'0000' WHERE entry_id = 6"], {"vectors"}, (6,)),
    "the number of vectors": (["UPDATE vector_spaces SET vectors = 4"], {"vectors"}, ()),
    "a subject": (["UPDATE entries SET subject = 'other' WHERE id = 7"], {"subjects"}, (7,)),
}


@pytest.mark.parametrize("name", _MENDED)
def test_what_can_be_mended(memory: Path, name: str) -> None:
    statements, codes, ids = _MENDED[name]
    assert check(memory).sound
    _damaged(memory, *statements)
    with closing(SQLiteStore.open(memory)) as store:
        entries = store.get(range(1, 1_000))
    report = check(memory)
    assert {finding.code for finding in report.findings} == codes
    assert set(ids) <= {entry_id for finding in report.findings for entry_id in finding.ids}
    assert all(finding.words.endswith(".") and "\n" not in finding.words for finding in report.findings)
    assert backups_of(memory) == []  # a check changes nothing
    repaired = repair(memory)
    assert repaired.before.findings == report.findings
    assert repaired.after.findings == ()
    assert check(memory).sound
    if not codes:
        assert (repaired.backup, repaired.done) == (None, ())
        return
    assert repaired.done
    assert backups_of(memory) == [repaired.backup]
    assert repaired.backup is not None
    assert {finding.code for finding in check(repaired.backup).findings} == codes
    with closing(SQLiteStore.open(memory)) as store:
        assert store.get(range(1, 1_000)) == entries
        store.apply([Insert(text="goes on")])
        assert list(store.search_ids("goes")) == [32]
    assert check(memory).sound


_NOT_MENDED = {
    "a row that is gone": (["DELETE FROM entries WHERE id = 21"], "missing", (21,)),
    "a row from nowhere": (
        [
            "INSERT INTO entries SELECT 99, key, text, kind, owner, source, tags, created, updated, last_used,"
            " used_count, confidence, expires, private, enabled, metadata, subject, superseded_by FROM entries"
            " WHERE id = 1"
        ],
        "history",
        (99,),
    ),
    "a text that no change tells of": (["UPDATE entries SET text = 'forged' WHERE id = 1"], "history", (1,)),
    "a part of the history": (
        ["""UPDATE change_rows SET "after" = '{"text":"forged"}' WHERE entry_id = 1"""],
        "history",
        (1,),
    ),
    "a part that cannot be read": (["""UPDATE change_rows SET "before" = '[' WHERE entry_id = 1"""], "history", (1,)),
    "a part that is missing": (["DELETE FROM change_rows WHERE entry_id = 2"], "history", ()),
    "a version that is missing": (["DELETE FROM changes WHERE version = 4"], "versions", ()),
    "a row that cannot be read": (["UPDATE entries SET kind = 'rumour' WHERE id = 6"], "rows", (6,)),
}


@pytest.mark.parametrize("name", _NOT_MENDED)
def test_what_cannot_be_mended_is_said(memory: Path, name: str) -> None:
    statements, code, ids = _NOT_MENDED[name]
    _damaged(memory, *statements)
    if name == "a part that is missing":  # the fields of then are not told any more; that they were others, is not seen
        assert check(memory).sound
        return
    found = [finding for finding in check(memory).findings if finding.code == code]
    assert found
    assert set(ids) <= {entry_id for finding in found for entry_id in finding.ids}
    repaired = repair(memory)
    assert code in {finding.code for finding in repaired.after.findings}


def test_a_check_goes_on_beside_edits_and_can_be_cancelled(memory: Path) -> None:
    with closing(SQLiteStore.open(memory)) as store:
        told = []

        def progress(done: int, total: int, words: str) -> None:
            told.append(words)
            store.apply([Update(7, text=f"edited while it is checked {len(told)}")])

        assert check(memory, progress).sound
        assert {"checking the pages", "checking the history", "reading the texts"} <= set(told)

    def stop(done: int, total: int, words: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        check(memory, stop)


def test_no_repair_while_another_program_writes(memory: Path) -> None:
    _damaged(memory, "UPDATE changes SET entries = 7 WHERE version = 3")
    with closing(sqlite3.connect(memory, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(KnownError, match=r"Another program is writing .*wait"):
            repair(memory)
        assert check(memory).findings  # reading is possible
        other.execute("ROLLBACK")
    assert backups_of(memory) == []
    assert repair(memory).after.sound


def test_a_repair_that_is_cancelled_changes_nothing(memory: Path) -> None:
    _damaged(memory, "UPDATE changes SET entries = 7 WHERE version = 3", "DROP INDEX order_by_text")

    def stop(done: int, total: int, words: str) -> None:
        if words.startswith("counted"):
            raise Cancelled

    with pytest.raises(Cancelled):
        repair(memory, stop)
    assert backups_of(memory) == []
    assert {finding.code for finding in check(memory).findings} == {"counts", "indexes"}


def test_backups_do_not_overwrite_each_other(memory: Path) -> None:
    copies = []
    for version in (3, 4):
        _damaged(memory, f"UPDATE changes SET entries = 7 WHERE version = {version}")
        copies.append(repair(memory).backup)
    assert len(set(copies)) == 2
    assert set(backups_of(memory)) == set(copies)


def test_what_is_no_memory_of_this_format(path: Path, memory: Path, tmp_path: Path) -> None:
    for name, content in {"notes.txt": b"some notes", "empty.sqlite": b""}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(KnownError, match=name):
            check(tmp_path / name)
    _damaged(memory, "PRAGMA user_version = 2")
    with pytest.raises(KnownError, match=r"older memviz .*open it once"):
        check(memory)
    _damaged(memory, "PRAGMA user_version = 99")
    with pytest.raises(KnownError, match="newer memviz"):
        repair(memory)


# -- damaged pages -----------------------------------------------------------------------------------------------------


@pytest.fixture
def pages(path: Path) -> Callable[[float], set[int]]:
    """Overwrites a share of the pages that hold entries; gives the ids of the entries on them."""
    with closing(SQLiteStore.open(path, create=True)) as store:
        store.load(({"key": f"k{n}", "text": f"entry {n} " * 9} for n in range(3_000)), 3_000)
        store.apply([Delete(5), Delete(2_000)])
        store.change_settings({"a": 1})

    def overwrite(share: float) -> set[int]:
        with closing(sqlite3.connect(path)) as connection:
            size = connection.execute("PRAGMA page_size").fetchone()[0]
            [root] = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'entries'").fetchone()
        content = bytearray(path.read_bytes())
        leaves, gone = _leaves(content, size, root), set()
        for page, ids in leaves[:: round(1 / share)]:
            content[(page - 1) * size : page * size] = os.urandom(size)
            gone |= ids
        path.write_bytes(content)
        return gone

    return overwrite


def _leaves(content: bytearray, size: int, root: int) -> list[tuple[int, set[int]]]:
    """Pages that hold rows of a table, and the ids of those rows (https://sqlite.org/fileformat2.html)."""
    found: list[tuple[int, set[int]]] = []
    waiting = [root]
    while waiting:
        page = waiting.pop()
        start = (page - 1) * size
        kind, cells = content[start], int.from_bytes(content[start + 3 : start + 5], "big")
        head = 12 if kind == 5 else 8
        places = [
            start + int.from_bytes(content[start + head + 2 * n : start + head + 2 * n + 2], "big")
            for n in range(cells)
        ]
        if kind == 5:
            waiting.append(int.from_bytes(content[start + 8 : start + 12], "big"))
            waiting += [int.from_bytes(content[at : at + 4], "big") for at in places]
        else:
            found.append((page, {_number(content, _number(content, at)[1])[0] for at in places}))
    return found


def _number(content: bytearray, at: int) -> tuple[int, int]:
    """A variable-length number and where it ends."""
    value = 0
    while True:
        value = value << 7 | content[at] & 0x7F
        at += 1
        if content[at - 1] < 0x80:
            return value, at


@pytest.mark.parametrize("share", [0.02, 0.5])
def test_what_can_be_read_is_rescued(
    path: Path, tmp_path: Path, pages: Callable[[float], set[int]], share: float
) -> None:
    gone = pages(share)
    assert gone
    report = check(path)
    assert "pages" in {finding.code for finding in report.findings}
    before = path.read_bytes()
    rescued = rescue(path, tmp_path / "new.sqlite")
    assert path.read_bytes() == before
    assert set(rescued.lost) == gone
    assert (rescued.entries, rescued.expected) == (2_998 - len(gone), 2_998)
    assert check(rescued.target).sound
    with closing(SQLiteStore.open(rescued.target)) as store:
        assert store.count == rescued.entries
        kept = store.get(range(1, 3_001))
        assert {entry.id for entry in kept} == set(range(1, 3_001)) - gone - {5, 2_000}
        assert all(entry.text == f"entry {entry.id - 1} " * 9 for entry in kept)
        assert store.settings == {"a": 1}
        assert store.apply([Insert(text="new")]).inserted == (3_001,)
    with pytest.raises(KnownError, match=r"There is a file .*new\.sqlite.* already"):
        rescue(path, rescued.target)


def test_a_file_that_was_cut_short_is_rescued(path: Path, tmp_path: Path, pages: Callable[[float], set[int]]) -> None:
    del pages  # made the file
    with path.open("rb+") as file:
        file.truncate(path.stat().st_size * 2 // 3)
    for look in (check, repair):
        with pytest.raises(KnownError, match="is damaged"):
            look(path)
    rescued = rescue(path, tmp_path / "new.sqlite")
    assert rescued.expected == 2_998
    assert rescued.entries > 1_000
    assert check(rescued.target).sound
    with closing(SQLiteStore.open(rescued.target)) as store:
        assert all(entry.text == f"entry {entry.id - 1} " * 9 for entry in store.get(store.search_ids()))


def test_pages_that_changed_places_are_found_and_give_no_entry_twice(
    path: Path, tmp_path: Path, pages: Callable[[float], set[int]]
) -> None:
    del pages  # made the file
    with closing(sqlite3.connect(path)) as connection:
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        roots = dict(connection.execute("SELECT name, rootpage FROM sqlite_schema WHERE rootpage"))
    content = bytearray(path.read_bytes())
    leaves = [page for page, _ in _leaves(content, size, roots["entries"])]
    for one, other in ((leaves[1], leaves[-2]), (leaves[3], roots["settings"])):
        first, second = (slice((page - 1) * size, page * size) for page in (one, other))
        content[first], content[second] = content[second], content[first]
    path.write_bytes(content)
    assert not check(path).sound
    rescued = rescue(path, tmp_path / "new.sqlite")
    assert check(rescued.target).sound
    with closing(SQLiteStore.open(rescued.target)) as store:
        assert all(entry.text == f"entry {entry.id - 1} " * 9 for entry in store.get(store.search_ids()))
    assert rescued.expected is not None
    assert len(rescued.lost) >= rescued.expected - rescued.entries > 0


def test_a_file_of_which_nothing_can_be_read(path: Path, tmp_path: Path, pages: Callable[[float], set[int]]) -> None:
    pages(1.0)
    with pytest.raises(KnownError, match=r"No entry of .*can be read"):
        rescue(path, tmp_path / "new.sqlite")
    assert sorted(tmp_path.iterdir()) == sorted({path, *tmp_path.glob("memory.sqlite-*")})


# -- as a command ------------------------------------------------------------------------------------------------------


def _command(*arguments: str | Path) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "memviz", "entries", "check", *arguments], capture_output=True, text=True
    )
    return done.returncode, done.stdout, done.stderr


def test_the_command_says_what_it_found_and_what_it_did(memory: Path) -> None:
    assert _command(memory)[:2] == (0, f"“{memory}” is whole: 30 entries, version 8.\n")
    _damaged(memory, "UPDATE changes SET entries = 7 WHERE version = 3")
    code, said, _ = _command(memory)
    assert code == 1
    assert "The number of entries is wrong at 1 version." in said
    assert "--repair mends" in said
    code, said, _ = _command(memory, "--repair")
    assert code == 0
    assert "Kept the file as it was: " in said
    assert "Counted the entries of every version." in said
    assert "Checked again: everything fits now." in said


def test_no_repair_is_offered_where_pages_are_damaged(
    memory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = (Finding("pages", "Pages are damaged."), Finding("index", "The index is damaged.", True))
    monkeypatch.setattr("memviz.stores.checking.report.check", lambda *_: Report(memory, 8, 30, found))
    assert main(["entries", "check", str(memory)]) == 1
    said = capsys.readouterr().out
    assert "--rescue NEW" in said
    assert "--repair" not in said


def test_a_rescue_says_what_stays_behind(memory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["entries", "check", str(memory), "--rescue", str(tmp_path / "new.sqlite")]) == 0
    said = capsys.readouterr().out
    assert "Saved 30 entries" in said
    assert "history, undo and what is known of earlier forgettings stay behind" in said
    memory.write_bytes(memory.read_bytes()[:20_000])
    assert main(["entries", "check", str(memory)]) == 2
    assert "save what can be read of it with --rescue NEW." in capsys.readouterr().err


def test_the_index_is_made_anew_as_it_is_made_first(memory: Path) -> None:
    select = "SELECT sql FROM sqlite_schema WHERE name = 'entries_fts'"
    with closing(sqlite3.connect(memory)) as connection:
        before = connection.execute(select).fetchone()
        add = "INSERT INTO entries_fts (rowid, key, text) VALUES (1, 'more', 'words')"
        connection.execute(add)
        connection.commit()
    assert repair(memory).done == ("Made the full-text index anew.",)
    with closing(sqlite3.connect(memory)) as connection:
        assert connection.execute(select).fetchone() == before
