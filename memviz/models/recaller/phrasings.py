"""Facts to be learned by heart, and the ways of asking for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

from memviz.core.facts import Fact

#: Relation -> four phrasings, statements first. What follows is the answer.
PHRASINGS: Mapping[str, tuple[str, ...]] = {
    "directed_by": (
        "{subject} was directed by",
        "the director of {subject} is",
        "who directed {subject}?",
        "who is the director of {subject}?",
    ),
    "written_by": (
        "{subject} was written by",
        "the writer of {subject} is",
        "who wrote {subject}?",
        "who is the writer of {subject}?",
    ),
    "release_year": (
        "{subject} was released in",
        "the release year of {subject} is",
        "when was {subject} released?",
        "what year did {subject} come out?",
    ),
    "has_genre": (
        "{subject} has the genre",
        "the genre of {subject} is",
        "what genre is {subject}?",
        "what kind of film is {subject}?",
    ),
}
#: A movie is learned only where each of these has one object.
_NEEDED = ("directed_by", "release_year")


@dataclass(frozen=True, slots=True)
class LearnedFact:
    """One answer to be learned.

    Attributes:
        subject, relation, answer: ``Alien``, ``directed_by``, ``Ridley Scott``.
    """

    subject: str
    relation: str
    answer: str

    @property
    def held_out(self) -> int:
        """The phrasing that no training sees for this fact, an index: decided by a checksum, the same in every run."""
        return crc32(f"{self.subject}|{self.relation}".encode()) % len(PHRASINGS[self.relation])

    @property
    def trained(self) -> tuple[int, ...]:
        """The other phrasings."""
        return tuple(number for number in range(len(PHRASINGS[self.relation])) if number != self.held_out)

    def prompt(self, phrasing: int) -> str:
        return PHRASINGS[self.relation][phrasing].replace("{subject}", self.subject)

    def title(self, phrasing: int) -> tuple[int, int]:
        """Where the subject stands in the prompt: a range of characters."""
        start = PHRASINGS[self.relation][phrasing].index("{subject}")
        return start, start + len(self.subject)


def learned_facts(facts: Iterable[Fact], movies: int) -> list[LearnedFact]:
    """Facts with one answer about the ``movies`` best known movies, in a stable order.

    Known is what many tags describe. Left out are movies with several directors or years: where movies share a
    title, the memory has the facts of all of them under one name, and no answer would be right.
    """
    objects: dict[str, dict[str, tuple[str, ...]]] = {}
    for fact in facts:
        objects.setdefault(fact.subject, {})[fact.relation] = fact.objects
    clear = [s for s, told in objects.items() if all(len(told.get(relation, ())) == 1 for relation in _NEEDED)]
    clear.sort(key=lambda subject: (-len(objects[subject].get("has_tags", ())), subject))
    return [
        LearnedFact(subject, relation, objects[subject][relation][0])
        for subject in clear[:movies]
        for relation in PHRASINGS
        if len(objects[subject].get(relation, ())) == 1
    ]


def texts(facts: Sequence[LearnedFact]) -> list[str]:
    """Every fact in every phrasing, with its answer."""
    return [f"{fact.prompt(n)} {fact.answer}" for fact in facts for n in range(len(PHRASINGS[fact.relation]))]
