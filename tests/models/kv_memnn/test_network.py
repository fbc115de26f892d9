"""The key-value memory network against plain loops, its gradients, its file."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from memviz.core.errors import KnownError
from memviz.models.kv_memnn.codes import Codes, code_of
from memviz.models.kv_memnn.config import KVConfig
from memviz.models.kv_memnn.network import Hashed, KeyValueMemoryNetwork


def network(hops: int = 2) -> KeyValueMemoryNetwork:
    torch.manual_seed(0)
    config = KVConfig(
        vocabulary=("who", "directed", "wrote"),
        weights=(0.2, 0.9, 0.8),
        relations=("directed_by", "written_by"),
        code_width=6,
        word_width=3,
        hops=hops,
    )
    made = KeyValueMemoryNetwork(config).double()
    with torch.no_grad():  # nothing is zero
        for parameter in made.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
        made.words.weight[0] = 0.0
        made.strengths.fill_(0.3)
        made.mentioned.fill_(-0.7)
    return made


def hashed() -> Hashed:
    torch.manual_seed(1)
    names = torch.nn.functional.normalize(torch.randn(1, 5, 6, dtype=torch.float64), dim=-1)
    return Hashed(
        words=torch.tensor([[1, 2, 0]]),
        names=names,
        mentions=torch.tensor([[0.9, 0.0, 0.3, 0.0, 0.0]], dtype=torch.float64),
        keys=torch.tensor([[0, 0, 2, 1, 0]]),
        relations=torch.tensor([[0, 1, 3, 2, 0]]),
        values=torch.tensor([[1, 3, 4, 0, 0]]),
        there=torch.tensor([[True, True, True, True, False]]),
        candidates=torch.tensor([[True, True, False, True, True]]),
    )


def loops(made: KeyValueMemoryNetwork, given: Hashed) -> tuple[list[float], list[list[float]]]:
    """Scores of the names and weights of the hops, number by number."""
    names = given.names[0].numpy()
    table = {name: value.detach().numpy() for name, value in made.named_parameters()}

    def mapped(vector, matrix):
        return [sum(vector[i] * matrix[i][j] for i in range(len(vector))) for j in range(len(matrix[0]))]

    query = [0.0] * made.config.width
    for word in given.words[0].tolist():
        if word:
            query = [
                q + made.config.weights[word - 1] * x for q, x in zip(query, table["words.weight"][word], strict=True)
            ]
    for name, weight in zip(names, given.mentions[0].tolist(), strict=True):
        query = [q + weight * x for q, x in zip(query, mapped(name, table["key_map"]), strict=True)]
    weights = []
    slots = [slot for slot in range(5) if given.there[0, slot]]
    for hop in range(made.config.hops):
        scores = []
        for slot in slots:
            key = np.add(
                mapped(names[given.keys[0, slot]], table["key_map"]), table["relations"][given.relations[0, slot]]
            )
            scores.append(math.exp(table["strengths"][hop]) * sum(q * k for q, k in zip(query, key, strict=True)))
        powers = [math.exp(score) for score in scores]
        weight = [power / sum(powers) for power in powers]
        output = [0.0] * len(query)
        for slot, p in zip(slots, weight, strict=True):
            value = mapped(names[given.values[0, slot]], table["value_map"])
            output = [o + p * v for o, v in zip(output, value, strict=True)]
        joined = [q + o for q, o in zip(query, output, strict=True)]
        matrix = table["updates"][hop]
        query = [sum(matrix[i][j] * joined[j] for j in range(len(joined))) for i in range(len(joined))]
        weights.append(weight)
    scores = [
        math.exp(table["strengths"][-1])
        * sum(q * y for q, y in zip(query, mapped(name, table["answer_map"]), strict=True))
        + float(table["mentioned"]) * mentioned
        for name, mentioned in zip(names, given.mentions[0].tolist(), strict=True)
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


def test_a_fresh_network_finds_the_value_of_a_name_by_its_code() -> None:
    torch.manual_seed(0)
    made = KeyValueMemoryNetwork(KVConfig(relations=("is",), code_width=256, word_width=4))
    codes = Codes(256, ["a", "b", "c", "d"])
    given = Hashed(
        words=torch.zeros(1, 1, dtype=torch.long),
        names=codes.matrix[None],
        mentions=torch.tensor([[0.0, 1.0, 0.0, 0.0]]),
        keys=torch.tensor([[0, 1]]),
        relations=torch.zeros(1, 2, dtype=torch.long),
        values=torch.tensor([[2, 3]]),
        there=torch.ones(1, 2, dtype=torch.bool),
        candidates=torch.tensor([[False, False, True, True]]),
    )
    found = made(given)
    assert found.weights[0, 0].argmax() == 1
    assert codes.names[found.scores[0].argmax()] == "d"


def test_codes_are_the_same_everywhere_and_nearly_orthogonal() -> None:
    codes = Codes(256, [f"name {number}" for number in range(50)])
    assert codes.row("name 3") == 3
    assert np.allclose(codes.matrix[3], code_of("name 3", 256))
    assert code_of("星球大战", 4).tolist() == pytest.approx(code_of("星球大战", 4).tolist())
    cosines = (codes.matrix @ codes.matrix.T).fill_diagonal_(0.0)
    assert cosines.abs().max() < 0.35


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
