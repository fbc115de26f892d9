"""Forgotten entries are in no table, and what is left is as if they had never been there."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from memviz.core.edits import Change, Delete, Insert, Update
from memviz.core.errors import Cancelled, KnownError
from memviz.core.forgetting import Wish, ranges
from memviz.core.progress import no_progress
from memviz.core.vectors import VectorRow
from memviz.stores.in_memory import InMemoryStore, forget
from memviz.stores.sqlite import SQLiteStore
from tests.stores.soundness import assert_sound


def _forget(store: SQLiteStore, wish: Wish) -> Change:
    way = store.forgetting
    return way.remove(way.find(wish, no_progress), "test", no_progress).change


def _texts(store: SQLiteStore) -> list[str]:
    return [entry.text for entry in store.get(store.search_ids())]


@pytest.fixture
def three(store: SQLiteStore) -> SQLiteStore:
    """Entry 2 is Anna's, entry 3 was hers, entry 4 was hers and is deleted, 1 and 5 never were."""
    store.apply([Insert(text="red", owner="Bob"), Insert(text="green grass", owner="Anna")])
    store.apply([Insert(text="blue", owner="anna"), Insert(text="violet 银翼", owner="Anna")])
    store.apply([Update(3, owner="Bob")])
    store.apply([Delete(4)])
    store.apply([Insert(text="white")])
    return store


def test_by_owner_means_now_and_ever(three: SQLiteStore) -> None:
    found = three.forgetting.find(Wish(owner="Anna"), no_progress)
    assert found.ids == (2, 3, 4)
    assert found.there == (2, 3)
    assert set(found.texts) == {"green grass", "blue", "violet 银翼"}
    assert found.parts == 5


def test_by_search_means_now_and_ever(three: SQLiteStore) -> None:
    three.apply([Update(1, text="crimson")])
    assert three.forgetting.find(Wish(search="red"), no_progress).ids == (1,)
    assert three.forgetting.find(Wish(search="银翼"), no_progress).ids == (4,)
    assert three.forgetting.find(Wish(search="grass"), no_progress).ids == (2,)
    three.apply([Update(1, text="★")])
    assert three.forgetting.find(Wish(search="★"), no_progress).ids == (1,)


@pytest.mark.parametrize("wish", [Wish(ids=(99,)), Wish(owner="Carl"), Wish(search="nowhere")])
def test_nothing_found_says_so(three: SQLiteStore, wish: Wish) -> None:
    with pytest.raises(KnownError, match="history"):
        three.forgetting.find(wish, no_progress)


@pytest.mark.parametrize("given", [{}, {"owner": " "}, {"ids": (1,), "owner": "Anna"}])
def test_a_wish_is_one_of_three(given: dict[str, object]) -> None:
    with pytest.raises(KnownError, match="by one owner"):
        Wish(**given)  # type: ignore[arg-type]


def test_what_is_left_is_sound_and_counted(three: SQLiteStore, path: Path) -> None:
    change = _forget(three, Wish(owner="Anna"))
    assert (change.kind, change.deleted) == ("forget", (2, 3))
    assert three.changes(limit=1)[0].deleted == 3  # one of them was in the history only
    assert _texts(three) == ["red", "white"]
    assert three.count == 2
    assert assert_sound(path) == 6
    assert [len(_at(three, version)) for version in range(7)] == [0, 1, 1, 1, 1, 2, 2]
    assert three.search_ids("grass") == three.search_ids("银翼") == three.search_ids("blue")
    assert not three.history(3)


def _at(store: SQLiteStore, version: int) -> list[str]:
    with closing(store.snapshot(version)) as then:
        found = [entry.text for entry in then.scan()]
        assert then.count == len(found)
        return found


def test_undo_and_redo_skip_what_is_forgotten(three: SQLiteStore, path: Path) -> None:
    three.undo()  # white goes
    _forget(three, Wish(ids=(2, 3, 4)))
    assert three.redo() is not None
    assert _texts(three) == ["red", "white"]
    assert three.undo() is not None
    assert three.undo() is not None  # the first edit, of which only “red” is left
    assert _texts(three) == []
    assert three.undo() is None
    assert three.redo() is not None
    assert _texts(three) == ["red"]
    assert_sound(path)


