"""The memory in a model's weights as values: neurons as slots, what they say, and edits of single facts.

Feed-forward layers are key-value memories (Geva et al., "Transformer Feed-Forward Layers Are Key-Value Memories", EMNLP
2021): a neuron's activation says how well its key matches the input, and its value vector is what it then adds to the
residual stream. Shape letters: L layer, F neurons of a layer, D model width, V vocabulary.
"""

from __future__ import annotations

from dataclasses import dataclass

from memviz.core.arrays import FloatArray
from memviz.core.events import Alternative

#: What a prompt is asked for when an edit is checked: the fact itself, the same fact in other words, other facts.
CHECK_KINDS = ("edited", "paraphrase", "neighbour")


@dataclass(frozen=True, slots=True)
class NeuronScale:
    """A neuron whose activation is multiplied: 0 switches it off, 1 leaves it, 2 makes it twice as strong.

    Attributes:
        layer: 0-based.
        neuron: index among the F of its layer.
        factor: any finite number.
    """

    layer: int
    neuron: int
    factor: float = 0.0


@dataclass(frozen=True, slots=True)
class Promoted:
    """A token and its component of ``E v``: how much a value vector, added once, raises the token's logit.

    The last norm, which lies between them, is left out (the *logit lens*; Geva et al. 2021, section 4).
    """

    text: str
    token_id: int
    logit: float


@dataclass(frozen=True, slots=True)
class NeuronSlot:
    """One neuron at one token, as a slot of the memory.

    Attributes:
        layer, neuron: which.
        activation: what its value vector is multiplied by: its read weight; may be negative.
        strength: |activation| times the length of the value vector.
        share: of the strengths of all neurons of its layer, 0..1.
        promotes: tokens that its value vector raises most, best first.
        demotes: tokens that it lowers most, lowest first; with a negative activation these are what it raises.
    """

    layer: int
    neuron: int
    activation: float
    strength: float
    share: float
    promotes: tuple[Promoted, ...] = ()
    demotes: tuple[Promoted, ...] = ()

    @property
    def raised(self) -> tuple[Promoted, ...]:
        """What this activation raises: by its sign ``promotes`` or ``demotes``."""
        return self.promotes if self.activation >= 0 else self.demotes


@dataclass(frozen=True, slots=True)
class LayerPrediction:
    """The next token if the model ended after this layer: its own last norm and unembedding on the residual stream.

    Attributes:
        layer: 0-based; the last layer's prediction is the model's own.
        text, token_id, logprob: the most probable token.
        alternatives: the next ones, best first.
    """

    layer: int
    text: str
    token_id: int
    logprob: float
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class NeuronReport:
    """What the feed-forward layers did at one token.

    Attributes:
        slots: for each layer its strongest neurons, strongest first.
        predictions: for each layer, the first one first.
        activations: [L, F].
        note: a sentence about how to read the numbers of this architecture, or empty.
    """

    slots: tuple[tuple[NeuronSlot, ...], ...]
    predictions: tuple[LayerPrediction, ...]
    activations: FloatArray
    note: str = ""


@dataclass(frozen=True, slots=True)
class FactEdit:
    """What is to become of one fact.

    Attributes:
        prompt: words that the model goes on from with the fact's object, e.g. ``Alien was directed by``.
        subject: the part of the prompt that the fact is about; its last occurrence counts.
        target: the new object, as it would follow the prompt; a space is put before it where it has none.
        prefixes: texts that are put before the prompt in turn: the key is the mean over them, and the new object is
            learned behind all of them. The empty text is the prompt alone.
        keep: prompts about the same subject whose continuation shall stay as it is.
    """

    prompt: str
    subject: str
    target: str
    prefixes: tuple[str, ...] = ("",)
    keep: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RankOneEdit:
    """``W' = W + left rightᵀ`` for the down projection W [D, F] of one layer.

    Attributes:
        layer: 0-based.
        left: [D], what is added to the layer's output for the key.
        right: [F], the direction of keys that it answers to; its product with the key is 1.
    """

    layer: int
    left: FloatArray
    right: FloatArray


@dataclass(frozen=True, slots=True)
class CheckPrompt:
    """A prompt that is answered before and after an edit.

    Attributes:
        kind: one of :data:`CHECK_KINDS`.
        prompt: as the model reads it.
        expected: for ``edited`` and ``paraphrase`` the new object; a neighbour's answer is to stay what it was.
    """

    kind: str
    prompt: str
    expected: str = ""


@dataclass(frozen=True, slots=True)
class EditCheck:
    """One row of the table before and after.

    Attributes:
        kind, prompt, expected: as asked.
        before, after: the answers.
    """

    kind: str
    prompt: str
    expected: str
    before: str
    after: str

    @property
    def passed(self) -> bool:
        """Whether the answer is now the expected one, whatever the model says after it; for a neighbour, whether it is
        still the same."""
        if self.kind == "neighbour":
            return self.after == self.before
        rest = self.after.removeprefix(self.expected)
        return bool(self.expected) and self.after.startswith(self.expected) and not rest[:1].isalnum()


@dataclass(frozen=True, slots=True)
class EditOutcome:
    """An edit and what it does, as measured on the caller's checks.

    Attributes:
        edit: not applied.
        checks: the table before and after.
    """

    edit: RankOneEdit
    checks: tuple[EditCheck, ...]

    def share(self, kind: str) -> float:
        """Share of the checks of this kind that passed; 1 where there is none."""
        passed = [check.passed for check in self.checks if check.kind == kind]
        return sum(passed) / len(passed) if passed else 1.0
