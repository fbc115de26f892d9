"""``memviz chat`` and ``memviz dialogue``: lines in, lines out, and a memory that keeps them."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from memviz.cli import main
from tests.cli.conftest import Cli

SAMPLE = str(Path(__file__).parent.parent.parent / "resources" / "dialogues" / "sample.jsonl")


@pytest.fixture
def talk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """``talk("I live in Rome.")``: what one call of chat over the same memory prints, without a model."""

    def call(*said: str, options: tuple[str, ...] = ()) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in said)))
        memory = str(tmp_path / "me.sqlite")
        code = main(["chat", "--no-model", "--memory", memory, "--create", "--owner", "Ann", *options])
        printed = capsys.readouterr()
        assert (code, printed.err) == (0, "")
        return printed.out

    return call


def test_what_is_said_is_remembered(talk):
    assert talk("I live in Rome.", "", "我喜欢茶。") == (
        "  + Ann lives in Rome. (90 %, entry 2)\n  + Ann喜欢茶。 (85 %, entry 4)\n"
    )


def test_json_lines(talk):
    (line,) = talk("I live in Rome.", options=("--json",)).splitlines()
    told = json.loads(line)
    assert (told["said"], told["answer"], told["entries"], told["recalled"]) == ("I live in Rome.", None, [1], [])
    (claim,) = told["claims"]
    assert (claim["key"], claim["value"], claim["status"], claim["entry"]) == ("Ann · home", "Rome", "stored", 2)
    assert claim["words"] == ["I live in Rome"]
    assert told["buffer"] == {"tokens": 4, "budget": 512, "exact": False, "held": [1], "evicted": []}


def test_propose_stores_turns_only(talk):
    assert "(90 %, proposed)" in talk("I live in Rome.", options=("--propose",))


def test_a_dialogue_is_loaded_before(talk):
    out = talk("Actually, I moved to Faro.", options=("--load", SAMPLE, "--json"))
    told = json.loads(out)
    assert told["buffer"]["held"] == [49]
    assert told["claims"][0]["text"] == "小雨 lives in Faro."


def test_a_bundled_model_answers(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("who directed Blade Runner?\n"))
    assert main(["chat", "--json", "--owner", "Ann", "--memory", "movies"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert "Ridley Scott" in told["answer"]
    assert len(told["entries"]) == 2
    assert told["recalled"]
    assert told["buffer"]["exact"]


def test_a_model_that_cannot_converse_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("I live in Rome.\n"))
    memory = str(tmp_path / "me.sqlite")
    assert main(["chat", "--model", "dnc-copy", "--memory", memory, "--create"]) == 0
    printed = capsys.readouterr()
    assert "cannot converse" in printed.err
    assert "User lives in Rome." in printed.out


def test_dialogue_shows_what_a_file_tells(capsys):
    assert main(["dialogue", SAMPLE]) == 0
    out = capsys.readouterr().out
    assert "+ Nora lives in Porto. (85 %, proposed)" in out
    assert "+ 小雨住在无锡。" in out
    assert "48 turns in 5 sessions" in out


def test_dialogue_is_stored(cli: Cli):
    told = cli("dialogue", SAMPLE, "--store")
    assert told["turns"] == 48
    assert all(claim["status"] == "stored" for claim in told["claims"])
    entries = cli("entries", "list", "--limit", "1000")
    assert len(entries) == 3 + told["entries"]
    homes = {entry["text"]: entry["superseded_by"] for entry in entries if entry["key"] == "Nora · home"}
    assert homes["Nora lives in Lisbon."] is not None
    assert homes["Nora lives in Porto."] is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["dialogue", "missing.txt"], "cannot be read"),
        (["dialogue", SAMPLE, "--store"], "Name the memory"),
        (["dialogue", SAMPLE, "--store", "--memory", "missing.sqlite"], "missing.sqlite"),
        (["chat", "--no-model", "--memory", "missing.sqlite"], "missing.sqlite"),
        (["chat", "--no-model", "--memory", "m.sqlite", "--create", "--budget", "0"], "at least 1 token"),
    ],
)
def test_what_goes_wrong_is_one_sentence(arguments, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO("Hello\n"))
    assert main(arguments) == 2
    printed = capsys.readouterr().err
    assert words in printed
    assert printed.count("\n") == 1
