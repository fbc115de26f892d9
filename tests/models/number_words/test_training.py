"""A very small training: it learns, goes on where it stopped, and saves what can be opened and measured."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForSeq2SeqLM

from memviz.core.errors import Cancelled, KnownError
from memviz.models.number_words import train
from memviz.models.number_words.load import load_number_words
from memviz.models.number_words.recipe import NumberWordsRecipe
from memviz.models.number_words.score import made, written_out
from memviz.models.number_words.train import NumberWordsTraining
from memviz.models.training.fit import fit

SMALL = NumberWordsRecipe(
    width=16, encoder_layers=1, decoder_layers=1, heads=2, feed_forward=16, dropout=0.1, rounds=3, batch=4
)


@pytest.fixture(autouse=True)
def short_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "ROUND", 10)
    monkeypatch.setattr(train, "VALIDATION", 2)


def weights(training: NumberWordsTraining) -> dict[str, torch.Tensor]:
    return training.network.state_dict()


def test_a_training_that_was_stopped_gives_the_same_network(tmp_path: Path) -> None:
    whole = NumberWordsTraining(SMALL)
    losses: list[float] = []
    fit(whole, tmp_path / "whole", rounds=3, watch="error", report=lambda line: losses.append(line.loss))
    assert losses[2] < losses[0]

    def stop(_: object) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        fit(NumberWordsTraining(SMALL), tmp_path / "parts", rounds=3, watch="error", report=stop)
    resumed = NumberWordsTraining(SMALL)
    fit(resumed, tmp_path / "parts", rounds=3, watch="error", report=lambda line: losses.append(line.loss))
    assert losses[3:] == losses[1:3]
    assert all(torch.equal(one, weights(resumed)[name]) for name, one in weights(whole).items())


def test_what_is_saved_opens_as_a_hugging_face_model(tmp_path: Path) -> None:
    training = NumberWordsTraining(replace(SMALL, rounds=1))
    fit(training, tmp_path, rounds=1, watch="error")
    assert json.loads((tmp_path / "memviz.json").read_text()) == {"kind": "seq2seq-lm"}
    assert json.loads((tmp_path / "recipe.json").read_text())["width"] == 16
    assert set(json.loads((tmp_path / "result.json").read_text())) == {"error", "wrong_tokens", "rounds", "seconds"}
    model, tokenizer = load_number_words(tmp_path)
    opened = AutoModelForSeq2SeqLM.from_pretrained(tmp_path, dtype=torch.float32)
    assert type(opened) is type(model)
    assert opened.generation_config.max_new_tokens == train.LONGEST_ANSWER
    for name, tensor in training.network.state_dict().items():
        assert model.state_dict()[name].dtype == torch.float32
        assert torch.equal(model.state_dict()[name], tensor.half().float())
        assert torch.equal(opened.state_dict()[name], tensor.half().float())
    assert len(written_out(model, tokenizer, made("test", "time", 3, 0))) == 3


def test_the_rates_rise_stay_and_fall() -> None:
    training = NumberWordsTraining(replace(SMALL, rounds=10))
    shares = []
    for done in range(10):
        training.rounds_done = done
        shares.append([training._share_of_rate(batches) for batches in range(10)])
    assert shares[0] == pytest.approx([place / 10 for place in range(1, 11)])
    assert shares[3] == [1.0] * 10
    assert shares[5][5] == pytest.approx(0.9)
    assert shares[9][9] == pytest.approx(0.02)


def test_sizes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(KnownError, match="heads"):
        NumberWordsTraining(replace(SMALL, width=10, heads=4))
    with pytest.raises(KnownError, match="at least 1"):
        NumberWordsTraining(replace(SMALL, decoder_layers=0))
    with pytest.raises(KnownError, match="dropout"):
        NumberWordsTraining(replace(SMALL, dropout=1.0))


def test_another_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KnownError, match="no model folder"):
        load_number_words(tmp_path / "nothing")
    fit(NumberWordsTraining(replace(SMALL, rounds=1)), tmp_path, rounds=1, watch="error")
    (tmp_path / "config.json").write_text(
        (tmp_path / "config.json").read_text().replace('"d_model": 16', '"d_model": 32')
    )
    with pytest.raises(KnownError, match="cannot be opened"):
        load_number_words(tmp_path)
    (tmp_path / "memviz.json").write_text('{"kind": "dnc"}')
    with pytest.raises(KnownError, match="memviz train seq2seq"):
        load_number_words(tmp_path)
