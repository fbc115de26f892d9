"""Feed-forward layers are found in every family, or the reason is said; what is captured equals the weights."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from memviz.core.errors import BugError, KnownError
from memviz.core.neurons import NeuronScale
from memviz.models.feed_forward.capture import capture, scaled
from memviz.models.feed_forward.layers import find_layers
from memviz.models.feed_forward.weights import folded
from tests.models.feed_forward.families import BY_HAND, DECODERS, DENSE, EXPERTS, OTHERS, READS, tiny

IDS = torch.tensor([[5, 17, 40, 3, 61, 9, 22]])
SCALES = (NeuronScale(0, 3, 0.0), NeuronScale(1, 7, 0.0), NeuronScale(1, 40, -1.5), NeuronScale(2, 0, 3.0))


def given(model: PreTrainedModel) -> dict[str, Tensor]:
    if model.config.is_encoder_decoder:
        return {"input_ids": torch.tensor([[11, 12, 13]]), "decoder_input_ids": IDS}
    return {"input_ids": IDS}


@torch.no_grad()
def logits(model: PreTrainedModel) -> Tensor:
    return model(**given(model), use_cache=False).logits[0, -1]


def hook_count(model: nn.Module) -> int:
    return sum(len(part._forward_hooks) + len(part._forward_pre_hooks) for part in model.modules())


@pytest.mark.parametrize("name", [*DENSE, *DECODERS])
def test_layers_are_found_and_nothing_is_left_behind(name: str) -> None:
    model = tiny(name)
    before = hook_count(model)
    layers = find_layers(model)
    assert (len(layers), layers.neurons, layers.width) == (3, 48, 32)
    assert layers.weight(1).shape == (32, 48)
    assert bool(layers.note) == (name in ("gemma2", "gemma3", "olmo2"))
    with capture(layers), scaled(layers, SCALES):
        logits(model)
    assert hook_count(model) == before


@pytest.mark.parametrize("name", EXPERTS)
def test_experts_are_refused_with_the_reason(name: str) -> None:
    with pytest.raises(KnownError, match="experts"):
        find_layers(tiny(name))


@pytest.mark.parametrize("name", OTHERS)
def test_a_model_without_such_layers_is_refused(name: str) -> None:
    with pytest.raises(KnownError, match="no feed-forward layer of a known form"):
        find_layers(tiny(name))


def test_a_block_that_does_not_lead_to_the_logits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny("llama")
    plain = type(model).forward

    def remembering(self: Any, *args: Any, **kwargs: Any) -> Any:
        output = plain(self, *args, **kwargs)
        output.logits = output.logits + model.model.embed_tokens.weight.sum(-1) * kwargs["input_ids"].sum()
        return output

    monkeypatch.setattr(type(model), "forward", remembering)
    with pytest.raises(KnownError, match="does not lead to its answers"):
        find_layers(model)


@pytest.mark.parametrize("name", BY_HAND)
def test_activations_are_those_that_the_weights_give_by_hand(name: str) -> None:
    model = tiny(name)
    layers = find_layers(model)
    read: list[Tensor] = []
    for block in layers.blocks:
        block.get_submodule(READS.get(name, "mlp")).register_forward_hook(
            lambda module, inputs, output: read.append(inputs[0].reshape(-1, inputs[0].shape[-1])[-1])
        )
    with capture(layers) as seen:
        logits(model)
    for layer, (block, x) in enumerate(zip(layers.blocks, read, strict=True)):
        torch.testing.assert_close(seen.activations[layer], BY_HAND[name](block, x), atol=1e-4, rtol=0.0)


@pytest.mark.parametrize("name", [*DENSE, *DECODERS])
def test_the_values_sum_up_to_what_the_layer_says(name: str) -> None:
    model = tiny(name)
    layers = find_layers(model)
    said: list[Tensor] = []
    for projection in layers.projections:  # Falcon adds to it in place afterwards
        projection.register_forward_hook(lambda m, i, said_: said.append(said_.reshape(-1, layers.width)[-1].clone()))
    with capture(layers) as seen:
        logits(model)
    for layer, projection in enumerate(layers.projections):
        summed = sum(seen.activations[layer, n] * layers.weight(layer)[:, n] for n in range(layers.neurons))
        bias = projection.bias if projection.bias is not None else 0.0
        torch.testing.assert_close(summed + bias, said[layer], atol=1e-4, rtol=0.0)


@pytest.mark.parametrize("name", DENSE)
def test_residuals_are_the_hidden_states_between_the_blocks(name: str) -> None:
    model = tiny(name)
    layers = find_layers(model)
    with capture(layers) as seen, torch.no_grad():
        states = model(**given(model), use_cache=False, output_hidden_states=True).hidden_states
    for layer in range(len(layers) - 1):  # the last hidden state is behind the last norm
        torch.testing.assert_close(seen.residuals[layer], states[layer + 1][0, -1], atol=1e-5, rtol=0.0)


@pytest.mark.parametrize("name", [*DENSE, *DECODERS])
def test_scaling_a_neuron_is_scaling_its_column(name: str) -> None:
    model = tiny(name)
    layers = find_layers(model)
    plain = logits(model)
    with scaled(layers, SCALES):
        changed = logits(model)
    torch.testing.assert_close(logits(model), plain, atol=0.0, rtol=0.0)
    before = [layers.weight(layer).clone() for layer in range(3)]
    with torch.no_grad():
        for scale in SCALES:
            weight = layers.projections[scale.layer].weight
            column = weight[scale.neuron] if isinstance(layers.projections[0], Conv1D) else weight[:, scale.neuron]
            column.mul_(scale.factor)
    torch.testing.assert_close(changed, logits(model), atol=1e-5, rtol=0.0)
    assert (changed - plain).abs().max() > 1e-3
    for layer in range(3):
        layers.weight(layer).data.copy_(before[layer])
    with folded(layers, SCALES):
        torch.testing.assert_close(changed, logits(model), atol=1e-5, rtol=0.0)
    assert all(torch.equal(layers.weight(layer), before[layer]) for layer in range(3))


def test_captured_activations_are_the_scaled_ones_and_no_views() -> None:
    model = tiny("gpt2")
    layers = find_layers(model)
    with capture(layers) as seen, scaled(layers, [NeuronScale(1, 7, 0.0)]):
        logits(model)
    assert seen.activations[1, 7] == 0.0
    kept = seen.activations.clone(), seen.residuals.clone()
    model.transformer.h[0].mlp.c_proj.weight.data.zero_()
    logits(model)
    assert torch.equal(seen.activations, kept[0])
    assert torch.equal(seen.residuals, kept[1])


def test_with_a_cache_the_last_token_is_seen_as_without() -> None:
    model = tiny("llama")
    layers = find_layers(model)
    with capture(layers) as whole:
        logits(model)
    with capture(layers) as seen, torch.no_grad():
        cache = model(IDS[:, :-1], use_cache=True).past_key_values
        model(IDS[:, -1:], past_key_values=cache, use_cache=True)
    torch.testing.assert_close(seen.activations, whole.activations, atol=1e-5, rtol=0.0)


@pytest.mark.parametrize(
    ("scale", "words"),
    [
        (NeuronScale(3, 0), "no layer 4; its layers are 1 to 3"),
        (NeuronScale(-1, 0), "no layer 0;"),
        (NeuronScale(1, 48), "no neuron 48; its neurons are 0 to 47"),
        (NeuronScale(1, 0, float("nan")), "finite"),
    ],
)
def test_a_neuron_that_is_not_there_is_named(scale: NeuronScale, words: str) -> None:
    layers = find_layers(tiny("gpt2"))
    with pytest.raises(KnownError, match=words), scaled(layers, [scale]):
        pass


def test_without_a_forward_pass_nothing_was_seen() -> None:
    with capture(find_layers(tiny("gpt2"))) as seen, pytest.raises(BugError):
        _ = seen.activations
