"""Sequences of the synthetic tasks as a user writes them.

``12``: a random sequence of 12 words (items in associative recall), drawn with the query's seed; empty: of the longest
length that was trained. ``1011 0110``: these words. Repeat copy: ``1011 0110 x3``. Associative recall: items of several
words between ``/``, and the number of the item that is shown again, ``101 110 / 011 001 / 000 111 ? 2``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import torch
from torch import Tensor

from memviz.core.errors import KnownError
from memviz.models.sequences.task import MARKS, MOST_REPEATS, Task
from memviz.models.sequences.tasks import Drill, copy, draw, recall, repeat

#: The longest sequence that may be asked for, in words or items.
LONGEST = 2_000
_REPEATS = re.compile(r"\s+[x×*]\s*(\d+)\s*$")
_ASKED = re.compile(r"\?\s*(\d+)\s*$")


def drill_of(text: str, task: Task, seed: int) -> Drill:
    """The sequence that a query means.

    Raises:
        KnownError: it is none, or is too long or too wide for the model.
    """
    asked = text.strip()
    if not asked or (asked.isdecimal() and set(asked) - {"0", "1"}) or (asked.isdecimal() and len(asked) < task.bits):
        length = int(asked) if asked else task.most
        if not 1 <= length <= LONGEST or (task.name == "recall" and length < 2):
            least = 2 if task.name == "recall" else 1
            raise KnownError(f"A sequence has {least} to {LONGEST:,} {_unit(task)}, not {length}; give another number.")
        return draw(task, torch.Generator().manual_seed(seed), length)
    if task.name == "recall":
        return _recall(asked, task)
    times = _REPEATS.search(asked)
    if task.name == "repeat-copy":
        if times is None or not 1 <= int(times[1]) <= 10:
            raise KnownError("Say how often it is to be repeated, 1 to 10 times, as in “1011 0110 x3”.")
        return repeat(task, _words(asked[: times.start()], task), int(times[1]))
    return copy(task, _words(asked, task))


def told(drill: Drill, task: Task) -> tuple[str, list[int]]:
    """The sequence in bits, as :func:`drill_of` reads it, and for each time step the number of its word there, from 0;
    -1 for steps that are no word of the text."""
    places = [-1] * len(drill.inputs)
    marks = drill.inputs[:, task.bits :]
    end = int(marks[:, MARKS.index("recall")].nonzero()[0])
    steps = [at for at in range(end) if not marks[at, MARKS.index("item")]]
    for number, at in enumerate(steps):
        places[at] = number
    words = [_bits(drill.inputs[at, : task.bits]) for at in steps]
    if task.name == "recall":
        items = [words[at : at + task.words] for at in range(0, len(words), task.words)]
        shown = [_bits(row[: task.bits]) for row in drill.inputs[end + 1 : end + 1 + task.words]]
        return " / ".join(" ".join(item) for item in items) + f" ? {items.index(shown) + 1}", places
    if task.name == "repeat-copy":
        times = round(float(marks[end, MARKS.index("recall")]) * MOST_REPEATS)
        return f"{' '.join(words)} x{times}", places
    return " ".join(words), places


def words_of(said: Sequence[Tensor], task: Task) -> str:
    """What was put out, as bits with spaces between the words."""
    return " ".join(_bits(word[: task.bits]) for word in said)


def _bits(word: Tensor) -> str:
    return "".join("1" if value > 0.5 else "0" for value in word.tolist())


def _recall(text: str, task: Task) -> Drill:
    asked = _ASKED.search(text)
    items = [_words(part, task) for part in (text[: asked.start()] if asked else text).split("/")]
    if asked is None or not 1 <= int(asked[1]) < len(items):
        raise KnownError("Say which item is shown again, not the last one, as in “101 110 / 011 001 / 000 111 ? 2”.")
    if {len(item) for item in items} != {task.words}:
        raise KnownError(f"Each item must have {task.words} words, as the model was trained; mend “{text}”.")
    return recall(task, torch.stack(items), int(asked[1]) - 1)


def _words(text: str, task: Task) -> Tensor:
    """[L, bits]."""
    words = text.split()
    if not words or len(words) > LONGEST:
        raise KnownError(f"A sequence has 1 to {LONGEST:,} words, not {len(words)}.")
    for word in words:
        if set(word) - {"0", "1"}:
            raise KnownError(f"“{word[:40]}” is no word of bits; write 0 and 1, or the number of words to draw.")
        if len(word) != task.bits:
            raise KnownError(f"“{word[:40]}” has {len(word)} bits, but the model reads words of {task.bits}.")
    return torch.tensor([[float(bit) for bit in word] for word in words])


def _unit(task: Task) -> str:
    return "items" if task.name == "recall" else "words"
