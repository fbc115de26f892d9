"""Recall is measured by questions with their evidence; nothing that is wrong with them is dropped silently."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from memviz.core.edits import Insert, Update
from memviz.core.errors import Cancelled, KnownError
from memviz.core.events import Candidate, RecallEvent
from memviz.core.protocols import Recaller
from memviz.core.query import Query
from memviz.core.recall_settings import SETTING, RecallSettings
from memviz.core.snapshot import Snapshot
from memviz.recall.hybrid import HybridRecaller
from memviz.session.recall_eval import Comparison, entries_opened, measure, memory_settings
from memviz.session.recall_questions import RecallQuestion, Reference, read_entries, read_questions
from memviz.session.recall_ways import BASELINE
from memviz.session.session import Session

DIALOGUES = Path(__file__).parents[1] / "recall" / "dialogues"
OURS = {"recall": RecallSettings()}


class Settled:
    """Lexical recall that heeds two settings, as a recaller with settings does."""

    def __init__(self) -> None:
        self.asked: list[Query] = []

    def __call__(self, query: Query, snapshot: Snapshot) -> RecallEvent:
        self.asked.append(query)
        assert query.recall is not None
        event = HybridRecaller()(query, snapshot)
        owners = {entry.id: entry.owner for entry in snapshot.get([c.entry_id for c in event.candidates])}
        kept = [
            replace(candidate, status="injected" if owners[candidate.entry_id] in ("", query.recall.owner) else "cut")
            for candidate in event.candidates
        ]
        if query.recall.recency:  # the other way round
            kept = [
                Candidate(c.entry_id, n, -c.score, MappingProxyType({}), c.status) for n, c in enumerate(kept[::-1], 1)
            ]
        return replace(event, candidates=tuple(kept), settings=query.recall)


@contextmanager
def recalling(tmp_path: Path, recaller: Recaller) -> Iterator[Session]:
    """A session with four entries that recalls so."""
    with Session(recaller=recaller) as session:
        session.open_memory(str(tmp_path / "notes.sqlite"), create=True).result()
        session.edit(
            Insert(key="lake", text="The lake is frozen.", metadata={"turn_id": "D1:1"}),
            Insert(key="wood", text="The wood is dark.", metadata={"turn_id": "D1:2"}),
            Insert(key="hill", text="The hill is steep, dark and frozen.", metadata={"page": 3}, owner="Ann"),
            Insert(key="lake", text="A lake far away."),
        )
        yield session


@pytest.fixture
def settled() -> Settled:
    return Settled()


@pytest.fixture
def session(tmp_path: Path, settled: Settled) -> Iterator[Session]:
    with recalling(tmp_path, settled) as session:
        yield session


def question(text: str, *evidence: Any, **values: Any) -> RecallQuestion:
    references = (one if isinstance(one, Reference) else Reference("id", one) for one in evidence)
    return RecallQuestion(1, text, tuple(references), **values)


def ranks(compared: Comparison, way: int = 0) -> list[tuple[int | None, ...]]:
    return [one.ranks for one in compared.ways[way].asked]


def written(tmp_path: Path, *lines: Any) -> Path:
    path = tmp_path / "file.jsonl"
    path.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines), encoding="utf-8")
    return path


def test_questions_are_read_under_the_names_that_programs_use(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        {"question": "a", "evidence": [3, "D1:2", {"page": 3, "book": "x"}], "category": 2},
        "",
        {"query": "b", "evidence_ids": 3, "type": "open", "as_of": "2026-05-31T12:00:00+00:00", "user": "Ann"},
        {"question": "c", "evidence_keys": ["lake"], "evidence_texts": "The wood is dark.", "as_of": 7},
        {"question": "d", "evidence": []},
    )
    first, second, third, fourth = read_questions(path)
    assert first.evidence == (
        Reference("id", 3),
        Reference("id", "D1:2"),
        Reference.of_metadata({"book": "x", "page": 3}),
    )
    assert (first.line, first.category) == (1, "2")
    assert (second.line, second.category, second.as_of, second.owner) == (3, "open", 1780228800.0, "Ann")
    assert second.evidence == (Reference("id", 3),)
    assert third.evidence == (Reference("key", "lake"), Reference("text", "The wood is dark."))
    assert third.as_of == 7
    assert fourth.evidence == ()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "Line 2 of .* is not JSON"),
        ("[1]", "Line 2 of .* is no JSON object"),
        ('{"evidence": [1]}', "Line 2 of .* has no question"),
        ('{"question": " "}', "Line 2 of .* has no question"),
        ('{"question": "a", "evidence": [true]}', "Line 2 of .*: “evidence” must list ids"),
        ('{"question": "a", "evidence": [1.5]}', "Line 2 of .*: “evidence” must list ids"),
        ('{"question": "a", "evidence_keys": [1]}', "Line 2 of .*: “evidence_keys” must list texts"),
        ('{"question": "a", "evidence_metadata": ["x"]}', "Line 2 of .*: “evidence_metadata” must list objects"),
        ('{"question": "a", "as_of": "soon"}', "Line 2 of .*: “as_of” must be a version"),
        ("[" * 100_000, "Line 2 of .* is not JSON"),
    ],
)
def test_bad_lines_of_questions(tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(KnownError, match=words):
        read_questions(written(tmp_path, {"question": "a", "evidence": [1]}, line))


def test_bad_files(tmp_path: Path) -> None:
    with pytest.raises(KnownError, match="cannot be read"):
        read_questions(tmp_path / "none.jsonl")
    with pytest.raises(KnownError, match="is empty"):
        read_questions(written(tmp_path, "", " "))
    (tmp_path / "file.jsonl").write_bytes(b"\xff\xfe{")
    with pytest.raises(KnownError, match="not UTF-8"):
        read_entries(tmp_path / "file.jsonl")


def test_entries_are_read_with_what_they_bring(tmp_path: Path) -> None:
    spoken, plain = read_entries(
        written(
            tmp_path,
            {"id": "D1:1", "speaker": "Ann", "text": "Hi.", "date": "2026-05-31T12:00:00+00:00", "session": 2},
            {"id": 5, "content": "Bye.", "key": "end", "tags": ["x"], "metadata": {"page": 3}, "date": "8 May"},
        )
    )
    assert spoken["text"] == "Ann: Hi."
    assert (spoken["kind"], spoken["created"]) == ("dialogue turn", 1780228800.0)
    assert spoken["metadata"]["session"] == 2
    assert spoken["metadata"]["id"] == "D1:1"
    assert (plain["text"], plain["key"], plain["tags"]) == ("Bye.", "end", ("x",))
    assert dict(plain["metadata"]) == {"page": 3, "id": 5, "date": "8 May"}
    assert "created" not in plain


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"id": 1}, "Line 2 of .* has no text"),
        ({"id": "a", "text": "b"}, "Line 2 of .* has the id 'a' of line 1"),
        ({"text": "b", "kind": "poem"}, "Line 2 of .*: The kind must be one of"),
        ({"text": "b", "metadata": 3}, "Line 2 of .*: the metadata must be a JSON object"),
    ],
)
def test_bad_lines_of_entries(tmp_path: Path, line: dict[str, Any], words: str) -> None:
    with pytest.raises(KnownError, match=words):
        read_entries(written(tmp_path, {"id": "a", "text": "b"}, line))


def test_evidence_is_found_by_id_name_key_text_and_metadata(session: Session) -> None:
    asked = question(
        "lake wood hill dark frozen far",
        1,
        "D1:2",
        Reference.of_metadata({"page": 3}),
        Reference("text", "a lake, far away"),
        Reference("key", "lake"),
        "4",
        owner="Ann",
    )
    compared = measure(session, [asked], OURS)
    assert not compared.missing
    by_id = {entry_id: rank for rank, entry_id in enumerate(compared.ways[0].asked[0].ids, 1)}
    (found,) = ranks(compared)
    assert found[:4] == (by_id[1], by_id[2], by_id[3], by_id[4])
    assert found[4:] == (None, None)  # both entries about the lake stand for evidence named before


def test_evidence_that_the_memory_lacks_is_a_miss_and_reported(session: Session) -> None:
    lost = question("Is the lake frozen?", 1, 99, "D9:9", category="single")
    bare = question("Is the wood dark?")
    compared = measure(session, [lost, bare], OURS, ks=[1])
    assert ranks(compared) == [(1, None, None)]
    assert [one.words() for _, one in compared.missing] == ["id 99", "id D9:9"]
    assert compared.without_evidence == (bare,)
    figures = compared.figures(compared.ways[0])
    assert (figures.questions, figures.recall[1], figures.mrr) == (1, pytest.approx(1 / 3), 1.0)
    assert compared.misses(compared.ways[0]) == [0]
    with pytest.raises(KnownError, match="None of the questions has evidence"):
        measure(session, [bare], OURS)
    with pytest.raises(KnownError, match="k must be at least 1"):
        measure(session, [lost], OURS, ks=[0])


def test_hidden_entries_and_those_of_others_are_misses(session: Session) -> None:
    session.edit(Update(1, enabled=False))
    asked = [
        question("Is the lake frozen?", 1),
        question("Is the hill steep?", 3),
        question("steep hill", 3, owner="Ann"),
    ]
    compared = measure(session, asked, OURS)
    assert ranks(compared) == [(None,), (None,), (1,)]
    assert not compared.missing


def test_ways_are_compared_side_by_side(session: Session) -> None:
    ways = {"recall": RecallSettings(), "reversed": RecallSettings(recency=1.0)}
    asked = [question("frozen lake", 1, category="a"), question("dark wood", 2, category="b")]
    compared = measure(session, asked, ways, ks=[3, 1, 3], baseline=True)
    assert compared.ks == (1, 3)
    assert [way.name for way in compared.ways] == ["recall", "reversed", BASELINE]
    assert compared.categories == ["a", "b", "all"]
    assert ranks(compared, 0) == ranks(compared, 2) == [(1,), (1,)]
    worse = compared.difference(compared.ways[1], "a")
    assert (worse.mean, worse.low, worse.high) == (-1.0, -1.0, -1.0)
    assert compared.difference(compared.ways[1], "a", 3).mean == 0.0
    assert compared.figures(compared.ways[1], "b").recall == {1: 0.0, 3: 1.0}


def test_settings_of_the_memory_are_the_beginning(session: Session) -> None:
    session.store_call(lambda store: store.change_settings({SETTING: RecallSettings(recency=0.5).as_json()})).result()
    assert memory_settings(session, ["policy=newest"]) == RecallSettings(recency=0.5, policy="newest")
    with pytest.raises(KnownError, match="is no recall setting"):
        memory_settings(session, ["colour=1"])


def test_a_question_is_asked_as_its_line_says(session: Session, settled: Settled) -> None:
    measure(session, [question("dark", 2, owner="Ann")], OURS, ks=[5, 300])
    (query,) = settled.asked
    assert (query.limit, query.least_share, query.recall) == (300, 0.0, RecallSettings(owner="Ann"))


def test_recall_without_settings_refuses_them(tmp_path: Path) -> None:
    def without_settings(query: Query, snapshot: Snapshot) -> RecallEvent:
        return replace(HybridRecaller()(query, snapshot), settings=None)

    with recalling(tmp_path, without_settings) as session:
        assert ranks(measure(session, [question("frozen lake", 1)], OURS)) == [(1,)]
        with pytest.raises(KnownError, match="has no settings"):
            measure(session, [question("frozen lake", 1)], {"recall": RecallSettings(recency=1.0)})


def test_cancelled(session: Session) -> None:
    told = []

    def progress(done: int, total: int, words: str) -> None:
        told.append((done, total, words))
        if done == 1:
            raise Cancelled

    with pytest.raises(Cancelled):
        measure(session, [question("lake", 1)] * 3, OURS, progress=progress)
    assert told[-2:] == [(0, 3, "asking"), (1, 3, "asking")]
    assert session.recalled("lake", recall=RecallSettings()).result().candidates


@pytest.mark.parametrize("name", ["english", "chinese"])
def test_a_file_pair_needs_no_memory(name: str) -> None:
    asked = read_questions(DIALOGUES / f"{name}.questions.jsonl")
    with entries_opened(DIALOGUES / f"{name}.entries.jsonl") as session:
        compared = measure(session, asked, OURS, baseline=True, file_ids=True)
    assert not compared.missing
    ours, plain = compared.ways
    assert compared.figures(ours).questions == 22
    for category in compared.categories:
        assert compared.figures(ours, category).recall[5] >= compared.figures(plain, category).recall[5]
    assert compared.difference(plain).high < 0  # worse beyond chance


def test_without_a_memory() -> None:
    with Session() as session, pytest.raises(KnownError, match="No memory is open"):
        measure(session, [question("lake", 1)], OURS)
