"""Sizes and options of a DNC that reads stories."""

from __future__ import annotations

from dataclasses import dataclass, field

from memviz.core.errors import KnownError
from memviz.models.dnc.config import DNCConfig

#: What a stream holds beside words: the end of a sentence, and that an answer is asked for.
ENDS, ASKS = MARKS = (".", "?")


@dataclass(frozen=True)
class StoryDNCConfig:
    """What a :class:`~memviz.models.story_dnc.network.StoryDNC` is made of.

    Attributes:
        vocabulary: words and answers in the order of their ids, which start at 1; 0 is no word.
        sentence: words of the longest sentence that is one step; longer ones lose their end. 0: each word is a step.
        slots, word_size, read_heads, controller, hidden_size, masked_lookup, deallocation, link_sharpness: of the DNC,
            see :class:`~memviz.models.dnc.config.DNCConfig`.
    """

    vocabulary: tuple[str, ...] = field(default=())
    sentence: int = 0
    slots: int = 32
    word_size: int = 32
    read_heads: int = 2
    controller: str = "lstm"
    hidden_size: int = 100
    masked_lookup: bool = True
    deallocation: bool = True
    link_sharpness: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "vocabulary", tuple(self.vocabulary))  # a file gives a list
        if not self.vocabulary:
            raise KnownError("A DNC that reads stories needs a vocabulary; train it on stories.")

    @property
    def symbols(self) -> int:
        """Ids of a stream: no word, the words, the marks."""
        return 1 + len(self.vocabulary) + len(MARKS)

    @property
    def row(self) -> int:
        """Symbols that are read in one step."""
        return self.sentence + 1 if self.sentence else 1  # with its mark

    def computer(self) -> DNCConfig:
        """Of the DNC: one input for each symbol at each place of a step, one output for each word."""
        return DNCConfig(
            input_size=self.row * self.symbols,
            output_size=1 + len(self.vocabulary),
            slots=self.slots,
            word_size=self.word_size,
            read_heads=self.read_heads,
            controller=self.controller,
            hidden_size=self.hidden_size,
            masked_lookup=self.masked_lookup,
            deallocation=self.deallocation,
            link_sharpness=self.link_sharpness,
        )
