"""How a text classifier is trained."""

from __future__ import annotations

from dataclasses import dataclass

from memviz.core.errors import KnownError

#: Rates where the recipe names none.
RATE_FROM_SCRATCH, RATE_OF_BASE = 1e-3, 1e-4


@dataclass(frozen=True, slots=True)
class ClassifierRecipe:
    """How an encoder becomes a classifier.

    The head reads the state of the first token, as in BERT (Devlin et al. 2019); everything is trained, with AdamW, a
    rate that rises over the first sixteenth of the batches and falls linearly to 0.

    Attributes:
        epochs: over the training part, at most.
        rate: of AdamW; 0 for what suits: 0.0001 with a base model, 0.001 without.
        batch: texts.
        length: tokens of a text that are read at most; longer texts are cut.
        validation: share of the examples of each label that is kept out to choose the best round.
        patience: end after so many epochs without a better error; 0 never ends early.
        weight_decay: of AdamW, on matrices.
        clip: largest L2 norm of the gradient.
        seed: of weights, validation part and order.
        width: D without a base model.
        layers: L without a base model.
        heads: attention heads without a base model.
        feed_forward: hidden units of a layer without a base model.
        vocabulary: word pieces without a base model, at most.
    """

    epochs: int = 10
    rate: float = 0.0
    batch: int = 32
    length: int = 128
    validation: float = 0.1
    patience: int = 3
    weight_decay: float = 0.01
    clip: float = 1.0
    seed: int = 0
    width: int = 128
    layers: int = 2
    heads: int = 4
    feed_forward: int = 512
    vocabulary: int = 8000

    def __post_init__(self) -> None:
        for name in ("epochs", "batch", "width", "layers", "heads", "feed_forward"):
            if getattr(self, name) < 1:
                raise KnownError(f"A training needs {name} of at least 1, not {getattr(self, name)}.")
        for name, least in (("length", 4), ("vocabulary", 100), ("patience", 0), ("seed", 0)):
            if getattr(self, name) < least:
                raise KnownError(f"A training needs {name} of at least {least}, not {getattr(self, name)}.")
        if not 0.0 < self.validation < 1.0:
            raise KnownError(f"The validation share must lie between 0 and 1, not at {self.validation}; 0.1 is usual.")
        if not 0.0 <= self.rate < 1.0:
            raise KnownError(f"The rate must be at least 0 and below 1, not {self.rate}; 0 chooses one.")
        if self.width % self.heads:
            raise KnownError(
                f"A width of {self.width} cannot be shared by {self.heads} heads; give a multiple of them."
            )

    def rate_with(self, base: bool) -> float:
        """The rate that is meant, with a base model or without."""
        return self.rate or (RATE_OF_BASE if base else RATE_FROM_SCRATCH)
