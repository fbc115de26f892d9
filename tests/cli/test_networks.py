"""``memviz train``, ``eval`` and ``ask`` with memory networks: on small files, and with what ships."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from memviz.cli import main
from memviz.core.errors import KnownError
from memviz.core.facts import Fact, render
from memviz.stores.triples import read_triples

MOVIES = [(f"Movie {number}", f"Director {number % 7}", f"Writer {number}") for number in range(40)]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small knowledge base with questions, and two small story tasks."""
    folder = tmp_path_factory.mktemp("files")
    triples = [
        f"{movie}|{relation}|{value}"
        for movie, director, writer in MOVIES
        for relation, value in (("directed_by", director), ("written_by", writer))
    ]
    (folder / "kb.txt").write_text("\n".join(triples) + "\n", encoding="utf-8")
    asked = [f"who directed [{movie}]\t{director}" for movie, director, _ in MOVIES]
    asked += [f"who wrote [{movie}]\t{writer}" for movie, _, writer in MOVIES]
    (folder / "questions.txt").write_text("\n".join(asked) + "\n", encoding="utf-8")
    for task in ("qa1_where", "qa2_there"):
        for part in ("train", "test"):
            lines = []
            for number in range(30):
                who, where = ("Mary", "John")[number % 2], ("garden", "kitchen", "office")[number % 3]
                lines += [f"1 {who} went to the {where}.", f"2 Where is {who}?\t{where}\t1"]
            (folder / f"{task}_{part}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_key_value_network_is_trained_measured_and_asked(files: Path, tmp_path: Path, capsys, memory: str) -> None:
    out, questions = str(tmp_path / "kv"), str(files / "questions.txt")
    common = ["--kb", str(files / "kb.txt"), "--least-count", "1", "--rate", "0.02", "--threads", "1"]
    arguments = ["train", "kv-memnn", "--questions", questions, "--out", out, *common]
    assert main([*arguments, "--epochs", "4", "--json"]) == 0
    rounds = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["round"] for line in rounds] == [1, 2, 3, 4]
    assert rounds[-1]["figures"]["error"] <= 0.25
    assert json.loads((tmp_path / "kv" / "recipe.json").read_text(encoding="utf-8"))["least_count"] == 1

    assert main([*arguments, "--epochs", "5"]) == 0  # continues
    told = capsys.readouterr().out
    assert told.count("round") == 1
    assert "Saved into" in told

    kb = str(tmp_path / "kb.sqlite")
    for at, (movie, director, _) in enumerate(MOVIES[:3]):
        key, text = render(Fact(movie, "directed_by", (director,)))
        create = ["--create"] if at == 0 else []
        assert main(["entries", "add", "--memory", kb, "--key", key, "--text", text, *create]) == 0
    capsys.readouterr()
    asked = printed(capsys, "ask", "who directed Movie 2", "--model", out, "--memory", kb)
    assert asked["answer"] == "Director 2"
    assert asked["entries"][0]["attention"] > 0.9
    assert main(["entries", "set", "3", "--memory", kb, "--text", "Movie 2 was directed by Jane Campion."]) == 0
    capsys.readouterr()
    assert printed(capsys, "ask", "who directed Movie 2", "--model", out, "--memory", kb)["answer"] == "Jane Campion"
    assert main(["entries", "undo", "--memory", kb]) == 0
    capsys.readouterr()
    figures = printed(
        capsys, "eval", "kv-memnn", "--questions", questions, "--model", out, "--memory", kb, "--limit", "3"
    )
    assert figures["hits@1"] == 1.0


def test_own_triples_with_relations_of_any_name(tmp_path: Path, capsys) -> None:
    lands = [(f"Land {number}", f"Town {number}", f"Tongue {number % 5}") for number in range(40)]
    (tmp_path / "lands.txt").write_text(
        "".join(f"{land}|capital|{town}\n{land}|language spoken|{tongue}\n" for land, town, tongue in lands),
        encoding="utf-8",
    )
    asked = [f"what is the capital of {land}\t{town}" for land, town, _ in lands]
    asked += [f"what do they speak in {land}\t{tongue}" for land, _, tongue in lands]
    (tmp_path / "questions.txt").write_text("\n".join(asked), encoding="utf-8")
    out, memory, kb = str(tmp_path / "net"), str(tmp_path / "lands.sqlite"), str(tmp_path / "lands.txt")
    small = ["--least-count", "1", "--rate", "0.02", "--threads", "1", "--epochs", "6"]
    questions = str(tmp_path / "questions.txt")
    assert main(["train", "kv-memnn", "--questions", questions, "--kb", kb, "--out", out, *small]) == 0
    assert main(["entries", "add", "--facts", kb, "--memory", memory, "--create"]) == 0
    assert "80 entries" in capsys.readouterr().out
    assert printed(capsys, "ask", "what do they speak in Land 7", "--model", out, "--memory", memory)["answer"] == (
        "Tongue 2"
    )
    assert main(["entries", "add", "--facts", kb, "--memory", memory, "--text", "x"]) == 2
    assert "--text" in capsys.readouterr().err


