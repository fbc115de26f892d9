"""What is asked, with everything that decides the answer."""

from __future__ import annotations

from dataclasses import dataclass

from memviz.core.neurons import NeuronScale
from memviz.core.recall_settings import RecallSettings


@dataclass(frozen=True, slots=True)
class Turn:
    """What was said before in a dialogue; ``role`` is ``user`` or ``assistant``."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Query:
    """A question with everything that decides its answer, so that the same query gives the same run.

    Attributes:
        text: what the user typed.
        max_tokens: at most this many answer tokens.
        temperature: 0 is greedy.
        top_p: nucleus of the probability mass to sample from, 0..1.
        seed: of the sampler.
        limit: at most this many entries are injected. Recall for language models heeds this and ``least_share``; a
            memory network gets what its key hashing finds, or as many entries as it has slots.
        least_share: entries that score less than this share of the best one's score are cut, 0..1; 0 cuts none.
        template: how entries and question become a prompt; None: the model's own.
        use_memory: False asks the model without any entry.
        beams: width of the beam search of an encoder-decoder model; 1: none; 0: as the model's own configuration says.
            Sampling (a temperature above 0) searches with no beams.
        dialogue: what was said before, the oldest first; a causal model reads it before the question.
        neurons: neurons of a causal model that are scaled while it answers, to see what they do.
        window: tokens of the context that may be used, to see what a smaller one would change; 0: all that the model
            has.
        source: for a model that reads a story: only entries of this source; empty for all.
        before: for a model that reads a story: only entries with a lower id; None for all.
        expected: the right answer, where it is known; shown, never used.
        supporting: ids of the entries that the right answer follows from, where they are known; shown, never used.
        recall: how entries are recalled; None: as the memory says, and as usual where it says nothing.
        as_of: ask the memory as it was at a version (a whole number) or a time (seconds since 1970, a float). At a time
            to come it is as it is now, and has faded until then. None: as it is.
        pinned: ids of entries that are injected before all others, whatever their score.
        excluded: ids of entries that are not injected, since the model is given what they say otherwise (the turns of
            ``dialogue`` are entries too).
    """

    text: str
    max_tokens: int = 64
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    limit: int = 12
    least_share: float = 0.5
    template: str | None = None
    use_memory: bool = True
    beams: int = 0
    dialogue: tuple[Turn, ...] = ()
    window: int = 0
    neurons: tuple[NeuronScale, ...] = ()
    source: str = ""
    before: int | None = None
    expected: str = ""
    supporting: tuple[int, ...] = ()
    recall: RecallSettings | None = None
    as_of: int | float | None = None
    pinned: tuple[int, ...] = ()
    excluded: tuple[int, ...] = ()
