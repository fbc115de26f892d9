"""How an end-to-end memory network is trained."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MemN2NRecipe:
    """How a memory network is trained on all tasks together.

    The network, the linear start and the random noise are the paper's (section 4.2 there); AdamW with a cosine instead
    of stochastic gradient descent, and four hops instead of three, since with the paper's settings training got stuck:
    22 % of the validation questions of bAbI 1k were answered wrong, and inductions (task 16) by chance.

    Attributes:
        width: d of the network.
        slots: sentences that are remembered.
        hops: K of the network.
        tying: adjacent or layer-wise.
        position_encoding: whether the order of words counts.
        epochs: at most.
        linear_epochs: of them without softmax in the hops (linear start).
        rate: of AdamW; it rises over the first epochs and falls to 0 along a cosine.
        warm_up: epochs over which the rate rises.
        weight_decay: of AdamW.
        batch: questions.
        clip: largest L2 norm of the gradient, which is summed over the batch.
        blanks: most empty slots that are scattered into a story, as a share of its length.
        validation: share of the training questions that is kept out to choose the best epoch.
        seed: of weights, validation part and order.
    """

    width: int = 50
    slots: int = 50
    hops: int = 4
    tying: str = "adjacent"
    position_encoding: bool = True
    epochs: int = 60
    linear_epochs: int = 20
    rate: float = 0.005
    warm_up: int = 3
    weight_decay: float = 0.005
    batch: int = 32
    clip: float = 40.0
    blanks: float = 0.2
    validation: float = 0.1
    seed: int = 0