@pytest.mark.parametrize(("text", "words"), [("a|b\n", "Line 1"), ("a|b|c\n\na||c\n", "Line 3"), ("\n", "no triple")])
def test_a_malformed_triple_is_named_by_its_line(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text(text, encoding="utf-8")
    with pytest.raises(KnownError, match=words):
        read_triples(tmp_path / "t.txt")


def test_questions_that_do_not_belong_to_the_facts_are_refused(files: Path, tmp_path: Path, capsys) -> None:
    strange = tmp_path / "strange.txt"
    strange.write_text("who directed Jaws\tSteven Spielberg\n", encoding="utf-8")
    arguments = ["train", "kv-memnn", "--questions", str(strange), "--kb", str(files / "kb.txt")]
    assert main([*arguments, "--out", str(tmp_path / "out")]) == 2
    assert "belong together" in capsys.readouterr().err


def test_a_story_network_is_trained_and_measured_task_by_task(files: Path, tmp_path: Path, capsys) -> None:
    out = str(tmp_path / "stories")
    sizes = ["--width", "10", "--slots", "5", "--hops", "1", "--epochs", "20", "--linear-epochs", "1", "--rate", "0.05"]
    sizes += ["--trials", "1"]
    assert main(["train", "memn2n", "--data", str(files), "--out", out, *sizes, "--json"]) == 0
    first, *others = [json.loads(line)["figures"]["error"] for line in capsys.readouterr().out.splitlines()]
    assert first is None  # nothing to measure in the linear start
    assert all(0 <= error <= 1 for error in others)
    figures = printed(capsys, "eval", "memn2n", "--data", str(files), "--model", out)
    assert list(figures["tasks"]) == ["qa1_where", "qa2_there"]
    assert figures["tasks"]["qa1_where"]["questions"] == 30
    assert figures["mean_error"] < 0.2


def test_a_dnc_over_stories_is_trained_on_chosen_tasks_and_measured(files: Path, tmp_path: Path, capsys) -> None:
    out, data = str(tmp_path / "story-dnc"), str(files)
    sizes = ["--slots", "4", "--word-size", "4", "--hidden-size", "8", "--batch", "2", "--rounds", "1"]
    assert main(["train", "story-dnc", "--data", data, "--tasks", "qa1", "--out", out, *sizes, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["figures"]["error"] <= 1
    figures = printed(capsys, "eval", "story-dnc", "--data", data, "--model", out, "--tasks", "qa2", "qa1")
    assert list(figures["tasks"]) == ["qa2_there", "qa1_where"]
    assert figures["tasks"]["qa1_where"]["questions"] == 30
    asked = printed(capsys, "ask", "--line", "2", "--model", out, "--memory", str(files / "qa1_where_test.txt"))
    assert asked["answer"]
    assert len(asked["steps"]) == 2  # the sentence and the question
    assert main(["eval", "story-dnc", "--data", data, "--model", out, "--tasks", "qa9"]) == 2
    assert "“qa9”" in capsys.readouterr().err


def test_a_dnc_is_trained_measured_and_asked(tmp_path: Path, capsys, memory: str) -> None:
    out = str(tmp_path / "dnc")
    sizes = ["--bits", "2", "--most", "2", "--slots", "4", "--word-size", "4", "--hidden-size", "16", "--batch", "4"]
    assert main(["train", "dnc", "--task", "copy", "--out", out, *sizes, "--rounds", "2", "--json"]) == 0
    rounds = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(rounds) == 2
    assert rounds[1]["loss"] < rounds[0]["loss"]
    figures = printed(capsys, "eval", "dnc", "--model", out, "--length", "2", "--sequences", "20")
    assert (figures["task"], figures["length"], figures["sequences"]) == ("copy", 2, 20)
    assert 0.4 < figures["bits_right"] <= 1.0
    asked = printed(capsys, "ask", "10 01", "--model", out, "--memory", memory)
    assert [len(word) for word in asked["answer"].split()] == [2, 2]
    assert len(asked["steps"]) == 5
    assert asked["entries"] == []
    assert main(["ask", "10 011", "--model", out, "--memory", memory]) == 2
    assert "words of 2" in capsys.readouterr().err


def test_a_malformed_story_is_named_by_file_and_line(tmp_path: Path, capsys) -> None:
    (tmp_path / "qa1_bad_train.txt").write_text("1 Mary went home.\nWhere is Mary?\thome\t1\n", encoding="utf-8")
    assert main(["train", "memn2n", "--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    assert "Line 2" in told
    assert "qa1_bad_train.txt" in told


def test_a_model_of_another_kind_is_refused_in_a_sentence(files: Path, tmp_path: Path, capsys, memory: str) -> None:
    (tmp_path / "memviz.json").write_text('{"kind": "telepathy"}', encoding="utf-8")
    assert main(["ask", "?", "--model", str(tmp_path), "--memory", memory]) == 2
    assert "telepathy" in capsys.readouterr().err
    assert main(["eval", "memn2n", "--data", str(files), "--model", "kv-movies"]) == 2
    assert "EndToEndMemoryNetwork" in capsys.readouterr().err


def test_what_ships_answers_from_its_memory_with_weights(capsys) -> None:
    asked = printed(capsys, "ask", "--model", "kv-movies", "--memory", "movies", "which films did Ridley Scott direct?")
    assert {"Alien", "Blade Runner", "Gladiator"} <= set(asked["answer"].split("; "))
    assert sum(asked["steps"][0]["read_weights"].values()) == pytest.approx(1.0, abs=1e-3)
    asked = printed(
        capsys, "ask", "--model", "kv-movies-2", "--memory", "movies", "who wrote the films directed by Ridley Scott"
    )
    assert len(asked["steps"]) == 2
    assert "Dan O'Bannon" in asked["answer"]
    asked = printed(capsys, "ask", "--model", "kv-ngram", "--memory", "电影", "星球大战")
    assert asked["answer"] == "科幻片，哈里森·福特主演"
    assert max(asked["steps"][0]["read_weights"].values()) >= 0.99
