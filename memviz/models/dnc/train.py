"""Training of a DNC on a synthetic task."""

from __future__ import annotations

import torch

from memviz.models.dnc.config import DNCConfig
from memviz.models.dnc.network import DifferentiableNeuralComputer
from memviz.models.dnc.recipe import DNCRecipe
from memviz.models.sequences.training import SequenceTraining


class DNCTraining(SequenceTraining[DNCRecipe, DifferentiableNeuralComputer]):
    """See :class:`SequenceTraining`."""

    kind = "dnc"

    def __init__(self, recipe: DNCRecipe) -> None:
        torch.manual_seed(recipe.seed)
        network = DifferentiableNeuralComputer(
            DNCConfig(
                input_size=recipe.task.input_size,
                output_size=recipe.task.output_size,
                slots=recipe.slots,
                word_size=recipe.word_size,
                read_heads=recipe.read_heads,
                controller=recipe.controller,
                hidden_size=recipe.hidden_size,
                masked_lookup=recipe.masked_lookup,
                deallocation=recipe.deallocation,
                link_sharpness=recipe.link_sharpness,
            )
        )
        super().__init__(recipe, network)
