"""A vector for each piece of a word, in 8 bits, in one file."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from memviz.core.arrays import FloatArray
from memviz.core.errors import KnownError


@dataclass(frozen=True, slots=True, eq=False)
class PieceTable:
    """Pieces and their vectors.

    Attributes:
        pieces: as in ``pieces.Pieces``.
        numbers: int8 [V, D].
        scales: float32 [V]; a piece's vector is its numbers times its scale.
    """

    pieces: tuple[str, ...]
    numbers: NDArray[np.int8]
    scales: NDArray[np.float32]

    @classmethod
    def of(cls, pieces: Sequence[str], vectors: FloatArray) -> PieceTable:
        """Rounds vectors [V, D] to 8 bits."""
        scales = np.maximum(np.abs(vectors).max(axis=1), 1e-9) / 127
        numbers = np.rint(vectors / scales[:, None]).astype(np.int8)
        return cls(tuple(pieces), numbers, scales.astype(np.float32))

    @property
    def dimension(self) -> int:
        return int(self.numbers.shape[1])

    def save(self, file: Path) -> None:
        """Raises ``OSError`` where it cannot be written."""
        text = np.frombuffer("\n".join(self.pieces).encode(), dtype=np.uint8)
        with file.open("wb") as stream:
            np.savez_compressed(stream, pieces=text, numbers=self.numbers, scales=self.scales)

    @classmethod
    def load(cls, file: Path) -> PieceTable:
        """Reads what :meth:`save` wrote.

        Raises:
            KnownError: the file is missing or damaged.
        """
        try:
            with file.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
                pieces = tuple(arrays["pieces"].tobytes().decode().split("\n"))
                table = cls(pieces, arrays["numbers"], arrays["scales"])
            if table.numbers.shape[:1] != (len(pieces),) or table.scales.shape != (len(pieces),):
                raise ValueError("other sizes")
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise KnownError(f"The built-in embedder’s file {file} cannot be read; install memviz again.") from error
        return table
