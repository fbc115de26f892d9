"""How the model that writes numbers out is trained."""

from __future__ import annotations

from dataclasses import dataclass

from memviz.core.errors import KnownError


@dataclass(frozen=True, slots=True)
class NumberWordsRecipe:
    """All numbers of one training. Attention is never told what to look at: nothing but the words is trained on.

    Attributes:
        width: of every vector that a layer hands on.
        encoder_layers: of the source.
        decoder_layers: of the target; each has self-attention and cross-attention.
        heads: of every attention; each is width / heads wide.
        feed_forward: units of each feed-forward layer.
        dropout: share of activations that are left out in training, 0..1.
        rounds: of 100 batches, at most.
        batch: examples.
        matrix_rate: learning rate of the weight matrices (Muon, scaled to AdamW's size of update); it rises over the
            first round and falls over the second half, and the other rate with it.
        rate: learning rate of embeddings and norms (AdamW).
        clip: largest norm of the gradient.
        seed: of weights, examples and dropout.
    """

    width: int = 128
    encoder_layers: int = 3
    decoder_layers: int = 3
    heads: int = 4
    feed_forward: int = 384
    dropout: float = 0.0
    rounds: int = 45
    batch: int = 32
    matrix_rate: float = 2e-3
    rate: float = 1e-2
    clip: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        counts = (self.width, self.encoder_layers, self.decoder_layers, self.heads, self.feed_forward, self.batch)
        if min(counts) < 1:
            raise KnownError("Width, layers, heads, units and batch must be at least 1.")
        if self.width % self.heads:
            raise KnownError(
                f"A width of {self.width} cannot be shared among {self.heads} heads; use a multiple of it."
            )
        if not 0.0 <= self.dropout < 1.0:
            raise KnownError("The dropout is a share from 0 to below 1.")
