"""One pass of an encoder over a text, with what every layer attended to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from memviz.models.attention.matrices import MatrixRecording
from memviz.models.attention.probe import CaptureKind, without_hooks_left
from memviz.models.attention.whole import read_whole
from memviz.models.encoder.heads import layer_states
from memviz.models.machine_limits import limits_known


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading a text.

    Attributes:
        states: after each layer, [1, T, D], as a head would see them.
        rows: [L, H, T], attention of the token in focus, on the CPU; None where the model hands out none.
        attention: [L, H, T, T] on the CPU; None where the text is too long for it, or the model hands out none.
    """

    states: list[Tensor]
    rows: Tensor | None
    attention: Tensor | None


def read_text(model: PreTrainedModel, capture: CaptureKind, ids: Sequence[int], focus: int) -> Reading:
    """Reads tokens with the encoder of ``model``; the model is as it was afterwards.

    Raises:
        KnownError: out of memory, or a device that cannot compute in the model’s dtype.
    """
    encoder = model.base_model
    tokens = torch.tensor([list(ids)], device=model.device)  # [1, T]
    options: dict[str, Any] = {
        "input_ids": tokens,
        "attention_mask": torch.ones_like(tokens),
        "output_hidden_states": True,
    }
    recording = MatrixRecording(focus, capture.layers)
    with torch.inference_mode(), limits_known(), without_hooks_left(model):
        outputs = read_whole(model, capture, recording, partial(encoder, **options))
        matrices = recording.matrices()
        states = layer_states(encoder, outputs.hidden_states, outputs.last_hidden_state)
    return Reading(
        states,
        recording.rows().cpu() if recording.layers else None,
        None if matrices is None else matrices.cpu(),
    )
