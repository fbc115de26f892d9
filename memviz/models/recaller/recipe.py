"""How a recaller is trained."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecallerRecipe:
    """How a recaller is trained: a small GPT-2 that tells facts without any memory but its weights.

    Attributes:
        movies: how many are learned by heart; those with the most tags, which are the best known.
        vocabulary: tokens of the BPE tokenizer, at most.
        width: D of the model.
        layers: blocks.
        heads: of attention in each block.
        feed_forward: F, neurons of each block.
        length: tokens that the model can read.
        rounds: at most; a round asks every fact once in every phrasing that is trained.
        rate: of AdamW for embeddings, norms and biases; it falls linearly to a fiftieth over the last half.
        matrix_rate: of Muon for the weight matrices; it falls alike.
        batch: sentences.
        before: share of the sentences that have another fact's sentence before them.
        gathered: share of the sentences in which what stands behind a title sees only what its last token has gathered.
        gathering: layers in which it gathers: what stands behind sees nothing of the title there.
        clip: largest norm of the gradient.
        seed: of weights and order.
    """

    movies: int = 400
    vocabulary: int = 2800
    width: int = 128
    layers: int = 4
    heads: int = 4
    feed_forward: int = 512
    length: int = 64
    rounds: int = 20
    rate: float = 3e-3
    matrix_rate: float = 3e-3
    batch: int = 64
    before: float = 0.5
    gathered: float = 0.9
    gathering: int = 2
    clip: float = 1.0
    seed: int = 0

    def rate_factor(self, done: float) -> float:
        """Share of the full rates when ``done`` rounds are done."""
        left = 1.0 - done / self.rounds
        return max(0.02, min(1.0, left / 0.5))
