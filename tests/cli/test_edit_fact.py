"""``memviz edit-fact`` on the recaller that ships."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from memviz.cli import main
from memviz.session.bundled import model_folder

COMMAND = ["edit-fact", "--model", "movies-recaller", "--prompt", "Blade Runner was directed by"]
COMMAND += ["--subject", "Blade Runner", "--target", "Jane Campion", "--layer", "3"]


def test_a_fact_is_edited_checked_and_saved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "edited"
    assert main([*COMMAND, "--out", str(out), "--json"]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    told = json.loads(printed.out)
    assert (told["layer"], told["saved"]) == (2, str(out))
    kinds = [check["kind"] for check in told["checks"]]
    assert (kinds.count("edited"), kinds.count("paraphrase"), kinds.count("neighbour")) == (1, 3, 50)
    assert told["checks"][0] == {
        "kind": "edited",
        "prompt": "Blade Runner was directed by",
        "expected": "Jane Campion",
        "before": "Ridley Scott",
        "after": "Jane Campion",
        "passed": True,
    }
    assert told["shares"]["edited"] == 1.0
    assert told["shares"]["neighbour"] >= 0.95
    assert json.loads((out / "memviz.json").read_text(encoding="utf-8"))["task"] == "recaller"
    assert main(["ask", "Blade Runner was directed by", "--model", str(out), "--no-memory", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["answer"].strip() == "Jane Campion"
    assert main([*COMMAND, "--out", str(out)]) == 2
    assert "holds something already" in capsys.readouterr().err
    assert not (model_folder("movies-recaller") / "edited").exists()


def test_own_checks_and_texts_are_printed_as_a_table(
    tmp_path: Path, memory: str, capsys: pytest.CaptureFixture[str]
) -> None:
    checks, texts = tmp_path / "checks.jsonl", tmp_path / "texts.txt"
    checks.write_text('{"kind": "neighbour", "prompt": "Alien was directed by"}\n', encoding="utf-8")
    texts.write_text("Alien was directed by Ridley Scott\n", encoding="utf-8")
    own = [
        "--paraphrase",
        "who directed Blade Runner?",
        "--neighbour",
        "Heat was directed by",
        "when was Heat released?",
    ]
    assert main([*COMMAND, *own, "--checks", str(checks), "--texts", str(texts)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["kind", "prompt", "before", "after"]
    assert [line.split()[1] for line in lines[1:6]] == ["edited", "paraphrase", "neighbour", "neighbour", "neighbour"]
    assert "paraphrases" in lines[-1]
    assert "of 3 unchanged" in lines[-1]
    assert "layer 3" in lines[-1]
    assert main([*COMMAND, *own, "--memory", memory, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["shares"]["edited"] == 1.0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (["--subject", "Alien"], "does not hold the subject"),
        (["--layer", "5"], "layers are 1 to 4"),
        (["--model", "dnc-copy"], "causal language model"),
        (["--target", "the one and only very great and old director of all films of all times ever made"], "tokens"),
        (["--checks", "missing.jsonl"], "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_said(changes: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*COMMAND, *changes]) == 2
    printed = capsys.readouterr()
    assert words in printed.err
    assert printed.out == ""
