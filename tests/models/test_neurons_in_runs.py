"""Scaled neurons in a run: the same as the scaled weights, and nothing stays behind."""

from __future__ import annotations

import pytest
import torch

from memviz.core.errors import KnownError
from memviz.core.events import OutputEvent, PromptEvent
from memviz.core.neurons import NeuronScale
from memviz.core.query import Query
from memviz.models.feed_forward.layers import find_layers
from memviz.models.feed_forward.weights import folded
from tests.models.tiny import SENTENCES, entries, tiny_model, wrapped

QUESTION = "who directed Blade Runner?"


def tokens(loaded, **options) -> list[tuple[int, float]]:
    events = loaded.run(Query(QUESTION, max_tokens=8, **options), entries(*SENTENCES[:3]), None)
    return [(e.token_id, e.logprob) for e in events if isinstance(e, OutputEvent)]


@pytest.mark.parametrize("name", ["gpt2", "llama", "opt", "gemma2", "falcon"])
def test_switching_neurons_off_is_zeroing_their_columns(name: str) -> None:
    model = tiny_model(name)
    loaded = wrapped(model)
    plain = tokens(loaded)
    scales = tuple(NeuronScale(layer, neuron, 0.0) for layer in range(2) for neuron in range(40))
    off = tokens(loaded, neurons=scales)
    assert off != plain
    with folded(find_layers(model), scales):
        zeroed = tokens(loaded)
    assert [token for token, _ in off] == [token for token, _ in zeroed]
    assert [value for _, value in off] == pytest.approx([value for _, value in zeroed], abs=1e-4)
    assert tokens(loaded) == plain


def test_a_step_of_a_run_with_scaled_neurons_is_looked_at_with_them() -> None:
    model = tiny_model("llama")
    loaded = wrapped(model)
    scales = (NeuronScale(0, 3, 0.0), NeuronScale(1, 5, 4.0))
    query = Query(QUESTION, max_tokens=4, neurons=scales)
    events = list(loaded.run(query, entries(*SENTENCES[:3]), None))
    prompt = next(event for event in events if isinstance(event, PromptEvent))
    outputs = [event for event in events if isinstance(event, OutputEvent)]
    ids = [*prompt.token_ids, outputs[0].token_id]
    for known in (True, False):  # from the run's cache, and read anew
        if not known:
            loaded._last = None
        report = loaded.neuron_report(ids, scales)
        assert report.predictions[-1].token_id == outputs[1].token_id
        assert report.predictions[-1].logprob == pytest.approx(outputs[1].logprob, abs=1e-4)
    assert loaded.neuron_report(ids).predictions[-1].logprob != pytest.approx(outputs[1].logprob, abs=1e-6)


def test_an_edit_of_the_weights_makes_older_steps_unreadable_from_the_cache() -> None:
    model = tiny_model("llama")
    loaded = wrapped(model)
    events = list(loaded.run(Query(QUESTION, max_tokens=3), entries("x"), None))
    prompt = next(event for event in events if isinstance(event, PromptEvent))
    before = {key: value.clone() for key, value in model.state_dict().items()}
    first = loaded.neuron_report(prompt.token_ids)
    from memviz.core.arrays import frozen_array
    from memviz.core.neurons import RankOneEdit

    torch.manual_seed(0)
    loaded.weights.apply(RankOneEdit(1, frozen_array(torch.randn(32).numpy()), frozen_array(torch.randn(64).numpy())))
    assert loaded.weights_version == 1
    changed = loaded.neuron_report(prompt.token_ids)
    assert changed.predictions[-1].logprob != pytest.approx(first.predictions[-1].logprob, abs=1e-6)
    assert loaded.weights.undo() is not None
    assert loaded.weights.undo() is None
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    again = loaded.neuron_report(prompt.token_ids)
    assert again.predictions[-1].logprob == pytest.approx(first.predictions[-1].logprob, abs=1e-5)


def test_a_neuron_that_is_not_there_is_refused() -> None:
    loaded = wrapped(tiny_model("llama"))
    with pytest.raises(KnownError, match="no neuron"):
        tokens(loaded, neurons=(NeuronScale(0, 10_000, 0.0),))
