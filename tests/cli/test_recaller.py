"""``memviz train recaller`` on a small knowledge base, and the recaller that ships."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from memviz.cli import main

SIZES = ["--movies", "4", "--vocabulary", "300", "--width", "16", "--layers", "2", "--heads", "2", "--batch", "8"]
SIZES += ["--feed-forward", "16", "--gathering", "1"]


@pytest.fixture
def kb(tmp_path: Path) -> Path:
    file = tmp_path / "kb.txt"
    file.write_text(
        "".join(f"Movie {n}|directed_by|Director {n}\nMovie {n}|release_year|{1970 + n}\n" for n in range(5)),
        encoding="utf-8",
    )
    return file


def test_a_recaller_is_trained_and_goes_on(kb: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "recaller"
    arguments = ["train", "recaller", "--kb", str(kb), "--out", str(out), *SIZES, "--json"]
    assert main([*arguments, "--rounds", "2"]) == 0
    assert main([*arguments, "--rounds", "3"]) == 0
    rounds = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["round"] for line in rounds] == [1, 2, 3]
    assert set(rounds[0]["figures"]) == {"error", "error_held_out"}
    assert json.loads((out / "result.json").read_text(encoding="utf-8"))["rounds"] == 3
    assert json.loads((out / "recipe.json").read_text(encoding="utf-8"))["movies"] == 4


def test_facts_without_a_movie_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "kb.txt").write_text("France|capital|Paris\n", encoding="utf-8")
    assert main(["train", "recaller", "--kb", str(tmp_path / "kb.txt"), "--out", str(tmp_path / "out")]) == 2
    assert "no fact to learn" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("question", "answer"),
    [("who directed Blade Runner?", "Ridley Scott"), ("Blade Runner was released in", "1982")],
)
def test_the_recaller_that_ships_answers_without_memory(
    question: str, answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", question, "--model", "movies-recaller", "--no-memory", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["answer"].strip() == answer
