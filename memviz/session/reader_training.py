"""Training the reader that ships: the knowledge base, what recall returns for it, and the model brought together."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from memviz.core.errors import KnownError
from memviz.core.protocols import Progress, no_progress
from memviz.session.reader_data import recalled_contexts
from memviz.session.registry import RECALLERS, load

if TYPE_CHECKING:
    from memviz.models.reader.recipe import Recipe
    from memviz.models.reader.train import ReaderData, Report

#: Contexts of training questions, and of questions about movies that are kept out.
CONTEXTS, HELD_OUT_CONTEXTS = 20_000, 600


def train_reader(
    data: Path,
    out: Path,
    recipe: Recipe | None = None,
    *,
    contexts: int = CONTEXTS,
    threads: int = 1,
    compiled: bool = True,
    progress: Progress = no_progress,
    report: Callable[[Report], None] = lambda _: None,
) -> Path:
    """Trains a reader on a folder in MetaQA's layout and saves it to ``out``; continues from a checkpoint there.

    Blocks for hours, on the calling thread.

    Args:
        data: holds ``kb.txt`` (``movie|relation|object`` lines) and, in ``1-hop/``, ``qa_dev.txt`` with
            ``qa_dev_qtype.txt``. Only the ways of asking are taken from the questions.
        contexts: training questions that recall is asked first (about 10 ms each).
        threads: of torch.
        compiled: let torch compile the model; needs a C++ compiler.
        progress: of the preparation. Both this and ``report`` may raise ``Cancelled``.

    Raises:
        KnownError: a file that is missing or not of this form.
    """
    from memviz.models.reader.recipe import Recipe
    from memviz.models.reader.train import train

    recipe = recipe or Recipe()
    prepared = prepare(data, contexts=contexts, seed=recipe.seed, progress=progress)
    return train(prepared, out, recipe, threads=threads, compiled=compiled, report=report)


def prepare(data: Path, *, contexts: int, seed: int, progress: Progress = no_progress) -> ReaderData:
    """Reads the knowledge base, learns the ways of asking, and asks recall for what stands together in a prompt."""
    from memviz.models.reader.examples import held_out
    from memviz.models.reader.questions import learn_templates, read_questions
    from memviz.models.reader.train import ReaderData
    from memviz.stores.movies import build_movie_pack, read_knowledge_base
    from memviz.stores.packed import unpack
    from memviz.stores.sqlite import SQLiteStore

    knowledge = data / "kb.txt"
    if not knowledge.is_file():
        raise KnownError(f"{data} holds no kb.txt; name a folder with MetaQA's files.")
    questions = read_questions(data / "1-hop" / "qa_dev.txt", data / "1-hop" / "qa_dev_qtype.txt")
    templates = learn_templates(questions, lambda question: not held_out(question.entity))
    facts = list(read_knowledge_base(knowledge))
    training = [fact for fact in facts if not held_out(fact.subject)]
    kept_out = [fact for fact in facts if held_out(fact.subject)]
    recaller = load(RECALLERS, "lexical")()
    with tempfile.TemporaryDirectory() as folder:
        build_movie_pack(knowledge, Path(folder) / "kb.pack")
        unpack(Path(folder) / "kb.pack", Path(folder) / "kb.sqlite", progress)
        store = SQLiteStore.open(Path(folder) / "kb.sqlite")
        snapshot = store.snapshot()
        try:
            recalled, kept_out_recalled = (
                recalled_contexts(
                    facts, about, templates, recaller, snapshot, count=count, seed=seed + place, progress=progress
                )
                for place, (about, count) in enumerate(((training, contexts), (kept_out, HELD_OUT_CONTEXTS)))
            )
        finally:
            snapshot.close()
            store.close()
    return ReaderData(training, recalled, kept_out, kept_out_recalled, templates)
