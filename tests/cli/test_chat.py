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
    assert told["claims"][0]["text"] == "Ann lives in Faro."


def test_without_a_name_whoever_spoke_last_in_the_dialogue_goes_on(cli: Cli, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("Actually, I moved to Faro.\n"))
    told = cli("chat", "--no-model", "--load", SAMPLE)
    assert told["claims"][0]["text"] == "小雨 lives in Faro."


def test_a_line_that_is_no_text_is_left_out(tmp_path, monkeypatch, capsys):
    said = io.TextIOWrapper(io.BytesIO(b"I live in Rome.\ncaf\xe9\nI like tea.\n"), encoding="utf-8")
    monkeypatch.setattr("sys.stdin", said)
    assert main(["chat", "--no-model", "--memory", str(tmp_path / "me.sqlite"), "--create", "--owner", "Ann"]) == 0
    printed = capsys.readouterr()
    assert "Ann lives in Rome." in printed.out
    assert "Ann likes tea." in printed.out
    assert printed.err == "memviz: Line 2 is no UTF-8 text and was left out; convert it and say it again.\n"


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


def test_one_of_each_is_no_plural(tmp_path, capsys):
    (tmp_path / "one.txt").write_text("User: I live in Rome.\n", encoding="utf-8")
    call = ["dialogue", str(tmp_path / "one.txt")]
    assert main(call) == 0
    assert capsys.readouterr().out.endswith("1 turn in 1 session; 1 claim was found.\n")
    assert main([*call, "--store", "--memory", str(tmp_path / "me.sqlite"), "--create"]) == 0
    assert capsys.readouterr().out == "1 turn was stored, and 1 claim in 1 entry.\n"


def test_a_file_is_checked_before_any_of_it_is_stored(tmp_path, capsys):
    rows = [{"role": "user", "text": text, "session": text} for text in ("I live in Rome.", "I like \ud800.")]
    (tmp_path / "bad.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    memory = str(tmp_path / "me.sqlite")
    assert main(["dialogue", str(tmp_path / "bad.jsonl"), "--store", "--memory", memory, "--create"]) == 2
    assert "Line 2 of “bad.jsonl” holds half of a character" in capsys.readouterr().err
    assert main(["entries", "list", "--memory", memory, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


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
