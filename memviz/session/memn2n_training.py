"""Training and measuring of end-to-end memory networks on story files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from memviz.core.stories import read_story_folder

if TYPE_CHECKING:
    from memviz.models.memn2n.recipe import MemN2NRecipe
    from memviz.models.training.fit import Report


def train_memn2n(
    out: Path,
    folder: Path,
    *,
    recipe: MemN2NRecipe | None = None,
    threads: int = 1,
    report: Callable[[Report], None] = lambda _: None,
) -> dict[str, float]:
    """Trains one network on all tasks of a folder and saves it to ``out``; continues from a checkpoint there. Blocks.

    Args:
        folder: with files ``*_train.txt`` in bAbI's format.
        threads: of torch; one is fastest for networks of this size.
        report: called after every epoch; may raise ``Cancelled``.

    Returns:
        Figures of the network that was saved.

    Raises:
        KnownError: no such file, a malformed line, or a loss that is no number any more.
    """
    from memviz.models.memn2n.recipe import MemN2NRecipe
    from memviz.models.memn2n.train import MemN2NTraining
    from memviz.models.threads import use_threads
    from memviz.models.training.fit import fit

    recipe = recipe or MemN2NRecipe()
    use_threads(threads)
    questions = [question for task in read_story_folder(folder).values() for question in task]
    return fit(MemN2NTraining(questions, recipe), out, rounds=recipe.rounds, watch="error", report=report)


def story_errors(model: Path, folder: Path, part: str = "test") -> Mapping[str, tuple[int, float]]:
    """For each task of a folder: the number of its questions, and the share that is answered wrong. Blocks.

    Raises:
        KnownError: a file is missing or malformed, or no such model.
    """
    from memviz.models.load_network import load_network
    from memviz.models.memn2n.data import StoryTensors
    from memviz.models.memn2n.network import EndToEndMemoryNetwork
    from memviz.models.memn2n.train import error
    from memviz.models.vocabulary import Vocabulary

    network = load_network(EndToEndMemoryNetwork, model)
    vocabulary = Vocabulary(network.config.vocabulary)
    tasks = read_story_folder(folder, part)
    return {
        name: (len(asked), error(network, StoryTensors.of(asked, vocabulary, network.config.slots)))
        for name, asked in tasks.items()
    }
