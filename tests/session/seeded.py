"""A part of the movie memory with second, newer values seeded into it, and what each policy must recall of them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from memviz.core.edits import Insert
from memviz.core.facts import SENTENCES, Fact, render
from memviz.core.recall_settings import ConflictPolicy
from memviz.session.bundled import packed_facts
from memviz.session.session import Session

OLD, LATER, NEW = 1_600_000_000.0, 1_650_000_000.0, 1_700_000_000.0
#: Words of a question about each relation.
QUESTIONS = {
    "directed_by": "who directed {}?",
    "written_by": "who is the writer of {}?",
    "starred_actors": "which actors starred in {}?",
    "release_year": "when was {} released?",
    "in_language": "in which language is {}?",
    "has_genre": "what genre is {}?",
    "has_tags": "which tags describe {}?",
    "has_imdb_rating": "which rating has {}?",
    "has_imdb_votes": "which votes has {}?",
}
POLICIES = tuple(ConflictPolicy)
MARK, NEWEST, CONFIDENT, SOURCES, BOTH = POLICIES


@dataclass(slots=True)
class Seeded:
    """One fact with rivals.

    Attributes:
        question: names film and relation.
        ids: of all entries about it.
        promised: policy -> ids that it recalls, of those.
    """

    question: str
    ids: set[int] = field(default_factory=set)
    promised: dict[ConflictPolicy, set[int]] = field(default_factory=dict)


def distinct_facts(count: int | None) -> list[Fact]:
    """Facts of the movie memory whose key no other fact has, in a random order; None: all of them."""
    facts = packed_facts("movies")
    keys = Counter(render(fact)[0] for fact in facts)
    once = [fact for fact in facts if keys[render(fact)[0]] == 1 and fact.relation in SENTENCES]
    return random.Random(5).sample(once, len(once) if count is None else count)


def seed(session: Session, facts: int | None, conflicts: int) -> list[Seeded]:
    """Fills the open memory with ``facts`` facts (None: all) and gives the first ``conflicts`` of them a newer value.

    Four patterns alternate, so that no two policies agree on all: who is newest, surer, or told by more sources.
    """
    chosen = distinct_facts(facts)
    rows = [dict(zip(("key", "text"), render(fact), strict=True)) for fact in chosen]
    session.edit(*(Insert(**row, source="encyclopedia", confidence=0.6, created=OLD) for row in rows))
    values: dict[str, list[tuple[str, ...]]] = {relation: [] for relation in SENTENCES}
    for fact in packed_facts("movies"):
        values[fact.relation].append(fact.objects)
    distinct = {relation: sorted(set(objects)) for relation, objects in values.items()}
    seeded, edits, owners = [], [], []
    for number, fact in enumerate(chosen[:conflicts]):
        one = Seeded(QUESTIONS[fact.relation].format(fact.subject), {number + 1})
        others = [value for value in distinct[fact.relation] if value != fact.objects]
        rival = Fact(fact.subject, fact.relation, others[number % len(others)])
        for fields, agrees in _rivals(number % 4):
            key, text = render(fact if agrees else rival)
            edits.append(Insert(key=key, text=text, **fields))
            owners.append((one, agrees))
        seeded.append(one)
    ids = session.edit(*edits).inserted
    old: dict[int, set[int]] = {id(one): set(one.ids) for one in seeded}
    new: dict[int, set[int]] = {id(one): set() for one in seeded}
    for entry_id, (one, agrees) in zip(ids, owners, strict=True):
        one.ids.add(entry_id)
        (old if agrees else new)[id(one)].add(entry_id)
    for number, one in enumerate(seeded):
        one.promised = dict(_promises(number % 4, old[id(one)], new[id(one)]))
    return seeded


def _rivals(pattern: int) -> list[tuple[dict[str, object], bool]]:
    """(Fields of an entry, whether it agrees with the old value); the newest one never does."""
    forum, book = {"source": "forum"}, {"source": "book"}
    match pattern:
        case 0:  # newer and less sure
            return [({**forum, "confidence": 0.3, "created": NEW}, False)]
        case 1:  # newer and surer, but a second source has the old value
            return [
                ({**forum, "confidence": 0.9, "created": NEW}, False),
                ({**book, "confidence": 0.5, "created": LATER}, True),
            ]
        case 2:  # newer and less sure, told by two
            return [
                ({**forum, "confidence": 0.3, "created": NEW}, False),
                ({**book, "confidence": 0.4, "created": LATER}, False),
            ]
        case _:  # just as sure; the old one's source says it twice, which counts once
            return [
                ({**forum, "confidence": 0.6, "created": NEW}, False),
                ({"source": "encyclopedia", "confidence": 0.5, "created": LATER}, True),
            ]


def _promises(pattern: int, old: set[int], new: set[int]) -> Iterator[tuple[ConflictPolicy, set[int]]]:
    yield MARK, old | new
    yield BOTH, old | new
    yield NEWEST, new
    yield CONFIDENT, old if pattern in (0, 2) else new
    yield SOURCES, old if pattern == 1 else new
