"""A text and the same text with its numbers written out, and which characters each written word comes from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

#: Half-open range of characters.
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a target.

    Attributes:
        text: with what separates it from the word before: `` twenty``, ``-six``; nothing in Chinese.
        span: the source characters it comes from; None for a word that only grammar asks for (“the”, “of”, “and”).
    """

    text: str
    span: Span | None = None

    def moved(self, by: int) -> Word:
        """The same word of a source that begins ``by`` characters earlier."""
        return self if self.span is None else Word(self.text, (self.span[0] + by, self.span[1] + by))

    def after_space(self) -> Word:
        """The same word with a space before it."""
        return Word(f" {self.text}", self.span)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A piece of source text and its words; their spans count from its beginning."""

    source: str
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A source and its target.

    Attributes:
        kind: what is written out: a key of ``task.KINDS``.
        source: as it is given to the model.
        words: of the target, each with the space or hyphen before it; joined they are the target.
        alignment: for each word the characters of ``source`` it comes from, or None.
        values: the numbers and dates in it, in one spelling each, by which examples are kept out of training.
    """

    kind: str
    source: str
    words: tuple[str, ...]
    alignment: tuple[Span | None, ...]
    values: tuple[str, ...]

    @property
    def target(self) -> str:
        return "".join(self.words)

    @property
    def word_spans(self) -> tuple[Span, ...]:
        """Where each word stands in the target, the space before it left out."""
        ends = list(accumulate((len(word) for word in self.words), initial=0))
        return tuple(
            (start + word.startswith(" "), end) for word, (start, end) in zip(self.words, pairwise(ends), strict=True)
        )


def joined(kind: str, phrases: Iterable[Phrase], values: Sequence[str]) -> Example:
    """One example out of phrases that follow each other."""
    source, words = "", list[Word]()
    for phrase in phrases:
        words += [word.moved(len(source)) for word in phrase.words]
        source += phrase.source
    words[0] = Word(words[0].text.removeprefix(" "), words[0].span)
    return Example(kind, source, tuple(word.text for word in words), tuple(word.span for word in words), tuple(values))
