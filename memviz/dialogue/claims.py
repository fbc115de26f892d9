"""What is learned from a dialogue: claims, each with the words that it comes from, and the entries they become."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from memviz.core.edits import Insert
from memviz.core.entry import Entry, Kind
from memviz.core.text import has_cjk, normalised

#: What consolidation writes into the metadata of its entries.
ATTRIBUTE, VALUE, EVIDENCE, FOUND_BY = "attribute", "value", "evidence", "found_by"
#: The sentence that the value belongs to, where the sentence itself does not hold it (“yes”).
SAYS = "says"


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
            **value_json(claim.value, claim.text),
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
    """The value of an entry; its text where it was written by hand, or changed so that the value is another one."""
    named = entry.metadata.get(VALUE)
    if not isinstance(named, str) or not named:
        return entry.text
    return named if holds(entry.text, named) or entry.metadata.get(SAYS) == entry.text else entry.text


def value_json(value: str, text: str) -> dict[str, str]:
    """How metadata keep the value of a sentence, so that :func:`value_of` sees when the sentence was changed."""
    return {VALUE: value} if holds(text, value) else {VALUE: value, SAYS: text}


def metadata_with(entry: Entry, claim: Claim) -> dict[str, Any]:
    """The metadata of an entry that says what ``claim`` does from now on, in its words; the evidence stays."""
    kept = {name: value for name, value in entry.metadata.items() if name != SAYS}
    return {**kept, ATTRIBUTE: claim.attribute, **value_json(claim.value, claim.text)}


def holds(text: str, words: str) -> bool:
    """Whether the words stand in the text, whole, whatever their case and marks."""
    if has_cjk(words):
        return re.sub(r"\W", "", words) in re.sub(r"\W", "", text)
    return f" {normalised(words)} " in f" {normalised(text)} "


def restated(claim: Claim, text: str) -> Claim:
    """The claim with another sentence.

    Where only its value was changed in there (“lives in Rome” to “lives in Oslo”), or what it is about (“likes tea” to
    “likes coffee”), that is read off; else a sentence that does not hold the value any more is the value itself.
    """
    told = replace(claim, text=text)
    head, colon, topic = claim.attribute.partition(": ")
    value = claim.value
    if _place(claim.text, value) is not None and not holds(text, value):
        value = _in_place(claim.text, value, text) or text
    if not colon or holds(text, topic):
        return replace(told, value=value)
    about = _in_place(claim.text, topic, text)
    if topic.casefold().endswith(claim.value.casefold()) and value not in (claim.value, text):  # “has: dog rex”
        about = topic[: len(topic) - len(claim.value)] + value
    if not about:
        return replace(told, value=value)
    label = re.sub(re.escape(topic), lambda _: about, claim.label, flags=re.IGNORECASE)
    return replace(told, value=value, attribute=f"{head}: {about.casefold()}", label=label)


def _place(text: str, words: str) -> re.Match[str] | None:
    return re.search(re.escape(words), text, re.IGNORECASE) if words else None


def _in_place(before: str, words: str, after: str) -> str:
    """What stands in one sentence where ``words`` stand in another that is the same around them; empty for none."""
    place = _place(before, words)
    if place is None:
        return ""
    head, tail = before[: place.start()], before[place.end() :]
    if not after.startswith(head) or not after.endswith(tail):
        return ""
    return after[len(head) : len(after) - len(tail)].strip()


def as_entry(claim: Claim, entry: Entry) -> Claim:
    """The claim as its entry says it now."""
    label = entry.key.partition(" · ")[2] or claim.label
    return replace(claim, text=entry.text, value=value_of(entry), attribute=attribute_of(entry), label=label)


def with_turns_moved(entry: Entry, by: int) -> Mapping[str, Any]:
    """The metadata of an entry, with ``by`` added to the ids of the turns that are its evidence."""
    listed = entry.metadata.get(EVIDENCE)
    if not isinstance(listed, list | tuple):
        return entry.metadata
    moved = [{**each, "turn": each["turn"] + by} if _is_evidence(each) else each for each in listed]
    return {**entry.metadata, EVIDENCE: moved}
