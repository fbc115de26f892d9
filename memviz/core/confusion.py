"""How often each true label was taken for each other one, and what follows from it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memviz.core.errors import KnownError

#: File beside a trained classifier: its mistakes on the validation part.
CONFUSION = "confusion.json"


@dataclass(frozen=True, slots=True)
class LabelScore:
    """Of one label; 0 where there is nothing to divide by.

    Attributes:
        precision: share of the texts given this label that have it.
        recall: share of the texts with this label that were given it.
        f1: harmonic mean of both.
        examples: texts with this label.
    """

    precision: float
    recall: float
    f1: float
    examples: int


@dataclass(frozen=True, slots=True)
class Confusion:
    """``counts`` [true, predicted] of texts, in the order of ``labels``."""

    labels: tuple[str, ...]
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, labels: Sequence[str], true: Sequence[int], predicted: Sequence[int]) -> Confusion:
        """``true`` and ``predicted``: for each text the place of its label in ``labels``."""
        counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
        np.add.at(counts, (np.asarray(true, dtype=np.int64), np.asarray(predicted, dtype=np.int64)), 1)
        return cls(tuple(labels), counts)

    @property
    def examples(self) -> int:
        return int(self.counts.sum())

    @property
    def accuracy(self) -> float:
        """Share of the texts on the diagonal."""
        return self._right / max(1, self.examples)

    @property
    def error(self) -> float:
        """Share of the texts off the diagonal."""
        return (self.examples - self._right) / max(1, self.examples)

    @property
    def _right(self) -> int:
        return int(np.trace(self.counts))

    @property
    def macro_f1(self) -> float:
        """Mean of F1 over the labels that occur, as true ones or as given ones."""
        occurs = (self.counts.sum(0) + self.counts.sum(1)) > 0
        scores = [score.f1 for score, there in zip(self.scores().values(), occurs, strict=True) if there]
        return sum(scores) / max(1, len(scores))

    def scores(self) -> Mapping[str, LabelScore]:
        """Of each label, in order."""
        given, true, right = self.counts.sum(0), self.counts.sum(1), np.diagonal(self.counts)
        return {
            label: LabelScore(
                precision=float(right[at]) / max(1, int(given[at])),
                recall=float(right[at]) / max(1, int(true[at])),
                f1=2.0 * float(right[at]) / max(1, int(given[at] + true[at])),
                examples=int(true[at]),
            )
            for at, label in enumerate(self.labels)
        }

    def shares(self) -> NDArray[np.float32]:
        """[true, predicted], 0..1: of the texts with each true label; a row of zeros where there are none."""
        totals = np.maximum(1, self.counts.sum(1, keepdims=True))
        shares: NDArray[np.float32] = (self.counts / totals).astype(np.float32)
        return shares

    def as_json(self) -> dict[str, Any]:
        return {"labels": list(self.labels), "counts": self.counts.tolist()}

    def save(self, folder: Path) -> None:
        """Writes ``confusion.json`` into ``folder``."""
        (folder / CONFUSION).write_text(json.dumps(self.as_json(), ensure_ascii=False) + "\n", encoding="utf-8")


def read_confusion(folder: Path) -> Confusion:
    """What :meth:`Confusion.save` wrote.

    Raises:
        KnownError: there is no such file, or it is broken.
    """
    path = folder / CONFUSION
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        labels = tuple(str(label) for label in told["labels"])
        counts = np.asarray(told["counts"], dtype=np.int64)
    except OSError as error:
        raise KnownError(f"“{path}” cannot be read ({error.strerror}); train the classifier again.") from error
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise KnownError(f"“{path}” holds no confusion matrix; train the classifier again.") from error
    if not labels or counts.shape != (len(labels), len(labels)) or (counts < 0).any():
        raise KnownError(f"“{path}” holds no confusion matrix of its {len(labels)} labels; train the classifier again.")
    return Confusion(labels, counts)
