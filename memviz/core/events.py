"""The one vocabulary in which every memory system tells its story.

All events are frozen. Arrays in them are detached copies on the CPU, marked read-only by whoever creates them with
:func:`~memviz.core.arrays.frozen_array`. Shape letters: L layer, H attention head (or read/write head), N slots, W word
size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from memviz.core.arrays import FloatArray
from memviz.core.recall_settings import RecallSettings

#: The order of the DNC's read modes, stated once.
READ_MODES = ("backward", "content", "forward")

#: What a slot can be. ``entry``: the span of a recalled entry in the prompt; ``sink``: the first token, which collects
#: attention that has nowhere else to go; ``cell``: a row of a memory matrix; ``source``: a token of the text that an
#: encoder read; ``turn``: what was said before in a dialogue.
SLOT_KINDS = ("sink", "instructions", "entry", "turn", "question", "answer", "cell", "source")

#: The kinds that are what a model remembers; the others are what is around it.
MEMORY_KINDS = ("entry", "cell", "source", "turn")


@dataclass(frozen=True, slots=True)
class Slot:
    """An address that a model reads or writes.

    Attributes:
        index: position in the arrays' last axis.
        kind: one of :data:`SLOT_KINDS`.
        label: short words for an axis or a tooltip.
        entry_id: the entry behind it, if any.
        spans: half-open ranges of prompt tokens that belong to it; empty where slots are no tokens.
    """

    index: int
    kind: str
    label: str
    entry_id: int | None = None
    spans: tuple[tuple[int, int], ...] = ()


#: Why an entry was cut: the question leaves it out (``excluded``), it does not pass a filter (``owner``, ``kind``), a
#: newer or better one stands for it (``superseded``), it has ``decayed``, its ``score`` or its ``share`` of the best
#: is too small, its ``rank`` is beyond the limit, or the prompt had no room (``budget``).
CAUSES = ("excluded", "owner", "kind", "superseded", "decayed", "score", "share", "rank", "budget")

#: Those of filters: the entry is out of the race, whatever its score.
FILTER_CAUSES = CAUSES[:5]

_NO_REMARKS: Mapping[int, str] = MappingProxyType({})
_NO_RANKS: Mapping[str, int] = MappingProxyType({})
_NO_DETAILS: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Candidate:
    """One entry that recall looked at.

    Attributes:
        entry_id: which.
        rank: 1 is best.
        score: higher is better; the sum of ``parts``.
        parts: named parts of the score, in the order in which they are explained.
        status: ``injected`` (in the prompt) or ``cut``.
        reason: why it was cut; empty when injected.
        cause: the same in one word, one of :data:`CAUSES`; empty when injected.
        found: rank in each ranking that found it: ``lexical``, ``dense``.
        details: what the parts come from, by name: ``bm25``, ``cosine``, ``retention``, ``age`` (seconds) …
        conflicts: ids of entries that claim something else about the same subject and attribute.
    """

    entry_id: int
    rank: int
    score: float
    parts: Mapping[str, float]
    status: str
    reason: str = ""
    cause: str = ""
    found: Mapping[str, int] = field(default_factory=lambda: _NO_RANKS)
    details: Mapping[str, float] = field(default_factory=lambda: _NO_DETAILS)
    conflicts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RecallEvent:
    """Which entries were found for the query, every candidate that was looked at, best first.

    Attributes:
        candidates: ranked.
        metric: what the score is, for people (e.g. ``BM25 + key match, higher is better``).
        terms: the words that were searched, as the index sees them.
        version: the store's version that was searched.
        seconds: how long it took.
        note: one sentence when something is to be said (nothing to search for, nothing found), else empty.
        now: the time that ages were counted from, seconds since 1970.
        settings: how it was recalled, where the recaller has settings.
        remarks: entry id -> what the model is told of it beside its text (that another entry disagrees).
    """

    candidates: tuple[Candidate, ...]
    metric: str
    terms: tuple[str, ...]
    version: int
    seconds: float
    note: str = ""
    now: float = 0.0
    settings: RecallSettings | None = None
    remarks: Mapping[int, str] = field(default_factory=lambda: _NO_REMARKS)

    def injected(self) -> tuple[Candidate, ...]:
        return tuple(candidate for candidate in self.candidates if candidate.status == "injected")


@dataclass(frozen=True, slots=True)
class PromptEvent:
    """The prompt as the model sees it.

    Attributes:
        text: the whole prompt, chat template included.
        token_texts: each prompt token's text; joined they give (nearly) ``text``.
        slots: all slots of this run, in the order of the last axis of every ``read_weights``.
        cut: entries that recall injected and that the model's context could not hold, with the reason.
        layers, heads: L and H of every ``read_weights`` of this run.
        capture: how attention is captured, for people (``rows``, ``eager`` or ``none``).
        token_ids: each prompt token's id in the model's vocabulary; empty where the model has none.
        step_word: what a step of this run is, for people: ``token``, ``hop`` …
        step_texts: what is read in at each step, where that is known before; empty elsewhere.
        told: what is written into the slots step by step, where they are rows of a memory; its indices are those of the
            last axis of every ``told_weights``. Empty where the slots themselves are what an answer comes from.
        cut_turns: how many turns of the dialogue, the oldest, did not fit.
        context_length: tokens that prompt and answer may take together, as this run used it; 0: no limit.
        answer_room: tokens that the answer may take.
        answer_from: the first step that counts for the answer: where the question is read in, or 0. Before it the model
            only reads in what is told.
    """

    text: str
    token_texts: tuple[str, ...]
    slots: tuple[Slot, ...]
    cut: tuple[Candidate, ...] = ()
    layers: int = 0
    heads: int = 0
    capture: str = ""
    token_ids: tuple[int, ...] = ()
    step_word: str = "token"
    step_texts: tuple[str, ...] = ()
    told: tuple[Slot, ...] = ()
    cut_turns: int = 0
    context_length: int = 0
    answer_room: int = 0
    answer_from: int = 0

    @property
    def sources(self) -> tuple[Slot, ...]:
        """What an answer comes from: in the order of the last axis of every ``source_weights``."""
        return self.told or self.slots


@dataclass(frozen=True, slots=True)
class Alternative:
    """A token that could have come instead."""

    text: str
    token_id: int
    logprob: float


@dataclass(frozen=True, slots=True)
class ReadEvent:
    """What was read at one step.

    Attributes:
        step: 0, 1, 2 …
        read_weights: [L, H, N] for a transformer, [H, N] for a memory network; each row sums to at most 1.
        detail: further arrays of this read by name (a DNC's ``read_modes`` [H, 3], ``linkage`` …).
        told_weights: the same reads traced back to what was told, [H, S]; None where the slots are the sources.
    """

    step: int
    read_weights: FloatArray
    detail: Mapping[str, FloatArray] = field(default_factory=lambda: MappingProxyType({}))
    told_weights: FloatArray | None = None

    @property
    def source_weights(self) -> FloatArray:
        """[L, H, S] or [H, S] over :attr:`PromptEvent.sources`."""
        return self.read_weights if self.told_weights is None else self.told_weights


@dataclass(frozen=True, slots=True)
class WriteEvent:
    """What was written at one step.

    ``M = M * (1 - outer(w, erase)) + outer(w, write)``, head by head (Graves et al. 2016, equation 4).

    Attributes:
        step: 0, 1, 2 …
        write_weights: [H, N].
        erase_vectors: [H, W], 0..1.
        write_vectors: [H, W].
        detail: further arrays by name (``usage`` [N], ``allocation_gate`` [H] …).
    """

    step: int
    write_weights: FloatArray
    erase_vectors: FloatArray
    write_vectors: FloatArray
    detail: Mapping[str, FloatArray] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class KeyframeEvent:
    """The whole memory matrix [N, W] as it is *after* the writes of ``step`` (-1: before the first)."""

    step: int
    memory: FloatArray


@dataclass(frozen=True, slots=True)
class OutputEvent:
    """What came out at one step; it ends the step.

    Attributes:
        step: 0, 1, 2 …
        text: the token's text as it joins the answer (may be empty when a character needs more tokens).
        token_id: in the model's vocabulary.
        logprob: natural logarithm of its probability at temperature 1.
        alternatives: the five next most probable tokens, best first.
        special: True for a token that is no part of the answer's text (end of sequence).
    """

    step: int
    text: str
    token_id: int
    logprob: float
    alternatives: tuple[Alternative, ...] = ()
    special: bool = False


@dataclass(frozen=True, slots=True)
class EncoderEvent:
    """What an encoder attended to within the text it read, all at once.

    Attributes:
        attention: [L, H, T, T] over the prompt's tokens; a row says what its token attends to, and sums to 1.
    """

    attention: FloatArray


@dataclass(frozen=True, slots=True)
class Beam:
    """One of the texts that a beam search follows.

    Attributes:
        text: the whole of it so far.
        token_text: what its newest token adds.
        logprob: natural logarithm of the whole text's probability.
        parent: which of the beams before it goes on, -1 at the first step.
        kept: whether it is followed further; False: it came to its end.
    """

    text: str
    token_text: str
    logprob: float
    parent: int
    kept: bool = True


@dataclass(frozen=True, slots=True)
class BeamEvent:
    """The beams after one step of a search, those that are followed first, each part best first."""

    search_step: int
    beams: tuple[Beam, ...]


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A text that a beam search came to the end of.

    Attributes:
        score: by which the search chooses: logprob divided by a power of the length.
        path: which beam of each search step it went through.
    """

    text: str
    score: float
    logprob: float
    path: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HypothesesEvent:
    """How a beam search ended, the chosen text first; its reads and outputs follow as steps.

    ``length_penalty`` is the power of the length in every score.
    """

    hypotheses: tuple[Hypothesis, ...]
    length_penalty: float


@dataclass(frozen=True, slots=True)
class EmbeddingEvent:
    """The vector that an encoder makes of the text, and how near the recalled entries are to it.

    Attributes:
        vector: [D].
        pooling: how it is made of the tokens' vectors, for people.
        cosines: (entry id, cosine of its vector and this one), the nearest first.
    """

    vector: FloatArray
    pooling: str
    cosines: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """How far a model has come before its first step: ``done`` of ``total`` tokens of the prompt are read."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class CacheEvent:
    """What a model keeps of the tokens it has read: bytes of keys and values in each layer, for ``tokens`` tokens."""

    tokens: int
    layer_bytes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NoticeEvent:
    """One sentence that the user should see with this run; ``level`` is ``info`` or ``warning``."""

    message: str
    level: str = "info"


@dataclass(frozen=True, slots=True)
class FinishEvent:
    """The last event of a run.

    Attributes:
        reason: ``end`` (the model ended its answer), ``length`` (max_tokens, or the context is full),
            ``cancelled`` or ``failed``.
        answer: the whole text.
        timings: seconds by name (``recall``, ``prompt``, ``generate`` …).
    """

    reason: str
    answer: str
    timings: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


Event = (
    RecallEvent
    | PromptEvent
    | ReadEvent
    | WriteEvent
    | KeyframeEvent
    | OutputEvent
    | EncoderEvent
    | BeamEvent
    | HypothesesEvent
    | EmbeddingEvent
    | CacheEvent
    | ProgressEvent
    | NoticeEvent
    | FinishEvent
)
