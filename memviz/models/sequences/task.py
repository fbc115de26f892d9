"""What a synthetic task is: names and sizes; the sequences are made in :mod:`memviz.models.sequences.tasks`."""

from __future__ import annotations

from dataclasses import dataclass

from memviz.core.errors import KnownError

TASKS = ("copy", "repeat-copy", "recall")

#: ``item``: an item begins (associative recall). ``recall``: now it is asked for; in repeat copy its value is the
#: number of repeats over :data:`MOST_REPEATS`.
MARKS = ("item", "recall")
MOST_REPEATS = 10


@dataclass(frozen=True)
class Task:
    """A task and how long its sequences are.

    Attributes:
        name: copy, repeat-copy or recall.
        bits: of a word.
        least, most: words to copy, or items to recall from.
        most_repeats: of repeat copy.
        words: of an item of associative recall.
    """

    name: str = "copy"
    bits: int = 8
    least: int = 1
    most: int = 20
    most_repeats: int = 3
    words: int = 3

    def __post_init__(self) -> None:
        if self.name not in TASKS:
            raise KnownError(f"memviz knows the tasks {', '.join(TASKS)}, not “{self.name}”.")
        if not 1 <= self.least <= self.most or self.bits < 1:
            raise KnownError("A task needs at least 1 bit, and lengths from 1 up, the least not above the most.")
        if self.name == "recall" and self.least < 2:
            raise KnownError("Associative recall needs at least 2 items, one to ask about and one to answer.")
        if not 1 <= self.most_repeats <= MOST_REPEATS:
            raise KnownError(f"Repeat copy repeats 1 to {MOST_REPEATS} times.")

    @property
    def input_size(self) -> int:
        return self.bits + len(MARKS)

    @property
    def output_size(self) -> int:
        return self.bits + (self.name == "repeat-copy")
