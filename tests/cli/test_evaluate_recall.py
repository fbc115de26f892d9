"""``memviz eval recall`` prints what was measured, and one sentence for what cannot be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from memviz.cli import main

DIALOGUES = Path(__file__).parents[1] / "recall" / "dialogues"
PAIR = [
    "--entries",
    str(DIALOGUES / "english.entries.jsonl"),
    "--questions",
    str(DIALOGUES / "english.questions.jsonl"),
]


@pytest.fixture
def questions(tmp_path: Path) -> str:
    rows: list[dict[str, Any]] = [
        {"question": "who directed Blade Runner?", "evidence": [1], "category": "director"},
        {"question": "when was Blade Runner released?", "evidence": [2, 77], "category": "year"},
        {"question": "what is this?"},
    ]
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return str(path)


def test_figures_of_a_memory(cli: Any, questions: str) -> None:
    told = cli("eval", "recall", "--questions", questions, "--k", "1", "3", "--baseline", "bm25")
    assert (told["questions"], told["k"], told["without_evidence"]) == (2, [1, 3], [3])
    assert told["missing"] == [{"line": 2, "evidence": "id 77"}]
    ours, plain = told["ways"]
    assert ours["all"]["recall@3"] == 0.75
    assert ours["categories"]["director"] == {
        **ours["categories"]["director"],
        "recall@1": 1.0,
        "mrr": 1.0,
        "ndcg@3": 1.0,
    }
    assert ours["settings"]["policy"] == "mark"
    assert ours["misses"][-1]["ranks"][1] is None
    assert plain["name"] == "bm25"
    assert set(plain["difference"]["categories"]["year"]) == {"recall@1", "recall@3"}


def test_a_table_for_people(capsys: pytest.CaptureFixture[str], memory: str, questions: str) -> None:
    assert main(["eval", "recall", "--memory", memory, "--questions", questions, "--baseline", "bm25"]) == 0
    printed = capsys.readouterr().out
    for words in (
        "left out, since they have no evidence: lines 3",
        "line 2: the memory has no entry with id 77; a miss",
        "recall@5  recall@10  recall@25  recall@50     MRR  nDCG@10",
        "bm25 − recall, recall@5",
        "may be chance",
        "line 2: when was Blade Runner released? (rank",
    ):
        assert words in printed


def test_a_pair_of_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "recall", *PAIR, "--limit", "4", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["questions"] == 4
    assert told["ways"][0]["all"]["recall@5"] == 1.0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--set", "colour=red"], "“colour” is no recall setting"),
        (["--set", "dense"], "“dense” sets nothing"),
        (["--set", "dense=much"], "“dense” must be a number"),
        (["--compare", "dense=1"], "has no name"),
        (["--compare", "a:policy=newest", "--compare", "a:dense=1"], "Two ways are called “a”"),
        (["--compare", "a:kinds=poem,fact,policy=newest"], "“poem” is no kind"),
        (["--k", "0"], "k must be at least 1"),
        (["--limit", "0"], "--limit must be at least 1"),
    ],
)
def test_what_cannot_be_measured(capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    assert main(["eval", "recall", *PAIR, *arguments]) == 2
    assert words in capsys.readouterr().err
