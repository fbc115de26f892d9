"""Training and measuring of differentiable neural computers on synthetic tasks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from memviz.core.errors import KnownError

if TYPE_CHECKING:
    from memviz.models.dnc.recipe import DNCRecipe
    from memviz.models.training.fit import Report


def train_dnc(
    out: Path,
    recipe: DNCRecipe,
    *,
    threads: int = 1,
    patience: int | None = None,
    report: Callable[[Report], None] = lambda _: None,
) -> dict[str, float]:
    """Trains a network on the recipe's task and saves it to ``out``; continues from a checkpoint there. Blocks.

    Args:
        threads: of torch; one is fastest for small networks.
        patience: rounds without a better figure after which it ends.
        report: called after every round; may raise ``Cancelled``.

    Returns:
        Figures of the network that was saved.

    Raises:
        KnownError: a loss that is no number any more.
    """
    from memviz.models.dnc.train import DNCTraining
    from memviz.models.threads import use_threads
    from memviz.models.training.fit import fit

    use_threads(threads)
    return fit(DNCTraining(recipe), out, rounds=recipe.rounds, watch="error", patience=patience, report=report)


@dataclass(frozen=True, slots=True)
class BitScore:
    """Figures over sequences of one length: the share of bits that are right, and of sequences without a wrong bit."""

    task: str
    length: int
    sequences: int
    bits_right: float
    sequences_right: float


def bit_score(model: Path, length: int, *, sequences: int = 100, seed: int = 1_000_000) -> BitScore:
    """Measures a trained network on random sequences of a length, words or items. Blocks.

    Raises:
        KnownError: no such model, or a length that makes no sense.
    """
    from memviz.models.dnc.train import right_shares
    from memviz.models.load_network import load_dnc

    opened = load_dnc(str(model))
    if length < (2 if opened.task.name == "recall" else 1) or sequences < 1:
        raise KnownError("A length of at least 1 (2 items for associative recall) and 1 sequence are needed.")
    bits, whole = right_shares(opened.network, opened.task, length, sequences, seed)
    return BitScore(opened.task.name, length, sequences, bits, whole)
