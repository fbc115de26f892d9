"""Training of the recaller: facts of the movie memory, learned by heart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from memviz.session.bundled import DEFAULT_MEMORY, packed_facts

if TYPE_CHECKING:
    from memviz.models.recaller.recipe import RecallerRecipe
    from memviz.models.training.fit import Report


def train_recaller(
    out: Path,
    *,
    kb: Path | None = None,
    recipe: RecallerRecipe | None = None,
    threads: int = 1,
    patience: int | None = None,
    report: Callable[[Report], None] = lambda _: None,
) -> dict[str, float]:
    """Trains a model and saves it to ``out``; continues from a checkpoint there. Blocks for minutes.

    Args:
        kb: ``subject|relation|object`` lines with MetaQA's relations; None: the facts of the memory that ships.
        threads: of torch.
        patience: end after so many rounds without a lower error.
        report: may raise ``Cancelled``.

    Returns:
        Figures of the model that was saved.

    Raises:
        KnownError: a file that is missing or not of this form, no fact to be learned, one that is too long, or a loss
            that is no number any more.
    """
    from memviz.models.recaller.phrasings import learned_facts
    from memviz.models.recaller.recipe import RecallerRecipe
    from memviz.models.recaller.train import RecallerTraining
    from memviz.models.threads import use_threads
    from memviz.models.training.fit import fit
    from memviz.stores.triples import read_triples

    recipe = recipe or RecallerRecipe()
    use_threads(threads)
    facts = packed_facts(DEFAULT_MEMORY) if kb is None else read_triples(kb)
    training = RecallerTraining(learned_facts(facts, recipe.movies), recipe)
    return fit(training, out, rounds=recipe.rounds, watch="error", patience=patience, report=report)
