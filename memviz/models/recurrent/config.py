"""Sizes of a recurrent memory."""

from __future__ import annotations

from dataclasses import dataclass

from memviz.core.errors import KnownError

CELLS = ("lstm", "gru")


@dataclass(frozen=True)
class RecurrentConfig:
    """What a :class:`~memviz.models.recurrent.network.RecurrentMemory` is made of.

    Attributes:
        input_size, output_size: of one step, I and O.
        units: N, the cell units, which are its memory.
        cell: ``lstm`` or ``gru``.
    """

    input_size: int
    output_size: int
    units: int = 128
    cell: str = "lstm"

    def __post_init__(self) -> None:
        for name in ("input_size", "output_size", "units"):
            if getattr(self, name) < 1:
                raise KnownError(f"A recurrent memory needs {name} of at least 1, not {getattr(self, name)}.")
        if self.cell not in CELLS:
            raise KnownError(f"A recurrent memory's cell is {' or '.join(CELLS)}, not “{self.cell}”.")
