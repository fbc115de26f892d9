"""A differentiable neural computer that reads stories (Graves et al. 2016, Methods, "bAbI")."""

# No postponed annotations here: from_pretrained looks the class of ``config`` up in the signature of ``__init__``.
import torch
from torch import Tensor
from torch.nn import functional

from memviz.models.dnc.network import DifferentiableNeuralComputer
from memviz.models.memory_network import MemoryNetwork
from memviz.models.story_dnc.config import StoryDNCConfig


class StoryDNC(MemoryNetwork):
    """Each word, or each sentence, is one step; the answer is what is put out where it is asked for."""

    def __init__(self, config: StoryDNCConfig) -> None:
        super().__init__()
        self.config = config
        self.computer = DifferentiableNeuralComputer(config.computer())

    def forward(self, stream: Tensor) -> Tensor:
        """Ids [T, B, J] to logits [T, B, V + 1] over the vocabulary; column 0 is no word."""
        logits: Tensor = self.computer(self.inputs(stream))[0]
        return logits

    def inputs(self, stream: Tensor) -> Tensor:
        """Ids [..., J] to what the computer reads, [..., J symbols]: one 1 for each word at its place."""
        coded = functional.one_hot(stream, self.config.symbols).to(torch.get_default_dtype())
        coded[..., 0] = 0.0  # no word
        return coded.flatten(-2)
