"""Labelled texts: checked, their labels numbered, and split into a training and a validation part."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from memviz.core.errors import KnownError

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Example:
    """A text with its label, and the line of its file on which it begins."""

    text: str
    label: str
    line: int

    @property
    def sameness(self) -> str:
        """Equal for texts that differ in case and white space alone."""
        return " ".join(self.text.casefold().split())


@dataclass(frozen=True, slots=True)
class Split:
    """Two parts that share no text.

    Attributes:
        labels: all of them, in order; a label's place is its number.
        training, validation: examples in the order of the file.
        contradictions: texts that occur with more than one label.
    """

    labels: tuple[str, ...]
    training: tuple[Example, ...]
    validation: tuple[Example, ...]
    contradictions: int


def label_table(examples: Iterable[Example]) -> tuple[str, ...]:
    """The labels in order: by number where all are whole numbers, else by their letters."""
    labels = {example.label for example in examples}
    if all(label.isascii() and label.removeprefix("-").isdigit() for label in labels):
        return tuple(sorted(labels, key=lambda label: (int(label), label)))
    return tuple(sorted(labels))


def split(examples: Sequence[Example], share: float, seed: int) -> Split:
    """Keeps ``share`` of each label's texts out, at least one of them; all copies of a text stay on one side.

    A text with several labels counts for that of its first line.

    Raises:
        KnownError: only one label, or a label with only one text.
    """
    labels = label_table(examples)
    if len(labels) < 2:
        raise KnownError(
            f"All {len(examples):,} examples have the label “{labels[0]}”; give examples of at least two labels."
        )
    texts: dict[str, list[Example]] = {}
    for example in examples:
        texts.setdefault(example.sameness, []).append(example)
    by_label: dict[str, list[str]] = {label: [] for label in labels}
    for text, copies in texts.items():
        by_label[copies[0].label].append(text)
    _check_lonely({label: own for label, own in by_label.items() if len(own) < 2}, examples)
    generator = random.Random(seed)
    kept_out: set[str] = set()
    for own in by_label.values():
        count = min(len(own) - 1, max(1, round(share * len(own))))
        kept_out.update(generator.sample(own, count))
    return Split(
        labels,
        tuple(example for example in examples if example.sameness not in kept_out),
        tuple(example for example in examples if example.sameness in kept_out),
        sum(len({example.label for example in copies}) > 1 for copies in texts.values()),
    )


def _check_lonely(lonely: dict[str, list[str]], examples: Sequence[Example]) -> None:
    if not lonely:
        return
    first = next(iter(lonely))
    line = next(example.line for example in examples if example.label == first)
    occurs = Counter(example.label for example in examples)[first]
    how = "occurs once" if occurs == 1 else f"occurs {occurs} times, but with one text of its own"
    others = ""
    if len(lonely) > 1:
        names = ", ".join(f"“{label}”" for label in list(lonely)[1 : _SHOWN + 1])
        more = len(lonely) - 1 - _SHOWN
        others = (
            f" (and so do {names}{f' and {more:,} more' if more > 0 else ''})" if occurs == 1 else f" ({names} too)"
        )
    raise KnownError(
        f"The label “{first}” {how}, on line {line}{others}, so it cannot be both learned and checked; add another"
        " text with it, or take it out."
    )
