"""Training and measuring of DNCs on story files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from memviz.core.errors import KnownError
from memviz.core.stories import StoryQuestion, read_story_folder

if TYPE_CHECKING:
    from memviz.models.story_dnc.recipe import StoryDNCRecipe
    from memviz.models.training.fit import Report


def train_story_dnc(
    out: Path,
    folder: Path,
    *,
    tasks: Sequence[str] = (),
    recipe: StoryDNCRecipe | None = None,
    threads: int = 1,
    patience: int | None = None,
    report: Callable[[Report], None] = lambda _: None,
) -> dict[str, float]:
    """Trains one DNC on tasks of a folder together and saves it to ``out``; continues from a checkpoint there. Blocks.

    Args:
        folder: with files ``*_train.txt`` in bAbI's format.
        tasks: which of them, by the beginning of the name (``qa1``); none: all.
        threads: of torch; one is fastest for small networks.
        patience: rounds without a better figure after which it ends.
        report: called after every round; may raise ``Cancelled``.

    Returns:
        Figures of the network that was saved.

    Raises:
        KnownError: no such file or task, a malformed line, or a loss that is no number any more.
    """
    from memviz.models.story_dnc.recipe import StoryDNCRecipe
    from memviz.models.story_dnc.train import StoryDNCTraining
    from memviz.models.threads import use_threads
    from memviz.models.training.fit import fit

    recipe = recipe or StoryDNCRecipe()
    use_threads(threads)
    questions = [question for task in chosen_tasks(folder, "train", tasks).values() for question in task]
    return fit(
        StoryDNCTraining(questions, recipe), out, rounds=recipe.rounds, watch="error", patience=patience, report=report
    )


def story_dnc_errors(
    model: Path, folder: Path, part: str = "test", tasks: Sequence[str] = ()
) -> Mapping[str, tuple[int, float]]:
    """For each task: the number of its questions, and the share that is answered wrong. Blocks.

    Raises:
        KnownError: a file is missing or malformed, or no such model.
    """
    from memviz.models.load_network import load_network
    from memviz.models.story_dnc.network import StoryDNC
    from memviz.models.story_dnc.train import error

    network = load_network(StoryDNC, model)
    return {name: (len(asked), error(network, asked)) for name, asked in chosen_tasks(folder, part, tasks).items()}


def chosen_tasks(folder: Path, part: str, tasks: Sequence[str]) -> dict[str, list[StoryQuestion]]:
    """Those of :func:`read_story_folder` whose name begins with one of ``tasks`` and an underscore, or is one.

    Raises:
        KnownError: there is none for one of ``tasks``.
    """
    found = read_story_folder(folder, part)
    if not tasks:
        return found
    chosen = {name: found[name] for task in tasks for name in found if name == task or name.startswith(f"{task}_")}
    for task in tasks:
        if not any(name == task or name.startswith(f"{task}_") for name in found):
            raise KnownError(f"{folder} holds no task “{task}”; it has {', '.join(found)}.")
    return chosen
