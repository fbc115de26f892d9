"""How an end-to-end memory network is trained."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MemN2NRecipe:
    """How a memory network is trained; the defaults are the paper's joint training (section 4.2 there).

    Attributes:
        width, slots, hops, tying, position_encoding: of the network.
        epochs: at most.
        linear_epochs: of them without softmax in the hops (linear start).
        rate: of stochastic gradient descent; half of it in the linear start.
        halved_every: epochs after which the rate is halved.
        batch: questions.
        clip: largest L2 norm of the gradient, which is summed over the batch.
        blanks: most empty slots that are scattered into a story, as a share of its length.
        validation: share of the training questions that is kept out to choose the best epoch.
        seed: of weights, validation part and order.
    """

    width: int = 50
    slots: int = 50
    hops: int = 3
    tying: str = "adjacent"
    position_encoding: bool = True
    epochs: int = 60
    linear_epochs: int = 30
    rate: float = 0.01
    halved_every: int = 15
    batch: int = 32
    clip: float = 40.0
    blanks: float = 0.1
    validation: float = 0.1
    seed: int = 0
