"""Turns of a dialogue are found by who says them and by the turns around them; other texts as plain BM25 finds them."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from memviz.core.edits import Insert, Update
from memviz.core.entry import Entry, Kind
from memviz.core.events import Candidate
from memviz.core.query import Query
from memviz.recall.hybrid import HybridRecaller
from memviz.recall.lexical import LexicalRanking, LexicalSettings
from memviz.recall.plain_bm25 import PlainBM25, entry_text
from memviz.recall.turns import is_fact, is_turn, speaker
from memviz.stores.sqlite import SQLiteStore

DIALOGUES = Path(__file__).parent / "dialogues"


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[SQLiteStore]:
    with closing(SQLiteStore.open(tmp_path / "notes.sqlite", create=True)) as store:
        yield store


def found(store: SQLiteStore, question: str) -> list[Candidate]:
    with closing(store.snapshot()) as snapshot:
        return list(HybridRecaller()(Query(question), snapshot).candidates)


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DIALOGUES / name).read_text(encoding="utf-8").splitlines()]


#: The ways in which a program may write down the same dialogue.
WRITTEN: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "with its kind": lambda row: {"text": row["text"], "kind": "dialogue turn", "source": "dialogue"},
    "with a session as key": lambda row: {"text": row["text"], "key": row["key"]},
    "dated": lambda row: {"text": f"[{row['metadata']['date']}] {row['text']}"},
    "session and speaker as key": lambda row: {
        "key": f"{row['key']} · {_divided(row['text'])[0]}",
        "text": _divided(row["text"])[1],
        "kind": "dialogue turn",
    },
    "speaker as key": lambda row: dict(zip(("key", "text"), _divided(row["text"]), strict=True), kind="dialogue turn"),
}


def _divided(text: str) -> tuple[str, str]:
    name, _, said = text.replace("：", ": ").partition(": ")
    return name, said


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("name", ["english", "chinese"])
def test_at_least_as_good_as_plain_bm25_in_every_category(empty: SQLiteStore, name: str, written: str) -> None:
    rows = lines(f"{name}.entries.jsonl")
    inserted = empty.apply([Insert(**WRITTEN[written](row)) for row in rows]).inserted
    ids = dict(zip((row["id"] for row in rows), inserted, strict=True))
    plain = PlainBM25((entry.id, entry_text(entry.key, entry.text)) for entry in empty.get(inserted))
    shares: dict[str, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    for question in lines(f"{name}.questions.jsonl"):
        evidence = {ids[one] for one in question["evidence"]}
        ours = {candidate.entry_id for candidate in found(empty, question["question"])[:5]}
        theirs = {match.entry_id for match in plain.search(question["question"], limit=5)}
        for category in (question["category"], "all"):
            shares[category][0].append(len(evidence & ours) / len(evidence))
            shares[category][1].append(len(evidence & theirs) / len(evidence))
    assert len(shares) == 6
    for category, (ours_in, theirs_in) in shares.items():
        assert math.fsum(ours_in) >= math.fsum(theirs_in), category
    assert math.fsum(shares["all"][0]) > math.fsum(shares["all"][1])


TEXTS = [
    "The harbour was full of boats that morning, and boats full of nets.",
    "Boats leave at nine.",
    "She repaired the nets in the harbour café for an hour while it rained and rained.",
    "我们在港口看船。",
    "Nothing happened in the afternoon.",
]


@pytest.mark.parametrize(
    "question", ["Which boats left the harbour?", "nets", "rainy afternoons", "港口的船", "boats boats nets"]
)
def test_texts_without_a_dialogue_score_as_plain_bm25(empty: SQLiteStore, question: str) -> None:
    empty.apply([Insert(text=text) for text in TEXTS])
    plain = PlainBM25(enumerate(TEXTS, 1))
    assert [(one.entry_id, one.score) for one in found(empty, question)] == [
        (match.entry_id, pytest.approx(match.score)) for match in plain.search(question, limit=9)
    ]


def test_an_answer_is_found_by_its_question(empty: SQLiteStore) -> None:
    said = ["Ann: Hello!", "Ann: Which instrument do you play?", "Tom: The oboe, badly.", "Ann: Poor neighbours."]
    empty.apply([Insert(text=text, source="one") for text in said])
    candidates = {candidate.entry_id: candidate for candidate in found(empty, "Which instrument is played?")}
    assert list(candidates) == [2, 3, 1, 4]
    asked = candidates[2].parts["bm25"]
    assert candidates[3].parts == {"bm25": 0.0, "speaker": 0.0, "context": pytest.approx(0.5 * asked)}
    assert candidates[4].parts["context"] == pytest.approx(0.25 * asked)
    assert candidates[1].parts["context"] == pytest.approx(0.25 * asked)
    for candidate in candidates.values():
        assert candidate.score == pytest.approx(sum(candidate.parts.values()), abs=1e-9)


def test_context_stays_within_one_dialogue_and_leaves_hidden_turns_out(empty: SQLiteStore) -> None:
    empty.apply(
        [
            Insert(text="Ann: Which instrument do you play?", source="one"),
            Insert(text="Tom: The oboe.", source="two"),
            Insert(text="Ann: Which instrument do you play?", source="two", owner="Ann"),
            Insert(text="Tom: The harp.", source="two", owner="Tom"),
            Insert(text="Ann: Which instrument do you play?", source="three"),
            Insert(text="Tom: The drums.", source="three", expires=1.0),
            Insert(text="Tom: The horn.", source="three"),
        ]
    )
    empty.apply([Update(5, enabled=False)])
    assert {candidate.entry_id for candidate in found(empty, "Which instrument?")} == {1, 3}
    empty.apply([Update(5, enabled=True)])
    assert {candidate.entry_id for candidate in found(empty, "Which instrument?")} == {1, 3, 5, 7}


def test_who_is_named_counts_a_little_more_than_who_is_spoken_to(empty: SQLiteStore) -> None:
    empty.apply(
        [
            Insert(text="Tom: Ann, the lake is frozen.", source="one"),
            Insert(text="Ann: Tom, the lake is frozen.", source="two"),
            Insert(text="Ida: The wind is cold.", source="three"),
            Insert(text="Ida: It is snowing.", source="four"),
        ]
    )
    assert [candidate.entry_id for candidate in found(empty, "What does Ann say of the lake?")] == [2, 1]
    assert found(empty, "What does Ann say of the lake?")[0].parts["speaker"] > 0


@pytest.mark.parametrize(
    ("entry", "who", "turn"),
    [
        ({"text": "Ann: I went home."}, "Ann", True),
        ({"text": "[8 May 2023] Mary Ann O'Neill: no"}, "Mary Ann O'Neill", True),
        ({"text": "（五月八日）小明：你好"}, "小明", True),
        ({"text": "no", "metadata": {"speaker": "Ann", "turn_id": "D1:3"}}, "Ann", True),
        ({"text": "no", "metadata": {"dia_id": "D1:3"}}, "", True),
        ({"text": "no", "kind": Kind.DIALOGUE_TURN}, "", True),
        ({"text": "It began at 9:30 and I went home: late."}, "", False),
        ({"text": "See https://example.org"}, "", False),
        ({"text": "Alien: a film", "key": "Alien · plot"}, "Alien", False),
        ({"text": "no", "key": "session 1 · Ann", "kind": Kind.DIALOGUE_TURN}, "", True),
        ({"text": "2023-05-08 10:30 Ann: no"}, "Ann", True),
        ({"text": "I went home."}, "", False),
    ],
)
def test_what_is_a_turn(entry: dict[str, Any], who: str, turn: bool) -> None:
    made = Entry(id=1, **{"key": "", **entry})
    assert (speaker(made), is_turn(made)) == (who, turn)
    assert is_fact(made) == (not turn and " · " in made.key)


def test_a_subject_that_all_entries_share_tells_nothing(empty: SQLiteStore) -> None:
    empty.apply(
        [Insert(key="session 3", text=text) for text in ["The lake froze.", "A walk.", "session notes", "Tea."]]
    )
    best, *others = found(empty, "What froze in session 3?")
    assert best.entry_id == 1
    assert max(other.parts["subject"] for other in others) < 0.3


def test_a_large_memory_is_searched_by_what_tells_entries_apart(empty: SQLiteStore) -> None:
    empty.apply([Insert(text=f"我们在港口看了{n}艘船，天气很好。") for n in range(8)])
    empty.apply([Insert(text="他在灯塔上看书。"), Insert(text="港口的灯塔很旧。"), Insert(text="塔")])
    with closing(empty.snapshot()) as snapshot:
        large = HybridRecaller(lexical=LexicalRanking(LexicalSettings(whole=5, frequent=0.3)))
        found_in = [one.entry_id for one in large(Query("港口的灯塔怎么样？"), snapshot).candidates]
        assert found_in == [10, 9]  # 灯塔 is rare, 港口 counts only beside it, and 塔 alone finds nothing
        assert [one.entry_id for one in large(Query("塔"), snapshot).candidates] == [11, 9, 10]
        small = HybridRecaller()
        found_in = [one.entry_id for one in small(Query("港口的灯塔怎么样？"), snapshot).candidates]
        assert found_in[:2] == [10, 9]
        assert set(found_in) == set(range(1, 12))
