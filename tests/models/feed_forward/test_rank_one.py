"""A rank-one edit follows its formula, leaves the weights as they were, and edits a fact of the shipped recaller."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer

from memviz.core.errors import Cancelled, KnownError
from memviz.core.neurons import CheckPrompt, EditOutcome, FactEdit
from memviz.models.feed_forward.answers import answers, prompt_ids
from memviz.models.feed_forward.capture import capture
from memviz.models.feed_forward.fact_tokens import fact_tokens
from memviz.models.feed_forward.layers import FeedForwardLayers, find_layers
from memviz.models.feed_forward.rank_one import EditSettings, key_moments, rank_one_edit
from memviz.models.feed_forward.trials import answers_before, best_edit, outcome
from memviz.models.feed_forward.weights import EditedWeights
from memviz.models.recaller.phrasings import LearnedFact, learned_facts, texts
from memviz.session.bundled import model_folder, packed_facts
from tests.models.tiny import SENTENCES, sentencepiece_tokenizer, tiny_model, tiny_tokenizer

FACT = FactEdit("Blade Runner was directed by", "Blade Runner", "Jane Campion")
FAMILIES = ["gpt2", "llama", "gemma2", "falcon"]


def copied(layers: FeedForwardLayers) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in layers.model.state_dict().items()}


def unchanged(layers: FeedForwardLayers, before: dict[str, Tensor]) -> bool:
    return all(torch.equal(tensor, before[name]) for name, tensor in layers.model.state_dict().items())


@pytest.mark.parametrize("name", FAMILIES)
def test_the_moments_are_those_of_the_keys_of_all_tokens(name: str) -> None:
    layers, tokenizer = find_layers(tiny_model(name)), tiny_tokenizer()
    moments = key_moments(layers, tokenizer, SENTENCES[:2], 1)
    keys = []
    for text in SENTENCES[:2]:
        ids = tokenizer(text)["input_ids"]
        for length in range(1, len(ids) + 1):
            with capture(layers) as seen, torch.no_grad():
                layers.model(torch.tensor([ids[:length]]))
            keys.append(seen.activations[1].double())
    expected = torch.stack([torch.outer(key, key) for key in keys]).mean(0)
    torch.testing.assert_close(moments, expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_edit_follows_the_formula_and_changes_the_answer(name: str) -> None:
    layers, tokenizer = find_layers(tiny_model(name)), tiny_tokenizer()
    before = copied(layers)
    moments = key_moments(layers, tokenizer, SENTENCES, 0)
    prefixes = ("", "Alien was released in 1979.")
    edit = rank_one_edit(
        layers, tokenizer, replace(FACT, prefixes=prefixes), 0, moments, settings=EditSettings(ridge=0.1, steps=5)
    )
    assert unchanged(layers, before)
    assert all(parameter.requires_grad for parameter in layers.model.parameters())
    keys = []
    for prefix in prefixes:
        ids = tokenizer((prefix + " " if prefix else "") + "Blade Runner")["input_ids"]
        with capture(layers) as seen, torch.no_grad():
            layers.model(torch.tensor([ids]))
        keys.append(seen.activations[0].double())
    key = torch.stack(keys).mean(0)
    covariance = moments + 0.1 * moments.diagonal().mean() * torch.eye(layers.neurons, dtype=torch.float64)
    direction = torch.linalg.inv(covariance) @ key
    torch.testing.assert_close(torch.tensor(edit.right).double(), direction / (direction @ key), atol=1e-4, rtol=1e-3)
    weights = EditedWeights(layers)
    old = layers.weight(0).detach().clone()
    weights.apply(edit)
    new_value = layers.weight(0).detach().double() @ key  # W' k* = v*
    torch.testing.assert_close(new_value - old.double() @ key, torch.tensor(edit.left).double(), atol=1e-3, rtol=1e-3)
    assert torch.linalg.matrix_rank(layers.weight(0).detach() - old, rtol=1e-3) == 1
    weights.undo()
    assert unchanged(layers, before)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_new_value_makes_a_new_object_likelier(name: str) -> None:
    layers, tokenizer = find_layers(tiny_model(name)), tiny_tokenizer()
    moments = key_moments(layers, tokenizer, SENTENCES, 0)
    edit = rank_one_edit(layers, tokenizer, FACT, 0, moments)
    (row,) = fact_tokens(tokenizer, FACT)

    def likelihood() -> float:
        ids = torch.tensor([row.ids])
        with torch.no_grad():
            logprobs = layers.model(ids).logits[0].log_softmax(-1)
        return sum(logprobs[at - 1, row.ids[at]].item() for at in range(row.target, len(row.ids)))

    before = likelihood()
    weights = EditedWeights(layers)
    weights.apply(edit)
    assert likelihood() > before + 1.0


def test_edits_are_taken_back_one_after_the_other_bit_by_bit() -> None:
    layers, tokenizer = find_layers(tiny_model("llama")), tiny_tokenizer()
    moments = key_moments(layers, tokenizer, SENTENCES, 0)
    edits = [
        rank_one_edit(layers, tokenizer, replace(FACT, target=target), 0, moments, settings=EditSettings(steps=3))
        for target in ("Ridley", "Jane")
    ]
    weights, states = EditedWeights(layers), [copied(layers)]
    for edit in edits:
        weights.apply(edit)
        states.append(copied(layers))
    assert weights.edits == tuple(edits)
    assert not unchanged(layers, states[1])
    assert weights.undo() is edits[1]
    assert unchanged(layers, states[1])
    assert not unchanged(layers, states[0])
    weights.undo_all()
    assert unchanged(layers, states[0])
    assert weights.undo() is None


def test_memory_that_is_used_up_in_an_edit_leaves_no_half_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    layers, tokenizer = find_layers(tiny_model("llama")), tiny_tokenizer()
    moments = key_moments(layers, tokenizer, SENTENCES, 0)
    edit = rank_one_edit(layers, tokenizer, FACT, 0, moments, settings=EditSettings(steps=1))
    weights, before = EditedWeights(layers), copied(layers)

    def full(*_: Tensor) -> Tensor:
        raise torch.OutOfMemoryError("out of memory")

    with monkeypatch.context() as patch:
        patch.setattr(torch, "outer", full)
        with pytest.raises(KnownError, match="memory is used up"):
            weights.apply(edit)
    assert weights.edits == ()
    assert unchanged(layers, before)
    weights.apply(edit)
    assert weights.edits == (edit,)


def test_where_the_subject_ends_and_the_object_begins() -> None:
    tokenizer = tiny_tokenizer()
    first, second = fact_tokens(tokenizer, replace(FACT, prefixes=("", "Alien was released in 1979.")), end=(2,))
    for row, before in ((first, "Blade Runner"), (second, "Alien was released in 1979. Blade Runner")):
        assert tokenizer.decode(row.ids[: row.subject + 1]) == before
        assert tokenizer.decode(row.ids[row.target : -1]) == " Jane Campion"
        assert row.ids[-1] == 2
    spaced = sentencepiece_tokenizer()
    (row,) = fact_tokens(spaced, FACT)
    assert spaced.decode(row.ids[: row.subject + 1]) == "Blade Runner"
    assert spaced.decode(row.ids[row.target :]).strip() == "Jane Campion"


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (replace(FACT, subject="Alien"), "does not hold the subject “Alien”"),
        (replace(FACT, subject=" "), "does not hold the subject"),
        (replace(FACT, target=" "), "no new object"),
        (replace(FACT, prefixes=()), "no prefix"),
        (replace(FACT, keep=("Alien was released in",)), "does not hold the subject “Blade Runner”"),
    ],
)
def test_a_fact_that_cannot_be_edited_is_said(fact: FactEdit, words: str) -> None:
    layers, tokenizer = find_layers(tiny_model("gpt2")), tiny_tokenizer()
    moments = torch.eye(layers.neurons, dtype=torch.float64)
    with pytest.raises(KnownError, match=words):
        rank_one_edit(layers, tokenizer, fact, 0, moments)


def test_texts_are_needed_and_layers_named() -> None:
    layers, tokenizer = find_layers(tiny_model("gpt2")), tiny_tokenizer()
    with pytest.raises(KnownError, match="at least one"):
        key_moments(layers, tokenizer, [], 0)
    with pytest.raises(KnownError, match="no layer 3"):
        key_moments(layers, tokenizer, SENTENCES, 2)


def test_answers_are_those_of_generate() -> None:
    model, tokenizer = tiny_model("qwen2"), tiny_tokenizer()
    prompts = ["Blade Runner was", "Alien was released in", "Facts", "Blade Runner is"]
    for prompt, answer in zip(prompts, answers(model, tokenizer, prompts, max_tokens=5), strict=True):
        ids = torch.tensor([tokenizer(prompt)["input_ids"]])
        generated = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=5, do_sample=False)
        text = tokenizer.decode(generated[0], skip_special_tokens=True)[len(prompt) :]
        assert answer == text.split("</s>")[0].strip().split("\n")[0].strip()


class Recaller:
    """The model that ships, with its facts."""

    def __init__(self) -> None:
        folder = model_folder("movies-recaller")
        self.layers = find_layers(AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval())
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.facts = learned_facts(packed_facts("movies"), 400)

    def checks(self, fact: LearnedFact, new: str, neighbours: int = 60) -> list[CheckPrompt]:
        others = [one for one in self.facts if one.relation == fact.relation and one.subject != fact.subject]
        chosen = random.Random(3).sample(others, neighbours)
        return [
            CheckPrompt("edited", fact.prompt(0), new),
            *(CheckPrompt("paraphrase", fact.prompt(phrasing), new) for phrasing in (1, 2, 3)),
            *(CheckPrompt("neighbour", one.prompt(number % 4)) for number, one in enumerate(chosen)),
        ]

    def fact_edit(self, fact: LearnedFact, new: str) -> FactEdit:
        same = [one for one in self.facts if one.subject == fact.subject and one.relation != fact.relation]
        return FactEdit(fact.prompt(0), fact.subject, new, keep=tuple(one.prompt(0) for one in same))

    def texts(self) -> list[str]:
        return texts(random.Random(4).sample(self.facts, 100))


@pytest.fixture(scope="module")
def recaller() -> Recaller:
    return Recaller()


def test_the_recaller_knows_its_facts(recaller: Recaller) -> None:
    some = random.Random(5).sample(recaller.facts, 100)
    asked = [(one.prompt(phrasing), one.answer) for one in some for phrasing in range(4)]
    told = answers(recaller.layers.model, recaller.tokenizer, [prompt for prompt, _ in asked])
    assert sum(one == answer for one, (_, answer) in zip(told, asked, strict=True)) >= 0.98 * len(asked)


def test_an_edited_fact_follows_in_all_phrasings_and_neighbours_stay(recaller: Recaller) -> None:
    (fact,) = (one for one in recaller.facts if (one.subject, one.relation) == ("Blade Runner", "directed_by"))
    before = copied(recaller.layers)
    checks = recaller.checks(fact, "Jane Campion")
    tried: list[EditOutcome] = []
    best = best_edit(
        recaller.layers,
        recaller.tokenizer,
        recaller.fact_edit(fact, "Jane Campion"),
        checks,
        recaller.texts(),
        tried=(0, 1),
        report=tried.append,
    )
    assert unchanged(recaller.layers, before)
    assert [one.edit.layer for one in tried] == [0, 1]
    assert best in tried
    assert {check.before for check in best.checks if check.kind != "neighbour"} == {"Ridley Scott"}
    assert best.share("edited") == 1.0
    assert best.share("paraphrase") == 1.0
    assert best.share("neighbour") >= 0.95
    # Another table for the same edit: prompts that did not choose its layer.
    again = [CheckPrompt("paraphrase", "Who directed Blade Runner", "Jane Campion")]
    independent = outcome(
        recaller.layers,
        recaller.tokenizer,
        best.edit,
        again,
        answers_before(recaller.layers, recaller.tokenizer, again),
    )
    assert independent.share("paraphrase") == 1.0


def test_a_cancelled_trial_leaves_the_weights(recaller: Recaller) -> None:
    fact = recaller.facts[0]
    before = copied(recaller.layers)

    def cancel(done: int, total: int, words: str) -> None:
        if done:
            raise Cancelled

    with pytest.raises(Cancelled):
        best_edit(
            recaller.layers,
            recaller.tokenizer,
            recaller.fact_edit(fact, "1901"),
            recaller.checks(fact, "1901", 2),
            recaller.texts()[:3],
            progress=cancel,
        )
    assert unchanged(recaller.layers, before)


def test_what_is_too_long_is_said_and_long_texts_are_cut() -> None:
    layers, tokenizer = find_layers(tiny_model("gpt2", n_positions=16)), tiny_tokenizer()
    long = " ".join(SENTENCES)
    assert len(tokenizer(long)["input_ids"]) > 16
    cut = tokenizer(long, truncation=True, max_length=16)["input_ids"]
    moments = key_moments(layers, tokenizer, [long], 0)
    torch.testing.assert_close(moments, key_moments(layers, tokenizer, [tokenizer.decode(cut)], 0))
    with pytest.raises(KnownError, match="the model reads 16"):
        answers(layers.model, tokenizer, ["Blade Runner", long])
    with pytest.raises(KnownError, match="use a shorter one"):
        best_edit(layers, tokenizer, replace(FACT, target=long), [], SENTENCES)


def test_a_prompt_that_begins_with_the_beginning_token_is_not_given_another(recaller: Recaller) -> None:
    plain = prompt_ids(recaller.tokenizer, "Blade Runner is")
    assert plain[0] == recaller.tokenizer.bos_token_id
    assert prompt_ids(recaller.tokenizer, f"{recaller.tokenizer.bos_token}Blade Runner is") == plain
