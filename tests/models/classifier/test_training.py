"""A classifier learns, goes on where it was stopped, and saves its best round."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import transformers

from memviz.core.confusion import read_confusion
from memviz.core.errors import Cancelled, KnownError
from memviz.models.classifier import train
from memviz.models.classifier.batches import Texts
from memviz.models.classifier.data import Split, split
from memviz.models.classifier.encoder import encoder_of, new_encoder, trained_classifier
from memviz.models.classifier.evaluate import judged
from memviz.models.classifier.recipe import ClassifierRecipe
from memviz.models.classifier.train import ClassifierTraining
from memviz.models.training.checkpoint import load_checkpoint
from memviz.models.training.fit import RESULT, Report, fit
from tests.models.classifier.bases import films, save_base

RECIPE = ClassifierRecipe(
    epochs=4, batch=8, width=16, layers=1, heads=2, feed_forward=32, length=16, vocabulary=150, rate=0.01
)


@pytest.fixture
def parts() -> Split:
    return split(films(60), 0.2, 0)


def fresh(parts: Split, recipe: ClassifierRecipe = RECIPE) -> ClassifierTraining:
    encoder = new_encoder([each.text for each in parts.training], parts.labels, recipe)
    return ClassifierTraining(parts, encoder, recipe)


def fitted(training: ClassifierTraining, folder: Path, reports: list[Report] | None = None) -> dict[str, float]:
    report = reports.append if reports is not None else lambda _: None
    return fit(training, folder, rounds=training.rounds, watch="error", patience=training.patience, report=report)


def test_it_learns_and_saves_what_transformers_opens(parts: Split, tmp_path: Path) -> None:
    reports: list[Report] = []
    figures = fitted(fresh(parts, replace(RECIPE, epochs=12, patience=0)), tmp_path, reports)
    assert figures["accuracy"] == 1.0
    assert (figures["error"], figures["macro_f1"]) == (0.0, 1.0)
    assert reports[0].loss > 2 * reports[-1].loss
    assert set(reports[0].figures) == {"error", "accuracy", "macro_f1", "validation_loss"}
    assert json.loads((tmp_path / RESULT).read_text(encoding="utf-8"))["macro_f1"] == 1.0
    confusion = read_confusion(tmp_path)
    assert confusion.labels == ("blame", "praise")
    assert confusion.counts.tolist() == [[12, 0], [0, 12]]
    recipe = json.loads((tmp_path / "recipe.json").read_text(encoding="utf-8"))
    assert (recipe["model"], recipe["vocabulary"]) == ("", 150)
    told = transformers.pipeline("text-classification", model=str(tmp_path), device="cpu")
    assert told("this film was superb")[0]["label"] == "praise"


def test_figures_are_those_of_texts_given_one_by_one(parts: Split) -> None:
    training = fresh(parts)
    training.round()
    encoder, right, loss = training._encoder, 0, 0.0
    figures = training.figures()
    for example in parts.validation:
        ids = encoder.tokenizer(example.text, return_tensors="pt")
        with torch.no_grad():
            logits = encoder.model(input_ids=ids["input_ids"], attention_mask=ids["attention_mask"]).logits[0]
        right += parts.labels[int(logits.argmax())] == example.label
        loss -= float(logits.log_softmax(-1)[parts.labels.index(example.label)])
    assert figures["accuracy"] == right / len(parts.validation)
    assert figures["validation_loss"] == pytest.approx(loss / len(parts.validation), rel=1e-4)


def test_a_base_model_is_trained_further(parts: Split, tmp_path: Path) -> None:
    base = encoder_of(save_base(tmp_path / "tiny-bert"), parts.labels, 0)
    before = base.model.bert.encoder.layer[0].attention.self.query.weight.clone()
    recipe = replace(RECIPE, epochs=12, patience=0)
    figures = fitted(ClassifierTraining(parts, base, recipe), tmp_path / "out")
    assert figures["accuracy"] >= 0.9
    found = trained_classifier(tmp_path / "out")
    assert not torch.equal(found.model.bert.encoder.layer[0].attention.self.query.weight, before)
    assert json.loads((tmp_path / "out" / "recipe.json").read_text(encoding="utf-8"))["model"] == "tiny-bert"


def test_stopped_and_continued_is_the_same_as_in_one_piece(parts: Split, tmp_path: Path) -> None:
    recipe = replace(RECIPE, patience=0)
    fitted(fresh(parts, recipe), tmp_path / "whole")

    def stop(report: Report) -> None:
        if report.round == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        fit(fresh(parts, recipe), tmp_path / "parts", rounds=4, watch="error", report=stop)
    reports: list[Report] = []
    fitted(fresh(parts, recipe), tmp_path / "parts", reports)
    assert [report.round for report in reports] == [3, 4]
    whole, continued = (load_checkpoint(tmp_path / name) for name in ("whole", "parts"))
    for name, weights in whole["state"]["network"].items():
        assert torch.equal(weights, continued["state"]["network"][name]), name


def test_of_the_best_round_only_weights_are_kept(parts: Split, tmp_path: Path) -> None:
    fitted(fresh(parts, replace(RECIPE, epochs=1)), tmp_path)
    assert set(load_checkpoint(tmp_path)["best"]["state"]) == {"network"}


def test_a_checkpoint_of_other_texts_is_refused(parts: Split, tmp_path: Path) -> None:
    recipe = replace(RECIPE, epochs=1)
    fitted(fresh(parts, recipe), tmp_path)
    other = replace(parts, training=parts.training[:-1])
    encoder = new_encoder([each.text for each in parts.training], parts.labels, recipe)  # the same word pieces
    with pytest.raises(KnownError, match="of another training"):
        fitted(ClassifierTraining(other, encoder, recipe), tmp_path)


def test_patience_ends_it(parts: Split, tmp_path: Path) -> None:
    reports: list[Report] = []
    fitted(fresh(parts, replace(RECIPE, epochs=30, patience=2)), tmp_path, reports)
    best = max(report.round for report in reports if report.best)
    assert len(reports) == best + 2 < 30


def test_a_long_epoch_is_told_in_parts_that_read_every_text_once(parts: Split, monkeypatch) -> None:
    monkeypatch.setattr(train, "_ROUND", 2)
    training = fresh(parts, replace(RECIPE, batch=4, epochs=2))
    assert training.parts == 4  # 24 batches would be 12, but 96 texts are only four times the 24 kept out
    assert training.rounds == 8
    assert training.patience == 12
    seen: list[int] = []
    monkeypatch.setattr(training, "_learn", lambda rows: seen.extend(rows) or 1.0)
    for _ in range(4):
        assert training.round() == 1.0
    assert sorted(seen) == list(range(96))
    for _ in range(4):
        training.round()
    assert seen[:96] != seen[96:]
    assert sorted(seen[96:]) == list(range(96))


def test_the_rate_rises_and_falls_to_nothing(parts: Split) -> None:
    training = fresh(parts, replace(RECIPE, epochs=4, rate=0.5))  # 48 steps
    rates = []
    for step in range(48):
        training._set_rate(step)
        rates.append(training._optimizer.param_groups[0]["lr"])
    assert max(rates) == 0.5
    assert rates.index(0.5) == 2
    assert rates[2:] == sorted(rates[2:], reverse=True)
    assert 0 < rates[-1] < 0.02


def test_long_texts_are_cut_and_counted(parts: Split) -> None:
    encoder = new_encoder(["film was great"], parts.labels, RECIPE)
    texts = Texts.of(["film " * 40, "film", "film " * 14, "film " * 15], [0, 1, 0, 1], encoder.tokenizer, 16)
    assert texts.cut == 2
    assert [len(ids) for ids in texts.ids] == [16, 3, 16, 16]
    assert {ids[-1] for ids in texts.ids} == {encoder.tokenizer.sep_token_id}  # its last token is kept
    assert judged(encoder, texts).confusion.examples == 4


def test_a_text_without_tokens_is_read_as_padding(tmp_path: Path) -> None:
    base = encoder_of(save_base(tmp_path), ("a", "b"), 0)  # its tokenizer adds no special tokens
    texts = Texts.of(["", "film"], [0, 1], base.tokenizer, 16)
    assert texts.ids[0] == [0]
    assert judged(base, texts).loss < 10


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"epochs": 0}, "epochs of at least 1"),
        ({"batch": 0}, "batch of at least 1"),
        ({"length": 3}, "length of at least 4"),
        ({"validation": 1.0}, "between 0 and 1"),
        ({"validation": 0.0}, "between 0 and 1"),
        ({"rate": -0.1}, "rate must be"),
        ({"rate": float("nan")}, "rate must be"),
        ({"width": 10, "heads": 4}, "shared by 4 heads"),
        ({"patience": -1}, "patience of at least 0"),
    ],
)
def test_a_recipe_that_cannot_be_is_refused(changes: dict, words: str) -> None:
    with pytest.raises(KnownError, match=words):
        ClassifierRecipe(**changes)
