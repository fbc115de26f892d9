"""Training of a recurrent memory on a synthetic task."""

from __future__ import annotations

import torch

from memviz.models.recurrent.config import RecurrentConfig
from memviz.models.recurrent.network import RecurrentMemory
from memviz.models.recurrent.recipe import RecurrentRecipe
from memviz.models.sequences.training import SequenceTraining


class RecurrentTraining(SequenceTraining[RecurrentRecipe, RecurrentMemory]):
    """See :class:`SequenceTraining`."""

    kind = "recurrent"

    def __init__(self, recipe: RecurrentRecipe) -> None:
        torch.manual_seed(recipe.seed)
        task = recipe.task
        network = RecurrentMemory(RecurrentConfig(task.input_size, task.output_size, recipe.units, recipe.cell))
        super().__init__(recipe, network)