def test_an_undone_edit_that_is_forgotten_cannot_be_done_again(store: SQLiteStore, path: Path) -> None:
    store.apply([Insert(text="red")])
    store.apply([Insert(text="green")])
    store.undo()
    _forget(store, Wish(ids=(2,)))
    assert store.redo() is None
    assert_sound(path)


def test_a_forgotten_edit_still_took_the_redo_away(store: SQLiteStore, path: Path) -> None:
    store.apply([Insert(text="red")])
    store.undo()
    store.apply([Insert(text="green")])
    _forget(store, Wish(ids=(2,)))
    assert store.redo() is None
    assert_sound(path)


@pytest.mark.parametrize("undone", [False, True])
def test_loads_are_forgotten_in_part_and_as_a_whole(store: SQLiteStore, path: Path, undone: bool) -> None:
    store.load([{"text": f"row {number}"} for number in range(5)], 5, undoable=True)
    store.apply([Insert(text="more")])
    store.undo()
    if undone:
        store.undo()
    _forget(store, Wish(ids=(2, 3)))
    assert_sound(path)
    if undone:
        assert store.redo() is not None
        assert _texts(store) == ["row 0", "row 3", "row 4"]
        assert_sound(path)
    assert store.undo() is not None
    assert store.redo() is not None
    assert _texts(store) == ["row 0", "row 3", "row 4"]
    _forget(store, Wish(search="row"))
    assert_sound(path)
    assert [row.diff.entry_id for row in store.history()] == [6, 6]
    assert store.undo() is None


def test_old_words_leave_the_index(three: SQLiteStore, path: Path) -> None:
    _forget(three, Wish(owner="Anna"))
    connection = sqlite3.connect(path)
    connection.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, entries_fts, row)")
    assert {term for term, *_ in connection.execute("SELECT * FROM temp.words")} == {"red", "white"}
    blocks = connection.execute("SELECT block FROM entries_fts_data").fetchall()
    connection.close()
    assert not any(b"gras" in block or "银".encode() in block or b"blue" in block for (block,) in blocks)


def test_vectors_go_with_their_numbers(three: SQLiteStore, path: Path) -> None:
    rows = [VectorRow(entry.id, entry.updated, np.full(4, 0.5, np.float32)) for entry in three.get([1, 2, 3, 5])]
    three.put_vectors("space", rows)
    _forget(three, Wish(ids=(2,)))
    assert three.vector_spaces() == {"space": (4, 3)}
    assert three.forgetting.remains([2]) == ()
    assert_sound(path)


def test_pinned_questions_that_say_it_go(three: SQLiteStore) -> None:
    three.change_settings({"pinned_questions": ["who mows the green grass?", "why?"], "other": {"a": 1}})
    way = three.forgetting
    removed = way.remove(way.find(Wish(ids=(2,)), no_progress), "test", no_progress)
    assert removed.settings == ("pinned_questions",)
    assert three.settings == {"pinned_questions": ["why?"], "other": {"a": 1}}


def test_a_question_about_a_key_that_others_have_stays(store: SQLiteStore) -> None:
    store.apply([Insert(key="Lisbon", text="sunny"), Insert(key="Lisbon", text="on the river", owner="Anna")])
    store.change_settings({"pinned_questions": ["where is Lisbon?", "what is on the river?"]})
    _forget(store, Wish(owner="Anna"))
    assert store.settings == {"pinned_questions": ["where is Lisbon?"]}


def test_saved_filters_and_policies_of_conflicts_that_say_it_go(three: SQLiteStore) -> None:
    three.apply([Update(2, key="Anna · lawn")])
    filters = {"lawn": 'text~"green grass"', "hers": "owner:anna used:0", "his": "owner:Bob", "Anna · lawn": "red"}
    three.change_settings({"filters": filters, "recall": {"policy": "mark", "exceptions": {"Anna · lawn": "newest"}}})
    way = three.forgetting
    removed = way.remove(way.find(Wish(owner="Anna"), no_progress), "test", no_progress)
    assert removed.settings == ("filters", "recall")
    assert three.settings == {"filters": {"his": "owner:Bob"}, "recall": {"policy": "mark", "exceptions": {}}}


