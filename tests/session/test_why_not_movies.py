"""A thousand random questions and entries of the movie memory: every reason is confirmed by making its change."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from memviz.core.decay import DAY, Decay, DecayKind
from memviz.core.edits import Edit, Insert, Update
from memviz.core.entry import Entry, Kind
from memviz.core.query import Query
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
        disturbed = _disturb(session, rng)
        session.use_embedder("builtin", remember=False).result()
        causes: Counter[str] = Counter()
        for _ in range(PAIRS):
            about = _random_entry(session, rng, disturbed)
            query = _question(session, rng, about)
            entry_id = _entry(session, rng, query, about)
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
    assert causes.keys() >= {"", "owner", "kind", "superseded", "decayed", "score", "share", "rank"}
    assert causes.keys() >= {"disabled", "expired", "candidates", "not found"}


def _disturb(session: Session, rng: random.Random) -> list[int]:
    """Some entries are hidden, old, contradicted, somebody's; returns their ids."""
    count = session.store_call(lambda store: store.count).result()
    now = session.store_call(lambda store: store.snapshot()).result()
    time = now.now
    edits: list[Edit] = []
    changed = rng.sample(range(1, count + 1), 4_000)
    for entry_id in changed:
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
    return changed + list(session.edit(*edits).inserted)


def _random_entry(session: Session, rng: random.Random, disturbed: list[int]) -> Entry:
    """Half of them any entry, half one that was disturbed."""
    anything = rng.randint(1, session.store_call(lambda store: store.count).result())
    return session.entry(rng.choice(disturbed) if rng.random() < 0.5 else anything)


def _question(session: Session, rng: random.Random, about: Entry) -> Query:
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
        least_score=rng.choice([0.0, 0.0, 0.5, 5.0]),
        kinds=rng.choice([(), (), (), (Kind.PROFILE,)]),
    )
    return Query(text, limit=rng.choice([5, 12]), recall=settings)


def _entry(session: Session, rng: random.Random, query: Query, about: Entry) -> int:
    """One that the question is about, one that was a candidate, or any entry: a third each."""
    candidates = recall_only(session, query).result().event.candidates
    anything = rng.randint(1, session.store_call(lambda store: store.count).result())
    return rng.choice([about.id, rng.choice(candidates).entry_id if candidates else anything, anything])
