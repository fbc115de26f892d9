"""Training the reader that ships: the knowledge base, what recall returns for it, and the model brought together."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from memviz.core.errors import KnownError
from memviz.core.facts import Fact
from memviz.core.memory import Store
from memviz.core.progress import Progress, no_progress
from memviz.core.protocols import Recaller
from memviz.session.bundled import DEFAULT_MEMORY, packed_memory
from memviz.session.reader_data import recalled_contexts
from memviz.session.registry import RECALLERS, STORES, load

if TYPE_CHECKING:
    from memviz.models.reader.examples import Context
    from memviz.models.reader.questions import LabelledQuestion
    from memviz.models.reader.recipe import Recipe
    from memviz.models.reader.train import ReaderData, Report

#: Questions that recall is asked for training contexts, about 10 ms each, and the share of them for validation.
CONTEXTS, HELD_OUT_SHARE = 30_000, 1 / 30


def train_reader(
    out: Path,
    questions: Path,
    types: Path,
    *,
    kb: Path | None = None,
    recipe: Recipe | None = None,
    contexts: int = CONTEXTS,
    threads: int = 1,
    compiled: bool = True,
    progress: Progress = no_progress,
    report: Callable[[Report], None] = lambda _: None,
) -> Path:
    """Trains a reader and saves it to ``out``; continues from a checkpoint there. Blocks for an hour or more.

    Args:
        questions, types: MetaQA's questions and the type of each line; only the ways of asking are taken from them.
        kb: ``movie|relation|object`` lines; None: the facts of the memory that ships.
        contexts: training questions that recall is asked.
        threads: of torch.
        compiled: let torch compile the model; needs a C++ compiler.
        progress: of the preparation. Both this and ``report`` may raise ``Cancelled``.

    Raises:
        KnownError: a file that is missing or not of this form, or a loss that is no number any more.
    """
    from memviz.models.reader.questions import read_questions
    from memviz.models.reader.recipe import Recipe
    from memviz.models.reader.train import train

    recipe = recipe or Recipe()
    labelled = read_questions(questions, types)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        data = _prepare(_packed(kb, Path(folder)), Path(folder), labelled, contexts, recipe.seed, progress)
    return train(data, out, recipe, threads=threads, compiled=compiled, report=report)


def _packed(kb: Path | None, folder: Path) -> Path:
    from memviz.stores.movies import build_movie_pack

    if kb is None:
        return packed_memory(DEFAULT_MEMORY)
    if not kb.is_file():
        raise KnownError(f"{kb} is no file; name a file of movie|relation|object lines.")
    build_movie_pack(kb, folder / "kb.pack")
    return folder / "kb.pack"


def _prepare(
    pack: Path, folder: Path, questions: list[LabelledQuestion], contexts: int, seed: int, progress: Progress
) -> ReaderData:
    """Learns the ways of asking, and asks recall what stands together in a prompt."""
    from memviz.models.reader.examples import held_out
    from memviz.models.reader.questions import learn_templates
    from memviz.models.reader.train import ReaderData
    from memviz.stores.pack_format import read_pack
    from memviz.stores.packed import unpack

    templates = learn_templates(questions, lambda question: not held_out(question.entity))
    facts = list(read_pack(pack))
    training = [fact for fact in facts if not held_out(fact.subject)]
    kept_out = [fact for fact in facts if held_out(fact.subject)]
    unpack(pack, folder / "kb.sqlite", progress)
    store: Store = load(STORES, "sqlite")(folder / "kb.sqlite", create=False)
    recaller: Recaller = load(RECALLERS, "lexical")()
    with closing(store), closing(store.snapshot()) as snapshot:

        def recalled(about: list[Fact], count: int, seed: int, only_about: bool) -> list[Context]:
            return recalled_contexts(
                facts,
                about,
                templates,
                recaller,
                snapshot,
                count=count,
                seed=seed,
                only_about=only_about,
                progress=progress,
            )

        return ReaderData(
            facts=training,
            contexts=recalled(training, contexts, seed + 1, True),
            held_out_facts=kept_out,
            held_out_contexts=recalled(kept_out, max(300, int(contexts * HELD_OUT_SHARE)), seed + 1001, False),
            templates=templates,
        )
