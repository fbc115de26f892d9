"""``memviz train seq2seq`` and ``memviz eval seq2seq``: a very small one, and the one that ships."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from memviz.cli import main
from memviz.models.number_words import train

SMALL = ["--width", "16", "--encoder-layers", "1", "--decoder-layers", "1", "--heads", "2", "--feed-forward", "16"]


def test_a_small_one_is_trained_continued_and_measured(tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(train, "ROUND", 5)
    monkeypatch.setattr(train, "VALIDATION", 2)
    arguments = ["train", "seq2seq", "--out", str(tmp_path), *SMALL, "--batch", "2", "--seed", "3"]
    assert main([*arguments, "--rounds", "2", "--json"]) == 0
    rounds = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["round"] for line in rounds] == [1, 2]
    assert set(rounds[0]["figures"]) == {"error", "wrong_tokens"}
    assert json.loads((tmp_path / "recipe.json").read_text())["seed"] == 3

    assert main([*arguments, "--rounds", "3"]) == 0
    told = capsys.readouterr().out
    assert told.count("round") == 1
    assert "Saved into" in told

    assert main(["eval", "seq2seq", "--model", str(tmp_path), "--examples", "2", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert set(figures["kinds"]) == {"number", "date", "amount", "time", "sentence", "chinese"}
    assert figures["kinds"]["date"]["examples"] == 2
    assert figures["kinds"]["date"]["exact"] == 0.0
    assert figures["alignment"]["words"] > 30
    assert 0 <= figures["alignment"]["head"] < 2
    assert sum(words for words, _, _ in figures["alignment"]["sorts"].values()) == figures["alignment"]["words"]

    assert main(["eval", "seq2seq", "--model", str(tmp_path), "--examples", "1"]) == 0
    told = capsys.readouterr().out
    assert "miss:" in told
    assert "aligned words" in told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "seq2seq", "--heads", "3"], "3 heads"),
        (["train", "seq2seq", "--threads", "0"], "--threads"),
        (["eval", "seq2seq", "--examples", "0"], "At least 1 example"),
        (["eval", "seq2seq", "--model", "dnc-copy"], "memviz train seq2seq"),
        (["eval", "seq2seq", "--model", "/nowhere/at/all"], "no model folder"),
    ],
)
def test_bad_input_gets_a_sentence(arguments: list[str], words: str, tmp_path: Path, capsys) -> None:
    out = ["--out", str(tmp_path)] if arguments[0] == "train" else []
    assert main([*arguments, *out]) == 2
    assert words in capsys.readouterr().err


def test_the_one_that_ships_writes_numbers_out_and_looks_where_they_stand(capsys) -> None:
    assert main(["eval", "seq2seq", "--examples", "20", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["kinds"]["date"]["exact"] >= 0.95
    assert figures["kinds"]["number"]["exact"] >= 0.9
    assert figures["alignment"]["sorts"]["others"][1] > 0.8
