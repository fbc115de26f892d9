"""Training data for the reader: what recall really returns for questions about the movie memory."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from memviz.core.facts import Fact
from memviz.core.progress import Progress, no_progress
from memviz.core.protocols import Recaller
from memviz.core.query import Query
from memviz.core.snapshot import Snapshot

if TYPE_CHECKING:
    from memviz.models.reader.examples import Context
    from memviz.models.reader.questions import Templates


def recalled_contexts(
    facts: Sequence[Fact],
    about: Sequence[Fact],
    templates: Templates,
    recaller: Recaller,
    snapshot: Snapshot,
    *,
    count: int,
    seed: int,
    only_about: bool,
    limit: int = 12,
    progress: Progress = no_progress,
) -> list[Context]:
    """Asks ``count`` questions about random facts of ``about``; returns what was recalled for each.

    ``facts`` are those of the memory in the order of its ids, which start at 1. With ``only_about`` a context keeps
    only facts of ``about``'s movies, so that a movie that is kept out of training never appears in it.
    """
    from memviz.models.reader.examples import Context

    generator = random.Random(seed)
    kept = {fact.subject for fact in (about if only_about else facts)}
    contexts = []
    for done in range(count):
        if done % 100 == 0:
            progress(done, count, "asking recall for training contexts")
        fact = generator.choice(about)
        directions = [inverse for inverse in (False, True) if (fact.relation, inverse) in templates]
        inverse = generator.choice(directions)
        entity = generator.choice(fact.objects) if inverse else fact.subject
        template = generator.choice(templates[fact.relation, inverse])
        event = recaller(Query(template.replace("{entity}", entity), limit=limit), snapshot)
        recalled = [facts[candidate.entry_id - 1] for candidate in event.injected()]
        found = tuple(fact for fact in recalled if fact.subject in kept)
        if found:
            contexts.append(Context(found, (fact.relation, inverse), template, entity))
    return contexts
