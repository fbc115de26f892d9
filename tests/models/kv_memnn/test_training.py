"""A very small training: which relation is asked for, of names that were never seen."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import torch

from memviz.core.facts import Fact
from memviz.core.graph import KnowledgeGraph
from memviz.models.kv_memnn.data import Hasher, Reached, batched, inverse_frequencies, question_terms
from memviz.models.kv_memnn.network import KeyValueMemoryNetwork
from memviz.models.kv_memnn.recipe import KVRecipe
from memviz.models.kv_memnn.train import AskedFacts, KVTraining, hits_at_1
from memviz.models.training.fit import fit

FACTS = [
    fact
    for number in range(80)
    for fact in (
        Fact(f"Movie {number}", "directed_by", (f"Director {number % 37}",)),
        Fact(f"Movie {number}", "written_by", (f"Writer {number}",)),
        Fact(f"Movie {number}", "release_year", (str(1950 + number % 20),)),
    )
]
GRAPH = KnowledgeGraph(FACTS)
WORDS = {"directed_by": "who directed", "written_by": "who wrote", "release_year": "when was released"}


RELATIONS = tuple(WORDS)


def asked(text: str, answers: tuple[str, ...], hops: int) -> AskedFacts:
    mentions = tuple(GRAPH.mentions(text))
    names = [name for mention in mentions for name in mention.names]
    found = dict.fromkeys(triple.fact for layer in GRAPH.near(names, hops, hub=50) for triple in layer)
    return AskedFacts(text, answers, mentions, tuple(FACTS[number] for number in found))


def reach(network: KeyValueMemoryNetwork, text: str, facts: Sequence[Fact], answers: Sequence[str] = ()) -> Reached:
    graph, hasher = KnowledgeGraph(facts), Hasher(network.config)
    mentions = graph.mentions(text)
    return hasher.reach(text, mentions, hasher.slots(graph, mentions), answers)


def one_hop() -> list[AskedFacts]:
    return [asked(f"{WORDS[fact.relation]} {fact.subject}", fact.objects, 1) for fact in FACTS]


def two_hops() -> list[AskedFacts]:
    by = {(fact.subject, fact.relation): fact.objects for fact in FACTS}
    made = []
    for subject in [fact.subject for fact in FACTS if fact.relation == "written_by"]:
        writer = by[subject, "written_by"][0]
        made.append(asked(f"who directed the films that {writer} wrote", by[subject, "directed_by"], 2))
        made.append(asked(f"when were the films released that {writer} wrote", by[subject, "release_year"], 2))
    return made


def trained(folder: Path, questions: list[AskedFacts], **options) -> tuple[KVTraining, dict[str, float]]:
    sizes = {"word_width": 8, "epochs": 15, "rate": 1e-2, **options}
    recipe = KVRecipe(**sizes, least_count=1, batch=16)
    training = KVTraining(questions, RELATIONS, recipe)
    return training, fit(training, folder, rounds=recipe.epochs, watch="error")


def test_one_hop_is_learned_and_holds_for_names_that_no_training_saw(tmp_path: Path) -> None:
    _, figures = trained(tmp_path, one_hop())
    assert figures["error"] < 0.1
    network = KeyValueMemoryNetwork.from_pretrained(tmp_path)
    facts = [Fact("银翼杀手", "directed_by", ("雷德利",)), Fact("银翼杀手", "written_by", ("菲利普",))]
    asked_twice = {"who directed 银翼杀手": "雷德利", "who wrote 银翼杀手": "菲利普"}
    reached = [reach(network, text, facts, [answer]) for text, answer in asked_twice.items()]
    assert hits_at_1(network, reached) == 1.0


def test_two_hops_are_learned(tmp_path: Path) -> None:
    _, figures = trained(tmp_path, two_hops() * 3, hops=2, rate=3e-3)
    assert figures["error"] < 0.1


def test_a_state_continues() -> None:
    recipe = KVRecipe(word_width=4, epochs=3, least_count=1)
    whole = KVTraining(one_hop(), RELATIONS, recipe)
    losses = [whole.round() for _ in range(2)]
    half = KVTraining(one_hop(), RELATIONS, recipe)
    half.round()
    other = KVTraining(one_hop(), RELATIONS, recipe)
    other.restore(half.state())
    assert other.round() == losses[1]


def test_a_question_that_reaches_nothing_is_a_row_of_zeros() -> None:
    training = KVTraining(one_hop(), RELATIONS, KVRecipe(word_width=4, least_count=1))
    nothing = reach(training.network, "who directed nothing", ())
    hashed, right = batched([nothing, reach(training.network, "who directed Movie 3", FACTS[9:12])])
    found = training.network(hashed)
    assert (found.weights[0] == 0).all()
    assert torch.isfinite(found.names).all()
    assert not right[0].any()


def test_terms_say_where_the_name_stands() -> None:
    mentions = GRAPH.mentions("who directed the films Writer 3 wrote")
    terms = question_terms("who directed the films Writer 3 wrote", mentions)
    assert {"directed", "directed the", "films □", "□ wrote", "wrote $", "^ who"} <= set(terms)
    assert not {"3", "writer"} & set(terms)


def test_frequent_terms_count_less() -> None:
    weights = inverse_frequencies([["who", "wrote"], ["who", "directed"], ["who", "wrote"]])
    assert weights["who"] == 0.0
    assert 0 < weights["wrote"] < weights["directed"] == 1.0


def test_the_order_of_questions_is_random_but_repeatable() -> None:
    questions = one_hop()
    random.Random(1).shuffle(questions)
    recipe = KVRecipe(word_width=4, least_count=1)
    assert KVTraining(questions, RELATIONS, recipe).round() == KVTraining(questions, RELATIONS, recipe).round()