def test_a_filter_of_an_owner_who_has_more_entries_stays(three: SQLiteStore) -> None:
    three.change_settings({"filters": {"hers": 'owner:"Anna"', "his": "owner:bob"}})
    _forget(three, Wish(ids=(2, 3, 4)))
    assert three.settings == {"filters": {"his": "owner:bob"}}


def test_a_change_of_which_nothing_is_left_says_who_made_it_only(three: SQLiteStore) -> None:
    three.apply([Update(2, tags=("secret tag",))], initiator="table · Add tag secret tag")
    three.apply([Update(1, tags=("shared",)), Update(2, tags=("shared",))], initiator="table · Add tag shared")
    _forget(three, Wish(ids=(2,)))
    assert [row.initiator for row in three.changes()][1:3] == ["table · Add tag shared", "table"]


def test_what_memviz_writes_itself_is_no_leak(store: SQLiteStore) -> None:
    texts = ["entries", "window", "SQLite format 3", "\0\0\0\0\0\0\0"]
    store.apply([*(Insert(key="k", text=text, owner="Anna") for text in texts), Insert(text="w")], initiator="window")
    _forget(store, Wish(owner="Anna"))
    store.forgetting.clean(no_progress)
    searched = store.forgetting.search(texts, no_progress)
    assert searched.found == {}
    assert [searched.held[at].names for at in range(3)] == [("tables",), ("changes",), ("tables",)]


def test_owners_sources_tags_and_metadata_are_searched_for_too(store: SQLiteStore) -> None:
    store.apply([Insert(text="grass", owner="Anna", source="first.md", tags=("a tag",), metadata={"by": ["Carl M."]})])
    store.apply([Update(1, source="second.md", tags=())])
    found = store.forgetting.find(Wish(ids=(1,)), no_progress)
    assert set(found.fields) == {"Anna", "first.md", "second.md", "a tag", "Carl M."}
    store.forgetting.remove(found, "test", no_progress)
    store.change_settings({"other": "second.md"})
    searched = store.forgetting.search(found.fields, no_progress)
    assert searched.held[found.fields.index("second.md")].settings == ("other",)
    assert found.fields.index("first.md") in searched.found  # in the log, since nothing was cleaned
    store.forgetting.clean(no_progress)
    assert store.forgetting.search(found.fields, no_progress).found == {}


def test_a_long_text_is_searched_for_where_a_kept_entry_says_its_beginning(store: SQLiteStore) -> None:
    head = "A letter begins like every other letter, with the same long lines. " * 3
    text = head + " ".join(f"Then line {number} is its own." for number in range(40))
    store.apply([Insert(text=text, owner="Anna"), Insert(text=head)])
    found = store.forgetting.find(Wish(owner="Anna"), no_progress)
    store.forgetting.remove(found, "test", no_progress)
    searched = store.forgetting.search(found.texts, no_progress)
    assert searched.held[0].entries == (2,)
    assert searched.found[0]  # in the log, since nothing was cleaned
    store.forgetting.clean(no_progress)
    assert store.forgetting.search(found.texts, no_progress).found == {}


def test_a_memory_that_was_opened_by_a_link_is_cleaned_where_it_lies(
    three: SQLiteStore, path: Path, tmp_path: Path
) -> None:
    three.close()
    (tmp_path / "links").mkdir()
    link = tmp_path / "links" / "other.sqlite"
    link.symlink_to(path)
    backup = tmp_path / f"{path.name}.backup-2030-12-31"
    backup.write_bytes(b"green grass")
    with closing(SQLiteStore.open(link)) as store:
        assert store.url == f"sqlite:///{path.as_posix()}"
        _forget(store, Wish(owner="Anna"))
        assert any("-wal" in words for words in store.forgetting.untidy())
        store.forgetting.clean(no_progress)
        assert set(store.forgetting.search(["green grass"], no_progress).files) >= {path.name, f"{path.name}-wal"}
    assert not backup.exists()


def test_another_process_hears_which_entries_went(three: SQLiteStore, path: Path) -> None:
    other = SQLiteStore.open(path)
    _forget(three, Wish(owner="Anna"))
    [heard] = other.refresh()
    assert (heard.kind, heard.deleted) == ("forget", (2, 3, 4))
    other.close()
    assert three.refresh() == []


