"""What a read is traced back to."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from memviz.core.events import WriteEvent
from memviz.models.dnc.array_layers import ArrayLayers
from memviz.models.dnc.config import DNCConfig
from memviz.models.dnc.model import DNCMemory
from memviz.models.dnc.network import DifferentiableNeuralComputer
from memviz.models.dnc.provenance import Provenance


@pytest.mark.parametrize("deallocation", [True, False])
def test_the_parts_of_all_sources_are_the_memory(deallocation: bool) -> None:
    torch.manual_seed(0)
    network = DifferentiableNeuralComputer(
        DNCConfig(4, 3, slots=6, word_size=5, read_heads=2, hidden_size=8, deallocation=deallocation)
    )
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(4.0)  # gates that open and close
    memory = DNCMemory(ArrayLayers(network))
    parts = Provenance(memory.matrix().shape, 3)
    for at in range(12):
        step = memory.step(at, torch.randn(4))
        parts.write(at % 3, step.write)
        assert np.allclose(parts.parts.sum(0), memory.matrix(), atol=1e-6)
        traced = parts.read(step.read_weights)
        assert traced.shape == (2, 3)
        assert (traced >= 0).all()
        assert np.allclose(traced.sum(-1), step.read_weights.sum(-1), atol=1e-5)
    assert np.abs(memory.matrix()).max() > 0.1


def test_a_read_comes_from_who_wrote_the_row() -> None:
    def written(row: int, erase: float) -> WriteEvent:
        weights = np.eye(3, dtype=np.float32)[row : row + 1]
        return WriteEvent(0, weights, np.full((1, 2), erase, np.float32), np.array([[1.0, 2.0]], np.float32))

    parts = Provenance((3, 2), 3)
    head = np.array([[0.0, 0.5, 0.0]], dtype=np.float32)
    assert parts.read(head).tolist() == [[0.0, 0.0, 0.0]]  # nothing is there yet
    parts.write(0, written(0, 0.0))
    parts.write(1, written(1, 0.0))
    assert parts.read(head).tolist() == [[0.0, 0.5, 0.0]]
    parts.write(2, written(1, 0.0))  # beside what is there
    assert np.allclose(parts.read(head), [[0.0, 0.25, 0.25]])
    parts.write(0, written(1, 1.0))  # instead of it
    assert np.allclose(parts.read(head), [[0.5, 0.0, 0.0]])
