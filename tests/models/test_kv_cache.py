"""The cache with room returns what transformers' own dynamic layer returns."""

from __future__ import annotations

import torch
from transformers.cache_utils import DynamicLayer

from memviz.models.causal.kv_cache import RoomyLayer, roomy_cache
from tests.models.tiny import tiny_model


def _states(tokens: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, 3, tokens, 4, generator=generator), torch.randn(2, 3, tokens, 5, generator=generator)


def test_it_equals_the_dynamic_layer_beyond_its_room_and_after_changes() -> None:
    plain, roomy = DynamicLayer(), RoomyLayer(room=6)
    for step, tokens in enumerate([4, 1, 1, 1, 3, 1]):
        for ours, theirs in zip(
            roomy.update(*_states(tokens, step)), plain.update(*_states(tokens, step)), strict=True
        ):
            assert torch.equal(ours, theirs)
        assert roomy.get_seq_length() == plain.get_seq_length()
    for layer in (plain, roomy):
        layer.crop(-4)
        layer.reorder_cache(torch.tensor([1, 0]))
    for ours, theirs in zip(roomy.update(*_states(2, 9)), plain.update(*_states(2, 9)), strict=True):
        assert torch.equal(ours, theirs)
    for layer in (plain, roomy):
        layer.reset()
    assert torch.equal(roomy.update(*_states(3, 1))[0], plain.update(*_states(3, 1))[0])


def test_tokens_within_the_room_are_written_into_place() -> None:
    layer = RoomyLayer(room=5)
    keys, _ = layer.update(*_states(4, 0))
    more, _ = layer.update(*_states(1, 1))
    assert more.data_ptr() == keys.data_ptr()


def test_layers_that_hold_keys_and_values_are_replaced() -> None:
    cache = roomy_cache(tiny_model("gpt_oss"), 10)
    assert cache is not None
    assert [type(layer) for layer in cache.layers] == [RoomyLayer, RoomyLayer]
    assert roomy_cache(tiny_model("mamba"), 10) is None
