"""A forward pass over a whole text with its attention, in the way that the model allows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from transformers import PreTrainedModel

from memviz.models.attention.capture import attention_configs, capture_rows
from memviz.models.attention.matrices import MatrixRecording
from memviz.models.attention.probe import CaptureKind, eager_attention, handed_out


def read_whole(
    model: PreTrainedModel, capture: CaptureKind, recording: MatrixRecording, forward: Callable[..., Any]
) -> Any:
    """What ``forward()`` gives, an encoder of ``model`` reading a text; its attention is in ``recording`` afterwards.

    Where the model attends eagerly, ``forward`` is asked for its attentions.
    """
    configs = attention_configs(model)
    if capture.name == "rows":
        with capture_rows(configs, recording):
            return forward()
    if capture.name == "eager":
        with eager_attention(model, configs):
            outputs = forward(output_attentions=True)
        for matrix in handed_out(outputs):
            recording.add_matrix(matrix)
        return outputs
    return forward()
