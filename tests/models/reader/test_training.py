"""A very small training: it learns, continues where it stopped, and saves what memviz can open."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.core.events import FinishEvent, PromptEvent
from memviz.core.facts import render
from memviz.core.query import Query
from memviz.models.reader.recipe import Recipe
from memviz.models.reader.train import ReaderData, Report, new_model, train
from memviz.models.transformer import load_transformer
from tests.models.reader.conftest import FACTS, TEMPLATES, context

RECIPE = Recipe(
    vocabulary=400,
    width=64,
    layers=2,
    heads=2,
    feed_forward=64,
    rows=4,
    length=192,
    steps=100,
    warm_up=10,
    questions=4,
    decay=0.4,
    as_asked_from=150,
)
CONTEXTS = [context(*FACTS[:3]), context(*FACTS[2:6]), context(*FACTS[4:])]
DATA = ReaderData(FACTS, CONTEXTS, FACTS, [context(*FACTS[:4])], TEMPLATES)


def test_planted_heads_copy_what_followed_a_token_before() -> None:
    torch.manual_seed(0)
    model = new_model(Recipe()).eval()
    half = torch.randint(3, Recipe().vocabulary, (1, 100))
    model.set_attn_implementation("eager")
    planted = Recipe().heads // 2
    with torch.no_grad():
        attentions = model(torch.cat([half, half], 1), output_attentions=True).attentions
    at = torch.arange(100, 199)
    to_previous = attentions[0][0, :planted].diagonal(-1, 1, 2).mean(-1)
    to_successor = attentions[1][0, :planted, at, at - 99].mean(-1)
    assert (to_previous > 0.8).all()
    assert (to_successor > 0.2).all()  # 1 / 150 by chance
    assert (attentions[1][0, planted:, at, at - 99].mean(-1) < 0.05).all()  # heads in which nothing is planted


def test_the_rate_rises_stays_and_falls() -> None:
    factors = [RECIPE.rate_factor(step) for step in range(RECIPE.steps)]
    assert factors[0] == pytest.approx(0.1)
    assert factors[10:60] == [1.0] * 50
    assert factors[-1] == pytest.approx(0.025)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Report]]:
    reports: list[Report] = []
    folder = tmp_path_factory.mktemp("reader")
    train(DATA, folder, RECIPE, compiled=False, report=reports.append)
    train(DATA, folder, replace(RECIPE, steps=200), compiled=False, report=reports.append)
    return folder, reports


def test_training_learns_and_continues(trained: tuple[Path, list[Report]]) -> None:
    first, second = trained[1]
    assert (first.step, second.step) == (100, 200)
    assert second.loss < first.loss < 4.0
    assert second.tokens > first.tokens


def test_what_is_saved_opens_as_a_model(trained: tuple[Path, list[Report]]) -> None:
    folder = trained[0]
    assert json.loads((folder / "recipe.json").read_text())["steps"] == 200
    model = load_transformer(str(folder))
    entries = [Entry(id=number, key=render(fact)[0], text=render(fact)[1]) for number, fact in enumerate(FACTS[:2], 1)]
    events = list(model.run(Query("who directed Blade Runner?", max_tokens=5), entries, None))
    (prompt,) = (event for event in events if isinstance(event, PromptEvent))
    assert prompt.text.endswith("- Blade Runner was released in 1982.\nQuestion: who directed Blade Runner?\nAnswer:")
    assert isinstance(events[-1], FinishEvent)
    model.close()


def test_contexts_that_tell_nothing_are_refused_and_do_not_train_forever(tmp_path: Path) -> None:
    silent = replace(context(*FACTS[:3]), facts=())
    with pytest.raises(KnownError, match="None of 1 contexts"):
        train(replace(DATA, held_out_contexts=[silent]), tmp_path, RECIPE, compiled=False)
