"""Training and measuring of the encoder-decoder that writes numbers out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from memviz.core.errors import KnownError
from memviz.core.progress import no_progress
from memviz.session.bundled import BUNDLED_MODELS, model_folder

if TYPE_CHECKING:
    from memviz.models.number_words.recipe import NumberWordsRecipe
    from memviz.models.number_words.score import AlignmentScore, KindScore
    from memviz.models.training.fit import Report


def train_seq2seq(
    out: Path,
    *,
    recipe: NumberWordsRecipe | None = None,
    threads: int = 1,
    patience: int | None = None,
    report: Callable[[Report], None] = lambda _: None,
) -> dict[str, float]:
    """Trains a model on examples made for it and saves it to ``out``; continues from a checkpoint there. Blocks.

    Args:
        threads: of torch; one is fastest for a model of this size.
        patience: rounds without a better figure after which it ends.
        report: called after every round; may raise ``Cancelled``.

    Returns:
        Figures of the model that was saved.

    Raises:
        KnownError: sizes that do not fit each other, or a loss that is no number any more.
    """
    from memviz.models.number_words.recipe import NumberWordsRecipe
    from memviz.models.number_words.train import NumberWordsTraining
    from memviz.models.threads import use_threads
    from memviz.models.training.fit import fit

    recipe = recipe or NumberWordsRecipe()
    use_threads(threads)
    training = NumberWordsTraining(recipe)
    return fit(training, out, rounds=recipe.rounds, watch="error", patience=patience, report=report)


@dataclass(frozen=True, slots=True)
class NumberWordsScore:
    """Figures on values that were kept out of training.

    Attributes:
        kinds: for each kind of example its figures.
        alignment: where the model looks, over all kinds alike.
    """

    kinds: Mapping[str, KindScore]
    alignment: AlignmentScore


def number_words_score(model: str, *, examples: int = 200, seed: int = 1_000_000) -> NumberWordsScore:
    """Measures what :func:`train_seq2seq` saved (bundled name, folder or hub name). Blocks.

    Args:
        examples: of each kind, for the figures, and as many for the choice of the best head.
        seed: of the examples.

    Raises:
        KnownError: no such model, or no examples asked for.
    """
    from memviz.models.folders.model_hub import local_folder
    from memviz.models.number_words.load import load_number_words
    from memviz.models.number_words.score import alignment_score, kind_scores
    from memviz.models.threads import use_threads

    if examples < 1:
        raise KnownError("At least 1 example of each kind is needed.")
    use_threads(1)
    folder = model_folder(model) if model in BUNDLED_MODELS else local_folder(model, no_progress)
    network, tokenizer = load_number_words(folder)
    return NumberWordsScore(
        kind_scores(network, tokenizer, examples, seed), alignment_score(network, tokenizer, examples, seed)
    )
