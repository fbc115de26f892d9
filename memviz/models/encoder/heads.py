"""What stands on an encoder, applied to the hidden states of any of its layers.

The encoder under the head is replaced, while it is asked, by one that hands out given states; so every architecture's
own head is used as it is written, and at the last layer the result is the model's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.modeling_outputs import BaseModelOutputWithPooling

from memviz.models.machine_limits import limits_known


class _Given(nn.Module):
    """Stands for an encoder and hands out states that are known."""

    def __init__(self, states: Tensor, pooled: Tensor | None) -> None:
        super().__init__()
        self._outputs = BaseModelOutputWithPooling(last_hidden_state=states, pooler_output=pooled)

    def forward(self, *_: object, **__: object) -> BaseModelOutputWithPooling:
        return self._outputs


def head_logits(model: PreTrainedModel, states: Tensor) -> Tensor:
    """The head's logits for hidden states [1, T, D]: [1, T, V] of a masked-word head, [1, labels] of a classifier.

    Raises:
        KnownError: out of memory, or a device that cannot compute in the model’s dtype.
    """
    with torch.inference_mode(), limits_known(), _given(model, states):
        tokens = torch.zeros(states.shape[:2], dtype=torch.long, device=states.device)
        logits: Tensor = model(input_ids=tokens, attention_mask=torch.ones_like(tokens)).logits
    return logits


@contextmanager
def _given(model: PreTrainedModel, states: Tensor) -> Iterator[None]:
    name = model.base_model_prefix
    encoder = model.base_model
    model._modules[name] = _Given(states, _pooled(encoder, states))
    try:
        yield
    finally:
        model._modules[name] = encoder


def _pooled(encoder: PreTrainedModel, states: Tensor) -> Tensor | None:
    pooler = getattr(encoder, "pooler", None)
    if pooler is None:
        return None
    albert = isinstance(pooler, nn.Linear)
    pooled: Tensor = encoder.pooler_activation(pooler(states[:, 0])) if albert else pooler(states)
    return pooled


def layer_states(encoder: PreTrainedModel, hidden: tuple[Tensor, ...], last: Tensor) -> list[Tensor]:
    """States [1, T, D] after each layer as its head would see them.

    Args:
        hidden: what the encoder hands out: the embeddings, then each layer's.
        last: the encoder's result.
    """
    norm = getattr(encoder, "final_norm", None)  # ModernBERT's, which stands behind the last layer
    between = [states if norm is None else norm(states) for states in hidden[1:-1]]
    return [*between, last]
