"""The synthetic tasks of the neural Turing machine and the DNC: copy, repeat copy, associative recall.

Graves et al. 2014 (sections 4.1 to 4.3) and 2016. Bits are shown first and asked for later. Channels of the input: the
bits, then a mark for each name in :data:`MARKS`; of the output: the bits, and for repeat copy then the end mark.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from memviz.models.sequences.task import MARKS, MOST_REPEATS, Task


class Drill(NamedTuple):
    """One sequence of a task.

    Attributes:
        inputs: [T, bits + marks].
        targets: [T, bits], for repeat copy [T, bits + 1].
        asked: [T] bool, where the targets count.
    """

    inputs: Tensor
    targets: Tensor
    asked: Tensor


def draw(task: Task, generator: torch.Generator, length: int | None = None) -> Drill:
    """A random sequence, of ``length`` words or items or of a random one."""
    length = _between(task.least, task.most, generator) if length is None else length
    return _DRAWN[task.name](task, generator, length)


def batch(task: Task, count: int, generator: torch.Generator, length: int | None = None) -> Drill:
    """``count`` sequences side by side, [T, B, …]; shorter ones are filled up where nothing is asked."""
    drills = [draw(task, generator, length) for _ in range(count)]
    return Drill(*(torch.nn.utils.rnn.pad_sequence(list(parts)) for parts in zip(*drills, strict=True)))


def _between(least: int, most: int, generator: torch.Generator) -> int:
    return int(torch.randint(least, most + 1, (), generator=generator))


def copy(task: Task, words: Tensor) -> Drill:
    """Shows ``words`` [L, bits], marks the end, and asks for them."""
    return repeat(task, words, 1, counted=False)


def repeat(task: Task, words: Tensor, times: int, *, counted: bool = True) -> Drill:
    """Shows ``words`` [L, bits], says how often, asks for them that often, and then for the end mark."""
    length = len(words)
    said = torch.cat([words.repeat(times, 1), torch.zeros(1, task.bits)]) if counted else words
    inputs = torch.zeros(length + 1 + len(said), task.input_size)
    targets = torch.zeros(len(inputs), task.output_size)
    inputs[:length, : task.bits] = words
    inputs[length, task.bits + MARKS.index("recall")] = times / MOST_REPEATS if counted else 1.0
    targets[length + 1 :, : task.bits] = said
    if counted:
        targets[-1, task.bits] = 1.0
    return Drill(inputs, targets, torch.arange(len(inputs)) > length)


def recall(task: Task, items: Tensor, asked: int) -> Drill:
    """Shows ``items`` [K, words, bits], each after a mark, then item ``asked`` again, and asks for the one after it."""
    count, words, _ = items.shape
    inputs = torch.zeros((count + 1) * (words + 1) + 1 + words, task.input_size)
    targets = torch.zeros(len(inputs), task.output_size)
    for place, item in enumerate([*items, items[asked]]):
        start = place * (words + 1)
        inputs[start, task.bits + MARKS.index("item" if place < count else "recall")] = 1.0
        inputs[start + 1 : start + 1 + words, : task.bits] = item
    start = (count + 1) * (words + 1)
    inputs[start, task.bits + MARKS.index("recall")] = 1.0
    targets[start + 1 :, : task.bits] = items[asked + 1]
    return Drill(inputs, targets, torch.arange(len(inputs)) > start)


def _bits(generator: torch.Generator, *shape: int) -> Tensor:
    return torch.randint(0, 2, shape, generator=generator).float()


def _draw_copy(task: Task, generator: torch.Generator, length: int) -> Drill:
    return copy(task, _bits(generator, length, task.bits))


def _draw_repeat(task: Task, generator: torch.Generator, length: int) -> Drill:
    times = int(torch.randint(1, task.most_repeats + 1, (), generator=generator))
    return repeat(task, _bits(generator, length, task.bits), times)


def _draw_recall(task: Task, generator: torch.Generator, length: int) -> Drill:
    asked = int(torch.randint(0, length - 1, (), generator=generator))
    return recall(task, _bits(generator, length, task.words, task.bits), asked)


#: Name -> draws a sequence of so many words or items.
_DRAWN: Mapping[str, Callable[[Task, torch.Generator, int], Drill]] = {
    "copy": _draw_copy,
    "repeat-copy": _draw_repeat,
    "recall": _draw_recall,
}


def wrong_bits(logits: Tensor, drill: Drill) -> Tensor:
    """[T, B, O] bool: where something is asked and the sign of the logit is not the target's."""
    return ((logits > 0) != (drill.targets > 0.5)) & drill.asked.unsqueeze(-1)
