"""Training of key-value memory networks: facts, questions, what key hashing finds, and the network together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from memviz.core.errors import KnownError
from memviz.core.facts import Fact
from memviz.core.graph import KnowledgeGraph
from memviz.core.progress import Progress, no_progress
from memviz.session.bundled import DEFAULT_MEMORY, packed_facts

if TYPE_CHECKING:
    from memviz.models.kv_memnn.recipe import KVRecipe
    from memviz.models.kv_memnn.train import AskedFacts
    from memviz.models.training.fit import Report


def train_kv_memnn(
    out: Path,
    questions: Path,
    *,
    kb: Path | None = None,
    recipe: KVRecipe | None = None,
    threads: int = 1,
    progress: Progress = no_progress,
    report: Callable[[Report], None] = lambda _: None,
) -> dict[str, float]:
    """Trains a network and saves it to ``out``; continues from a checkpoint there. Blocks for minutes.

    Args:
        questions: ``question <tab> answer|answer`` lines; brackets around names are taken away.
        kb: ``subject|relation|object`` lines; None: the facts of the memory that ships.
        threads: of torch.
        progress: of the preparation. Both this and ``report`` may raise ``Cancelled``.

    Returns:
        Figures of the network that was saved.

    Raises:
        KnownError: a file that is missing or not of this form, no question that reaches its answer, or a loss that is
            no number any more.
    """
    from memviz.models.kv_memnn.recipe import KVRecipe
    from memviz.models.kv_memnn.train import KVTraining
    from memviz.models.threads import use_threads
    from memviz.models.training.fit import fit
    from memviz.stores.triples import read_triples

    recipe = recipe or KVRecipe()
    use_threads(threads)
    facts = packed_facts(DEFAULT_MEMORY) if kb is None else read_triples(kb)
    asked = asked_facts(facts, questions, recipe, progress)
    relations = sorted({fact.relation for fact in facts})
    training = KVTraining(asked, relations, recipe)
    return fit(training, out, rounds=recipe.epochs, watch="error", report=report)


def asked_facts(
    facts: Sequence[Fact], questions: Path, recipe: KVRecipe, progress: Progress = no_progress
) -> list[AskedFacts]:
    """Each question with the facts that key hashing finds for it, nearest first.

    Raises:
        KnownError: none of them reaches a right answer.
    """
    from memviz.models.kv_memnn.train import AskedFacts
    from memviz.models.reader.questions import read_questions

    graph = KnowledgeGraph(facts)
    labelled = read_questions(questions)
    asked = []
    reached = 0
    for done, question in enumerate(labelled):
        if done % 500 == 0:
            progress(done, len(labelled), "key hashing")
        mentions = tuple(graph.mentions(question.text))
        names = (name for mention in mentions for name in mention.names)
        layers = graph.near(names, recipe.hops, most=recipe.most_slots, hub=recipe.hub)
        found = dict.fromkeys(triple.fact for layer in layers for triple in layer)
        reached += any(triple.value in question.answers for layer in layers for triple in layer)
        reached_facts = tuple(facts[number] for number in found)
        asked.append(AskedFacts(question.text, question.answers, mentions, reached_facts))
    if not reached:
        raise KnownError(f"No question of {questions} reaches an answer in the facts; do they belong together?")
    return asked
