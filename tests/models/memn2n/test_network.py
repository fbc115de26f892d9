"""The memory network against plain loops, its gradients, its file."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from memviz.core.errors import KnownError
from memviz.models.memn2n.config import MemN2NConfig
from memviz.models.memn2n.network import EndToEndMemoryNetwork

WORDS = tuple("abcdefgh")
STORY = [[1, 2, 3], [4, 2], [5, 6, 7, 8]]  # the newest first
QUESTION = [2, 5]


def network(**options) -> EndToEndMemoryNetwork:
    torch.manual_seed(0)
    return EndToEndMemoryNetwork(MemN2NConfig(**{"vocabulary": WORDS, "width": 6, "slots": 5, **options})).double()


def tensors(story=STORY, question=QUESTION, slots=5, length=4):
    sentences = torch.zeros(1, slots, length, dtype=torch.long)
    for at, words in enumerate(story):
        sentences[0, at, : len(words)] = torch.tensor(words)
    asked = torch.zeros(1, length, dtype=torch.long)
    asked[0, : len(question)] = torch.tensor(question)
    return sentences, asked


def encoded(words, matrix, position_encoding):
    """m of one sentence, equation by equation."""
    width, length = matrix.shape[1], len(words)
    total = [0.0] * width
    for j, word in enumerate(words, 1):
        for k in range(1, width + 1):
            weight = (1 - j / length) - (k / width) * (1 - 2 * j / length) if position_encoding else 1.0
            total[k - 1] += weight * matrix[word][k - 1]
    return total


def loops(made, story, question):
    """Logits and weights of one example."""
    config, width = made.config, made.config.width
    table, times = made.embeddings.detach().numpy(), made.times.detach().numpy()
    tied = config.tying == "adjacent"

    def matrix(number):
        return table[:, number * width : (number + 1) * width]

    def time(number, slot):
        return times[slot, number * width : (number + 1) * width]

    query = encoded(question, matrix(0 if tied else 2), config.position_encoding)
    weights = []
    for hop in range(config.hops):
        a = hop if tied else 0
        inputs = [
            np.add(encoded(words, matrix(a), config.position_encoding), time(a, slot))
            for slot, words in enumerate(story)
        ]
        outputs = [
            np.add(encoded(words, matrix(a + 1), config.position_encoding), time(a + 1, slot))
            for slot, words in enumerate(story)
        ]
        scores = [sum(q * m for q, m in zip(query, memory, strict=True)) for memory in inputs]
        powers = [math.exp(score - max(scores)) for score in scores]
        weight = [power / sum(powers) for power in powers]
        read = [sum(p * c[k] for p, c in zip(weight, outputs, strict=True)) for k in range(width)]
        if not tied:
            between = made.between_hops.detach().numpy()
            query = [sum(between[k][i] * query[i] for i in range(width)) for k in range(width)]
        query = [q + o for q, o in zip(query, read, strict=True)]
        if config.rectified:
            query = [value if k < width - width // 2 else max(0.0, value) for k, value in enumerate(query)]
        weights.append(weight)
    words = matrix(config.hops) if tied else made.answer.detach().numpy()
    return [sum(q * w for q, w in zip(query, row, strict=True)) for row in words], weights


@pytest.mark.parametrize("tying", ["adjacent", "layer-wise"])
@pytest.mark.parametrize("position_encoding", [True, False])
@pytest.mark.parametrize(("hops", "rectified"), [(1, False), (3, False), (3, True)])
def test_the_network_is_what_the_equations_say(tying: str, position_encoding: bool, hops: int, rectified: bool) -> None:
    made = network(tying=tying, position_encoding=position_encoding, hops=hops, rectified=rectified, width=7)
    reading = made(*tensors())
    logits, weights = loops(made, STORY, QUESTION)
    assert np.allclose(reading.logits.detach()[0], logits, atol=1e-9)
    assert np.allclose(reading.weights.detach()[0, :, :3], weights, atol=1e-9)
    assert (reading.weights[0, :, 3:] == 0).all()


def test_an_empty_slot_is_not_read_but_time_passes() -> None:
    made = network()
    with_gap = made(*tensors([STORY[0], [], STORY[1]]))
    assert (with_gap.weights[0, :, 1] == 0).all()
    assert not torch.allclose(with_gap.logits, made(*tensors(STORY[:2])).logits)


def test_no_sentence_at_all_reads_nothing() -> None:
    reading = network()(*tensors([]))
    assert (reading.weights == 0).all()
    assert torch.isfinite(reading.logits).all()


def test_a_linear_start_has_no_softmax() -> None:
    reading = network()(*tensors(), linear=True)
    assert (reading.weights < 0).any()
    assert (reading.weights[0, :, 3:] == 0).all()


def test_a_linear_start_rectifies_nothing() -> None:
    plain, rectified = network(), network(rectified=True)
    assert torch.equal(plain(*tensors(), linear=True).logits, rectified(*tensors(), linear=True).logits)
    assert not torch.equal(plain(*tensors()).logits, rectified(*tensors()).logits)


@pytest.mark.parametrize("tying", ["adjacent", "layer-wise"])
def test_gradients(tying: str) -> None:
    made = network(tying=tying, hops=2)
    names = [name for name, _ in made.named_parameters()]
    given = tensors()

    def logits(*values):
        return torch.func.functional_call(made, dict(zip(names, values, strict=True)), given).logits

    assert torch.autograd.gradcheck(logits, tuple(parameter for parameter in made.parameters()))


def test_padding_never_learns() -> None:
    made = network()
    made(*tensors()).logits[:, 1:].sum().backward()
    assert (made.embeddings.grad[0, : -made.config.width] == 0).all()


def test_saved_and_opened_again(tmp_path) -> None:
    made = network().float()
    made.save_pretrained(tmp_path)
    again = EndToEndMemoryNetwork.from_pretrained(tmp_path)
    assert again.config == made.config
    assert torch.equal(again(*tensors()).logits, made(*tensors()).logits)


@pytest.mark.parametrize("options", [{"width": 0}, {"tying": "none"}, {"vocabulary": ()}])
def test_what_makes_no_sense_is_refused(options: dict) -> None:
    with pytest.raises(KnownError):
        MemN2NConfig(**{"vocabulary": WORDS, **options})
