"""How an end-to-end memory network is trained."""

from __future__ import annotations

from dataclasses import dataclass

from memviz.core.errors import KnownError


@dataclass(frozen=True, slots=True)
class MemN2NRecipe:
    """How a memory network is trained on all tasks together.

    The network, the linear start and the random noise are the paper's (section 4.2 there). Like the paper, which takes
    the best of ten by its training loss, it begins several times, since whether inductions (bAbI's task 16) are found
    at all is decided early, and by chance. Other than the paper: AdamW with a cosine instead of stochastic gradient
    descent, four hops instead of three, and stories are told again with other names.

    Attributes:
        width: d of the network.
        slots: sentences that are remembered.
        hops: K of the network.
        tying: adjacent or layer-wise.
        position_encoding: whether the order of words counts.
        rectified: whether half of the query's units are rectified after each hop.
        epochs: of the trial that goes on.
        linear_epochs: of them without softmax and rectified units in the hops (linear start).
        trials: how often it begins, each time with other weights.
        trial_epochs: of each trial; the one with the least training loss in its last epoch goes on.
        trial_share: share of the training questions that an epoch of a trial sees; where there are many, a part is
            enough to tell a good beginning.
        renaming: after the trials names change places in a story, as Renaming says.
        rate: of AdamW; it rises over the first epochs and falls to 0 along a cosine.
        warm_up: epochs over which the rate rises.
        weight_decay: of AdamW.
        batch: questions.
        clip: largest L2 norm of the gradient, which is summed over the batch.
        blanks: most empty slots that are scattered into a story, as a share of its length.
        validation: share of the training stories that is kept out to choose the best epoch.
        seed: of weights, validation part and order.
    """

    width: int = 50
    slots: int = 50
    hops: int = 4
    tying: str = "adjacent"
    position_encoding: bool = True
    rectified: bool = False
    epochs: int = 70
    linear_epochs: int = 20
    trials: int = 3
    trial_epochs: int = 28
    trial_share: float = 1.0
    renaming: bool = True
    rate: float = 0.005
    warm_up: int = 3
    weight_decay: float = 0.0
    batch: int = 32
    clip: float = 40.0
    blanks: float = 0.1
    validation: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "trials", "trial_epochs"):
            if getattr(self, name) < 1:
                raise KnownError(f"A training needs {name} of at least 1, not {getattr(self, name)}.")
        if self.linear_epochs >= self.epochs:
            raise KnownError(
                f"All of the {self.epochs} epochs would be linear start; give more epochs, or fewer linear epochs."
            )

    @property
    def rounds(self) -> int:
        """Epochs of all trials together."""
        return self.epochs + (self.trials - 1) * min(self.trial_epochs, self.epochs)
