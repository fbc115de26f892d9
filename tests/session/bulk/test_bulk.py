"""Many entries as one change: what is done to them, the preview, and what bad input gets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from memviz.core.edit_conflict import ChangedMeanwhile
from memviz.core.edits import Delete, Insert, Update, who_and_what
from memviz.core.entry import Entry
from memviz.core.errors import Cancelled, KnownError
from memviz.session.bulk.actions import Action, ChangeConfidence, ChangeTags, DeleteEntries, SetFields
from memviz.session.bulk.choice import Choice
from memviz.session.bulk.desk import BulkDesk
from memviz.session.bulk.replacing import Replace
from memviz.session.bulk.work import run_action
from memviz.session.session import Session
from memviz.stores.sqlite import SQLiteStore

ALL = Choice()


def do(session: Session, action: Action, choice: Choice = ALL):
    return run_action(session, choice, action, "test").future.result()


def texts(session: Session) -> list[str]:
    return [entry.text for entry in session.entries()]


@pytest.fixture
def desk(session: Session) -> Iterator[BulkDesk]:
    with closing(BulkDesk(session)) as made:
        yield made


def test_one_change_and_one_undo(session: Session):
    before = session.entries()
    heard = []
    session.on_change(heard.append)
    change = do(session, SetFields({"owner": "ann", "confidence": 0.5}))
    assert (change.updated, heard) == ((1, 2, 3, 4), [change])
    assert {(entry.owner, entry.confidence) for entry in session.entries()} == {("ann", 0.5)}
    steps = session.store_call(lambda store: store.next_steps()).result()
    assert steps.undo is not None
    assert who_and_what(steps.undo.initiator) == ("test", "Set confidence, owner")
    session.undo()
    assert session.entries() == before


def test_the_chosen_only(session: Session):
    assert do(session, SetFields({"enabled": False}), Choice.of([3, 1, 3])).updated == (3, 1)
    assert do(session, DeleteEntries(), Choice(text="blade")).deleted == (1, 2)
    assert [entry.id for entry in session.entries()] == [3, 4]


def test_what_is_so_already_is_no_change(session: Session):
    version = session.store_call(lambda store: store.version).result()
    assert do(session, SetFields({"enabled": True})).version == version


def test_confidence_is_multiplied_and_bounded(session: Session):
    session.edit(Update(1, confidence=0.4), Update(2, confidence=0.1))
    do(session, ChangeConfidence(factor=0.5, least=0.1, most=0.4))
    assert [entry.confidence for entry in session.entries()] == [0.2, 0.1, 0.4, 0.4]
    with pytest.raises(KnownError, match="0 or more"):
        ChangeConfidence(factor=-1)
    with pytest.raises(KnownError, match="bounds"):
        ChangeConfidence(least=0.8, most=0.2)


def test_tags_are_added_and_removed(session: Session):
    do(session, SetFields({"tags": ["a", "b"]}), Choice.of([1]))
    do(session, ChangeTags(add=("c", " a "), remove=("b",)))
    assert [entry.tags for entry in session.entries()] == [("a", "c"), ("c", "a"), ("c", "a"), ("c", "a")]
    with pytest.raises(KnownError, match="at least one tag"):
        ChangeTags(add=(" ",))
    with pytest.raises(KnownError, match="added and removed"):
        ChangeTags(add=("x",), remove=("x",))


def test_replace_plain_text_is_no_expression(session: Session):
    session.edit(Update(1, text="a.c abc A.C"))
    do(session, Replace("a.c", "\\1$&"), Choice.of([1]))
    assert texts(session)[0] == "\\1$& abc A.C"
    do(session, Replace("A.C", "x", match_case=False), Choice.of([1]))
    assert texts(session)[0] == "\\1$& abc x"


def test_replace_whole_words_also_in_chinese(session: Session):
    session.edit(Update(1, text="cat concat 我的cat很小 cats cat."), Update(2, text="我喜欢猫和熊猫"))
    do(session, Replace("cat", "dog", whole_words=True), Choice.of([1]))
    do(session, Replace("猫", "狗", whole_words=True), Choice.of([2]))
    assert texts(session)[:2] == ["dog concat 我的dog很小 cats dog.", "我喜欢狗和熊狗"]


def test_replace_by_groups_in_all_fields(session: Session):
    session.edit(Update(1, owner="ann lee", source="ann lee", tags=["ann lee", "x"], metadata={"by": ["ann lee", 3]}))
    fields = ("text", "owner", "source", "tags", "metadata")
    do(session, Replace(r"(\w+) (?P<last>lee)", r"\g<last>, \1", fields, expression=True), Choice.of([1]))
    entry = session.entry(1)
    assert (entry.owner, entry.source, entry.tags) == ("lee, ann", "lee, ann", ("lee, ann", "x"))
    assert dict(entry.metadata) == {"by": ["lee, ann", 3]}


@pytest.mark.parametrize(
    ("find", "by", "words"),
    [
        ("", "x", "what is to be found"),
        ("(a)(b", "x", "at its end: missing"),
        ("*a", "x", "at character 1: nothing to repeat"),
        ("(a)", r"\2", "invalid group reference"),
        ("(?P<m>a)", r"\g<n>", "unknown group"),
        ("(a)", r"\q", "bad escape"),
    ],
)
def test_mistakes_in_expressions_are_named(find: str, by: str, words: str):
    with pytest.raises(KnownError, match=words):
        Replace(find, by, expression=True)


def test_groups_that_are_there_can_be_used():
    Replace("(a)(?P<n>b)|c", r"\2\g<n>\g<1>\\n\n", expression=True)


def test_an_expression_that_explodes_is_stopped_and_its_entry_named(session: Session):
    session.edit(Update(3, text="a" * 60 + "b"))
    with pytest.raises(KnownError, match=r"more than 0.5 s in entry 3"):
        do(session, Replace("(a|aa)+$", "x", expression=True))
    assert texts(session)[2] == "a" * 60 + "b"


@pytest.mark.parametrize(
    ("find", "by", "expression"), [("(?<=(.*))", r"\1", True), ("a", "b" * 3_000, False)], ids=["groups", "plain"]
)
def test_a_text_that_would_grow_without_end_is_refused(find: str, by: str, expression: bool):
    with pytest.raises(KnownError, match="Entry 1 would become longer than 10,000,000 characters"):
        Replace(find, by, expression=expression).edit(Entry(1, "key", "a" * 5_000))


def test_a_long_text_is_replaced_in():
    edit = Replace("(a)", r"\1b", expression=True).edit(Entry(1, "key", "a" * 6_000))
    assert isinstance(edit, Update)
    assert edit.fields["text"] == "ab" * 6_000


def test_an_edit_can_be_stopped_at_every_entry(session: Session):
    def stop(done: int, _total: int, _words: str) -> None:
        if done == 1:
            raise Cancelled

    looked: list[int] = []

    class Looks:
        words = "Look"

        def edit(self, entry: Entry) -> None:
            looked.append(entry.id)

    with pytest.raises(Cancelled):
        run_action(session, ALL, Looks(), progress=stop).future.result()
    assert looked == [1]


def test_no_entry_is_left_empty(session: Session):
    session.edit(Insert(text="only"))
    with pytest.raises(KnownError, match="Entry 5 would be left without key and text"):
        do(session, Replace("only", ""))
    with pytest.raises(KnownError, match="Entry 5 would be left"):
        do(session, SetFields({"text": " "}))
    assert texts(session)[-1] == "only"


def test_nothing_chosen_nothing_found_all_gone_some_gone(session: Session):
    for choice, words in (
        (Choice.of([]), "No entry is chosen"),
        (Choice(text="zebra"), "No entry matches"),
        (Choice.of([98, 99]), "not in the memory any more"),
    ):
        with pytest.raises(KnownError, match=words):
            do(session, DeleteEntries(), choice)
    session.edit(Delete(2))
    job = run_action(session, Choice.of([1, 2]), SetFields({"owner": "x"}))
    assert job.future.result().updated == (1,)
    assert (job.chosen, job.gone) == (1, 1)


def test_bad_values_are_refused(session: Session):
    for fields, words in (({}, "at least one field"), ({"confidence": 2}, "0 to 1"), ({"id": 3}, "not a field")):
        with pytest.raises(KnownError, match=words):
            SetFields(fields)
    with pytest.raises(KnownError, match="stand for itself"):
        do(session, SetFields({"superseded_by": 3}))


def test_cancelled_changes_nothing(session: Session):
    def stop(done: int, total: int, words: str) -> None:
        if words == "saving edits":
            raise Cancelled

    before = session.entries()
    with pytest.raises(Cancelled):
        run_action(session, ALL, DeleteEntries(), progress=stop).future.result()
    assert session.entries() == before


def test_a_memory_that_is_read_only_refuses_first(session: Session):
    def lock(store: Any) -> None:
        store._place = replace(store._place, read_only=True)

    session.store_call(lock).result()
    looked: list[str] = []
    job = run_action(session, ALL, DeleteEntries(), progress=lambda done, total, words: looked.append(words))
    with pytest.raises(KnownError, match="is read-only; copy it"):
        job.future.result()
    assert looked == []


def test_the_preview_counts_all_and_shows_the_first(desk: BulkDesk, session: Session):
    preview = desk.preview(ALL, Replace("Ridley", "R."), shown=1).result()
    assert (preview.chosen, preview.gone, preview.changing, len(preview.first)) == (4, 0, 2, 1)
    before, after = preview.first[0].before, preview.first[0].after
    assert before is not None
    assert after is not None
    assert after.text == before.text.replace("Ridley", "R.")
    assert session.entries()[0].text == before.text
    assert desk.preview(Choice.of([1, 9]), DeleteEntries()).result().gone == 1


def test_nothing_is_done_to_what_changed_since_it_was_seen(desk: BulkDesk, session: Session):
    replace_it, found = Replace("Ridley", "R."), Choice(text="ridley")
    for edit, refused in (
        (Update(1, text="Ridley, otherwise"), True),
        (Insert(text="one Ridley more"), True),
        (Update(4, owner="ann"), False),
    ):
        seen = desk.preview(found, replace_it).result()
        session.edit(edit)
        job = run_action(session, found, replace_it, seen=seen)
        if refused:
            with pytest.raises(ChangedMeanwhile, match="look again"):
                job.future.result()
        else:
            assert len(job.future.result().updated) == seen.changing


@pytest.mark.parametrize("always", [False, True])
def test_what_others_write_meanwhile_is_not_written_over(session: Session, tmp_path: Path, always: bool):
    """Their edit comes while ours is decided: ours is decided anew, or refused where that never ends."""
    path = tmp_path / "shared.sqlite"
    with closing(SQLiteStore.open(path, create=True)) as store:
        store.apply([Insert(text="Rome")])
    session.open_memory(str(path))
    told: list[str] = []

    def progress(_done: int, _total: int, words: str) -> None:
        if words == "looking at entries" and (always or not told):
            told.append("Rome " * (len(told) + 2))
            with closing(SQLiteStore.open(path)) as theirs:
                theirs.apply([Update(1, text=told[-1])])

    job = run_action(session, ALL, Replace("Rome", "Roma"), "test", progress)
    if always:
        with pytest.raises(ChangedMeanwhile):
            job.future.result()
        assert texts(session) == [told[-1]]
    else:
        job.future.result()
        assert texts(session) == ["Roma Roma "]


def test_a_preview_can_be_stopped_and_the_desk_closed(desk: BulkDesk):
    def stop(done: int, total: int, words: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        desk.preview(ALL, DeleteEntries(), stop).result()
    desk.close()
    with pytest.raises(KnownError, match="closed"):
        desk.preview(ALL, DeleteEntries())
