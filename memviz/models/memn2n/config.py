"""Sizes and options of an end-to-end memory network."""

from __future__ import annotations

from dataclasses import dataclass, field

from memviz.core.errors import KnownError

TYINGS = ("adjacent", "layer-wise")


@dataclass(frozen=True)
class MemN2NConfig:
    """What an :class:`~memviz.models.memn2n.network.EndToEndMemoryNetwork` is made of.

    Attributes:
        vocabulary: words and answers in the order of their ids, which start at 1; 0 is no word.
        width: d, of all embeddings.
        slots: N, sentences that are remembered; of longer stories the last ones.
        hops: K.
        tying: ``adjacent`` (one hop's output embedding is the next one's input embedding) or ``layer-wise`` (all hops
            share both, and a matrix H carries the query from hop to hop).
        position_encoding: words count by their place in the sentence; else a sentence is the sum of its words.
        rectified: half of the query's units are rectified after each hop, as in the paper's section 5.
    """

    vocabulary: tuple[str, ...] = field(default=())
    width: int = 50
    slots: int = 50
    hops: int = 3
    tying: str = "adjacent"
    position_encoding: bool = True
    rectified: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "vocabulary", tuple(self.vocabulary))  # a file gives a list
        for name in ("width", "slots", "hops"):
            if getattr(self, name) < 1:
                raise KnownError(f"A memory network needs {name} of at least 1, not {getattr(self, name)}.")
        if self.tying not in TYINGS:
            raise KnownError(f"A memory network's tying is {' or '.join(TYINGS)}, not “{self.tying}”.")
        if not self.vocabulary:
            raise KnownError("A memory network needs a vocabulary; train it on stories.")
