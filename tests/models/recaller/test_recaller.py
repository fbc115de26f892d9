"""A very small recaller: its examples, that it learns by heart, goes on where it stopped, and opens as a model."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from memviz.core.errors import KnownError
from memviz.core.facts import Fact
from memviz.core.protocols import NO_RECALL
from memviz.models.feed_forward.answers import answers
from memviz.models.reader.tokens import EOS, IGNORED, train_tokenizer
from memviz.models.recaller.examples import ExampleMaker
from memviz.models.recaller.phrasings import PHRASINGS, LearnedFact, learned_facts, texts
from memviz.models.recaller.recipe import RecallerRecipe
from memviz.models.recaller.train import RecallerTraining
from memviz.models.training.fit import Report, fit

NAMES = ("Blade Runner", "Alien", "The Piano", "Inside Out", "Up", "In the Mood for Love")
FACTS = [
    LearnedFact(name, relation, f"{'Ridley Scott' if number % 2 else 'Jane Campion'} {number // 2}")
    for number, name in enumerate(NAMES)
    for relation in ("directed_by", "written_by")
]
RECIPE = RecallerRecipe(
    movies=6,
    vocabulary=320,
    width=32,
    layers=3,
    heads=2,
    feed_forward=64,
    rounds=40,
    batch=6,
    before=0.3,
    gathered=0.5,
    gathering=1,
    rate=5e-3,
    matrix_rate=1e-2,
)


def maker(**shares: float) -> ExampleMaker:
    tokenizer = train_tokenizer(texts(FACTS), 320, spaced=True)
    return ExampleMaker(FACTS, tokenizer, random.Random(0), **({"before": 0.0, "gathered": 0.0} | shares))


def test_clear_facts_of_the_best_known_movies() -> None:
    facts = [
        Fact("Alien", "directed_by", ("Ridley Scott",)),
        Fact("Alien", "release_year", ("1979",)),
        Fact("Alien", "written_by", ("Dan O'Bannon", "Ronald Shusett")),
        Fact("Up", "directed_by", ("Pete Docter",)),
        Fact("Up", "release_year", ("2009",)),
        Fact("Up", "has_tags", ("pixar", "dog")),
        Fact("Hulk", "directed_by", ("Ang Lee", "Louis Leterrier")),
        Fact("Hulk", "release_year", ("2003",)),
        Fact("Hulk", "has_tags", ("comics", "green", "rage")),
    ]
    assert [(fact.subject, fact.relation) for fact in learned_facts(facts, 5)] == [
        ("Up", "directed_by"),
        ("Up", "release_year"),
        ("Alien", "directed_by"),
        ("Alien", "release_year"),
    ]
    assert {fact.subject for fact in learned_facts(facts, 1)} == {"Up"}


def test_one_phrasing_of_each_fact_is_held_out_and_never_trained() -> None:
    assert {fact.held_out for fact in FACTS} > {0, 1}
    made = maker()
    decode = made._backend.decode
    trained = " ".join(decode(row.tolist()) for batch in made.training(8) for row in batch.ids).lower()
    for fact in FACTS:
        assert sorted([*fact.trained, fact.held_out]) == list(range(len(PHRASINGS[fact.relation])))
        for phrasing in range(len(PHRASINGS[fact.relation])):
            said = fact.prompt(phrasing).removesuffix("?").lower()
            assert (said in trained) == (phrasing != fact.held_out)


def test_targets_are_the_answers_with_their_end() -> None:
    made = maker(before=0.5)
    count = 0
    for batch in made.training(5):
        for ids, targets in zip(batch.ids, batch.targets, strict=True):
            answer = targets[targets != IGNORED].tolist()
            at = (targets != IGNORED).nonzero()[:, 0].tolist()
            assert answer[-1] == EOS
            assert ids[at[1] : at[-1] + 1].tolist() == answer[:-1]
            assert made._backend.decode(answer).strip() in {fact.answer for fact in FACTS}
            count += 1
    assert count == 3 * len(FACTS)


def blind_spots(mask: torch.Tensor) -> tuple[set[int], set[int]]:
    """Which tokens do not see which earlier ones; mask [T, T]."""
    assert not mask.triu(1).any()
    blind = (mask | torch.ones_like(mask).triu(1)).logical_not().nonzero()
    return set(blind[:, 0].tolist()), set(blind[:, 1].tolist())


def test_behind_a_gathered_title_only_its_last_token_is_seen_and_that_late() -> None:
    made = maker(gathered=1.0, before=0.5)
    for batch in made.training(5):
        for ids, early, late in zip(batch.ids, batch.early[:, 0], batch.late[:, 0], strict=True):
            behind, title = blind_spots(early)
            assert made._backend.decode(ids[min(title) : max(title) + 1].tolist()).strip() in NAMES
            assert behind == set(range(max(title) + 1, len(ids)))
            assert blind_spots(late)[1] == title - {max(title)}


def test_without_gathering_it_reads_as_the_model_does() -> None:
    training = RecallerTraining(FACTS, replace(RECIPE, gathered=0.0))
    batch = next(training._examples.training(6))
    with torch.no_grad():
        logits, targets = training._logits(batch)
        plain = training.model(batch.ids, attention_mask=torch.ones_like(batch.ids)).logits
    asked = batch.targets != IGNORED
    torch.testing.assert_close(logits, plain[asked], atol=1e-5, rtol=0.0)
    assert targets.tolist() == batch.targets[asked].tolist()


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Report]]:
    reports: list[Report] = []
    folder = tmp_path_factory.mktemp("recaller")
    fit(RecallerTraining(FACTS, replace(RECIPE, rounds=4)), folder, rounds=2, watch="error", report=reports.append)
    fit(RecallerTraining(FACTS, RECIPE), folder, rounds=40, watch="error", report=reports.append)
    return folder, reports


def test_it_learns_by_heart_and_goes_on_where_it_stopped(trained: tuple[Path, list[Report]]) -> None:
    folder, reports = trained
    assert [report.round for report in reports] == list(range(1, 41))
    assert reports[0].figures["error"] > 0.8
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    assert result["error"] <= 0.05
    assert result["error_held_out"] <= 0.4
    assert json.loads((folder / "recipe.json").read_text(encoding="utf-8"))["gathered"] == RECIPE.gathered


def test_what_is_saved_opens_and_answers(trained: tuple[Path, list[Report]]) -> None:
    folder = trained[0]
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    asked = [(fact.prompt(phrasing), fact.answer) for fact in FACTS for phrasing in fact.trained]
    told = answers(model, tokenizer, [prompt for prompt, _ in asked])
    assert sum(one == answer for one, (_, answer) in zip(told, asked, strict=True)) >= 0.95 * len(asked)
    about = json.loads((folder / "memviz.json").read_text(encoding="utf-8"))
    assert (about["recall"], about["task"]) == (NO_RECALL, "recaller")


def test_no_fact_is_no_training() -> None:
    with pytest.raises(KnownError, match="no fact to learn"):
        RecallerTraining([], RECIPE)


def test_a_title_must_be_read_somewhere() -> None:
    with pytest.raises(KnownError, match="--gathering"):
        RecallerTraining(FACTS, replace(RECIPE, gathering=3))


def test_a_sentence_that_is_too_long_is_said() -> None:
    with pytest.raises(KnownError, match="--length"):
        RecallerTraining(FACTS, replace(RECIPE, length=6)).round()
