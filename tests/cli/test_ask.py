"""``memviz ask`` with a real (random, tiny) model through the whole path."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from memviz.cli import main
from tests.models.tiny import tiny_model, tiny_tokenizer

KEYS = {"query", "answer", "model", "memory", "entries", "steps", "timings"}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("tiny-llama")
    tiny_model("llama").save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return str(folder)


def test_json_object(model: str, memory: str, capsys: pytest.CaptureFixture[str]):
    arguments = ["ask", "who directed Blade Runner?", "--model", model, "--memory", memory, "--max-tokens", "5"]
    assert main([*arguments, "--json"]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    value = json.loads(printed.out)
    assert value.keys() >= KEYS
    assert value["model"] == model
    assert value["memory"] == {"url": f"sqlite:///{Path(memory).as_posix()}", "version": 3, "entries": 3}
    first = value["entries"][0]
    assert (first["id"], first["rank"], first["status"]) == (1, 1, "injected")
    assert len(value["steps"]) == 5
    injected = [row for row in value["entries"] if row["status"] == "injected"]
    for step in value["steps"]:
        assert step["logprob"] <= 0
        assert step["read_weights"].keys() == {str(row["id"]) for row in injected}
        assert all(0 < weight < 1 for weight in step["read_weights"].values())
    assert 0 < sum(row["attention"] for row in injected) < 1
    assert value["answer"] == "".join(step["token"] for step in value["steps"]).strip()

    assert main([*arguments, "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert {**again, "timings": 0} == {**value, "timings": 0}


def test_the_memory_as_it_was(model: str, memory: str, capsys: pytest.CaptureFixture[str]):
    asked = ["ask", "who directed Blade Runner?", "--model", model, "--memory", memory, "--max-tokens", "2"]
    assert main([*asked, "--as-of", "v1", "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert (value["memory"]["version"], value["memory"]["entries"]) == (1, 1)
    assert [row["id"] for row in value["entries"]] == [1]
    assert main([*asked, "--as-of", "v9"]) == 2
    assert "never had a version 9; choose one from 0 to 3" in capsys.readouterr().err
    assert main([*asked, "--as-of", "soon"]) == 2
    assert "“soon” is no version and no time" in capsys.readouterr().err


def test_lines_for_people(model: str, memory: str, capsys: pytest.CaptureFixture[str]):
    arguments = ["--model", model, "--memory", memory, "--max-tokens", "3"]
    assert main(["ask", "who directed Blade Runner?", *arguments]) == 0
    out = capsys.readouterr().out
    assert "attention" in out
    assert "1: Blade Runner was directed by Ridley Scott." in out


def test_without_memory_nothing_is_opened(model: str, capsys: pytest.CaptureFixture[str]):
    arguments = ["--no-memory", "--memory", "/no/such/file", "--model", model, "--max-tokens", "2"]
    assert main(["ask", "who?", *arguments, "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert (value["memory"], value["entries"]) == (None, [])


def test_nothing_recalled_is_said(model: str, memory: str, capsys: pytest.CaptureFixture[str]):
    assert main(["ask", "???", "--model", model, "--memory", memory, "--max-tokens", "2"]) == 0
    assert "without memory" in capsys.readouterr().err


def test_figure_without_a_display(model: str, memory: str, tmp_path: Path):
    """As a process of its own: what Qt is told here must not reach other tests."""
    figure = tmp_path / "figure.png"
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "QT_QPA_PLATFORM")}
    options = ["--model", model, "--memory", memory, "--max-tokens", "3", "--figure", str(figure), "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "memviz", "ask", "who directed Blade Runner?", *options],
        cwd=Path(__file__).resolve().parent.parent.parent,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(json.loads(done.stdout)["steps"]) == 3
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert figure.stat().st_size > 10_000


@pytest.mark.parametrize(
    ("query", "options", "words"),
    [
        ("", [], "empty"),
        ("x" * 400_001, [], "400,001 characters"),
        ("who?", ["--temperature", "-1"], "temperature"),
        ("who?", ["--model", "/no/such/model"], "/no/such/model"),
        ("who?", ["--memory", "/no/such/memory"], "/no/such/memory"),
        ("who?", ["--device", "abacus"], "abacus"),
        ("who?", ["--dtype", "float3"], "float3"),
        ("who?", ["--template", "no place for anything"], "{entries}"),
    ],
)
def test_bad_input_gets_one_sentence(
    query: str, options: list[str], words: str, model: str, memory: str, capsys: pytest.CaptureFixture[str]
):
    assert main(["ask", query, "--model", model, "--memory", memory, *options]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert words in printed.err
    assert printed.err.count("\n") == 1
