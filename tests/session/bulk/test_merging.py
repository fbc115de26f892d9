"""Several entries into one, duplicates, and the way back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from memviz.core.edit_conflict import ChangedMeanwhile
from memviz.core.edits import Delete, Insert, Update
from memviz.core.entry import Entry
from memviz.core.errors import Cancelled, KnownError
from memviz.session.bulk.actions import DeleteEntries
from memviz.session.bulk.choice import Choice
from memviz.session.bulk.desk import BulkDesk
from memviz.session.bulk.duplicates import Duplicates, Sameness
from memviz.session.bulk.going_back import count_differing, restore_entry, take_back_to
from memviz.session.bulk.merging import Keep, Merge, kept_by, merge
from memviz.session.bulk.replacing import Replace
from memviz.session.bulk.work import run_action
from memviz.session.session import Session
from memviz.stores.sqlite import SQLiteStore
from memviz.stores.sqlite_edits import BATCH


def entries(session: Session):
    return {entry.id: entry for entry in session.entries()}


def test_the_one_that_stays_takes_over(session: Session):
    turn = {"turn": 1, "start": 0, "end": 4}
    session.edit(
        Update(1, tags=["a"], source="one.md", confidence=0.3, metadata={"evidence": [turn], "page": 1}),
        Update(3, tags=["b", "a"], source="two.md", confidence=0.9, private=True),
        Update(4, source="one.md", metadata={"evidence": [turn, {**turn, "turn": 2}], "page": 2, "more": True}),
    )
    merge(session, [Merge((3, 1, 4), into=1, join="\n")]).future.result()
    now = entries(session)
    assert now[1].text.split("\n") == [
        "Alien was directed by Ridley Scott.",
        "Blade Runner was directed by Ridley Scott.",
        "The Piano was directed by Jane Campion.",
    ]
    assert (now[1].tags, now[1].confidence, now[1].source, now[1].private) == (("a", "b"), 1.0, "one.md; two.md", True)
    assert dict(now[1].metadata) == {"evidence": [turn, {**turn, "turn": 2}], "page": 1, "more": True}
    assert (now[3].superseded_by, now[4].superseded_by, now[1].superseded_by) == (1, 1, None)
    session.undo()
    assert entries(session)[1].tags == ("a",)


def test_the_others_are_deleted_and_who_pointed_at_them_points_at_the_one(session: Session):
    session.edit(Update(4, superseded_by=3))
    merge(session, [Merge((1, 3), into=1, text="Both.", delete=True)]).future.result()
    now = entries(session)
    assert sorted(now) == [1, 2, 4]
    assert (now[1].text, now[4].superseded_by) == ("Both.", 1)


def test_circles_are_refused(session: Session):
    session.edit(Update(1, superseded_by=2), Update(2, superseded_by=3))
    with pytest.raises(KnownError, match="Entry 1 is superseded by entry 2, which would lead back"):
        merge(session, [Merge((1, 3), into=1)]).future.result()
    with pytest.raises(KnownError, match="Entry 1 is superseded by entry 2"):
        merge(session, [Merge((1, 2), into=1)]).future.result()
    merge(session, [Merge((1, 3), into=3)]).future.result()
    assert entries(session)[1].superseded_by == 3


def test_the_one_that_stays_may_have_been_superseded_by_a_deleted_one(session: Session):
    session.edit(Update(1, superseded_by=2))
    merge(session, [Merge((1, 2), into=1, delete=True)]).future.result()
    assert entries(session)[1].superseded_by is None


def test_what_changed_since_it_was_seen_is_not_merged(session: Session):
    seen_at = session.store_call(lambda store: store.version).result()
    session.edit(Update(2, text="otherwise"))
    with pytest.raises(ChangedMeanwhile, match="look again"):
        merge(session, [Merge((1, 2), into=1, text="typed")], seen_at=seen_at).future.result()
    merge(session, [Merge((1, 3), into=1, text="typed")], seen_at=seen_at).future.result()
    assert entries(session)[1].text == "typed"


def test_bad_merges_are_refused(session: Session):
    for make, words in (
        (lambda: Merge((1, 1), into=1), "at least two"),
        (lambda: Merge((1, 2), into=3), "none of those"),
    ):
        with pytest.raises(KnownError, match=words):
            make()
    for groups, words in (
        ([Merge((1, 9), into=1)], "Entry 9 was deleted meanwhile"),
        ([Merge((1, 2), into=1), Merge((2, 3), into=3)], "Entry 2 is in two"),
    ):
        with pytest.raises(KnownError, match=words):
            merge(session, groups).future.result()


def test_who_is_kept(session: Session):
    session.edit(Update(2, confidence=0.2), Update(1, confidence=0.9), Update(3, confidence=0.5))
    chosen = [entry for entry in session.entries() if entry.id < 4]
    assert kept_by(chosen, Keep.SUREST).id == 1
    session.edit(Update(2, text="newer"))
    assert kept_by([entry for entry in session.entries() if entry.id < 4], Keep.NEWEST).id == 2


def look(session: Session, likeness: float = 0.8) -> Duplicates:
    with closing(BulkDesk(session)) as desk:
        return desk.duplicates(likeness).result()


LONG = "The quick brown fox jumps over the lazy dog near the old river bank every single morning in spring."
CHINESE = "他每天早上都会在河边慢慢地散步，然后去城里的小图书馆读一个下午的书。"


def test_duplicates_of_every_kind(empty: Session):
    empty.edit(
        Insert(key="k", text="Same Thing!"),
        Insert(key="K", text="same thing"),
        Insert(key="x", text=LONG),
        Insert(key="y", text=LONG.upper()),
        Insert(text=LONG.replace("spring", "autumn")),
        Insert(text=CHINESE),
        Insert(text=CHINESE.replace("下午", "上午")),
        Insert(text="another text altogether"),
        Insert(text="!!!"),
        Insert(text="???"),
    )
    found = look(empty)
    assert [(group.ids, group.sameness) for group in found.groups] == [
        ((1, 2), Sameness.ENTRY),
        ((6, 7), Sameness.NEAR),
        ((3, 4, 5), Sameness.NEAR),
    ] or [(group.ids, group.sameness) for group in found.groups] == [
        ((1, 2), Sameness.ENTRY),
        ((3, 4, 5), Sameness.NEAR),
        ((6, 7), Sameness.NEAR),
    ]
    assert all(0.8 <= group.likeness < 1 for group in found.groups[1:])
    assert found.looked_at == 10
    equal = look(empty, 1.0).groups
    assert [(group.ids, group.sameness) for group in equal] == [((1, 2), Sameness.ENTRY), ((3, 4), Sameness.TEXT)]
    empty.edit(Update(2, superseded_by=1))
    assert (1, 2) not in [group.ids for group in look(empty).groups]
    with pytest.raises(KnownError, match=r"from 0\.6 to 1"):
        look(empty, 0.3)


def test_near_duplicates_among_many_are_found(empty: Session):
    words = [f"word{number}" for number in range(400)]
    rows = [" ".join(words[(7 * row + 13 * at * at) % 400] for at in range(30)) for row in range(1_500)]
    near = [f"{row} indeed" for row in rows[:100]]
    empty.store_call(lambda store: store.load(({"text": text} for text in [*rows, *near]), 1_600)).result()
    pairs = {group.ids for group in look(empty, 0.9).groups}
    together = {entry_id: ids for ids in pairs for entry_id in ids}
    assert all(1_500 + number in together.get(number, ()) for number in range(1, 101))


def test_an_empty_memory_has_no_duplicates(empty: Session):
    assert look(empty).groups == ()


def test_the_whole_memory_goes_back_and_forth(session: Session):
    before = session.entries()
    session.edit(Update(1, text="changed"), Delete(2), Insert(text="new"))
    session.store_call(lambda store: store.load([{"text": "loaded"}], 1)).result()
    after = session.entries()
    assert count_differing(session, 1).result() == 4
    job = take_back_to(session, 1, "test")
    change = job.future.result()
    assert (job.chosen, change.updated, change.inserted, change.deleted) == (4, (1,), (2,), (5, 6))
    assert session.entries() == before
    session.undo()
    assert session.entries() == after
    with pytest.raises(KnownError, match="never had a version 99"):
        take_back_to(session, 99).future.result()


def test_many_entries_go_back_as_one_change_or_not_at_all(empty: Session):
    many = 2 * BATCH + 5
    load = ({"text": f"text {n}"} for n in range(many))
    empty.store_call(lambda store: store.load(load, many)).result()
    run_action(empty, Choice(), Replace("text", "words")).future.result()
    run_action(empty, Choice.of(range(2, many, 2)), DeleteEntries()).future.result()
    after = every(empty)
    told: list[tuple[str, int]] = []

    def stop(done: int, _total: int, words: str) -> None:
        told.append((words, done))
        if done == BATCH and words == "saving edits":
            raise Cancelled

    with pytest.raises(Cancelled):
        take_back_to(empty, 1, progress=stop).future.result()
    assert {words for words, _ in told} == {"comparing with what was", "reading the history", "saving edits"}
    assert every(empty) == after
    assert nobody_reads(empty)
    job = take_back_to(empty, 1)
    change = job.future.result()
    assert (job.chosen, change.version) == (many, 4)
    assert (len(change.inserted), len(change.updated)) == (many // 2, many - many // 2)
    assert [entry.text for entry in every(empty)] == [f"text {n}" for n in range(many)]
    assert nobody_reads(empty)
    empty.undo()
    assert every(empty) == after


def test_the_way_back_is_found_anew_where_somebody_else_changes_an_entry_meanwhile(session: Session):
    before = every(session)
    session.edit(Update(1, text="changed"), Delete(2))
    theirs = iter([Update(1, text="theirs"), Delete(4)])
    path = path_of(session)

    def meanwhile(done: int, _total: int, words: str) -> None:
        if words == "comparing with what was" and done == 0 and (edit := next(theirs, None)):
            with closing(SQLiteStore.open(path)) as other:
                other.apply([edit])

    job = take_back_to(session, 1, progress=meanwhile)
    change = job.future.result()
    assert (job.chosen, change.version, change.updated, change.inserted) == (3, 5, (1,), (2, 4))
    assert every(session) == before
    assert nobody_reads(session)


def every(session: Session) -> list[Entry]:
    return session.store_call(lambda store: store.get(store.search_ids())).result()


def path_of(session: Session) -> Path:
    return Path(session.store_call(lambda store: store.url).result().removeprefix("sqlite:///"))


def nobody_reads(session: Session) -> bool:
    """Whether all of the log can be moved into the file, which a view that is still open would not allow."""
    with closing(sqlite3.connect(path_of(session))) as connection:
        busy, log, moved = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy and log == moved


def test_one_entry_goes_back(session: Session):
    first = session.entry(1)
    session.edit(Update(1, text="changed"))
    session.edit(Delete(2))
    restore_entry(session, first).result()
    assert session.entry(1).text == first.text
    [row] = session.store_call(lambda store: store.change_entries(3)).result()
    assert row.diff.before is not None
    restore_entry(session, row.diff.before).result()
    assert session.entry(2) == row.diff.before
