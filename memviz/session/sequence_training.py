"""Training and measuring of networks on synthetic tasks: differentiable neural computers, LSTM and GRU."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memviz.core.errors import KnownError
from memviz.session.addresses import model_address
from memviz.session.registry import MODELS, load

if TYPE_CHECKING:
    from memviz.models.dnc.recipe import DNCRecipe
    from memviz.models.recurrent.recipe import RecurrentRecipe
    from memviz.models.training.fit import Report

#: Kinds of models whose queries are sequences of a task.
SEQUENCE_KINDS = ("dnc", "recurrent")


def train_on_task(
    out: Path,
    recipe: DNCRecipe | RecurrentRecipe,
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
    from memviz.models.dnc.recipe import DNCRecipe
    from memviz.models.dnc.train import DNCTraining
    from memviz.models.recurrent.train import RecurrentTraining
    from memviz.models.threads import use_threads
    from memviz.models.training.fit import fit

    use_threads(threads)
    training = DNCTraining(recipe) if isinstance(recipe, DNCRecipe) else RecurrentTraining(recipe)
    return fit(training, out, rounds=recipe.rounds, watch="error", patience=patience, report=report)


@dataclass(frozen=True, slots=True)
class BitScore:
    """Figures over sequences of one length: the share of bits that are right, and of sequences without a wrong bit."""

    task: str
    length: int
    sequences: int
    bits_right: float
    sequences_right: float


def bit_score(model: str, length: int, *, sequences: int = 100, seed: int = 1_000_000) -> BitScore:
    """Measures a trained network (bundled name or folder) on random sequences of a length, words or items. Blocks.

    Raises:
        KnownError: no such model, or a length that makes no sense.
    """
    from memviz.models.sequences.training import right_shares

    kind, where = model_address(model)
    if kind not in SEQUENCE_KINDS:
        raise KnownError(f"“{model}” is no model of sequences; name a DNC, an LSTM or a GRU.")
    opened: Any = load(MODELS, kind)(where)
    if length < (2 if opened.task.name == "recall" else 1) or sequences < 1:
        raise KnownError("A length of at least 1 (2 items for associative recall) and 1 sequence are needed.")
    bits, whole = right_shares(opened.network, opened.task, length, sequences, seed)
    return BitScore(opened.task.name, length, sequences, bits, whole)
