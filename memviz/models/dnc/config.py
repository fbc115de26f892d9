"""Sizes and options of a differentiable neural computer."""

from __future__ import annotations

from dataclasses import dataclass

from memviz.core.errors import KnownError

CONTROLLERS = ("lstm", "feedforward")


@dataclass(frozen=True)
class DNCConfig:
    """What a :class:`~memviz.models.dnc.network.DifferentiableNeuralComputer` is made of.

    Attributes:
        input_size, output_size: of one step, I and O.
        slots: rows of the memory, N.
        word_size: columns of the memory, W.
        read_heads: R; there is one write head, as in the paper.
        controller: ``lstm`` or ``feedforward``.
        hidden_size: of the controller, D.
        clip: controller output and interface are kept within ± this.
        masked_lookup: content is compared only where a mask of the head's own says so (Csordas & Schmidhuber 2019,
            section 3.1).
        mask_min: smallest value of such a mask, 0..1.
        deallocation: freed rows are wiped, not only marked as free (3.2 there).
        link_sharpness: forward and backward weights are sharpened after the linkage has blurred them (3.3 there).
    """

    input_size: int
    output_size: int
    slots: int = 16
    word_size: int = 16
    read_heads: int = 1
    controller: str = "lstm"
    hidden_size: int = 64
    clip: float = 20.0
    masked_lookup: bool = False
    mask_min: float = 0.1
    deallocation: bool = False
    link_sharpness: bool = False

    def __post_init__(self) -> None:
        for name in ("input_size", "output_size", "slots", "word_size", "read_heads", "hidden_size"):
            if getattr(self, name) < 1:
                raise KnownError(f"A DNC needs {name} of at least 1, not {getattr(self, name)}.")
        if self.controller not in CONTROLLERS:
            raise KnownError(f"A DNC's controller is {' or '.join(CONTROLLERS)}, not “{self.controller}”.")
