"""Finding entries that say the same thing, or nearly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.core.progress import Progress, no_progress
from memviz.core.snapshot import Snapshot
from memviz.core.text import normalised
from memviz.session.bulk.likeness import Sketches, jaccard, shingles

#: Near duplicates are at least so alike, 0..1; below that pairs are missed too often.
LEAST_LIKENESS = 0.6
_TOLD_EVERY = 2_000


class Sameness(StrEnum):
    """Why entries are in one group, the surest reason first."""

    ENTRY = "same words in key and text"
    TEXT = "same words in the text"
    NEAR = "nearly the same words"


@dataclass(frozen=True, slots=True)
class Group:
    """Entries that may be one, by id; ``likeness``: of the two that are least alike of those compared, 0..1."""

    ids: tuple[int, ...]
    sameness: Sameness
    likeness: float


@dataclass(frozen=True, slots=True)
class Duplicates:
    """What was found: groups, the surest and largest first, and how many entries of which version were looked at."""

    groups: tuple[Group, ...]
    looked_at: int
    version: int


def find_duplicates(view: Snapshot, likeness: float = 0.8, progress: Progress = no_progress) -> Duplicates:
    """Groups of entries that say the same; superseded ones are left out, since another one stands for them already.

    Texts are the same when their words are, whatever their case, marks and signs. They are nearly the same when the
    Jaccard similarity of their words and pairs of neighbouring words (of Chinese, characters) is at least
    ``likeness``. Candidates come from MinHash sketches (Broder 1997) in bands (Leskovec, Rajaraman, Ullman, Mining of
    Massive Datasets, ch. 3), and each is then compared exactly; with the sketches used a pair of likeness 0.8 is
    missed once in 5,000 times, one of 0.6 once in 9.

    Raises:
        KnownError: a likeness outside 0.6 … 1; 1 finds equal texts only.
        Cancelled: from ``progress``.
    """
    if not LEAST_LIKENESS <= likeness <= 1.0:
        raise KnownError(f"The likeness must be from {LEAST_LIKENESS:g} to 1, not {likeness:g}.")
    by_text: dict[str, list[tuple[int, str]]] = {}
    count = 0
    for entry in view.scan():
        if count % _TOLD_EVERY == 0:
            progress(count, view.count, "reading entries")
        count += 1
        if entry.superseded_by is None:
            by_text.setdefault(_said(entry), []).append((entry.id, normalised(entry.key)))
    found = [group for same in by_text.values() if len(same) > 1 for group in _same(same)]
    if likeness < 1.0:
        found = _with_near(by_text, found, likeness, progress)
    order = list(Sameness)
    found.sort(key=lambda group: (order.index(group.sameness), -group.likeness, -len(group.ids), group.ids))
    return Duplicates(tuple(found), count, view.version)


def _said(entry: Entry) -> str:
    """What is compared: the words of the text, of the key where there is none, or signs alone as they are."""
    return normalised(entry.text) or normalised(entry.key) or entry.text.strip()


def _same(same: Sequence[tuple[int, str]]) -> list[Group]:
    keys = {key for _, key in same}
    sameness = Sameness.ENTRY if len(keys) == 1 else Sameness.TEXT
    return [Group(tuple(sorted(entry_id for entry_id, _ in same)), sameness, 1.0)]


def _with_near(
    by_text: Mapping[str, Sequence[tuple[int, str]]], found: Iterable[Group], likeness: float, progress: Progress
) -> list[Group]:
    """Texts that are nearly alike come together, with all entries that say each."""
    texts = list(by_text)
    sketches = Sketches(texts, progress)
    leader = list(range(len(texts)))
    least: dict[int, float] = {}
    known: dict[int, frozenset[int]] = {}

    def of(at: int) -> frozenset[int]:
        if at not in known:
            known[at] = shingles(texts[at])
        return known[at]

    pairs = sketches.candidates(likeness, progress)
    for number, (one, other) in enumerate(pairs.tolist()):
        if number % _TOLD_EVERY == 0:
            progress(number, len(pairs), "comparing texts")
        alike = jaccard(of(one), of(other))
        if alike >= likeness:
            first, second = sorted((_top(leader, one), _top(leader, other)))
            leader[second] = first
            least[first] = min(alike, least.get(first, 1.0), least.get(second, 1.0))
    together: dict[int, list[int]] = {}
    for at in range(len(texts)):
        together.setdefault(_top(leader, at), []).append(at)
    near = {top: members for top, members in together.items() if len(members) > 1}
    in_near = {entry_id for members in near.values() for at in members for entry_id, _ in by_text[texts[at]]}
    groups = [group for group in found if group.ids[0] not in in_near]
    for top, members in near.items():
        ids = sorted(entry_id for at in members for entry_id, _ in by_text[texts[at]])
        groups.append(Group(tuple(ids), Sameness.NEAR, least[top]))
    return groups


def _top(leader: list[int], at: int) -> int:
    """The first of those that belong together (union-find, with the way there made shorter)."""
    while leader[at] != at:
        leader[at] = leader[leader[at]]
        at = leader[at]
    return at
