"""A DNC as a memory model: its slots are the rows of its memory."""

from __future__ import annotations

from types import MappingProxyType

from torch import Tensor

from memviz.core.arrays import FloatArray
from memviz.core.events import WriteEvent
from memviz.models.dnc.array_layers import ArrayLayers
from memviz.models.dnc.network import DifferentiableNeuralComputer
from memviz.models.dnc.stepper import Stepper
from memviz.models.sequences.model import SequenceModel, SteppedMemory, Told, frozen
from memviz.models.sequences.task import Task


class DNCModel(SequenceModel):
    """See :class:`SequenceModel`. The network's weights must not change any more.

    ``detail`` of a write: ``usage``, ``allocation``, ``precedence`` [N], ``allocation_gate``, ``write_gate`` [1], with
    de-allocation ``retention`` [N]. Of a read: ``read_modes`` [R, 3] (``core.events.READ_MODES``), ``free_gates`` [R].
    """

    def __init__(self, network: DifferentiableNeuralComputer, task: Task, *, name: str) -> None:
        super().__init__(task, name=name, slots=network.config.slots, heads=network.config.read_heads)
        self._network = network.eval()
        self._layers = ArrayLayers(network)

    @property
    def network(self) -> DifferentiableNeuralComputer:
        return self._network

    def begin(self) -> SteppedMemory:
        return DNCMemory(self._layers)


class DNCMemory:
    """A DNC in the middle of a sequence."""

    def __init__(self, layers: ArrayLayers) -> None:
        self._deallocation = layers.config.deallocation
        self._stepper = Stepper(layers)

    def matrix(self) -> FloatArray:
        return frozen(self._stepper.state.memory[0])

    def step(self, at: int, inputs: Tensor) -> Told:
        logits = self._stepper.step(inputs)
        done = self._stepper.record()
        detail = {
            "usage": done.usage,
            "allocation": done.allocation,
            "precedence": done.precedence,
            "allocation_gate": done.allocation_gate,
            "write_gate": done.write_gate,
        }
        if self._deallocation:
            detail["retention"] = done.retention
        write = WriteEvent(
            at, done.write_weights[None], done.erase_vector[None], done.write_vector[None], MappingProxyType(detail)
        )
        read_detail = {"read_modes": done.read_modes, "free_gates": done.free_gates}
        return Told(logits, write, done.read_weights, read_detail)
