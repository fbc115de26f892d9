"""The loop that every memory network is trained with: rounds, figures, checkpoints, early end."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from memviz.core.errors import KnownError
from memviz.models.training.checkpoint import CHECKPOINT, load_checkpoint, save_checkpoint

#: File beside the saved network: its figures on the validation part, rounds that were done, seconds they took.
RESULT = "result.json"


@dataclass(frozen=True, slots=True)
class Report:
    """Figures after a round of training.

    Attributes:
        round, rounds: 1-based, and how many there are at most.
        loss: mean over the round's examples.
        figures: what was measured on the validation part, by name.
        seconds: of training, over all sittings.
        best: whether this round is the best one so far.
    """

    round: int
    rounds: int
    loss: float
    figures: Mapping[str, float]
    seconds: float
    best: bool


class Training(Protocol):
    """One network with its data and optimizer. Everything that decides the next round is in :meth:`state`."""

    def round(self) -> float:
        """Trains for one round; returns the mean loss."""
        ...

    def figures(self) -> dict[str, float]:
        """Measured on the validation part; infinite where it cannot be measured yet."""
        ...

    def state(self) -> dict[str, Any]:
        """Tensors, numbers and strings only: network, optimizer, generators of random numbers."""
        ...

    def restore(self, state: dict[str, Any]) -> None: ...

    def save(self, folder: Path) -> None:
        """Writes the network so that memviz opens it."""
        ...


@runtime_checkable
class KeepsWeights(Protocol):
    """A training whose state is large: of the best round the weights are kept, without what the optimizer knows."""

    def weights(self) -> dict[str, Any]:
        """What :meth:`Training.save` needs of the state."""
        ...

    def take(self, weights: dict[str, Any]) -> None: ...


@dataclass(slots=True)
class _Progress:
    round: int = 0
    seconds: float = 0.0
    best_round: int = 0
    best_figure: float = math.inf
    best: dict[str, Any] = field(default_factory=dict)


def fit(
    training: Training,
    folder: Path,
    *,
    rounds: int,
    watch: str,
    patience: int | None = None,
    report: Callable[[Report], None] = lambda _: None,
) -> dict[str, float]:
    """Trains until ``rounds`` are done, or the watched figure did not fall for ``patience`` rounds; saves the best.

    Continues from the checkpoint in ``folder`` where there is one. Blocks; ``report`` is called after every round on
    the calling thread and may raise ``Cancelled``, which leaves the checkpoint.

    Args:
        watch: the figure that decides what is best; lower is better.

    Returns:
        The figures of the network that was saved.

    Raises:
        KnownError: the loss is no number any more; the last good checkpoint stays, if there is one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    done = _resumed(training, folder)
    while done.round < rounds and (patience is None or done.round - done.best_round < patience):
        started = time.perf_counter()
        loss = training.round()
        if not math.isfinite(loss):
            kept = f"; the checkpoint of round {done.round} in {folder} is good" if done.round else ""
            raise KnownError(f"The loss is no number any more in round {done.round + 1}{kept}. Use a lower rate.")
        figures = training.figures()
        done.round += 1
        done.seconds += time.perf_counter() - started
        figure = figures[watch] if math.isfinite(figures[watch]) else math.inf
        # As long as nothing was measured, the newest is the best, and patience does not begin.
        best = figure < done.best_figure or math.isinf(done.best_figure)
        if best:
            done.best_round, done.best_figure = done.round, figure
        if best or figure == done.best_figure:  # of equals the latest: it was trained longest
            done.best = {"figures": figures, "state": copy.deepcopy(_kept(training))}
        _save(training, folder, done)
        report(Report(done.round, rounds, loss, figures, done.seconds, best))
    _take(training, done.best["state"])
    training.save(folder)
    saved: dict[str, float] = done.best["figures"]
    measured = {name: value for name, value in saved.items() if math.isfinite(value)}
    result = {**measured, "rounds": done.round, "seconds": round(done.seconds)}
    (folder / RESULT).write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return saved


def _kept(training: Training) -> dict[str, Any]:
    return training.weights() if isinstance(training, KeepsWeights) else training.state()


def _take(training: Training, kept: dict[str, Any]) -> None:
    if isinstance(training, KeepsWeights):
        training.take(kept)
    else:
        training.restore(kept)


def _save(training: Training, folder: Path, done: _Progress) -> None:
    values = {name: getattr(done, name) for name in ("round", "seconds", "best_round", "best_figure", "best")}
    save_checkpoint(folder, {**values, "state": training.state()})


def _resumed(training: Training, folder: Path) -> _Progress:
    saved = load_checkpoint(folder)
    if saved is None:
        return _Progress()
    try:
        training.restore(saved.pop("state"))
        return _Progress(**saved)
    except (RuntimeError, KeyError, ValueError, TypeError) as error:
        raise KnownError(
            f"The checkpoint in {folder} is of another training; choose another folder, or delete {CHECKPOINT} there."
        ) from error
