"""``memviz recall`` and ``memviz why``: recall as a bill, without a model."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from memviz.cli import main
from memviz.core.decay import Decay, DecayKind
from memviz.core.entry import Kind
from memviz.core.errors import KnownError
from memviz.core.recall_settings import ConflictPolicy, RecallSettings
from memviz.session.recall_words import parse_recall
from tests.cli.conftest import Cli


def test_every_row_is_a_bill(cli: Cli) -> None:
    told = cli("recall", "who directed Blade Runner?", "--limit", "1", "--recall", "confidence=0.5")
    rows = told["candidates"]
    assert [row["status"] for row in rows] == ["injected", "cut", "cut"]
    assert rows[0]["id"] == 1
    assert rows[0]["found"] == {"lexical": 1}
    for row in rows:
        assert sum(row["parts"].values()) == pytest.approx(row["score"], abs=1e-6)
        assert row["parts"]["confidence"] == 0.5
        assert bool(row["cause"]) == (row["status"] == "cut")


def test_lines_for_people(memory: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recall", "who directed Blade Runner?", "--memory", memory]) == 0
    printed = capsys.readouterr()
    assert "1: Blade Runner was directed by Ridley Scott." in printed.out
    assert " = bm25 " in printed.out
    assert "candidates injected" in printed.err


def test_a_note_is_one_clause_of_the_summary(memory: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recall", "zyzzyva", "--memory", memory]) == 0
    said = capsys.readouterr().err
    assert said.startswith("No entry holds a word of the query; 0 of 0 candidates injected; ")


def test_recall_from_the_memory_as_it_was(cli: Cli, memory: str, capsys: pytest.CaptureFixture[str]) -> None:
    question = "who directed Blade Runner?"

    def bill(told: dict[str, Any]) -> list[tuple[object, ...]]:
        return [(one["id"], one["text"], one["score"], one["status"]) for one in told["candidates"]]

    then = cli("recall", question)
    cli("entries", "set", "1", "--text", "Nobody knows.", "--key", "Nobody")
    now = cli("recall", question)
    assert now["memory"]["version"] == then["memory"]["version"] + 1
    assert bill(now) != bill(then)
    past = cli("recall", question, "--as-of", f"v{then['memory']['version']}")
    assert (past["memory"], bill(past)) == (then["memory"], bill(then))
    cli("recall-settings", "decay.fact=exponential:10", "least_retention=0.4")
    faded = cli("recall", question, "--as-of", "+30d")
    assert {one["cause"] for one in faded["candidates"]} == {"decayed"}
    assert main(["recall", question, "--as-of", "soon", "--memory", memory]) == 2
    assert "is no version and no time" in capsys.readouterr().err


def test_why_and_doing_what_it_says(cli: Cli) -> None:
    told = cli("why", "who directed Blade Runner?", "--entry", "2", "--limit", "1", "--least-share", "0")
    assert (told["recalled"], told["cause"]) == (False, "rank")
    assert told["reason"] == "Ranked 2, and at most 1 entries are injected."
    first = told["remedies"][0]
    assert (first["setting"], first["before"], first["after"], first["kind"]) == ("limit", 1, 2, "query")
    limit = str(first["after"])
    assert cli("why", "who directed Blade Runner?", "--entry", "2", "--limit", limit, "--least-share", "0")["recalled"]
    pinned = cli("recall", "who directed Blade Runner?", "--limit", "1", "--pin", "3")["candidates"]
    assert [row["id"] for row in pinned if row["status"] == "injected"] == [3, 1]
    assert pinned[0]["parts"]["pinned"] > 0


def test_why_in_lines(memory: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["why", "who directed Blade Runner?", "--memory", memory, "--recall", "kinds=dialogue"]
    assert main([*arguments, "--entry", "1"]) == 0
    out = capsys.readouterr().out
    assert "It is a fact, and only dialogue turn is recalled." in out
    assert "exact rank: 1 by words" in out
    assert "recall the kind “fact” too" in out


def test_why_of_an_entry_as_it_was(cli: Cli, memory: str, capsys: pytest.CaptureFixture[str]) -> None:
    question = ["who directed Blade Runner?", "--entry", "1"]
    then = cli("why", *question)
    assert then["recalled"]
    version = then["memory"]["version"]
    cli("entries", "set", "1", "--text", "没有人知道。", "--key", "x")
    now = cli("why", *question)
    assert (now["memory"]["version"], now["cause"], now["entry"]["text"]) == (version + 1, "not found", "没有人知道。")
    assert main(["why", *question, "--as-of", f"v{version}", "--memory", memory, "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out) == then
    assert main(["why", *question, "--as-of", f"v{version}", "--memory", memory]) == 0
    told = capsys.readouterr()
    assert told.err == f"memviz: The memory is asked as of version {version} (number of entries: 3).\n"
    assert told.out.startswith("entry 1: Blade Runner was directed by Ridley Scott.\nIt is recalled.\n")
    cli("entries", "delete", "1")
    assert cli("why", *question, "--as-of", f"v{version}")["entry"] == then["entry"]


def test_why_in_days_to_come(cli: Cli) -> None:
    cli("recall-settings", "decay.fact=exponential:10", "least_retention=0.4")
    question = ["why", "who directed Blade Runner?", "--entry", "1"]
    assert cli(*question)["recalled"]
    assert cli(*question, "--as-of", "+1d")["recalled"]
    assert cli(*question, "--as-of", "+30d")["cause"] == "decayed"


def test_why_of_an_entry_that_was_not_there(memory: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    loaded = tmp_path / "more.jsonl"
    loaded.write_text('{"text": "谁导演了《异形》？"}\n', encoding="utf-8")
    assert main(["entries", "delete", "2", "--memory", memory]) == 0
    assert main(["import", str(loaded), "--memory", memory]) == 0
    capsys.readouterr()
    for entry, when, words in (
        ("3", "v2", "At version 2 the memory had no entry 3 yet: it was added at version 3; ask as of that one or a"),
        (
            "3",
            "2020-01-01",
            "At version 0 the memory had no entry 3 yet: it was added at version 3; ask as of that one",
        ),
        (
            "2",
            "v4",
            "At version 4 the memory had no entry 2 any more: it was deleted at version 4; ask as of an earlier",
        ),
        ("4", "v4", "At version 4 the memory had no entry 4 yet; ask as of a later version, or of now."),
        ("99", "v2", "The memory has no entry 99; look for its id with a search."),
        ("3", "v77", "This memory never had a version 77"),
        ("3", "soon", "“soon” is no version and no time"),
    ):
        assert main(["why", "who?", "--memory", memory, "--entry", entry, "--as-of", when]) == 2
        told = capsys.readouterr()
        assert told.err.startswith(f"memviz: {words}")
        assert (told.out, told.err.count("\n")) == ("", 1)
    assert main(["why", "谁导演了《异形》？", "--memory", memory, "--entry", "4", "--as-of", "v5"]) == 0
    assert "entry 4: 谁导演了《异形》？\nIt is recalled." in capsys.readouterr().out


def test_all_remedies_are_json(cli: Cli) -> None:
    options = ["--recall", "decay.fact=exponential:0.000001", "--recall", "least_retention=0.9"]
    told = cli("why", "who directed Blade Runner?", "--entry", "1", *options)
    assert told["cause"] == "decayed"
    slower = next(remedy for remedy in told["remedies"] if remedy["setting"] == "decay")
    assert slower["kind"] == "recall"
    assert slower["after"]["fact"]["half_life"] > slower["before"]["fact"]["half_life"]
    assert json.dumps(told)


def test_settings_from_the_command_line() -> None:
    base = RecallSettings(use=0.1, decay={Kind.PROFILE: Decay(DecayKind.USE)})
    told = parse_recall(
        [
            "dense=1.5",
            "candidates=50",
            "exact=yes",
            "kinds=fact, profile",
            "policy=newest",
            "owner=",
            "decay.fact=power:7:0.4",
            "decay.dialogue=use:2:3",
            "exceptions.Alien · year=both",
        ],
        base,
    )
    assert (told.dense, told.candidates, told.exact, told.use) == (1.5, 50, True, 0.1)
    assert (told.kinds, told.policy, told.owner) == ((Kind.FACT, Kind.PROFILE), ConflictPolicy.NEWEST, "")
    assert told.decay[Kind.FACT] == Decay(DecayKind.POWER, 7.0, exponent=0.4)
    assert told.decay[Kind.DIALOGUE_TURN] == Decay(DecayKind.USE, 2.0, growth=3.0)
    assert told.decay[Kind.PROFILE] == Decay(DecayKind.USE)
    assert told.exceptions == {"Alien · year": ConflictPolicy.BOTH}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nix=3", "no recall setting"),
        ("recency", "write KEY=VALUE"),
        ("recency=much", "must be a number"),
        ("candidates=1.5", "whole number"),
        ("exact=maybe", "yes or no"),
        ("policy=loudest", "must be one of"),
        ("decay=exponential", "decay.fact"),
        ("decay.fact=exponential:0", "half-life"),
        ("decay.fact=sudden", "must be one of"),
        ("decay.thing=none", "no kind of entry"),
        ("decay.fact=power:1:2:3", "no decay"),
        ("lexical=0", "words or vectors"),
    ],
)
def test_bad_settings_get_one_sentence(text: str, words: str, memory: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KnownError, match=words):
        parse_recall([text])
    assert main(["recall", "who?", "--memory", memory, "--recall", text]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_an_entry_that_is_not_there(memory: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["why", "who?", "--memory", memory, "--entry", "99"]) == 2
    assert "no entry 99" in capsys.readouterr().err
    assert main(["recall", "who?", "--memory", memory, "--pin", "99"]) == 2
    assert "no entry 99" in capsys.readouterr().err
    assert main(["recall", "who?", "--memory", memory, "--pin", "0"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_same_options_for_ask() -> None:
    from memviz.cli.parser import build_parser

    asked: argparse.Namespace = build_parser().parse_args(
        ["ask", "x", "--recall", "use=1", "--pin", "3", "--limit", "2"]
    )
    assert (asked.recall, asked.pin, asked.limit) == (["use=1"], [3], 2)
