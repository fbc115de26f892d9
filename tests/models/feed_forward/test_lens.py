"""The lens says what the weights say: E v, the strongest neurons, and the model's own prediction at the last layer."""

from __future__ import annotations

import pytest
import torch

from memviz.core.errors import KnownError
from memviz.core.neurons import NeuronScale
from memviz.models.answering.detokenizer import TokenTexts
from memviz.models.feed_forward.capture import capture
from memviz.models.feed_forward.layers import find_layers
from memviz.models.feed_forward.lens import layer_predictions, look, promoted, report, value_norms
from tests.models.feed_forward.families import DECODERS, DENSE, tiny
from tests.models.feed_forward.test_layers import IDS, given
from tests.models.tiny import tiny_tokenizer


@pytest.fixture(scope="module")
def texts() -> TokenTexts:
    return TokenTexts(tiny_tokenizer())


@pytest.mark.parametrize("name", [*DENSE, *DECODERS])
def test_the_last_layer_predicts_what_the_model_says(name: str, texts: TokenTexts) -> None:
    model = tiny(name)
    layers = find_layers(model)
    with capture(layers) as seen, torch.no_grad():
        logits = model(**given(model), use_cache=False).logits[0, -1]
    torch.testing.assert_close(layers.ended(seen.residuals)[-1], logits, atol=1e-4, rtol=0.0)
    predictions = layer_predictions(layers, texts, seen.residuals)
    assert [one.layer for one in predictions] == [0, 1, 2]
    best = logits.log_softmax(-1).topk(6)
    last = predictions[-1]
    assert (last.token_id, last.text) == (best.indices[0].item(), texts[best.indices[0].item()])
    assert [one.token_id for one in last.alternatives] == best.indices[1:].tolist()
    told = torch.tensor([last.logprob, *(one.logprob for one in last.alternatives)])
    torch.testing.assert_close(told, best.values, atol=1e-4, rtol=0.0)


def test_an_earlier_layer_predicts_what_a_model_without_the_later_ones_says() -> None:
    layers = find_layers(tiny("llama"))
    with capture(layers) as seen, torch.no_grad():
        layers.model(IDS, use_cache=False)
    shorter = tiny("llama")
    shorter.model.layers = shorter.model.layers[:1]
    with torch.no_grad():
        logits = shorter(IDS, use_cache=False).logits[0, -1]
    torch.testing.assert_close(layers.ended(seen.residuals)[0], logits, atol=1e-4, rtol=0.0)


@pytest.mark.parametrize("name", [*DENSE, *DECODERS])
def test_what_a_neuron_promotes_is_the_unembedding_of_its_value(name: str, texts: TokenTexts) -> None:
    model = tiny(name)
    layers = find_layers(model)
    embedding = model.get_output_embeddings().weight  # [V, D]
    if name == "opt projected":
        embedding = embedding @ model.model.decoder.project_out.weight
    for (best, worst), neuron in zip(promoted(layers, texts, 1, [5, 47], tokens=4), (5, 47), strict=True):
        scores = embedding @ layers.weight(1)[:, neuron]  # [V]
        for told, expected in ((best, scores.topk(4)), (worst, scores.topk(4, largest=False))):
            assert [one.token_id for one in told] == expected.indices.tolist()
            torch.testing.assert_close(torch.tensor([o.logit for o in told]), expected.values, atol=1e-4, rtol=0.0)
            assert [one.text for one in told] == [texts[one.token_id] for one in told]


def test_the_strongest_neurons_by_a_plain_loop(texts: TokenTexts) -> None:
    model = tiny("llama")
    layers = find_layers(model)
    norms = value_norms(layers)
    ids = [5, 17, 40, 3]
    told = look(layers, texts, ids, norms, strongest=7, tokens=3)
    with capture(layers) as seen, torch.no_grad():
        model(torch.tensor([ids]))
    for layer, slots in enumerate(told.slots):
        weight = model.model.layers[layer].mlp.down_proj.weight.T  # [F, D]
        strengths = {
            neuron: abs(seen.activations[layer, neuron].item()) * weight[neuron].norm().item()
            for neuron in range(layers.neurons)
        }
        strongest = sorted(strengths, key=lambda neuron: -strengths[neuron])[:7]
        assert [slot.neuron for slot in slots] == strongest
        for slot in slots:
            assert slot.layer == layer
            assert slot.activation == pytest.approx(seen.activations[layer, slot.neuron].item())
            assert slot.strength == pytest.approx(strengths[slot.neuron], abs=1e-4)
            assert slot.share == pytest.approx(strengths[slot.neuron] / sum(strengths.values()), abs=1e-4)
            assert slot.raised == (slot.promotes if slot.activation >= 0 else slot.demotes)
            assert len(slot.promotes) == len(slot.demotes) == 3
    assert {slot.activation < 0 for slots in told.slots for slot in slots} == {True, False}
    assert not told.activations.flags.writeable
    assert told.activations.shape == (3, 48)


def test_a_report_can_be_asked_of_a_model_with_neurons_switched_off(texts: TokenTexts) -> None:
    model = tiny("qwen2")
    layers = find_layers(model)
    norms = value_norms(layers)
    before = look(layers, texts, IDS[0].tolist(), norms)
    first = before.slots[1][0]
    after = look(layers, texts, IDS[0].tolist(), norms, scales=[NeuronScale(1, first.neuron)])
    assert after.activations[1, first.neuron] == 0.0
    assert first.neuron not in [slot.neuron for slot in after.slots[1]]
    assert after.predictions[0] == before.predictions[0]
    assert after.predictions[1] != before.predictions[1]


def test_an_encoder_decoder_is_run_by_the_caller(texts: TokenTexts) -> None:
    model = tiny("t5")
    layers = find_layers(model)
    with capture(layers) as seen, torch.no_grad():
        model(**given(model), use_cache=False)
    told = report(layers, texts, seen, value_norms(layers), strongest=2)
    assert [len(slots) for slots in told.slots] == [2, 2, 2]


def test_a_neuron_that_is_not_there_is_named(texts: TokenTexts) -> None:
    with pytest.raises(KnownError, match="no neuron 99"):
        promoted(find_layers(tiny("gpt2")), texts, 0, [99])