def test_a_memory_that_was_changed_since_is_looked_through_again(three: SQLiteStore) -> None:
    found = three.forgetting.find(Wish(owner="Anna"), no_progress)
    three.apply([Insert(text="new", owner="Anna")])
    with pytest.raises(KnownError, match="changed since"):
        three.forgetting.remove(found, "test", no_progress)
    assert three.count == 5


def test_cancelled_before_the_end_nothing_is_gone(three: SQLiteStore, path: Path) -> None:
    found = three.forgetting.find(Wish(owner="Anna"), no_progress)

    def stop(_done: int, _total: int, words: str) -> None:
        if words == "forgetting in the index":
            raise Cancelled

    with pytest.raises(Cancelled):
        three.forgetting.remove(found, "test", stop)
    assert three.count == 4
    assert three.forgetting.unfinished() is None
    assert_sound(path)


def test_an_open_view_is_said_before_anything_is_changed(three: SQLiteStore) -> None:
    with closing(three.snapshot()) as view:
        view.count  # noqa: B018 - reading it holds the log
        three.apply([Insert(text="later")])
        with pytest.raises(KnownError, match="is being read by another program"):
            three.forgetting.check_free()
    three.forgetting.check_free()


def test_a_disk_without_room_for_writing_it_anew_is_said_first(
    three: SQLiteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=2_000))
    with pytest.raises(KnownError, match=r"takes \d+ kB for a while, and the disk of .* has 2.0 kB left"):
        three.forgetting.check_free()


def test_unfinished_is_remembered_until_it_is_finished(three: SQLiteStore, path: Path) -> None:
    change = _forget(three, Wish(owner="Anna"))
    three.close()
    store = SQLiteStore.open(path)
    assert store.forgetting.unfinished() == change.version
    assert ["interrupted" in notice for notice in store.notices] == [True]
    store.forgetting.clean(no_progress)
    store.forgetting.finish(change.version, "seal")
    assert store.forgetting.unfinished() is None
    assert store.notices == ()
    assert store.forgetting.seal(change.version) == "seal"
    assert store.forgetting.untidy() == ()
    store.close()
    assert_sound(path)


def test_a_reader_at_the_very_end_does_not_undo_the_finish(three: SQLiteStore) -> None:
    change = _forget(three, Wish(owner="Anna"))
    three.forgetting.clean(no_progress)
    with closing(three.snapshot()) as view:
        assert view.count
        three._db.conn.execute("PRAGMA busy_timeout = 1")
        three.forgetting.finish(change.version, "seal")
    assert three.forgetting.unfinished() is None


def test_a_memory_of_this_process_forgets_too() -> None:
    store = InMemoryStore.open("forgets")
    try:
        store.apply([Insert(text="green grass", owner="Anna"), Insert(text="red")])
        _forget(store, Wish(owner="anna"))
        store.forgetting.check_free()
        assert store.forgetting.clean(no_progress) == ()
        assert store.forgetting.untidy() == ()
        assert _texts(store) == ["red"]
        assert store.forgetting.search(["green grass"], no_progress).found == {}
    finally:
        store.close()
        forget("forgets")


def test_backups_beside_the_memory_go(three: SQLiteStore, path: Path, tmp_path: Path) -> None:
    made = [f"{path.name}.schema-2.backup", f"{path.name}.backup-2030-12-31-2", f"{path.name}.backup-2030-12-31-2-wal"]
    made.append(f".{path.name}.backup-2030-12-31.77.new")
    for name in made:
        (tmp_path / name).write_bytes(b"green grass")
    others = ["memory.backup", f"{path.name}.backup.zip", f"other-{made[0]}"]
    for name in others:
        (tmp_path / name).write_bytes(b"not ours")
    _forget(three, Wish(owner="Anna"))
    assert len(three.forgetting.untidy()) == 4 + 1  # the log as well
    assert sorted(three.forgetting.clean(no_progress)) == sorted(made)
    assert not any((tmp_path / name).exists() for name in made)
    assert all((tmp_path / name).exists() for name in others)


def test_ranges() -> None:
    assert ranges([1, 2, 3, 7, 9, 10]) == [(1, 3), (7, 7), (9, 10)]
    assert ranges([]) == []


def test_forgotten_ids_are_known(three: SQLiteStore) -> None:
    _forget(three, Wish(owner="Anna"))
    assert three.forgetting.forgotten([1, 2, 4, 5]) == {2, 4}
