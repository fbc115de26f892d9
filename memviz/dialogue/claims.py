"""What is learned from a dialogue: claims, each with the words that it comes from, and the entries they become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from memviz.core.edits import Insert
from memviz.core.entry import Entry, Kind

#: What consolidation writes into the metadata of its entries.
ATTRIBUTE, VALUE, EVIDENCE, FOUND_BY = "attribute", "value", "evidence", "found_by"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a claim comes from.

    Attributes:
        turn: id of the turn's entry in the memory, or its number where it is not stored.
        words: of that turn.
    """

    turn: int
    words: str


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that a dialogue says about its owner.

    Attributes:
        owner: whom it is about.
        attribute: what is said of the owner, the same in every language: ``name``, ``home``, ``opinion: jazz`` …
        label: the attribute in the language of the turn; it stands in the key.
        value: what it is.
        text: a sentence in the language of the turn, which a model can read.
        confidence: 0..1.
        evidence: the turns that say so.
        kind: ``PROFILE`` for what describes the owner, ``FACT`` for what happens or is to be remembered.
        time: when it was said, seconds since 1970; None where nobody knows.
        correction: whether the words take something back that was said before.
    """

    owner: str
    attribute: str
    label: str
    value: str
    text: str
    confidence: float
    evidence: tuple[Evidence, ...]
    kind: Kind = Kind.PROFILE
    time: float | None = None
    correction: bool = False

    @property
    def key(self) -> str:
        return f"{self.owner} · {self.label}"


def insert_of(claim: Claim, *, source: str = "", found_by: str = "rules") -> Insert:
    """The entry that remembers a claim."""
    fields: dict[str, Any] = {
        "key": claim.key,
        "text": claim.text,
        "kind": claim.kind,
        "owner": claim.owner,
        "source": source,
        "confidence": claim.confidence,
        "metadata": {
            ATTRIBUTE: claim.attribute,
            VALUE: claim.value,
            EVIDENCE: evidence_json(claim.evidence),
            FOUND_BY: found_by,
        },
    }
    if claim.time is not None:
        fields["created"] = claim.time
    return Insert(**fields)


def evidence_json(evidence: tuple[Evidence, ...]) -> list[dict[str, Any]]:
    return [{"turn": each.turn, "words": each.words} for each in evidence]


def evidence_of(entry: Entry) -> tuple[Evidence, ...]:
    """The evidence that an entry's metadata names; what is not of this form is no evidence."""
    listed = entry.metadata.get(EVIDENCE)
    if not isinstance(listed, list | tuple):
        return ()
    return tuple(Evidence(each["turn"], each["words"]) for each in listed if _is_evidence(each))


def _is_evidence(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return False
    turn, words = value.get("turn"), value.get("words")
    return isinstance(turn, int) and not isinstance(turn, bool) and isinstance(words, str)


def attribute_of(entry: Entry) -> str:
    """The attribute of an entry; of one that was written by hand what its key says after the subject."""
    named = entry.metadata.get(ATTRIBUTE)
    return named if isinstance(named, str) and named else entry.key.partition(" · ")[2]


def value_of(entry: Entry) -> str:
    """The value of an entry; of one that was written by hand its text."""
    named = entry.metadata.get(VALUE)
    return named if isinstance(named, str) and named else entry.text
