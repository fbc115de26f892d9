"""The synthetic tasks ask for what they showed, and a DNC learns the shortest of them."""

from __future__ import annotations

import pytest
import torch

from memviz.core.errors import KnownError
from memviz.models.dnc.config import DNCConfig
from memviz.models.dnc.model import DNCModel
from memviz.models.dnc.network import DifferentiableNeuralComputer
from memviz.models.dnc.recipe import DNCRecipe
from memviz.models.dnc.train import DNCTraining
from memviz.models.sequences.task import MARKS, MOST_REPEATS, TASKS, Task
from memviz.models.sequences.tasks import batch, copy, recall, repeat, wrong_bits
from memviz.models.sequences.text import drill_of, told
from memviz.models.sequences.training import bit_error
from memviz.models.training.fit import fit

RECALL = MARKS.index("recall")
WORDS = torch.tensor([[1.0, 0, 0], [0, 1, 1]])


def test_copy_shows_the_words_and_asks_for_them() -> None:
    drill = copy(Task("copy", bits=3), WORDS)
    assert drill.inputs.shape == (5, 5)
    assert torch.equal(drill.inputs[:2, :3], WORDS)
    assert drill.inputs[2, 3 + RECALL] == 1
    assert drill.inputs[3:].abs().sum() == 0
    assert torch.equal(drill.targets[3:], WORDS)
    assert drill.asked.tolist() == [False, False, False, True, True]


def test_repeat_copy_says_how_often_and_ends_with_a_mark() -> None:
    drill = repeat(Task("repeat-copy", bits=3), WORDS, 2)
    assert drill.inputs[2, 3 + RECALL] == 2 / MOST_REPEATS
    assert torch.equal(drill.targets[3:, :3], torch.cat([WORDS, WORDS, torch.zeros(1, 3)]))
    assert drill.targets[:, 3].tolist() == [0, 0, 0, 0, 0, 0, 0, 1]
    assert drill.asked.sum() == 5


def test_recall_asks_for_the_item_after_the_query() -> None:
    items = torch.tensor([[[1.0, 0], [1, 1]], [[0, 1], [0, 0]], [[1, 1], [0, 1]]])
    drill = recall(Task("recall", bits=2, least=2, words=2), items, 1)
    assert torch.equal(drill.inputs[10:12, :2], items[1])
    assert torch.equal(drill.targets[drill.asked], items[2])
    assert drill.inputs[[0, 3, 6], 2].tolist() == [1, 1, 1]
    assert drill.inputs[[9, 12], 2 + RECALL].tolist() == [1, 1]


@pytest.mark.parametrize("name", TASKS)
def test_batches_are_deterministic_and_padded_where_nothing_is_asked(name: str) -> None:
    task = Task(name, bits=4, least=2, most=6)
    first, second = (batch(task, 5, torch.Generator().manual_seed(3)) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert first.inputs.shape[1:] == (5, task.input_size)
    assert first.targets.shape[1:] == (5, task.output_size)
    assert first.asked.any(0).all()
    assert (first.targets[~first.asked] == 0).all()


@pytest.mark.parametrize(
    "options",
    [{"name": "sort"}, {"bits": 0}, {"least": 5, "most": 4}, {"name": "recall", "least": 1}, {"most_repeats": 11}],
)
def test_tasks_that_make_no_sense_are_refused(options: dict) -> None:
    with pytest.raises(KnownError):
        Task(**options)


def test_wrong_bits_are_counted_where_they_are_asked_for() -> None:
    drill = copy(Task("copy", bits=3), WORDS)
    logits = 2.0 * drill.targets - 1.0
    assert wrong_bits(logits[:, None], _batched(drill)).sum() == 0
    logits[4, 0] *= -1  # asked for
    logits[0, 0] *= -1  # not
    assert wrong_bits(logits[:, None], _batched(drill)).sum() == 1


def _batched(drill):
    return type(drill)(*(part[:, None] for part in drill))


@pytest.mark.slow
def test_a_dnc_learns_to_copy(tmp_path) -> None:
    recipe = DNCRecipe(task=Task("copy", bits=3, most=3), slots=8, word_size=8, hidden_size=32, rounds=15, rate=5e-3)
    training = DNCTraining(recipe)
    figures = fit(training, tmp_path, rounds=15, watch="error")
    assert figures["error"] < 0.05
    again = DifferentiableNeuralComputer.from_pretrained(tmp_path)
    assert bit_error(again, batch(recipe.task, 20, torch.Generator().manual_seed(9), 3)) < 0.05


def test_a_training_continues_where_it_was() -> None:
    recipe = DNCRecipe(task=Task("copy", bits=2, most=2), slots=4, word_size=4, hidden_size=8, batch=2, rounds=3)
    whole = DNCTraining(recipe)
    losses = [whole.round() for _ in range(2)]
    half = DNCTraining(recipe)
    assert half.round() == losses[0]
    other = DNCTraining(recipe)
    other.restore(half.state())
    assert other.round() == losses[1]


@pytest.mark.parametrize("name", TASKS)
def test_an_example_is_a_sequence_of_the_task(name: str) -> None:
    task = Task(name, bits=4, least=2, most=3)
    network = DifferentiableNeuralComputer(DNCConfig(task.input_size, task.output_size, slots=4, word_size=4))
    example = DNCModel(network, task, name="dnc").example
    assert told(drill_of(example, task, 0), task)[0] == example
