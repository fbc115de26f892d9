"""Choosing tokens: greedy, nucleus, seeds."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from memviz.core.errors import KnownError
from memviz.core.events import OutputEvent
from memviz.core.query import Query
from memviz.models.answering.sampling import Sampler, nucleus
from tests.models.tiny import entries, tiny_model, wrapped


def _nucleus_oracle(logits: np.ndarray, top_p: float) -> np.ndarray:
    """Most probable first, until the mass is reached."""
    probabilities = np.exp(logits - logits.max())
    probabilities /= probabilities.sum()
    kept, mass = np.zeros_like(probabilities), 0.0
    for token in np.argsort(-probabilities, kind="stable"):
        if mass >= top_p:
            break
        kept[token] = probabilities[token]
        mass += probabilities[token]
    return kept / kept.sum()


@given(
    st.lists(st.floats(-8, 8, width=32), min_size=1, max_size=30, unique=True),
    st.sampled_from([0.05, 0.3, 0.5, 0.77, 0.95, 1.0]),
)
def test_nucleus_against_a_plain_loop(logits: list[float], top_p: float) -> None:
    oracle = _nucleus_oracle(np.array(logits, dtype=np.float64), top_p)
    ours = nucleus(torch.tensor(logits, dtype=torch.float64), top_p).numpy()
    np.testing.assert_allclose(ours, oracle, atol=1e-9)


def test_greedy_takes_the_first_of_equals_and_tells_the_runners_up() -> None:
    logits = torch.tensor([0.0, 3.0, 1.0, 3.0, 2.0, -1.0, 0.5])
    choice = Sampler(temperature=0.0, top_p=1.0, seed=0).choose(logits)
    logprobs = torch.log_softmax(logits, 0)
    assert choice.token_id == 1
    assert choice.logprob == pytest.approx(float(logprobs[1]))
    assert [token for token, _ in choice.runners_up] == [3, 4, 2, 6, 0]
    assert [logprob for _, logprob in choice.runners_up] == pytest.approx([float(logprobs[i]) for i in (3, 4, 2, 6, 0)])


def test_sampled_frequencies_are_those_of_the_nucleus() -> None:
    logits = torch.tensor([2.0, 1.0, 0.0, -1.0])
    sampler = Sampler(temperature=2.0, top_p=0.8, seed=5)
    drawn = np.bincount([sampler.choose(logits).token_id for _ in range(4000)], minlength=4) / 4000
    np.testing.assert_allclose(drawn, _nucleus_oracle(logits.numpy() / 2.0, 0.8), atol=0.03)


def test_a_seed_repeats_an_answer_whatever_else_draws_numbers() -> None:
    loaded = wrapped(tiny_model("llama"))

    def answer(seed: int) -> list[int]:
        torch.rand(7)
        query = Query("who?", max_tokens=12, temperature=1.5, top_p=0.9, seed=seed)
        return [e.token_id for e in loaded.run(query, entries("x"), None) if isinstance(e, OutputEvent)]

    assert answer(3) == answer(3)
    assert answer(3) != answer(4)


def test_log_probabilities_are_at_temperature_one() -> None:
    logits = torch.tensor([1.0, 0.0])
    choice = Sampler(temperature=0.2, top_p=0.5, seed=0).choose(logits)
    assert choice.logprob == pytest.approx(math.log(1 / (1 + math.exp(-1))))


@pytest.mark.parametrize(
    "options", [{"temperature": -1.0}, {"temperature": float("nan")}, {"top_p": 0.0}, {"top_p": 1.2}]
)
def test_options_that_mean_nothing_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(KnownError, match=next(iter(options))):
        Sampler.of(Query("who?", **options))
