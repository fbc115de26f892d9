"""What models over sequences of bits tell alike: the signals of a step, and its output."""

from __future__ import annotations

import torch
from torch import Tensor

from memviz.core.events import FloatArray, OutputEvent, frozen_array
from memviz.models.dnc.tasks import Drill


def signals(drill: Drill, at: int, probabilities: Tensor, word: int) -> dict[str, FloatArray]:
    """For the ``detail`` of a read: ``input`` [I], ``output`` and ``target`` [O], ``asked`` [1], and ``word`` [1], the
    number of the step's word in the prompt's text, or -1."""
    return {
        "input": frozen_array(drill.inputs[at].numpy()),
        "output": frozen_array(probabilities.numpy()),
        "target": frozen_array(drill.targets[at].numpy()),
        "asked": frozen_array([float(drill.asked[at])]),
        "word": frozen_array([word]),
    }


def bits_output(at: int, probabilities: Tensor, drill: Drill, *, first: bool) -> OutputEvent:
    """Bits where they are asked for; ``logprob`` is that of all of them together."""
    if not drill.asked[at]:
        return OutputEvent(at, "", -1, 0.0)
    bits = "".join("1" if value > 0.5 else "0" for value in probabilities.tolist())
    sure = torch.maximum(probabilities, 1.0 - probabilities).log().sum().item()
    return OutputEvent(at, bits if first else f" {bits}", -1, sure)
