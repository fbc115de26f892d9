"""The key-value memory network against plain loops, its gradients, its file."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from memviz.core.errors import KnownError
from memviz.models.kv_memnn.config import KVConfig
from memviz.models.kv_memnn.network import Hashed, KeyValueMemoryNetwork


def network(hops: int = 2) -> KeyValueMemoryNetwork:
    torch.manual_seed(0)
    config = KVConfig(
        vocabulary=("who", "directed", "wrote"),
        weights=(0.2, 0.9, 0.8),
        relations=("directed_by", "written_by"),
        word_width=3,
        hops=hops,
    )
    made = KeyValueMemoryNetwork(config).double()
    with torch.no_grad():  # nothing is zero
        for parameter in made.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
        made.words.weight[0] = 0.0
        made.mentioned.fill_(-0.7)
    return made


def hashed() -> Hashed:
    return Hashed(
        words=torch.tensor([[1, 2, 0]]),
        mentions=torch.tensor([[0.9, 0.0, 0.3, 0.0, 0.0]], dtype=torch.float64),
        keys=torch.tensor([[0, 0, 2, 1, 0]]),
        relations=torch.tensor([[0, 1, 3, 2, 0]]),
        values=torch.tensor([[1, 3, 4, 0, 0]]),
        there=torch.tensor([[True, True, True, True, False]]),
        candidates=torch.tensor([[True, True, False, True, True]]),
    )


def loops(made: KeyValueMemoryNetwork, given: Hashed) -> tuple[list[float], list[list[float]]]:
    """Scores of the names and weights of the hops, number by number."""
    table = {name: value.detach().numpy() for name, value in made.named_parameters()}
    mentions = given.mentions[0].tolist()
    names = list(mentions)
    said = [0.0] * 3
    for word in given.words[0].tolist():
        for at in range(3):
            said[at] += made.config.weights[word - 1] * table["words.weight"][word][at] if word else 0.0
    slots = [slot for slot in range(5) if given.there[0, slot]]
    weights = []
    for hop in range(made.config.hops):
        powers = []
        for slot in slots:
            name, relation = given.keys[0, slot], table["relations"][given.relations[0, slot]]
            by_name = math.exp(table["strengths"][hop]) * names[name]
            powers.append(math.exp(by_name + sum(q * r for q, r in zip(said, relation, strict=True))))
        weight = [power / sum(powers) for power in powers]
        read = [0.0] * 5
        for slot, p in zip(slots, weight, strict=True):
            read[given.values[0, slot]] += p
        names = [r / max(read) + table["kept"][hop] * n for r, n in zip(read, names, strict=True)]
        if hop < made.config.hops - 1:
            said = [sum(table["updates"][hop][i][j] * said[j] for j in range(3)) for i in range(3)]
        weights.append(weight)
    scores = [
        math.exp(table["strengths"][-1]) * name + float(table["mentioned"]) * mention
        for name, mention in zip(names, mentions, strict=True)
    ]
    return scores, weights


@pytest.mark.parametrize("hops", [1, 2, 3])
def test_the_network_is_what_the_equations_say(hops: int) -> None:
    made, given = network(hops), hashed()
    found = made(given)
    scores, weights = loops(made, given)
    assert np.allclose(found.weights.detach()[0, :, :4], weights, atol=1e-9)
    assert (found.weights[0, :, 4] == 0).all()
    candidates = given.candidates[0]
    assert np.allclose(found.scores.detach()[0][candidates], np.array(scores)[candidates], atol=1e-9)
    assert torch.isinf(found.scores[0, ~candidates]).all()


def test_gradients() -> None:
    made, given = network(), hashed()
    names = [name for name, _ in made.named_parameters()]

    def scores(*values):
        found = torch.func.functional_call(made, dict(zip(names, values, strict=True)), (given,))
        return found.scores[given.candidates], found.weights

    assert torch.autograd.gradcheck(scores, tuple(made.parameters()))


def test_weights_of_a_hop_sum_to_one_and_names_do_not_blur() -> None:
    """A name that a thousand slots do not mention gets nothing, however many there are."""
    torch.manual_seed(0)
    made = KeyValueMemoryNetwork(KVConfig(relations=("is",), hops=1))
    with torch.no_grad():
        made.strengths[0] = 4.0
    count = 1_000
    given = Hashed(
        words=torch.zeros(1, 1, dtype=torch.long),
        mentions=torch.nn.functional.one_hot(torch.tensor([7]), 2 * count).float(),
        keys=torch.arange(count)[None],
        relations=torch.zeros(1, count, dtype=torch.long),
        values=torch.arange(count, 2 * count)[None],
        there=torch.ones(1, count, dtype=torch.bool),
        candidates=torch.arange(2 * count)[None] >= count,
    )
    found = made(given)
    assert found.weights.sum().item() == pytest.approx(1.0)
    assert found.weights[0, 0, 7] > 0.99
    assert found.scores[0].argmax() == count + 7


def test_saved_and_opened_again(tmp_path) -> None:
    made, given = network(), hashed()
    made.save_pretrained(tmp_path)
    again = KeyValueMemoryNetwork.from_pretrained(tmp_path).double()
    assert again.config == made.config
    assert torch.allclose(again(given).weights, made(given).weights)


def test_sizes_that_make_no_sense_are_refused() -> None:
    with pytest.raises(KnownError, match="hops"):
        KVConfig(hops=0)
    with pytest.raises(KnownError, match="relation"):
        KVConfig(relations=())
    with pytest.raises(KnownError, match="weight"):
        KVConfig(vocabulary=("a",))
