"""What is known of an owner, from entries; and the edits by which claims change it. Nothing is dropped silently."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from memviz.core.edits import Edit, Insert, Update
from memviz.core.entry import Entry, Kind
from memviz.core.superseding import stands_for
from memviz.dialogue.claims import (
    EVIDENCE,
    Claim,
    Evidence,
    attribute_of,
    evidence_json,
    evidence_of,
    insert_of,
    metadata_with,
    value_of,
)

#: Repetition never makes a claim certain.
MOST_CONFIDENCE = 0.99
#: A claim below this is a guess: it stands beside another value, and does not take its place.
SURE = 0.5
#: In the metadata: when the same was said last, where that is later than the entry.
CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class ProfileValue:
    """One value of an attribute, as an entry has it; ``time`` is when it was said last."""

    entry_id: int
    value: str
    confidence: float
    evidence: tuple[Evidence, ...]
    time: float


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """One attribute of an owner.

    Attributes:
        attribute: the same in every language.
        label: as the key of the current entry has it.
        current: what holds now.
        others: values that stand beside it, since neither takes the other's place, the newest first.
        earlier: superseded values, the newest first.
    """

    attribute: str
    label: str
    current: ProfileValue
    others: tuple[ProfileValue, ...] = ()
    earlier: tuple[ProfileValue, ...] = ()


def profile_of(owner: str, entries: Iterable[Entry]) -> tuple[ProfileRow, ...]:
    """The profile of an owner: one row for each attribute of which a value holds, in the order in which they came.

    Entries of other owners and kinds, and disabled or expired ones, are passed over; so a value holds again when what
    superseded it is gone.
    """
    entries, now = list(entries), time.time()
    decided = _decided(entries, now)
    groups: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: entry.id):
        if entry.owner == owner and entry.kind is Kind.PROFILE and entry.recallable(now):
            groups.setdefault(attribute_of(entry), []).append(entry)
    rows = []
    for attribute, group in groups.items():
        newest = sorted(group, key=lambda entry: (last_said(entry), entry.id), reverse=True)
        holding = [entry for entry in newest if entry.id not in decided]
        if holding:
            rows.append(
                ProfileRow(
                    attribute,
                    holding[0].key.partition(" · ")[2] or attribute,
                    _value(holding[0]),
                    tuple(_value(entry) for entry in holding[1:]),
                    tuple(_value(entry) for entry in newest if entry.id in decided),
                )
            )
    return tuple(rows)


def _decided(entries: Sequence[Entry], now: float) -> frozenset[int]:
    """Ids of those for which another of them stands that can be recalled."""
    known = {entry.id: entry for entry in entries}
    return frozenset(entry.id for entry in entries if stands_for(entry, known.get, lambda one: one.recallable(now)))


def _value(entry: Entry) -> ProfileValue:
    return ProfileValue(entry.id, value_of(entry), entry.confidence, evidence_of(entry), last_said(entry))


def last_said(entry: Entry) -> float:
    """When somebody said last what an entry says."""
    confirmed = entry.metadata.get(CONFIRMED)
    if isinstance(confirmed, bool) or not isinstance(confirmed, int | float):
        return entry.created
    return max(entry.created, confirmed)


def repeated(confidence: float, again: float) -> float:
    """The confidence of what was said twice: ``1 - (1 - a) * (1 - b)``, at most :data:`MOST_CONFIDENCE`.

    That is the probability that not both are mistakes, were they independent; so never less than either.
    """
    return max(confidence, round(min(MOST_CONFIDENCE, 1.0 - (1.0 - confidence) * (1.0 - again)), 4))


@dataclass(frozen=True, slots=True)
class ClaimEdits:
    """What to do for one claim, in one change.

    Attributes:
        edits: an ``Insert`` or an ``Update``, or nothing where the memory knows all of it already.
        entry_id: of the entry that says it already; None where a new one will.
    """

    edits: tuple[Edit, ...]
    entry_id: int | None = None


def edits_of(claim: Claim, entries: Sequence[Entry], *, source: str = "", found_by: str = "rules") -> ClaimEdits:
    """How a claim changes what is known.

    The same value again is more evidence for its entry, whose confidence rises (:func:`repeated`); the same turn does
    not count twice. Another value supersedes the one that holds, unless it is a guess (below :data:`SURE`; then both
    stand) or older than what was last said of that one (then it is stored as superseded itself).

    Args:
        entries: of the same owner; others are passed over.
        source: of a new entry.
        found_by: ``rules``, or the name of the model that found the claim.
    """
    now = time.time()
    decided = _decided(entries, now)
    known = [
        entry
        for entry in entries
        if entry.owner == claim.owner and entry.kind is claim.kind and attribute_of(entry) == claim.attribute
    ]
    holding = [entry for entry in known if entry.id not in decided and entry.recallable(now)]
    same = next((entry for entry in holding if _says(entry, claim)), None)
    if same is not None:
        return _again(claim, same)
    new = insert_of(claim, source=source, found_by=found_by)
    newer = [entry for entry in holding if claim.time is not None and last_said(entry) > claim.time]
    if claim.confidence < SURE or not holding:
        return ClaimEdits((new,))
    if newer:
        return ClaimEdits((Insert(**new.fields, superseded_by=newer[-1].id),))
    return ClaimEdits((Insert(**new.fields, supersedes=[entry.id for entry in holding]),))


def _again(claim: Claim, entry: Entry) -> ClaimEdits:
    evidence = evidence_of(entry)
    turns = {each.turn for each in evidence}
    new = tuple(each for each in claim.evidence if each.turn not in turns)
    if not new:
        return ClaimEdits((), entry_id=entry.id)
    known = entry.metadata if _same(value_of(entry), claim.value) else metadata_with(entry, claim)
    metadata = {**known, EVIDENCE: evidence_json(evidence + new)}
    if claim.time is not None and claim.time > entry.created:
        metadata[CONFIRMED] = max(claim.time, last_said(entry))
    confidence = repeated(entry.confidence, claim.confidence)
    return ClaimEdits((Update(entry.id, confidence=confidence, metadata=metadata),), entry_id=entry.id)


def _says(entry: Entry, claim: Claim) -> bool:
    """Whether an entry has the value of a claim, or was changed to its sentence."""
    return _same(value_of(entry), claim.value) or _same(entry.text, claim.text)


def _same(one: str, other: str) -> bool:
    return " ".join(one.casefold().split()) == " ".join(other.casefold().split())
