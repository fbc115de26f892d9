"""Single changes that bring an entry back: each is computed, tried on the walk that recalls, and only then told."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from memviz.core.decay import LONGEST_HALF_LIFE, DecayKind
from memviz.core.edits import Update
from memviz.core.entry import Entry
from memviz.core.events import Candidate, RecallEvent
from memviz.core.progress import Progress, no_progress
from memviz.core.query import Query
from memviz.core.recall_settings import ConflictPolicy, RecallSettings
from memviz.core.snapshot import Snapshot
from memviz.core.why_not import Remedy
from memviz.recall.claims import claim_of
from memviz.recall.edited_snapshot import EditedSnapshot
from memviz.recall.hybrid import HybridRecaller
from memviz.recall.places import crossing_weights, place_of

#: At most so many are told.
_TOLD = 6
#: An entry that is further down in a ranking is pinned sooner than so many others are injected; trying takes seconds.
_FURTHEST = 2_000
#: How far a switch goes beside a number that is changed to twice or half of it.
_SWITCH, _EDIT, _PIN = 1.0, 0.5, 5.0
#: Between the names of settings that are changed together.
_AND = ", "


@dataclass(frozen=True, slots=True)
class Case:
    """A question that did not recall an entry, with what is known of that.

    Attributes:
        settings: that the question was asked with.
        recalled: all candidates.
        own: the entry's, where it is among them.
        cause: as in ``WhyNot``.
        ranks: its exact rank in each ranking that can find it.
    """

    query: Query
    settings: RecallSettings
    entry: Entry
    recalled: RecallEvent
    own: Candidate | None
    cause: str
    ranks: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Trial:
    """A change to be tried; ``distance`` orders changes: 0 is none, 1 is a number doubled or a switch turned."""

    remedy: Remedy
    distance: float
    edited: Entry | None = None


def remedies(
    recaller: HybridRecaller, case: Case, snapshot: Snapshot, progress: Progress = no_progress
) -> tuple[Remedy, ...]:
    """The changes after which the entry is recalled, the smallest first. Pinning it always helps.

    ``progress`` may raise Cancelled; it is called where the snapshot is not used for long.
    """
    works: dict[str, Remedy] = {}
    for trial in sorted(_trials(recaller, case, snapshot, progress), key=lambda trial: trial.distance):
        if len(works) == _TOLD:
            break
        if not _told_already(trial.remedy.setting, works) and _helps(recaller, case, trial, snapshot):
            works[trial.remedy.setting] = trial.remedy
    return tuple(works.values())


def _told_already(setting: str, works: Container[str]) -> bool:
    """Whether that helps already; of two settings changed together, whether one alone does."""
    return setting in works or any(part in works for part in setting.split(_AND))


def _helps(recaller: HybridRecaller, case: Case, trial: _Trial, snapshot: Snapshot) -> bool:
    seen: Snapshot = EditedSnapshot(snapshot, trial.edited) if trial.edited is not None else snapshot
    recalled = recaller(trial.remedy.query or case.query, seen)
    return any(one.entry_id == case.entry.id for one in recalled.injected())


def _trials(recaller: HybridRecaller, case: Case, snapshot: Snapshot, progress: Progress) -> Iterator[_Trial]:
    yield from _edits(case.entry, snapshot)
    yield from _of_filters(case)
    if case.own is not None:
        yield from _of_scores(case, case.own, progress)
    yield from _of_search(case, recaller.vectors_at_hand())
    after = (*case.query.pinned, case.entry.id)
    words = "pin it to this question: it is injected whatever its score"
    pinned = Remedy(words, "pinned", case.query.pinned, after, query=replace(case.query, pinned=after))
    yield _Trial(pinned, _PIN)


def _edits(entry: Entry, snapshot: Snapshot) -> Iterator[_Trial]:
    if not entry.enabled:
        yield _edit(entry, "enabled", True, "switch the entry on")
    if entry.expires is not None and entry.expires <= snapshot.now:
        yield _edit(entry, "expires", None, "let the entry never expire")
    if entry.superseded_by is not None:
        yield _edit(entry, "superseded_by", None, f"let entry {entry.superseded_by} no longer stand for it")
    if not entry.recallable(snapshot.now):
        return
    if entry.confidence < 1.0:
        yield _edit(entry, "confidence", 1.0, f"confidence {entry.confidence:g} → 1")


def _edit(entry: Entry, name: str, value: Any, words: str) -> _Trial:
    """What the entry says stays, and so does its time: it is no newer than it was."""
    edit = Update(entry.id, keep_time=True, **{name: value})
    remedy = Remedy(words, f"entry.{name}", getattr(entry, name), value, edit=edit)
    return _Trial(remedy, _SWITCH if name == "confidence" else _EDIT, replace(entry, **{name: value}))


def _of_filters(case: Case) -> Iterator[_Trial]:
    settings, entry = case.settings, case.entry
    if case.cause == "excluded":
        kept = tuple(entry_id for entry_id in case.query.excluded if entry_id != entry.id)
        remedy = Remedy(
            "let it be recalled too", "excluded", case.query.excluded, kept, query=replace(case.query, excluded=kept)
        )
        yield _Trial(remedy, _EDIT)
    if settings.owner and entry.owner not in ("", settings.owner):
        yield _setting(case, "owner", "", "recall what belongs to anybody", _SWITCH)
    if settings.kinds and entry.kind not in settings.kinds:
        yield _setting(case, "kinds", (*settings.kinds, entry.kind), f"recall the kind “{entry.kind}” too", _EDIT)
    if case.cause == "superseded":
        for policy in ConflictPolicy:
            if policy is not settings.policy:
                yield _setting(case, "policy", policy, f"policy {settings.policy} → {policy}", _SWITCH)
        claim = claim_of(entry)
        if claim is not None:
            both = {**settings.exceptions, claim.name: ConflictPolicy.BOTH}
            yield _setting(case, "exceptions", both, f"keep both about {claim.name}", _SWITCH)
    if case.own is not None and case.own.details["retention"] < settings.least_retention:
        yield _number(case, "least_retention", _rounded_down(case.own.details["retention"]))
        yield from _slower(case, case.own)


def _slower(case: Case, own: Candidate) -> Iterator[_Trial]:
    """A half-life with which enough would be left: ages at which a law leaves something grow with its half-life."""
    settings, entry = case.settings, case.entry
    law = settings.decay_of(entry.kind)
    age = own.details["age"]
    if law.kind is DecayKind.USE:
        age += entry.updated - entry.last_touched
    lasts = law.age_at(settings.least_retention, entry.used_count)
    if not 0.0 < lasts < math.inf:
        return
    half_life = _rounded_up(law.half_life * age / lasts)
    if half_life > LONGEST_HALF_LIFE:
        return
    decay = {**settings.decay, entry.kind: replace(law, half_life=half_life)}
    words = f"half-life of “{entry.kind}” {law.half_life:g} → {half_life:g} days"
    yield _setting(case, "decay", decay, words, _distance(law.half_life, half_life))


def _of_scores(case: Case, own: Candidate, progress: Progress) -> Iterator[_Trial]:
    query, settings = case.query, case.settings
    if own.score < settings.least_score:
        yield _number(case, "least_score", _rounded_down(own.score))
    limit, share = place_of(own, case.recalled), query.least_share
    if own.details.get("share", 1.0) < share:
        share = _rounded_down(own.details["share"])
        yield _asked(case, least_share=share)
    if limit > query.limit:
        yield _asked(case, limit=limit)
        if share < query.least_share:
            yield _asked(case, least_share=share, limit=limit)
    for name, weight in crossing_weights(own, case.recalled, settings, query.limit, progress):
        yield _number(case, name, weight)


def _of_search(case: Case, vectors: bool) -> Iterator[_Trial]:
    """Where no ranking reached it: look further down, or otherwise. ``vectors``: whether there are any to search."""
    settings, cause = case.settings, case.cause
    if cause == "index":
        yield _setting(case, "exact", True, "compare with every vector", _SWITCH)
        for times in (2, 4, 8, 16, 32):
            yield _number(case, "probes", min(settings.probes * times, 1_000_000))
    if cause == "candidates":
        for rank in sorted(rank for rank in case.ranks.values() if rank <= _FURTHEST):
            yield _number(case, "candidates", rank)
            yield _asked(case, limit=rank)
            if case.query.least_share > 0.0:
                yield _asked(case, least_share=0.0, limit=rank)
    if cause in ("not found", "candidates") and not settings.dense and vectors:
        yield _setting(case, "dense", 1.0, "search by vectors too: dense 0 → 1", _SWITCH)
    if cause in ("not found", "candidates", "no vector") and not settings.lexical:
        yield _setting(case, "lexical", 1.0, "search by words too: lexical 0 → 1", _SWITCH)


def _setting(case: Case, name: str, value: Any, words: str, distance: float) -> _Trial:
    changed = replace(case.query, recall=case.settings.changed(**{name: value}))
    return _Trial(Remedy(words, name, getattr(case.settings, name), value, query=changed), distance)


def _number(case: Case, name: str, value: float) -> _Trial:
    before = getattr(case.settings, name)
    return _setting(case, name, value, f"{name} {before:g} → {value:g}", _distance(before, value))


def _asked(case: Case, **changes: Any) -> _Trial:
    """A change of the question itself; where one is not enough, two together."""
    before = {name: getattr(case.query, name) for name in changes}
    words = " and ".join(f"{name.replace('_', ' ')} {before[name]:g} → {value:g}" for name, value in changes.items())
    distance = sum(_distance(before[name], value) for name, value in changes.items()) + 4 * (len(changes) - 1)
    query = replace(case.query, **changes)
    if len(changes) == 1:
        [(name, value)] = changes.items()
        return _Trial(Remedy(words, name, before[name], value, query=query), distance)
    return _Trial(Remedy(words, _AND.join(changes), before, changes, query=query), distance)


def _distance(before: float, after: float) -> float:
    """In doublings, from 0 as if from a tenth."""
    return abs(math.log2(max(after, 1e-6) / max(before, 0.1))) if after != before else 0.0


def _rounded_down(value: float) -> float:
    """Three significant digits, not above the value."""
    return _rounded(value, math.floor)


def _rounded_up(value: float) -> float:
    return _rounded(value, math.ceil)


def _rounded(value: float, whole: Callable[[float], int]) -> float:
    if value <= 0 or not math.isfinite(value):
        return max(0.0, value)
    scale = 10.0 ** (2 - math.floor(math.log10(value)))
    return whole(value * scale) / scale
