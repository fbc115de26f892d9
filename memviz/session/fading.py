"""How old the entries of a memory are, and when they will have faded."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np

from memviz.core.decay import DecayKind
from memviz.core.entry import Entry, Kind
from memviz.core.memory import Store
from memviz.core.recall_settings import RecallSettings
from memviz.session.session import Session

#: So many entries stand for a memory in a picture.
SAMPLE = 600


@dataclass(frozen=True, slots=True)
class Aged:
    """An entry as decay sees it; ages in seconds at the time of the sample, below 0 for a date in the future."""

    kind: Kind
    age: float
    since_touched: float
    used_count: int


@dataclass(frozen=True, slots=True)
class AgeSample:
    """Entries evenly spread over the ages of a memory, the oldest first; ``total``: how many it has in all."""

    total: int
    entries: tuple[Aged, ...]


def age_sample(session: Session, most: int = SAMPLE) -> Future[AgeSample]:
    """Looks at ``most`` entries at most, however many there are."""

    def look(store: Store) -> AgeSample:
        ids = store.search_ids(sort="updated")
        picked = np.unique(np.linspace(0, len(ids) - 1, min(most, len(ids))).astype(np.int64)).tolist()
        now = time.time()
        entries = store.get([int(ids[at]) for at in picked])
        return AgeSample(len(ids), tuple(_aged(entry, now) for entry in entries))

    return session.store_call(look)


def _aged(entry: Entry, now: float) -> Aged:
    return Aged(entry.kind, now - entry.updated, now - entry.last_touched, entry.used_count)


def retention_of(aged: Aged, settings: RecallSettings) -> tuple[float, float]:
    """(Age in seconds from which the entry's law counts, what it has left of it, 0..1)."""
    law = settings.decay_of(aged.kind)
    age = aged.since_touched if law.kind is DecayKind.USE else aged.age
    return age, law.retention(age, aged.used_count)


def below_threshold(sample: Iterable[Aged], settings: RecallSettings) -> dict[Kind, int]:
    """How many of each kind have faded too far to be recalled."""
    counts = dict.fromkeys(Kind, 0)
    for aged in sample:
        counts[aged.kind] += retention_of(aged, settings)[1] < settings.least_retention
    return counts


def fades_at(entry: Entry, settings: RecallSettings) -> float:
    """When an entry falls below the least retention, or expires, in seconds since 1970; infinite for never.

    It is supposed that nobody edits or uses it until then.
    """
    law = settings.decay_of(entry.kind)
    since = entry.last_touched if law.kind is DecayKind.USE else entry.updated
    faded = since + law.age_at(settings.least_retention, entry.used_count)
    return min(faded, math.inf if entry.expires is None else entry.expires)
