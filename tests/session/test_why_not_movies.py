"""A thousand random questions and entries of the movie memory: every reason is confirmed by making its change."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from memviz.core.decay import DAY, Decay, DecayKind
from memviz.core.edits import Edit, Insert, Update
from memviz.core.entry import Kind
from memviz.core.events import Query
from memviz.core.recall_settings import ConflictPolicy, RecallSettings
from memviz.session.bundled import unpack_to
from memviz.session.recalling import recall_only, why_not_recalled
from memviz.session.session import Session

PAIRS = 1_000
WORDS = {"director": "who directed {}?", "writer": "who wrote {}?", "year": "when was {} released?"}


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_a_thousand_pairs(tmp_path: Path) -> None:
    rng = random.Random(11)
    unpack_to("movies", tmp_path / "movies.sqlite")
    with Session() as session:
        session.open_memory(str(tmp_path / "movies.sqlite")).result()
        entries = _disturb(session, rng)
        session.use_embedder("builtin", remember=False).result()
        causes: Counter[str] = Counter()
        for _ in range(PAIRS):
            query = _question(session, rng, entries)
            entry_id = _entry(session, rng, query, entries)
            found = why_not_recalled(session, query, entry_id).result()
            causes[found.cause] += 1
            assert found.recalled == (entry_id in recall_only(session, query).result().injected)
            assert found.recalled or found.remedies
            if found.remedies:
                first = found.remedies[0]
                if first.edit is not None:
                    session.edit(first.edit)
                again = recall_only(session, first.query or query).result()
                if first.edit is not None:
                    session.undo()
                assert entry_id in again.injected, (query, entry_id, found)
    print(f"\n{PAIRS} pairs: {dict(causes.most_common())}")
    assert len(causes) >= 10


def _disturb(session: Session, rng: random.Random) -> int:
    """Some entries are hidden, old, contradicted, somebody's; returns how many there are."""
    count = session.store_call(lambda store: store.count).result()
    now = session.store_call(lambda store: store.snapshot()).result()
    time = now.now
    edits: list[Edit] = []
    for entry_id in rng.sample(range(1, count + 1), 4_000):
        kind = rng.randrange(5)
        fields = [
            {"enabled": False},
            {"expires": time - DAY},
            {"owner": "Ann"},
            {"confidence": round(rng.random(), 2)},
            {"superseded_by": rng.randint(1, count)},
        ][kind]
        edits.append(Update(entry_id, **fields))
    for entry in now.get(rng.sample(range(1, count + 1), 1_000)):
        edits.append(Insert(key=entry.key, text=f"{entry.text} Or so.", created=time - rng.random() * 90 * DAY))
    now.close()
    session.edit(*edits)
    return count + 1_000


def _question(session: Session, rng: random.Random, entries: int) -> Query:
    about = session.entry(rng.randint(1, entries))
    text = WORDS.get(about.key.rpartition(" · ")[2], "what is known of {}?").format(about.subject)
    settings = RecallSettings(
        dense=rng.choice([0.0, 0.5, 1.0]),
        recency=rng.choice([0.0, 0.0, 0.5]),
        confidence=rng.choice([0.0, 0.0, 0.5]),
        owner=rng.choice(["", "", "Bob"]),
        policy=rng.choice(list(ConflictPolicy)),
        candidates=rng.choice([50, 200]),
        decay={Kind.FACT: Decay(rng.choice(list(DecayKind)), 30.0)},
        least_retention=rng.choice([0.05, 0.3]),
    )
    return Query(text, limit=rng.choice([5, 12]), recall=replace(settings))


def _entry(session: Session, rng: random.Random, query: Query, entries: int) -> int:
    """Half of them any entry, half one that was a candidate."""
    candidates = recall_only(session, query).result().event.candidates
    if candidates and rng.random() < 0.5:
        return rng.choice(candidates).entry_id
    return rng.randint(1, entries)
